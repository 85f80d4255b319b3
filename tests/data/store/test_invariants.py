"""Each invariant is a check that can fail: the damage it is there for is done, and found."""

import psycopg
import pytest

from data.store.engine import Store
from inventory.ledger_commands import Cancel, Count
from tests.data.store.shop import done, hold, put, violations

DAMAGE = [
    ("I1", "UPDATE stock_balances SET on_hand = -1, reserved = -2 WHERE part_id = 'P-1'"),
    ("I2", "UPDATE stock_balances SET reserved = on_hand + 1 WHERE part_id = 'P-1'"),
    ("I2", "UPDATE reservation_lines SET held = held - 1, at_risk = 1 WHERE reservation_id = 1"),
    ("I3", "UPDATE stock_balances SET on_hand = on_hand + 1 WHERE part_id = 'P-1'"),
    ("I3", "UPDATE stock_balances SET reserved = reserved - 1 WHERE part_id = 'P-1'"),
    ("I3", "DELETE FROM stock_balances WHERE part_id = 'P-1'"),
    ("I4", "UPDATE journal SET pieces = pieces + 1 WHERE entry_id = 1"),
    ("I4", "DELETE FROM journal WHERE movement_id = 1"),
    ("I5", "UPDATE idempotency SET body = ''"),
    ("I6", "UPDATE reservation_lines SET held = 1 WHERE reservation_id = 2"),
    ("I6", "UPDATE reservation_lines SET quantity = quantity + 1 WHERE reservation_id = 1"),
    ("I6", "UPDATE reservations SET state = 'active', closed_at = NULL WHERE reservation_id = 2"),
    ("I6", "UPDATE reservation_lines SET fulfilled = 1, released = released - 1"
           " WHERE reservation_id = 2"),
    ("I6", "INSERT INTO movements (kind, at, actor, reservation_id)"
           " VALUES ('cancel', '2025-07-01', 'x', 2)"),
    ("I15", "DELETE FROM audit WHERE sequence = 2"),
    ("I15", "DELETE FROM audit WHERE sequence = (SELECT MAX(sequence) FROM audit)"),
    ("I15", "UPDATE audit SET hash = 'x' WHERE sequence = 1"),
]  # fmt: skip


def force(store: Store, *statements: str) -> None:
    """What somebody with the password of the database could do."""
    connection = store.engine.raw_connection()
    cursor = connection.cursor()
    if store.is_sqlite:
        _lift_sqlite(cursor)
        _run(cursor, statements)
    else:
        try:
            cursor.execute("SET session_replication_role = replica")
            _run(cursor, statements)
        except psycopg.errors.CheckViolation:
            connection.rollback()
            _lift_checks(cursor)
            _run(cursor, statements)
    connection.commit()
    connection.invalidate()


def _run(cursor, statements) -> None:
    for statement in statements:
        cursor.execute(statement)
        assert cursor.rowcount != 0, statement


def _lift_sqlite(cursor) -> None:
    cursor.execute("PRAGMA ignore_check_constraints = ON")
    cursor.execute("PRAGMA foreign_keys = OFF")
    cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
    for (name,) in cursor.fetchall():
        cursor.execute(f"DROP TRIGGER {name}")


def _lift_checks(cursor) -> None:
    cursor.execute("SET session_replication_role = replica")
    cursor.execute(
        "SELECT conrelid::regclass, conname FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    for table, name in cursor.fetchall():
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')


@pytest.fixture
def lived_in(store) -> Store:
    put(store, 7)
    done(store, hold(3))
    done(store, Cancel(done(store, hold(2)).body["reservation_id"]))
    done(store, Count("P-1", "L-1", 5))
    return store


def test_a_store_that_was_lived_in_breaks_nothing(lived_in):
    assert violations(lived_in) == []


@pytest.mark.parametrize(("invariant", "damage"), DAMAGE)
def test_damage_is_found_and_named(lived_in, invariant, damage):
    force(lived_in, damage)
    found = violations(lived_in)
    assert invariant in {each.invariant for each in found}
    assert all(each.count > 0 and each.examples for each in found)
