"""Tables that came in are read back as they were, and change hands at one moment."""

from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from data.intake import TABLES
from data.store.batches import batches_in_force, drop_batches, keep_tables, read_table
from data.store.bulk import polars_type
from data.store.night_inputs import taken_in_at
from data.store.schema import INCOMING
from tests.data.store.races import race
from tests.data.store.shop import MORNING, rows

PARTS = pl.DataFrame(
    {"part_id": ["00123", "NA"], "unit_cost": [12.5, 0.1], "description": ["Seal, 2,5 mm", None]}
)
DEMAND = pl.DataFrame(
    {
        "part_id": ["NA"] * 3,
        "location_id": ["L-1"] * 3,
        "date": [date(2024, 2, 29), date(2024, 2, 29), date(2025, 1, 1)],
        "quantity": [2, 2, 1],
    }
)


def _keep(store, **more):
    return keep_tables(
        store, {"parts": PARTS, "demand": DEMAND} | more, taken_in_at=MORNING, rows_per_turn=2
    )


def test_the_store_and_the_door_know_the_same_columns():
    theirs = {
        name: [
            (column.name, column.dtype, column.filled)
            for column in getattr(table, "columns", table)
        ]
        for name, table in TABLES.items()
    }
    ours = {
        name: [
            (column.name, polars_type(column.type), not column.nullable)
            for column in table.c
            if column.name not in ("batch_id", "row_number")
        ]
        for name, table in INCOMING.items()
    }
    assert ours == theirs


def test_what_was_kept_is_read_back_with_every_column_of_the_table(store):
    _keep(store)
    with store.read() as connection:
        assert_frame_equal(read_table(connection, "parts").select(PARTS.columns), PARTS)
        assert_frame_equal(read_table(connection, "demand").select(DEMAND.columns), DEMAND)
        assert read_table(connection, "kits").is_empty()
        assert read_table(connection, "parts").columns == list(INCOMING["parts"].c.keys())[2:]


def test_a_table_that_did_not_change_keeps_its_batch(store):
    first = _keep(store)
    second = _keep(store, demand=DEMAND[:2])
    assert second["parts"] == first["parts"]
    assert second["demand"] != first["demand"]
    with store.read() as connection:
        assert batches_in_force(connection) == second
        assert read_table(connection, "demand", first["demand"]).height == 3  # still readable
    assert _keep(store) == first  # and back again, without loading


def test_what_nobody_needs_is_dropped(store):
    first = _keep(store)
    second = _keep(store, demand=DEMAND[:2])
    assert drop_batches(store, keep={first["demand"]}) == 0
    assert drop_batches(store, keep=set()) == 1
    assert rows(store, "SELECT DISTINCT batch_id FROM demand") == [(second["demand"],)]
    assert _keep(store) == first  # loaded anew
    assert rows(store, f"SELECT COUNT(*) FROM demand WHERE batch_id = '{first['demand']}'") == [
        (3,)
    ]


def test_a_load_that_was_cut_off_is_begun_again(store):
    broken = DEMAND.with_columns(pl.Series("quantity", [2, None, 1]))
    with pytest.raises(Exception, match=r"(?i)null"):
        _keep(store, demand=broken)
    with store.read() as connection:
        assert batches_in_force(connection) == {}
    _keep(store)
    with store.read() as connection:
        assert read_table(connection, "demand").height == 3


def test_a_reader_sees_one_delivery_from_first_to_last_row(store):
    other = DEMAND.with_columns(pl.col("quantity") + 100)
    _keep(store)

    def swap():
        for turn in range(6):
            _keep(store, demand=other if turn % 2 == 0 else DEMAND)

    def look():
        seen = set()
        for _ in range(40):
            with store.read() as connection:
                seen.add(tuple(read_table(connection, "demand")["quantity"]))
        return seen

    runs = race(swap, look)
    assert [run.error for run in runs] == [None, None]
    assert runs[1].result <= {(2, 2, 1), (102, 102, 101)}


def test_a_table_that_comes_back_after_another_was_taken_in_now(store):
    """Else what was handed over in between would count as not yet shown, for ever."""
    other = PARTS.with_columns(unit_cost=pl.lit(1.0))
    for day, parts in enumerate((PARTS, PARTS, other, PARTS)):
        batch = keep_tables(store, {"parts": parts}, taken_in_at=MORNING + timedelta(days=day))
        if day == 1:  # nothing else came between: it is the same delivery
            assert taken_in_at(store, batch["parts"]) == MORNING
    assert taken_in_at(store, batch["parts"]) == MORNING + timedelta(days=3)
