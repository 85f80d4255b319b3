"""The audit tells what was done to it: six attacks, five found by itself, the sixth by its head."""

import pytest

from data.store import audit
from data.store.canonical import canonical, digest
from inventory.ledger_commands import Count
from tests.data.store.shop import ask, hold, put, rows
from tests.data.store.test_invariants import force

ATTACKS = {
    "edit": ["UPDATE audit SET detail = '{}' WHERE sequence = 3"],
    "edit the moment": ["UPDATE audit SET at = '2024-01-01T00:00:00+00:00' WHERE sequence = 3"],
    "delete": ["DELETE FROM audit WHERE sequence = 3"],
    "insert": [
        "INSERT INTO audit SELECT 99, at, actor, action, subject, detail, NULL, previous_hash, hash"
        " FROM audit WHERE sequence = 3"
    ],
    "swap": [
        "UPDATE audit SET sequence = -3 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4 WHERE sequence = -3",
    ],
    "cut off the end": ["DELETE FROM audit WHERE sequence > 3"],
}  # fmt: skip


@pytest.fixture
def told(store):
    put(store, 5)
    for pieces in (1, 2, 9, 1):
        ask(store, hold(pieces))
    ask(store, Count("P-1", "L-1", 5))
    return store


def _verify(store, exported=None):
    with store.read() as connection:
        return audit.verify(connection, exported)


def _head(store):
    with store.read() as connection:
        return audit.head(connection)


def test_an_untouched_audit_verifies_and_refusals_are_in_it(told):
    assert _verify(told) is None
    assert _verify(told, _head(told)) is None
    assert _head(told).sequence == 6
    details = rows(told, "SELECT sequence, detail FROM audit ORDER BY sequence")
    assert [number for number, detail in details if "stock.insufficient" in detail] == [4]


def test_an_earlier_head_stays_on_the_chain(told):
    exported = _head(told)
    put(told, 1)
    assert _verify(told, exported) is None


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_found(told, attack):
    force(told, *ATTACKS[attack])
    assert _verify(told).sequence in (3, 4, 7)


def _rewrite(store, rows_kept: int) -> list[str]:
    """The statements of somebody who knows how the chain is made, and mends the head as well."""
    with store.read() as connection:
        chain = connection.exec_driver_sql("SELECT * FROM audit ORDER BY sequence").mappings().all()
        typed = connection.execute(audit.AUDIT.select().order_by(audit.AUDIT.c.sequence)).mappings()
        moments = [row["at"].isoformat() for row in typed]
    previous, statements = "", [f"DELETE FROM audit WHERE sequence > {rows_kept}"]
    for row, at in zip(chain[:rows_kept], moments, strict=False):
        changed = {**row, "at": at, "actor": "nobody", "previous_hash": previous}
        changed.pop("hash")
        link = digest(canonical(changed))
        statements.append(
            f"UPDATE audit SET actor = 'nobody', previous_hash = '{previous}', hash = '{link}'"
            f" WHERE sequence = {row['sequence']}"
        )
        previous = link
    return [*statements, f"UPDATE audit_head SET sequence = {rows_kept}, hash = '{previous}'"]


@pytest.mark.parametrize("rows_kept", [3, 5])
def test_cutting_off_with_its_head_is_seen_by_the_exported_head_alone(told, rows_kept):
    exported = _head(told)
    force(told, *_rewrite(told, rows_kept))
    assert _verify(told) is None
    assert _verify(told, exported) is not None


def test_writing_the_chain_anew_is_seen_by_the_exported_head_alone(told):
    exported = _head(told)
    force(told, "UPDATE audit SET actor = actor WHERE sequence > 5", *_rewrite(told, 6)[1:])
    assert _verify(told) is None
    assert "anew" in _verify(told, exported).message
