"""What must be true of the database at every moment, each as a question that finds what breaks it.

Written in plain SQL and sharing nothing with the code that writes, so that one mistake cannot hide
another. The numbers I1 to I15 are those of the reliability catalogue.
"""

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from data.store.night_invariants import NIGHTS
from data.store.promise_invariants import PROMISES


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold: how many rows break it, and the first few of them."""

    invariant: str
    sentence: str
    count: int
    examples: tuple[str, ...]


_SIDES: Final = """
    SELECT part_id, location_id, on_hand, reserved FROM stock_balances
    UNION ALL
    SELECT part_id, location_id,
           CASE WHEN account IN ('available', 'reserved') THEN -pieces ELSE 0 END,
           CASE WHEN account = 'reserved' THEN -pieces ELSE 0 END
    FROM journal
"""
_HOLDS: Final = """
    SELECT part_id, location_id, reserved FROM stock_balances
    UNION ALL
    SELECT l.part_id, l.location_id, -l.held
    FROM reservation_lines l JOIN reservations r ON r.reservation_id = l.reservation_id
    WHERE r.state = 'active'
"""
_LEDGER: Final = (
    (
        "I1",
        "Nothing is on hand fewer than zero times.",
        "SELECT part_id, location_id, on_hand FROM stock_balances WHERE on_hand < 0",
    ),
    (
        "I2",
        "What is reserved lies on the shelf.",
        "SELECT part_id, location_id, on_hand, reserved FROM stock_balances"
        " WHERE reserved < 0 OR reserved > on_hand",
    ),
    (
        "I2",
        "No promise is at risk while pieces are free.",
        "SELECT DISTINCT b.part_id, b.location_id FROM stock_balances b JOIN reservation_lines l"
        " ON l.part_id = b.part_id AND l.location_id = b.location_id"
        " WHERE l.at_risk > 0 AND b.on_hand > b.reserved",
    ),
    (
        "I3",
        "Balances are the sum of the journal.",
        f"SELECT part_id, location_id, SUM(on_hand), SUM(reserved) FROM ({_SIDES}) sides"
        " GROUP BY part_id, location_id HAVING SUM(on_hand) <> 0 OR SUM(reserved) <> 0",
    ),
    (
        "I3",
        "What is reserved is what active reservations hold.",
        f"SELECT part_id, location_id, SUM(reserved) FROM ({_HOLDS}) holds"
        " GROUP BY part_id, location_id HAVING SUM(reserved) <> 0",
    ),
    (
        "I4",
        "Both sides of a movement cancel out, part by part.",
        "SELECT movement_id, part_id, SUM(pieces) FROM journal"
        " GROUP BY movement_id, part_id HAVING SUM(pieces) <> 0 OR COUNT(*) < 2",
    ),
    (
        "I4",
        "Every movement has its sides.",
        "SELECT movement_id, kind FROM movements m"
        " WHERE NOT EXISTS (SELECT 1 FROM journal j WHERE j.movement_id = m.movement_id)",
    ),
    (
        "I5",
        "Every request that was claimed has its answer.",
        "SELECT actor, route, key FROM idempotency WHERE code = '' OR body = ''",
    ),
    (
        "I6",
        "A final reservation holds nothing.",
        "SELECT r.reservation_id, r.state, l.line, l.held, l.at_risk FROM reservations r"
        " JOIN reservation_lines l ON l.reservation_id = r.reservation_id"
        " WHERE r.state <> 'active' AND (l.held <> 0 OR l.at_risk <> 0)",
    ),
    (
        "I6",
        "Every piece granted is held, at risk, handed over or given back.",
        "SELECT reservation_id, line FROM reservation_lines"
        " WHERE held + at_risk + fulfilled + released <> quantity"
        " OR held < 0 OR at_risk < 0 OR fulfilled < 0 OR released < 0",
    ),
    (
        "I6",
        "An active reservation still has something to hand over.",
        "SELECT r.reservation_id FROM reservations r WHERE r.state = 'active' AND NOT EXISTS"
        " (SELECT 1 FROM reservation_lines l WHERE l.reservation_id = r.reservation_id"
        " AND l.held + l.at_risk > 0)",
    ),
    (
        "I6",
        "A reservation is closed by one movement at most.",
        "SELECT reservation_id, COUNT(*) FROM movements WHERE kind IN ('cancel', 'expire')"
        " GROUP BY reservation_id HAVING COUNT(*) > 1",
    ),
    (
        "I6",
        "What was handed over is what the journal says left the reservation.",
        "SELECT r.reservation_id FROM reservations r"
        " WHERE (SELECT COALESCE(SUM(l.fulfilled), 0) FROM reservation_lines l"
        " WHERE l.reservation_id = r.reservation_id) <>"
        " (SELECT COALESCE(SUM(j.pieces), 0) FROM movements m"
        " JOIN journal j ON j.movement_id = m.movement_id AND j.account = 'consumed'"
        " WHERE m.reservation_id = r.reservation_id)",
    ),
    (
        "I15",
        "Every movement has its row in the audit.",
        "SELECT movement_id, kind FROM movements m"
        " WHERE NOT EXISTS (SELECT 1 FROM audit a WHERE a.movement_id = m.movement_id)",
    ),
    (
        "I15",
        "The audit is a chain without gaps.",
        "SELECT sequence FROM (SELECT sequence, previous_hash,"
        " ROW_NUMBER() OVER (ORDER BY sequence) AS place,"
        " LAG(hash, 1, '') OVER (ORDER BY sequence) AS hash_before FROM audit) chain"
        " WHERE sequence <> place OR previous_hash <> hash_before",
    ),
    (
        "I15",
        "The audit ends where its head says.",
        "SELECT h.sequence, (SELECT MAX(sequence) FROM audit) FROM audit_head h"
        " WHERE h.sequence <> (SELECT COUNT(*) FROM audit)"
        " OR h.hash <> COALESCE((SELECT hash FROM audit a WHERE a.sequence = h.sequence), '')",
    ),
)


_INVARIANTS: Final = (*_LEDGER, *NIGHTS, *PROMISES)


def check_invariants(connection: sa.Connection, *, examples: int = 5) -> list[Violation]:
    """Everything that is not as it must be; empty when all is well."""
    found = []
    for invariant, sentence, query in _INVARIANTS:
        rows = connection.exec_driver_sql(query).fetchall()
        if rows:
            shown = tuple(str(tuple(row)) for row in rows[:examples])
            found.append(Violation(invariant, sentence, len(rows), shown))
    return found


def invariants() -> tuple[tuple[str, str], ...]:
    """Number and sentence of every invariant that is checked."""
    return tuple((invariant, sentence) for invariant, sentence, _ in _INVARIANTS)
