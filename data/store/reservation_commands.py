"""What may happen to a reservation: it is made, served, cancelled, or its time is over."""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store import at_risk, balances
from data.store.journal import open_movement, post, short, write_sides
from data.store.ledger_tables import LINES, RESERVATIONS
from data.store.reservation_lines import (
    GrantedLine,
    granted_lines,
    keep_lines,
    sides_between,
)
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
from inventory.ledger_commands import Cancel, Expire, Fulfil, Line, Reserve

_NEW: Final = sa.insert(RESERVATIONS).returning(RESERVATIONS.c.reservation_id)
_Numbered = tuple[int, Line]
_ADD_LINES: Final = sa.insert(LINES)
_BY_ID: Final = RESERVATIONS.c.reservation_id == sa.bindparam("number")
_FIND: Final = sa.select(RESERVATIONS).where(_BY_ID)
_CLOSE: Final = (
    sa.update(RESERVATIONS)
    .where(_BY_ID, RESERVATIONS.c.state == ReservationState.ACTIVE.value)
    .values(state=sa.bindparam("new_state"), closed_at=sa.bindparam("closed"))
)


def reserve(connection: sa.Connection, request: Request, command: Reserve) -> Done:
    """Hold every line, or, where asked, those that are there in full."""
    balances.refuse_locked(connection, {line.location_id for line in command.lines})
    numbered = sorted(enumerate(command.lines, 1), key=lambda each: (_item(each[1]), each[0]))
    held: list[_Numbered] = []
    lacking: list[_Numbered] = []
    for number, line in numbered:  # sorted, so that two requests never wait for each other
        there = balances.change(connection, *_item(line), on_hand=0, reserved=line.pieces)
        (held if there else lacking).append((number, line))
    held.sort(key=lambda each: each[0])
    refusal = _refusal(connection, lacking) if lacking else None
    if refusal is not None and not (command.partly and held):
        raise refusal
    reservation_id = _record(connection, request, command, held)
    movement_id = _open(connection, request, "reserve", reservation_id, command.repair_order_id)
    sides: list[Posting] = []
    for _, line in held:
        sides += moved(line.pieces, *_item(line), Account.AVAILABLE, Account.RESERVED)
    write_sides(connection, movement_id, tuple(sides))
    body = {
        "reservation_id": reservation_id,
        "state": ReservationState.ACTIVE.value,
        "expires_at": command.expires_at and command.expires_at.isoformat(),
        "lines": [_shown(number, line) for number, line in held],
        "refused": refusal.facts["lines"] if refusal else [],
    }
    return Done(f"reservation {reservation_id}", body, movement_id)


def fulfil(connection: sa.Connection, request: Request, command: Fulfil) -> Done:
    """Hand over held pieces."""
    lines, found = _locked(connection, command.reservation_id)
    balances.refuse_locked(connection, {line.location_id for line in lines})
    handed = _pieces_to_hand_over(command, lines)
    after = [line.hand_over(handed.get(line.line, 0)) for line in lines]
    if command.release_rest:
        after = [line.release() for line in after]
    state = (
        ReservationState.ACTIVE
        if any(line.held + line.at_risk for line in after)
        else ReservationState.FULFILLED
    )
    return _settle(connection, request, found, lines, after, state, "fulfil")


def cancel(connection: sa.Connection, request: Request, command: Cancel) -> Done:
    """Give the pieces back."""
    lines, found = _locked(connection, command.reservation_id)
    after = [line.release() for line in lines]
    return _settle(connection, request, found, lines, after, ReservationState.CANCELLED, "cancel")


def expire(connection: sa.Connection, request: Request, command: Expire) -> Done:
    """Give the pieces back because the time is over."""
    lines, found = _locked(connection, command.reservation_id)
    if found.expires_at is None or found.expires_at > request.at:
        message = f"Reservation {command.reservation_id} still holds."
        raise Refused(Refusal.NOT_DUE, message, reservation_id=command.reservation_id)
    after = [line.release() for line in lines]
    return _settle(connection, request, found, lines, after, ReservationState.EXPIRED, "expire")


def due(connection: sa.Connection, at: datetime) -> list[int]:
    """Active reservations whose time is over at `at`, oldest first."""
    query = sa.select(RESERVATIONS.c.reservation_id).where(
        RESERVATIONS.c.state == ReservationState.ACTIVE.value, RESERVATIONS.c.expires_at <= at
    )
    return list(connection.execute(query.order_by(RESERVATIONS.c.reservation_id)).scalars())


