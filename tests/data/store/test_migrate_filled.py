"""A database that was lived in is migrated with everything that is in it."""

import random

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from data.store.batches import keep_tables
from data.store.bulk import read_rows, write_rows
from data.store.engine import Store
from data.store.migrate import migrate, newest_revision
from data.store.schema import METADATA
from inventory.ledger_commands import Cancel, Count, Fulfil
from tests.data.store.shop import MORNING, ask, done, hold, put, violations


@pytest.fixture
def lived_in(store) -> Store:
    """Reservations in every state, some at risk, and tables that came in."""
    draw = random.Random(1)
    put(store, 60)
    for _ in range(20):
        number = done(store, hold(draw.randint(1, 4))).body["reservation_id"]
        if (fate := draw.random()) < 0.3:
            ask(store, Cancel(number))
        elif fate < 0.6:
            ask(store, Fulfil(number, {1: 1}))
    done(store, Count("P-1", "L-1", 9))
    parts = pl.DataFrame({"part_id": [f"{n}" for n in range(500)], "unit_cost": [1.5] * 500})
    keep_tables(store, {"parts": parts}, taken_in_at=MORNING)
    return store


@pytest.fixture
def old_place(engine_name, request, tmp_path) -> str:
    """A database at the revision before reservation lines knew their pieces at risk."""
    fresh = {
        "sqlite": lambda: str(tmp_path / "old.db"),
        "postgres": lambda: request.getfixturevalue("cluster").fresh(),
    }
    place = fresh[engine_name]()
    assert migrate(place, revision="0003") == "0003"
    return place


def _all_rows(store: Store) -> dict[str, pl.DataFrame]:
    with store.read() as connection:
        return {
            table.name: read_rows(connection, sa.select(table).order_by(*table.primary_key.columns))
            for table in METADATA.sorted_tables
        }


def test_a_filled_database_comes_through_with_every_row(lived_in, old_place):
    before = _all_rows(lived_in)
    assert before["reservation_lines"]["at_risk"].sum() > 0
    assert before["reservations"]["state"].n_unique() >= 2
    old = Store(old_place)
    with old.write() as connection:
        connection.exec_driver_sql("DELETE FROM audit_head")
        for table in METADATA.sorted_tables:
            known = set(before[table.name].columns) - {"at_risk"}
            frame = before[table.name]
            write_rows(connection, table, frame.select(c for c in frame.columns if c in known))
    old.close()
    assert migrate(old_place) == newest_revision()
    migrated = Store(old_place)
    for name, frame in _all_rows(migrated).items():
        assert_frame_equal(frame, before[name])
    assert violations(migrated) == []
    with pytest.raises(sa.exc.DBAPIError, match="final"), migrated.write() as connection:
        connection.exec_driver_sql("UPDATE reservations SET owner = 'x' WHERE state <> 'active'")
    migrated.close()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_migration_that_fails_leaves_the_old_database(old_place):
    old = Store(old_place)
    with old.write() as connection:  # more handed over than granted: the new rules refuse it
        run = connection.exec_driver_sql
        run("PRAGMA ignore_check_constraints = ON")
        run("INSERT INTO reservations VALUES (1, 'active', 'ada', NULL, NULL, 'now', NULL, NULL)")
        run("INSERT INTO reservation_lines VALUES (1, 1, 'P', 'L', 1, 0, 2, 0)")
    old.close()
    with pytest.raises(sa.exc.IntegrityError):
        migrate(old_place)
    kept = Store(old_place)
    with kept.read() as connection:
        revision = "SELECT version_num FROM alembic_version"
        assert connection.exec_driver_sql(revision).scalar_one() == "0003"
        lines = "SELECT quantity, fulfilled FROM reservation_lines"
        assert connection.exec_driver_sql(lines).one() == (1, 2)
    kept.close()
