"""Reservations as somebody may see them: one, a page of them, and how many somebody holds."""

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from data.store.ledger_reading import Reservation, ReservedLine, reservation
from data.store.ledger_tables import IDEMPOTENCY, LINES, RESERVATIONS
from inventory.ledger import Request

_ACTIVE: Final = (
    sa.select(sa.func.count())
    .select_from(RESERVATIONS)
    .where(RESERVATIONS.c.owner == sa.bindparam("who"), RESERVATIONS.c.state == "active")
)
_ASKED: Final = sa.select(IDEMPOTENCY.c.at).where(
    IDEMPOTENCY.c.actor == sa.bindparam("who"),
    IDEMPOTENCY.c.route == sa.bindparam("what"),
    IDEMPOTENCY.c.key == sa.bindparam("which"),
)


def active_of(connection: sa.Connection, owner: str) -> int:
    """How many reservations somebody holds."""
    return int(connection.execute(_ACTIVE, {"who": owner}).scalar_one())


def was_asked(connection: sa.Connection, request: Request, route: str) -> bool:
    """True when this request was answered before."""
    asked = {"who": request.actor, "what": route, "which": request.key}
    return connection.execute(_ASKED, asked).first() is not None


def page(
    connection: sa.Connection,
    *,
    before: int,
    limit: int,
    owner: str | None = None,
    sites: Collection[str] | None = None,
    state: str | None = None,
    repair_order_id: str | None = None,
) -> list[Reservation]:
    """Reservations, the newest first, from before number `before`.

    Of `owner` or with a line at one of `sites`; both None: everybody's.
    """
    head, line = RESERVATIONS.c, LINES.c
    query = sa.select(RESERVATIONS).where(head.reservation_id < before)
    theirs = []
    if owner is not None:
        theirs.append(head.owner == owner)
    if sites:
        there = sa.exists().where(
            line.reservation_id == head.reservation_id, line.location_id.in_(sorted(sites))
        )
        theirs.append(there)
    if theirs:
        query = query.where(sa.or_(*theirs))
    if state is not None:
        query = query.where(head.state == state)
    if repair_order_id is not None:
        query = query.where(head.repair_order_id == repair_order_id)
    heads = connection.execute(query.order_by(head.reservation_id.desc()).limit(limit)).all()
    wanted = [one.reservation_id for one in heads]
    lines: dict[int, list[ReservedLine]] = {}
    every = sa.select(LINES).where(line.reservation_id.in_(wanted))
    for row in connection.execute(every.order_by(line.reservation_id, line.line)):
        facts = row._asdict()
        lines.setdefault(facts.pop("reservation_id"), []).append(ReservedLine(**facts))
    return [
        Reservation(**one._asdict(), lines=tuple(lines.get(one.reservation_id, ())))
        for one in heads
    ]


__all__ = ["active_of", "page", "reservation", "was_asked"]
