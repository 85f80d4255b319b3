"""Lines of repair orders that wait: pieces that come in are held for the first of them at once.

First by contract tier, then by the part's criticality, then by who asked first. A line is served
whole or not yet, and nobody behind it before it. Pieces that come in above, for a line that waits
further down, are held there, and somebody is asked to send them on.
"""

import json
from typing import Any, Final

import sqlalchemy as sa

from data.store.balances import read
from data.store.exception_writing import Errand, errand_done, give_errand
from data.store.journal import post
from data.store.ledger_tables import LINES, RESERVATIONS
from data.store.night_tables import OUTBOX
from data.store.promise_tables import REPAIR_LINES, REPAIR_ORDERS
from data.store.promise_writing import score_line
from inventory.ledger import Account, Posting, Request, ReservationState, moved

_LINE, _ORDER = REPAIR_LINES.c, REPAIR_ORDERS.c
_LAST: Final = "\U0010ffff"
_WAITING: Final = (
    sa.select(
        REPAIR_LINES, _ORDER.owner, _ORDER.customer_class, _ORDER.customer_id, _ORDER.tier
    )
    .join(REPAIR_ORDERS, _ORDER.repair_order_id == _LINE.repair_order_id)
    .where(
        _LINE.part_id == sa.bindparam("part"),
        sa.or_(
            _LINE.location_id == sa.bindparam("location"),
            _LINE.from_location_id == sa.bindparam("location"),
        ),
        _LINE.state == "waiting",
    )
    .with_for_update(of=REPAIR_LINES)
)  # fmt: skip
_NEW: Final = sa.insert(RESERVATIONS).returning(RESERVATIONS.c.reservation_id)
_HELD: Final = (
    sa.update(REPAIR_LINES)
    .where(
        _LINE.repair_order_id == sa.bindparam("order"), _LINE.line == sa.bindparam("number")
    )
    .values(
        state=sa.bindparam("now_is"),
        reservation_id=sa.bindparam("held_by"),
        ready_at=sa.bindparam("moment"),
    )
)  # fmt: skip


def serve(
    connection: sa.Connection, request: Request, movement_id: int, item: tuple[str, str]
) -> list[dict[str, Any]]:
    """Hold what is free at `item` for the lines that wait for it; returns which were served."""
    rows = connection.execute(_WAITING, {"part": item[0], "location": item[1]}).all()
    if not rows:
        return []
    free, served = read(connection, *item).available, []
    postings: list[Posting] = []
    for row in sorted(rows, key=_rank):
        if row.quantity > free:
            break
        free -= row.quantity
        number = _hold(connection, request, row, item[1])
        if row.location_id == item[1]:
            _ready(connection, request, row, number)
        else:
            _to_be_sent(connection, request, row, number, item[1])
        postings += moved(row.quantity, *item, Account.AVAILABLE, Account.RESERVED)
        served.append({"repair_order_id": row.repair_order_id, "line": row.line})
    post(connection, movement_id, tuple(postings))
    return served


def _rank(row: Any) -> tuple[Any, ...]:
    """The order of the queue, as `inventory.promise.queue.Rank` has it."""
    return (row.tier or _LAST, row.criticality or _LAST, row.since, row.repair_order_id, row.line)


def _hold(connection: sa.Connection, request: Request, row: Any, place: str) -> int:
    held = {
        "state": ReservationState.ACTIVE.value,
        "owner": row.owner,
        "repair_order_id": row.repair_order_id,
        "customer_class": row.customer_class,
        "created_at": request.at,
        "expires_at": None,
    }
    number = int(connection.execute(_NEW, held).scalar_one())
    line = {
        "reservation_id": number,
        "line": 1,
        "part_id": row.part_id,
        "location_id": place,
        "quantity": row.quantity,
        "held": row.quantity,
        "at_risk": 0,
        "fulfilled": 0,
        "released": 0,
    }
    connection.execute(sa.insert(LINES), line)
    return number


def _to_be_sent(
    connection: sa.Connection, request: Request, row: Any, number: int, place: str
) -> None:
    """It is held further up: somebody has to send it."""
    line = {"order": row.repair_order_id, "number": row.line}
    connection.execute(_HELD, {**line, "now_is": "held", "held_by": number, "moment": None})
    errand = Errand(
        "promise_to_send", row.repair_order_id, row.line, row.part_id, row.quantity, place,
        row.location_id,
    )  # fmt: skip
    give_errand(connection, errand, request.at)


def _ready(connection: sa.Connection, request: Request, row: Any, number: int) -> None:
    """It is where it is needed: the promise is scored, and there is news."""
    line = {"order": row.repair_order_id, "number": row.line}
    ready = {"now_is": "ready", "held_by": number, "moment": request.at}
    connection.execute(_HELD, {**line, **ready})
    errand_done(connection, row.repair_order_id, row.line)
    score_line(connection, row.repair_order_id, row.line, request.at)
    news = {
        "created_at": request.at,
        "topic": "part.ready",
        "payload": json.dumps({"repair_order_id": row.repair_order_id, "line": row.line}),
        "dedupe_key": f"ready {row.repair_order_id} {row.line} {number}",
        "attempts": 0,
    }
    connection.execute(sa.insert(OUTBOX), news)
