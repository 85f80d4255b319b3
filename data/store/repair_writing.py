"""Repair orders as they are written: opened with their lines, changed by whoever saw them last."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store import at_risk, audit, balances, reservation_commands
from data.store.journal import open_movement, post
from data.store.ledger_tables import REFUSED, RESERVATIONS
from data.store.promise_tables import PROMISES, REPAIR_LINES, REPAIR_ORDERS
from data.store.reservation_lines import granted_lines, keep_lines
from data.store.stock_commands import Done
from inventory.ledger import (
    Account,
    Posting,
    Refusal,
    Refused,
    Request,
    ReservationState,
    moved,
)
from inventory.ledger_commands import Line, Reserve

_LINE, _ORDER = REPAIR_LINES.c, REPAIR_ORDERS.c
_STILL_HELD: Final = RESERVATIONS.c.state == ReservationState.ACTIVE.value
_BY_NUMBER: Final = sa.select(REPAIR_ORDERS).where(_ORDER.repair_order_id == sa.bindparam("number"))


@dataclass(frozen=True, slots=True)
class OrderRow:
    """The head of a repair order."""

    repair_order_id: str
    location_id: str
    owner: str
    customer_id: str | None
    customer_class: str | None
    tier: str | None
    machine: str | None
    need_by: datetime | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a repair order; a reservation of its own holds its pieces."""

    line: int
    asked_part_id: str
    part_id: str
    quantity: int
    criticality: str | None
    way: str
    from_location_id: str
    location_id: str
    state: str
    since: datetime
    reservation_id: int | None = None
    ready_at: datetime | None = None


def open_order(connection: sa.Connection, order: OrderRow) -> None:
    """Write the head down.

    Raises:
        Refused: when the number is taken.
    """
    row = {**asdict(order), "state": "open", "closed_at": None, "version": 1}
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(REPAIR_ORDERS), row)
    except sa.exc.IntegrityError:
        said = f"There is a repair order {order.repair_order_id} already."
        raise Refused(
            Refusal.TAKEN, said, field="repair_order_id", value=order.repair_order_id
        ) from None


def add_lines(connection: sa.Connection, repair_order_id: str, lines: list[LineRow]) -> None:
    """Write lines down."""
    rows = [
        {**asdict(one), "repair_order_id": repair_order_id, "sent_at": None, "returned": 0}
        for one in lines
    ]
    connection.execute(sa.insert(REPAIR_LINES), rows)


def change_order(
    connection: sa.Connection, repair_order_id: str, version: int | None, **values: Any
) -> None:
    """Change the head and raise its version, if it is still open and at `version`.

    Raises:
        Refused: there is none, it is closed, or somebody changed it since.
    """
    found = connection.execute(_BY_NUMBER.with_for_update(), {"number": repair_order_id}).first()
    if found is None:
        said = f"There is no repair order {repair_order_id}."
        raise Refused(Refusal.UNKNOWN, said, field="repair_order_id", value=repair_order_id)
    if found.state != "open":
        said = f"Repair order {repair_order_id} is {found.state}."
        raise Refused(Refusal.FINAL_STATE, said, state=found.state)
    if version is not None and version != found.version:
        said = f"Repair order {repair_order_id} is at version {found.version}; read it again."
        raise Refused(Refusal.STALE, said, version=found.version)
    mine = _ORDER.repair_order_id == repair_order_id
    raised = sa.update(REPAIR_ORDERS).where(mine).values(version=_ORDER.version + 1, **values)
    connection.execute(raised)


def last_line(connection: sa.Connection, repair_order_id: str) -> int:
    """The number of the last line of a repair order; 0 without one."""
    mine = _LINE.repair_order_id == repair_order_id
    return int(connection.execute(sa.select(sa.func.max(_LINE.line)).where(mine)).scalar() or 0)


def line_of(connection: sa.Connection, repair_order_id: str, line: int) -> Any:
    """A line as it is.

    Raises:
        Refused: when there is none.
    """
    mine = sa.and_(_LINE.repair_order_id == repair_order_id, _LINE.line == line)
    found = connection.execute(sa.select(REPAIR_LINES).where(mine).with_for_update()).first()
    if found is None:
        said = f"Repair order {repair_order_id} has no line {line}."
        raise Refused(Refusal.UNKNOWN, said, field="line", value=line)
    return found


def change_line(connection: sa.Connection, repair_order_id: str, line: int, **values: Any) -> None:
    """Change a line."""
    mine = sa.and_(_LINE.repair_order_id == repair_order_id, _LINE.line == line)
    connection.execute(sa.update(REPAIR_LINES).where(mine).values(**values))


