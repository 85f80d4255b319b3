"""Long columns are worked on in runs and blocks; tables keep codes until words are wanted."""

from datetime import date

import polars as pl
import pytest

from data.intake import runs
from data.intake.accepted import Accepted, coded
from data.intake.canonical import in_order
from planning.world import places

PARTS = pl.Enum(["a", "b", "c"])


@pytest.fixture
def short_runs(monkeypatch):
    monkeypatch.setattr(runs, "LEAST", 3)
    monkeypatch.setattr(runs, "BLOCK", 2)
    monkeypatch.setattr(runs.os, "cpu_count", lambda: 3)


def some_rows():
    return pl.DataFrame(
        {
            "part_id": pl.Series(["b", "a", None, "c", "a", "b", "a"] * 3, dtype=PARTS),
            "date": [date(2025, 1, day) for day in (9, 3, 3, 1, 2, 9, 3)] * 3,
            "quantity": [5, -2, 7, 1, None, 5, 4] * 3,
            "done": [True, False, None, True, True, False, True] * 3,
        }
    )


def test_where_runs_end_changes_no_order(short_runs):
    rows = some_rows()
    assert in_order(rows).equals(rows.sort(rows.columns))


def test_where_runs_end_changes_no_value(short_runs):
    text = pl.Series("day", ["2025-01-31", None, "no day", "2024-02-29", "2023-02-29", "", "x"])
    days = runs.by_runs(lambda run: run.str.to_date("%Y-%m-%d", strict=False), text)
    assert days.to_list() == [date(2025, 1, 31), None, None, date(2024, 2, 29), None, None, None]
    assert days.name == "day"


def test_words_and_codes_are_the_same_rows():
    rows = some_rows()
    tables = Accepted({"demand": rows})
    assert tables["demand"]["part_id"].dtype == pl.String
    assert tables["demand"].equals(rows.cast({"part_id": pl.String}))
    assert coded(tables, "demand") is rows
    assert coded({"demand": rows}, "demand") is rows
    assert list(tables) == ["demand"]


def test_codes_find_their_place_as_words_do():
    ids = some_rows()["part_id"]
    among = pl.Series(["c", "a"])
    assert places(ids, among).to_list() == places(ids.cast(pl.String), among).to_list()
