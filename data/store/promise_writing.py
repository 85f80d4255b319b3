"""Promises as they are written: made once, moved by events, scored once."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from data.store.promise_tables import (
    FEEDBACK,
    PROMISE_EVENTS,
    PROMISE_OUTCOMES,
    PROMISES,
)

_MADE: Final = sa.insert(PROMISES).returning(PROMISES.c.promise_id)
_OF_LINE: Final = sa.select(
    PROMISES.c.promise_id, PROMISES.c.promised_for, PROMISES.c.likely_by
).where(
    PROMISES.c.repair_order_id == sa.bindparam("order"), PROMISES.c.line == sa.bindparam("number")
)
_NEWEST: Final = (
    sa.select(PROMISE_EVENTS.c.new)
    .where(PROMISE_EVENTS.c.promise_id == sa.bindparam("promise"))
    .order_by(PROMISE_EVENTS.c.event_id.desc())
    .limit(1)
)
_FIRST: Final = sa.select(PROMISES.c.promised_for).where(
    PROMISES.c.promise_id == sa.bindparam("promise")
)
_SCORED: Final = sa.select(PROMISE_OUTCOMES.c.promise_id).where(
    PROMISE_OUTCOMES.c.promise_id == sa.bindparam("promise")
)


@dataclass(frozen=True, slots=True)
class MadePromise:
    """What a customer is told about one line, the first time; it never changes."""

    repair_order_id: str
    line: int
    part_id: str
    location_id: str
    from_location_id: str
    way: str
    made_at: datetime
    promised_for: datetime | None
    likely_by: datetime | None
    deadline: datetime | None
    chance: float | None
    reason: str
    sentence: str


def make(connection: sa.Connection, promise: MadePromise) -> int:
    """Write a promise down; returns its number."""
    return int(connection.execute(_MADE, asdict(promise)).scalar_one())


def expected(connection: sa.Connection, promise_id: int) -> datetime | None:
    """What is promised now: by the newest event, else by the promise itself."""
    named = {"promise": promise_id}
    moved = connection.execute(_NEWEST, named).first()
    return moved.new if moved else connection.execute(_FIRST, named).scalar()


def move(
    connection: sa.Connection,
    promise_id: int,
    new: datetime | None,
    cause: str,
    *,
    at: datetime,
    actor: str,
    likely: datetime | None = None,
) -> bool:
    """Record that a promise moves; the database puts the news into the outbox. True when it did."""
    old = expected(connection, promise_id)
    if old == new:
        return False
    event = {
        "promise_id": promise_id,
        "at": at,
        "actor": actor,
        "old": old,
        "new": new,
        "likely": likely,
        "cause": cause,
    }
    connection.execute(sa.insert(PROMISE_EVENTS), event)
    return True


def score(
    connection: sa.Connection,
    promise_id: int,
    at: datetime,
    outcome: str,
    *,
    by_likely: bool | None = None,
) -> bool:
    """Write down what became of a promise, once. True when it was not known before."""
    if connection.execute(_SCORED, {"promise": promise_id}).first() is not None:
        return False
    row = {"promise_id": promise_id, "at": at, "outcome": outcome, "by_likely": by_likely}
    connection.execute(sa.insert(PROMISE_OUTCOMES), row)
    return True


def score_line(
    connection: sa.Connection,
    repair_order_id: str,
    line: int,
    ready_at: datetime,
    *,
    outcome: str = "",
) -> bool:
    """Score the promise of a line by when the part was there, or with `outcome` as it stands.

    A promise that named no moment is neither kept nor broken, and is not scored.
    """
    found = connection.execute(_OF_LINE, {"order": repair_order_id, "number": line}).first()
    if found is None or found.promised_for is None:
        return False
    if outcome:
        return score(connection, found.promise_id, ready_at, outcome)
    kept = "kept" if ready_at <= found.promised_for else "late"
    soon = found.likely_by is not None and ready_at <= found.likely_by
    return score(connection, found.promise_id, ready_at, kept, by_likely=soon)


def note_feedback(connection: sa.Connection, row: dict[str, object]) -> int:
    """Write down what a technician met; returns its number."""
    made = sa.insert(FEEDBACK).returning(FEEDBACK.c.feedback_id)
    return int(connection.execute(made, row).scalar_one())