def hold(
    connection: sa.Connection,
    request: Request,
    repair_order_id: str,
    wanted: Line,
    *,
    customer_class: str,
    expires_at: datetime | None,
) -> Done | None:
    """Hold the pieces of one line; None when they are not all free any more.

    Raises:
        Refused: when the place is closed, or not known.
    """
    command = Reserve((wanted,), repair_order_id, customer_class, expires_at)
    try:
        with connection.begin_nested():
            return reservation_commands.reserve(connection, request, command)
    except Refused as refusal:
        if refusal.code is not Refusal.INSUFFICIENT:
            raise
        return None


def hold_on(connection: sa.Connection, reservation_id: int) -> None:
    """Hold pieces that have left until somebody decides: no shelf gets them back by the clock.

    Raises:
        Refused: when they are not held any more.
    """
    balances.lock(connection, [one.item for one in granted_lines(connection, reservation_id)])
    mine = sa.and_(RESERVATIONS.c.reservation_id == reservation_id, _STILL_HELD)
    kept = sa.update(RESERVATIONS).where(mine).values(expires_at=None)
    if connection.execute(kept).rowcount != 1:
        said = f"Reservation {reservation_id} is over: its pieces are free again."
        raise Refused(Refusal.FINAL_STATE, said, field="reservation_id")


def lose_held(
    connection: sa.Connection, request: Request, reservation_id: int, pieces: int, why: str
) -> Done:
    """Close a reservation of which `pieces` are not there: they leave the books, the rest is free.

    Nobody is promised them again; the shelf itself is for somebody to count.
    """
    found = connection.execute(
        sa.select(RESERVATIONS).where(RESERVATIONS.c.reservation_id == reservation_id)
    ).one()
    lines = granted_lines(connection, reservation_id)
    balances.lock(connection, [one.item for one in lines])
    lines = granted_lines(connection, reservation_id)
    sides: list[Posting] = []
    left = pieces
    for one in lines:
        lost = min(left, one.held)
        left -= lost
        sides += moved(lost, *one.item, Account.RESERVED, Account.ADJUSTMENT)
        sides += moved(one.held - lost, *one.item, Account.RESERVED, Account.AVAILABLE)
    kept = tuple(side for side in sides if side.pieces)
    keep_lines(connection, reservation_id, [one.release() for one in lines])
    mine = sa.and_(RESERVATIONS.c.reservation_id == reservation_id, _STILL_HELD)
    closed = {"state": ReservationState.CANCELLED.value, "closed_at": request.at}
    connection.execute(sa.update(RESERVATIONS).where(mine).values(**closed))
    movement_id = None
    if kept:
        movement_id = open_movement(
            connection, request, "correction", document_id=found.repair_order_id or "",
            reason=why, customer_class=found.customer_class or "", reservation_id=reservation_id,
        )  # fmt: skip
        post(connection, movement_id, kept)
        for item in sorted({one.item for one in lines}):
            at_risk.cover(connection, request, movement_id, item)
    body = {"reservation_id": reservation_id, "lost": pieces - left}
    return Done(f"reservation {reservation_id}", body, movement_id)


def refused_demand(
    connection: sa.Connection,
    request: Request,
    repair_order_id: str,
    wanted: list[tuple[str, str, int, int]],
    customer_class: str,
) -> None:
    """Keep what was not on the shelf (part, place, pieces, free): it is demand all the same."""
    rows = [
        {
            "at": request.at,
            "actor": request.actor,
            "part_id": part_id,
            "location_id": place,
            "quantity": pieces,
            "available": max(free, 0),
            "document_id": repair_order_id,
            "customer_class": customer_class or None,
        }
        for part_id, place, pieces, free in wanted
    ]
    if rows:
        connection.execute(sa.insert(REFUSED), rows)


def was_refused(connection: sa.Connection, repair_order_id: str, part_id: str) -> bool:
    """True when the need was written down as not served at once."""
    known = sa.select(REFUSED.c.refused_id).where(
        REFUSED.c.document_id == repair_order_id, REFUSED.c.part_id == part_id
    )
    return connection.execute(known.limit(1)).first() is not None


def write_audit(connection: sa.Connection, request: Request, done: Sequence[Done]) -> None:
    """Every movement its row in the audit; the last writing of a transaction but one."""
    for one in done:
        if one.movement_id is not None:
            audit.append(
                connection, request, "repair order", one.subject, one.body, one.movement_id
            )


def order_head(connection: sa.Connection, repair_order_id: str) -> Any:
    """The head of a repair order there is."""
    return connection.execute(_BY_NUMBER, {"number": repair_order_id}).one()


def promise_of(connection: sa.Connection, repair_order_id: str, line: int) -> int:
    """The number of the promise of a line there is."""
    mine = sa.and_(PROMISES.c.repair_order_id == repair_order_id, PROMISES.c.line == line)
    return int(connection.execute(sa.select(PROMISES.c.promise_id).where(mine)).scalar_one())
