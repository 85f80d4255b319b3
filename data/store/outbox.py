"""News that wait to be told: each is claimed by one teller, and tried again when nobody answers.

News are told at least once: whoever dies between telling and writing it down leaves them to be told
again when their claim is over.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from data.store.engine import Store
from data.store.night_tables import OUTBOX
from data.store.promise_tables import PROMISE_EVENTS, PROMISES, REPAIR_LINES, REPAIR_ORDERS

MOST_ATTEMPTS: Final = 12
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=6)
CLAIMED_FOR: Final = timedelta(minutes=5)  # longer than any sink takes
_DUE: Final = (
    sa.select(OUTBOX)
    .where(
        OUTBOX.c.sent_at.is_(None),
        OUTBOX.c.attempts < MOST_ATTEMPTS,
        sa.or_(OUTBOX.c.next_attempt_at.is_(None), OUTBOX.c.next_attempt_at <= sa.bindparam("now")),
    )
    .order_by(OUTBOX.c.message_id)
    .limit(sa.bindparam("most"))
)
_ORDER, _LINE = REPAIR_ORDERS.c, REPAIR_LINES.c
_WHO: Final = (
    _ORDER.owner, _ORDER.customer_id, _ORDER.location_id, _LINE.repair_order_id, _LINE.line,
    _LINE.part_id, _LINE.quantity,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Message:
    """News as they wait."""

    message_id: int
    topic: str
    created_at: datetime
    attempts: int
    payload: dict[str, Any]


def due(connection: sa.Connection, now: datetime, most: int = 500) -> list[Message]:
    """What is to be told now, oldest first."""
    rows = connection.execute(_DUE, {"now": now, "most": most})
    return [
        Message(row.message_id, row.topic, row.created_at, row.attempts, json.loads(row.payload))
        for row in rows
    ]


def claim(store: Store, message: Message, now: datetime) -> bool:
    """Keep others from telling it for a while; False where somebody has told or claimed it."""
    free = sa.or_(OUTBOX.c.next_attempt_at.is_(None), OUTBOX.c.next_attempt_at <= now)
    mine = sa.and_(
        OUTBOX.c.message_id == message.message_id,
        OUTBOX.c.sent_at.is_(None),
        OUTBOX.c.attempts == message.attempts,
        free,
    )
    taken = sa.update(OUTBOX).where(mine).values(next_attempt_at=now + CLAIMED_FOR)
    return store.transact(lambda connection: connection.execute(taken).rowcount == 1)


def promise_news(connection: sa.Connection, event_id: int) -> dict[str, Any] | None:
    """What moved, for whom: the event beside its promise and repair order."""
    query = (
        sa.select(
            PROMISE_EVENTS.c.old, PROMISE_EVENTS.c.new, PROMISE_EVENTS.c.cause,
            PROMISES.c.promised_for, *_WHO,
        )
        .join(PROMISES, PROMISES.c.promise_id == PROMISE_EVENTS.c.promise_id)
        .join(
            REPAIR_LINES,
            sa.and_(
                _LINE.repair_order_id == PROMISES.c.repair_order_id, _LINE.line == PROMISES.c.line
            ),
        )
        .join(REPAIR_ORDERS, _ORDER.repair_order_id == _LINE.repair_order_id)
        .where(PROMISE_EVENTS.c.event_id == event_id)
    )  # fmt: skip
    row = connection.execute(query).first()
    return row._asdict() if row else None


def line_news(connection: sa.Connection, repair_order_id: str, line: int) -> dict[str, Any] | None:
    """For whom a line is."""
    query = (
        sa.select(*_WHO)
        .join(REPAIR_ORDERS, _ORDER.repair_order_id == _LINE.repair_order_id)
        .where(_LINE.repair_order_id == repair_order_id, _LINE.line == line)
    )
    row = connection.execute(query).first()
    return row._asdict() if row else None


def told(store: Store, message_id: int, at: datetime) -> None:
    """It was told."""
    mine = OUTBOX.c.message_id == message_id
    done = sa.update(OUTBOX).where(mine).values(
        sent_at=at, attempts=OUTBOX.c.attempts + 1, last_error=None
    )  # fmt: skip
    store.transact(lambda connection: connection.execute(done))


def not_told(store: Store, message: Message, at: datetime, why: str) -> None:
    """Nobody answered: again later, each time after twice as long."""
    wait = min(_FIRST_WAIT * 2**message.attempts, _LONGEST_WAIT)
    mine = OUTBOX.c.message_id == message.message_id
    again = sa.update(OUTBOX).where(mine).values(
        attempts=OUTBOX.c.attempts + 1, next_attempt_at=at + wait, last_error=why[:500]
    )  # fmt: skip
    store.transact(lambda connection: connection.execute(again))


def given_up(connection: sa.Connection) -> int:
    """How many news nobody took after every attempt."""
    query = sa.select(sa.func.count()).select_from(OUTBOX)
    query = query.where(OUTBOX.c.sent_at.is_(None), OUTBOX.c.attempts >= MOST_ATTEMPTS)
    return int(connection.execute(query).scalar_one())
