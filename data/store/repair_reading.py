"""Repair orders as they are: lines, what holds their pieces, what was promised and what is now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store.catalogue import batch_of
from data.store.ledger_tables import LINES, RESERVATIONS
from data.store.master_tables import INCOMING
from data.store.promise_tables import (
    PROMISE_EVENTS,
    PROMISE_OUTCOMES,
    PROMISES,
    REPAIR_LINES,
    REPAIR_ORDERS,
)

_LINE, _ORDER, _PROMISE = REPAIR_LINES.c, REPAIR_ORDERS.c, PROMISES.c
_EVENT, _OUTCOME, _HEAD, _HELD = PROMISE_EVENTS.c, PROMISE_OUTCOMES.c, RESERVATIONS.c, LINES.c
_PARTS: Final = INCOMING["parts"].c
_NEWEST: Final = (
    sa.select(_EVENT.promise_id, sa.func.max(_EVENT.event_id).label("event_id"))
    .group_by(_EVENT.promise_id)
    .subquery()
)
_LINES: Final = (
    sa.select(
        REPAIR_LINES,
        _PROMISE.promise_id, _PROMISE.made_at, _PROMISE.promised_for, _PROMISE.likely_by,
        _PROMISE.reason, _PROMISE.sentence,
        _EVENT.event_id, _EVENT.new, _EVENT.likely, _EVENT.cause,
        _OUTCOME.outcome,
        _HEAD.state.label("hold_state"), _HEAD.expires_at, _HEAD.closed_at.label("hold_closed_at"),
        _HELD.held, _HELD.at_risk, _HELD.fulfilled,
        _PARTS.unit_cost, _PARTS.description,
    )
    .outerjoin(
        PROMISES,
        sa.and_(_PROMISE.repair_order_id == _LINE.repair_order_id, _PROMISE.line == _LINE.line),
    )
    .outerjoin(_NEWEST, _NEWEST.c.promise_id == _PROMISE.promise_id)
    .outerjoin(PROMISE_EVENTS, _EVENT.event_id == _NEWEST.c.event_id)
    .outerjoin(PROMISE_OUTCOMES, _OUTCOME.promise_id == _PROMISE.promise_id)
    .outerjoin(RESERVATIONS, _HEAD.reservation_id == _LINE.reservation_id)
    .outerjoin(LINES, sa.and_(_HELD.reservation_id == _LINE.reservation_id, _HELD.line == 1))
    .outerjoin(
        INCOMING["parts"],
        sa.and_(_PARTS.batch_id == batch_of("parts"), _PARTS.part_id == _LINE.part_id),
    )
)  # fmt: skip
_ORDERLY: Final = (_LINE.repair_order_id, _LINE.line)


@dataclass(frozen=True, slots=True)
class OrderFound:
    """A repair order and its lines as rows."""

    head: Any
    lines: tuple[Any, ...]


def order(connection: sa.Connection, repair_order_id: str) -> OrderFound | None:
    """One repair order; None where there is none."""
    head = connection.execute(
        sa.select(REPAIR_ORDERS).where(_ORDER.repair_order_id == repair_order_id)
    ).first()
    if head is None:
        return None
    mine = _LINES.where(_LINE.repair_order_id == repair_order_id).order_by(*_ORDERLY)
    return OrderFound(head, tuple(connection.execute(mine)))


def locked_line(connection: sa.Connection, repair_order_id: str, line: int) -> Any:
    """A line there is, with its promise and hold, kept from changing by anybody else."""
    mine = sa.and_(_LINE.repair_order_id == repair_order_id, _LINE.line == line)
    connection.execute(sa.select(_LINE.line).where(mine).with_for_update())
    return connection.execute(_LINES.where(mine)).one()


def page(
    connection: sa.Connection,
    *,
    before: datetime,
    before_id: str,
    limit: int,
    owner: str | None = None,
    sites: Collection[str] = (),
    customer_id: str | None = None,
    state: str | None = None,
) -> list[OrderFound]:
    """Repair orders, the newest first; of `owner` or at one of `sites`, or everybody's."""
    query = sa.select(REPAIR_ORDERS).where(
        sa.or_(
            _ORDER.opened_at < before,
            sa.and_(_ORDER.opened_at == before, _ORDER.repair_order_id < before_id),
        )
    )
    if owner is not None:
        query = query.where(sa.or_(_ORDER.owner == owner, _ORDER.location_id.in_(sorted(sites))))
    if customer_id is not None:
        query = query.where(_ORDER.customer_id == customer_id)
    if state is not None:
        query = query.where(_ORDER.state == state)
    query = query.order_by(_ORDER.opened_at.desc(), _ORDER.repair_order_id.desc()).limit(limit)
    heads = connection.execute(query).all()
    lines: dict[str, list[Any]] = {}
    wanted = _LINES.where(_LINE.repair_order_id.in_([one.repair_order_id for one in heads]))
    for row in connection.execute(wanted.order_by(*_ORDERLY)):
        lines.setdefault(row.repair_order_id, []).append(row)
    return [OrderFound(one, tuple(lines.get(one.repair_order_id, ()))) for one in heads]


def unfinished(connection: sa.Connection) -> list[Any]:
    """Lines that are neither handed over nor dropped, with owner and tier of their order."""
    query = _LINES.add_columns(
        _ORDER.tier, _ORDER.owner, _ORDER.customer_id, _ORDER.need_by
    ).join(REPAIR_ORDERS, _ORDER.repair_order_id == _LINE.repair_order_id)  # fmt: skip
    query = query.where(_LINE.state.in_(("waiting", "held", "under_way", "ready")))
    return list(connection.execute(query.order_by(*_ORDERLY)))


def events(connection: sa.Connection, promise_id: int) -> list[Any]:
    """How a promise moved, oldest first."""
    mine = sa.select(PROMISE_EVENTS).where(_EVENT.promise_id == promise_id)
    return list(connection.execute(mine.order_by(_EVENT.event_id)))


def queue(connection: sa.Connection, part_id: str, location_id: str) -> list[Any]:
    """Lines that wait for a part at a place, first come first; ranks are settled by the caller."""
    query = (
        _LINES.add_columns(_ORDER.tier, _ORDER.customer_id)
        .join(REPAIR_ORDERS, _ORDER.repair_order_id == _LINE.repair_order_id)
        .where(
            _LINE.part_id == part_id, _LINE.location_id == location_id, _LINE.state == "waiting"
        )
    )  # fmt: skip
    return list(connection.execute(query.order_by(_LINE.since, *_ORDERLY)))
