"""Rows go in and come out as they were, whatever is in them."""

from datetime import UTC, date, datetime

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from data.store.bulk import read_rows, repeat_in_turns, write_in_turns, write_rows
from data.store.schema import INCOMING, METADATA

TEXTS = ["", r"\N", None, 'a "b", c', "two\nlines", "Ä-1", "'; DROP TABLE parts; --", "%s", "NULL"]


@pytest.fixture
def awkward() -> pl.DataFrame:
    rows = len(TEXTS)
    return pl.DataFrame(
        {
            "batch_id": ["b"] * rows,
            "row_number": range(rows),
            "part_id": [f"00{row}" for row in range(rows)],
            "description": TEXTS,
            "unit_cost": [0.1, 1e-300, 1e22, 1 / 3, 0.0, 5e-324, 12.5, 2.0**53, 1.0],
            "order_multiple": [None, 1, 2**40, 0, 1, 2, 3, 4, 5],
            "active": [True, False, None, True, False, None, True, True, False],
        }
    )


def test_what_goes_in_comes_out(store, awkward):
    parts = INCOMING["parts"]
    with store.write() as connection:
        assert write_rows(connection, parts, awkward) == len(TEXTS)
    query = sa.select(*(parts.c[name] for name in awkward.columns)).order_by(parts.c.row_number)
    with store.read() as connection:
        assert_frame_equal(read_rows(connection, query), awkward)
        assert_frame_equal(
            read_rows(connection, query.where(parts.c.part_id == "nobody")), awkward[:0]
        )
        found = read_rows(connection, query.where(parts.c.description == TEXTS[6]))
    assert_frame_equal(found, awkward[6:7])


def test_days_and_moments_keep_their_meaning(store):
    batches = METADATA.tables["batches"]
    rows = pl.DataFrame(
        {
            "batch_id": ["a", "b"],
            "table_name": ["demand", "demand"],
            "content_hash": ["x", "y"],
            "row_count": [0, 1],
            "as_of": [date(2024, 2, 29), None],
            "taken_in_at": [
                datetime(2025, 1, 1, tzinfo=UTC),
                datetime(2025, 1, 1, 1, 2, 3, 45, UTC),
            ],
            "state": ["complete", "loading"],
        }
    )
    with store.write() as connection:
        write_rows(connection, batches, rows)
    with store.read() as connection:
        query = sa.select(batches).order_by(batches.c.batch_id)
        assert_frame_equal(read_rows(connection, query), rows)
        row = connection.execute(query).first()
    assert (row.as_of, row.taken_in_at) == (date(2024, 2, 29), datetime(2025, 1, 1, tzinfo=UTC))


def test_rows_in_turns_are_all_there(store, awkward):
    write_in_turns(store, INCOMING["parts"], awkward, rows_per_turn=2)
    with store.read() as connection:
        count = sa.select(sa.func.count()).select_from(INCOMING["parts"])
        assert connection.execute(count).scalar_one() == len(TEXTS)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_turns_do_not_wait_for_the_disk_and_what_follows_does(store):
    def waits(connection):
        return connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2

    seen = []

    def turn(connection):
        seen.append(waits(connection))
        return 3 - len(seen)

    repeat_in_turns(store, turn)
    assert seen == [False] * 3
    with pytest.raises(RuntimeError):
        store.transact(_fails, lasts=False)
    assert store.transact(waits)


def _fails(_connection):
    raise RuntimeError