def _refusal(connection: sa.Connection, lacking: list[_Numbered]) -> Refused:
    return short(connection, [(number, *_item(line), line.pieces) for number, line in lacking])


def _record(
    connection: sa.Connection, request: Request, command: Reserve, held: list[_Numbered]
) -> int:
    row = {
        "state": ReservationState.ACTIVE.value,
        "owner": request.actor,
        "repair_order_id": command.repair_order_id or None,
        "customer_class": command.customer_class or None,
        "created_at": request.at,
        "expires_at": command.expires_at,
    }
    reservation_id = int(connection.execute(_NEW, row).scalar_one())
    nothing = {"at_risk": 0, "fulfilled": 0, "released": 0}
    rows = [
        {
            "reservation_id": reservation_id,
            "line": number,
            "part_id": line.part_id,
            "location_id": line.location_id,
            "quantity": line.pieces,
            "held": line.pieces,
            **nothing,
        }
        for number, line in held
    ]
    connection.execute(_ADD_LINES, rows)
    return reservation_id


def _locked(connection: sa.Connection, reservation_id: int) -> tuple[list[GrantedLine], Any]:
    """The reservation and its lines, with their balances kept from changing."""
    number = {"number": reservation_id}
    items = [line.item for line in granted_lines(connection, reservation_id)]
    if not items:
        message = f"There is no reservation {reservation_id}."
        raise Refused(Refusal.UNKNOWN, message, field="reservation_id", value=reservation_id)
    balances.lock(connection, items)
    found = connection.execute(_FIND, number).one()
    if found.state != ReservationState.ACTIVE:
        message = f"Reservation {reservation_id} is {found.state}."
        raise Refused(Refusal.FINAL_STATE, message, state=found.state)
    return granted_lines(connection, reservation_id), found


def _pieces_to_hand_over(command: Fulfil, lines: list[GrantedLine]) -> dict[int, int]:
    wanted = dict(command.pieces) or {line.line: line.held for line in lines if line.held}
    by_number = {line.line: line for line in lines}
    for number, pieces in wanted.items():
        if number not in by_number:
            message = f"The reservation has no line {number}."
            raise Refused(Refusal.UNKNOWN, message, field="line", value=number)
        line = by_number[number]
        if pieces > line.held + line.at_risk:
            message = f"Line {number} has {line.held + line.at_risk} pieces open, not {pieces}."
            raise Refused(Refusal.EXCEEDS, message, line=number, open=line.held + line.at_risk)
        if pieces > line.held:
            raise _at_risk(number, line.held)
    if not wanted:
        raise _at_risk(lines[0].line, 0)
    return wanted


def _at_risk(number: int, held: int) -> Refused:
    message = f"Line {number}: only {held} of the pieces promised are still there."
    return Refused(Refusal.AT_RISK, message, line=number, held=held)


def _settle(
    connection: sa.Connection,
    request: Request,
    found: Any,
    before: list[GrantedLine],
    after: list[GrantedLine],
    state: ReservationState,
    kind: str,
) -> Done:
    """Write down what became of the reservation whose balances are locked."""
    reservation_id = found.reservation_id
    closed_at = None if state is ReservationState.ACTIVE else request.at
    figures = {"number": reservation_id, "new_state": state.value, "closed": closed_at}
    keep_lines(connection, reservation_id, after)
    if connection.execute(_CLOSE, figures).rowcount != 1:
        message = f"Reservation {reservation_id} was closed meanwhile."
        raise Refused(Refusal.FINAL_STATE, message, state=found.state)
    sides = sides_between(before, after)
    movement_id = None
    if sides:
        movement_id = _open(
            connection, request, kind, reservation_id, found.repair_order_id, found.customer_class
        )
        post(connection, movement_id, sides)
        for item in sorted({line.item for line in after if line.released}):
            at_risk.cover(connection, request, movement_id, item)
    body = {
        "reservation_id": reservation_id,
        "state": state.value,
        "lines": [line.shown() for line in after],
    }
    return Done(f"reservation {reservation_id}", body, movement_id)


def _open(
    connection: sa.Connection,
    request: Request,
    kind: str,
    reservation_id: int,
    document_id: str | None,
    customer_class: str | None = None,
) -> int:
    return open_movement(
        connection,
        request,
        kind,
        document_id=document_id or "",
        customer_class=customer_class or "",
        reservation_id=reservation_id,
    )


def _item(line: Line) -> tuple[str, str]:
    return line.part_id, line.location_id


def _shown(number: int, line: Line) -> dict[str, Any]:
    return {
        "line": number,
        "part_id": line.part_id,
        "location_id": line.location_id,
        "pieces": line.pieces,
    }
