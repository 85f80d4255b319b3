"""Parts are found by what somebody typed: a number, nearly a number, words."""

import polars as pl
import pytest

from data.store.batches import keep_tables
from data.store.engine import Store
from data.store.part_search import find, refresh
from tests.data.store.shop import MORNING

PARTS = {
    "AB-1234/7": "Pump, hydraulic",
    "AB-1234/8": "Pump seal",
    "AB-5678/1": "Seal for pump housing, large",
    "XY 0007": "Belt",
    "XY 0070": "Belt, long",
    "Ä-99": "Ring",
}


@pytest.fixture
def catalogue(store) -> Store:
    parts = pl.DataFrame(
        {
            "part_id": list(PARTS),
            "description": list(PARTS.values()),
            "unit_cost": [1.0] * len(PARTS),
        }
    )
    keep_tables(store, {"parts": parts}, taken_in_at=MORNING)
    refresh(store, MORNING)
    return store


def found(store: Store, text: str, limit: int = 20, after=("", "")) -> list[tuple[str, str]]:
    with store.read() as connection:
        return [(hit.part_id, hit.how) for hit in find(connection, text, limit, after)]


def test_a_number_is_found_however_it_is_written(catalogue):
    for typed in ("AB-1234/7", "ab12347", "AB 1234 7"):
        assert found(catalogue, typed)[0] == ("AB-1234/7", "number")
    assert found(catalogue, "ä99") == [("Ä-99", "number")]
    begun = [("AB-1234/7", "number"), ("AB-1234/8", "number"), ("AB-5678/1", "number")]
    assert found(catalogue, "ab-") == begun


def test_every_single_typing_error_still_finds_the_number(catalogue):
    number = "AB56781"
    wrong = set()
    for place in range(len(number)):
        wrong.add(number[:place] + number[place + 1 :])  # left out
        wrong.add(number[:place] + "Q" + number[place:])  # one too many
        wrong.add(number[:place] + "Q" + number[place + 1 :])  # another
        swapped = number[place : place + 2][::-1]
        wrong.add(number[:place] + swapped + number[place + 2 :])  # changed places
    missed = [
        typed for typed in sorted(wrong) if ("AB-5678/1") not in dict(found(catalogue, typed))
    ]
    assert missed == []
    assert found(catalogue, "QB56Q81") == []


def test_all_words_must_be_there_and_may_be_begun_only(catalogue):
    assert {one for one, _ in found(catalogue, "pump")} == {"AB-1234/7", "AB-1234/8", "AB-5678/1"}
    assert found(catalogue, "seal pu") == [("AB-1234/8", "words"), ("AB-5678/1", "words")]
    assert found(catalogue, "seal pump large housing for") == [("AB-5678/1", "words")]
    assert found(catalogue, "seal motor") == []
    assert found(catalogue, "%' OR 1=1 --") == []


def test_a_list_goes_on_where_it_ended(catalogue):
    whole = found(catalogue, "pump")
    with catalogue.read() as connection:
        first = find(connection, "pump", 1)
        rest = find(connection, "pump", 20, (f"words {first[0].word}", first[0].part_id))
    assert [first[0].part_id, *(hit.part_id for hit in rest)] == [one for one, _ in whole]


def test_other_parts_are_found_once_the_index_is_made_anew(catalogue):
    parts = pl.DataFrame({"part_id": ["NEW-1"], "unit_cost": [1.0]})
    keep_tables(catalogue, {"parts": parts}, taken_in_at=MORNING)
    assert refresh(catalogue, MORNING.replace(hour=23)) == 1
    assert found(catalogue, "new1") == [("NEW-1", "number")]
    assert found(catalogue, "pump") == []
