"""Exceptions that people raise, beside those a night finds.

An *errand* is one that a promise hangs on: pieces to be sent, or to be ordered, for a line of a
repair order. It is closed by itself once the line has what it needed.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from data.store.night_tables import EXCEPTIONS

ERRANDS: Final = {
    "promise_to_send": "Send {pieces} × {part_id} from {source} to {place}.",
    "promise_to_order": "Order {pieces} × {part_id} for {place}.",
    "promise_to_order_express": "Order {pieces} × {part_id} by express for {place}.",
}
FIRST_ACTIONS: Final = {
    "feedback_not_there": "Count the shelf; the books were corrected by what was missing.",
    "feedback_wrong_part": "Check the bin and the part's label; send the right one.",
    "feedback_late": "Look at the lane: it took longer than was promised.",
}


@dataclass(frozen=True, slots=True)
class Errand:
    """What a promise hangs on: `pieces` of a part that go from `source` (blank: bought) to `place`.

    `value` is money, None where nobody looked it up.
    """

    kind: str
    repair_order_id: str
    line: int
    part_id: str
    pieces: int
    source: str
    place: str
    value: float | None = None


def give_errand(connection: sa.Connection, errand: Errand, at: datetime) -> None:
    """Put an errand on the planner's list, instead of the one the line had before."""
    errand_done(connection, errand.repair_order_id, errand.line)
    told = ERRANDS[errand.kind].format(
        pieces=errand.pieces, part_id=errand.part_id, source=errand.source, place=errand.place
    )
    row = {
        "run_id": None,
        "at": at,
        "kind": errand.kind,
        "part_id": errand.part_id,
        "location_id": errand.source or errand.place,
        "subject": _line_named(errand.repair_order_id, errand.line),
        "occurrences": errand.pieces,
        "value": errand.value,
        "first_action": told,
        "state": "open",
    }
    connection.execute(sa.insert(EXCEPTIONS), row)


def errand_done(connection: sa.Connection, repair_order_id: str, line: int) -> None:
    """Take the errand of a line, if it has one, off the list."""
    mine = sa.and_(
        EXCEPTIONS.c.kind.in_(sorted(ERRANDS)),
        EXCEPTIONS.c.subject == _line_named(repair_order_id, line),
        EXCEPTIONS.c.state == "open",
        EXCEPTIONS.c.run_id.is_(None),
    )
    connection.execute(sa.update(EXCEPTIONS).where(mine).values(state="closed"))


def _line_named(repair_order_id: str, line: int) -> str:
    return f"{repair_order_id} line {line}"


def raise_exception(
    connection: sa.Connection,
    *,
    at: datetime,
    kind: str,
    part_id: str,
    location_id: str,
    subject: str,
    occurrences: int,
    value: float,
) -> None:
    """Put something on the planner's list; it stays there until somebody closes it."""
    row = {
        "run_id": None,
        "at": at,
        "kind": kind,
        "part_id": part_id,
        "location_id": location_id,
        "subject": subject,
        "occurrences": occurrences,
        "value": value,
        "first_action": FIRST_ACTIONS[kind],
        "state": "open",
    }
    connection.execute(sa.insert(EXCEPTIONS), row)
