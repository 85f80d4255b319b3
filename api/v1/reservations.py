"""Reservations: pieces held for a repair until a stated time, handed over or given back."""

from datetime import UTC, date, datetime, tzinfo
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask, Asking
from api.fields import (
    AddressNumber,
    Body,
    Day,
    Instant,
    LocationId,
    Note,
    Number,
    OrderId,
    PartId,
    Pieces,
    Shown,
    Word,
)
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from data.store import reservation_reading as reading
from data.store.ledger_reading import Reservation
from inventory.ledger_commands import Fulfil, Line, Reserve
from inventory.people import Role
from planning import reservations

router = APIRouter(prefix="/v1/reservations", tags=["reservations"], route_class=GuardedRoute)
_HOLDERS = (Role.TECHNICIAN, Role.PLANNER, Role.SERVICE)
_START = 2**62
Id = Annotated[AddressNumber, Path(description="number of the reservation")]


class LineAsked(Body):
    """Pieces of one part from one shelf."""

    part_id: PartId
    location_id: LocationId
    quantity: Pieces


class ReservationAsked(Body):
    """What is to be held, all of it or nothing unless `partly`."""

    repair_order_id: OrderId | None = None
    lines: list[LineAsked] = Field(min_length=1, max_length=200)
    need_by: Day | None = Field(None, description="day the pieces are needed")
    hold_until: Instant | None = Field(None, description="held until; else two days after need_by")
    customer_class: Word = ""
    partly: bool = Field(False, description="hold what is there in full, refuse the rest")


class LineHeld(Shown):
    """A line as it was granted."""

    line: int
    part_id: str
    location_id: str
    pieces: int


class ReservationMade(Shown):
    """What was granted."""

    reservation_id: int
    state: str
    expires_at: datetime | None
    lines: list[LineHeld]
    refused: list[dict[str, Any]] = Field(description="lines not there in full, with what was free")


class LineShown(Shown):
    """A line as it is; held + at_risk + fulfilled + released is what was granted."""

    line: int
    part_id: str
    location_id: str
    quantity: int
    held: int
    at_risk: int
    fulfilled: int
    released: int


class ReservationShown(Shown):
    """A reservation as it is."""

    reservation_id: int
    state: Literal["active", "fulfilled", "cancelled", "expired"]
    owner: str
    repair_order_id: str | None
    customer_class: str | None
    created_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None
    lines: list[LineShown]


class ReservationsPage(Shown):
    """A page of reservations, the newest first."""

    reservations: list[ReservationShown]
    next: str | None = None


class LineSettled(Shown):
    """What became of a line."""

    line: int
    held: int
    at_risk: int
    fulfilled: int
    released: int


class ReservationSettled(Shown):
    """What became of a reservation."""

    reservation_id: int
    state: str
    lines: list[LineSettled]


class CancelAsked(Body):
    """Why it is given back."""

    reason: Note = ""


class LineHanded(Body):
    """Pieces of one line."""

    line: Number
    quantity: Pieces


class FulfilAsked(Body):
    """What is handed over: `quantity` of the only line, or pieces by line; else all held."""

    quantity: Pieces | None = None
    lines: list[LineHanded] = Field(default_factory=list, max_length=200)
    release_rest: bool = Field(False, description="what is not handed over goes back")


@router.post("", status_code=201)
@allow(*_HOLDERS)
async def reserve(ask: Ask, asked: ReservationAsked) -> ReservationMade:
    """Hold pieces; whoever repeats the request under its key gets the same answer."""
    places = {line.location_id for line in asked.lines}
    if asked.need_by is not None and asked.need_by < await _today(ask, places):
        raise Problem(422, "date.in_past", "That day is over.", field="need_by")
    if asked.hold_until is not None and asked.hold_until <= ask.now:
        raise Problem(422, "date.in_past", "That moment is over.", field="hold_until")
    await _within_reach(ask, places)
    command = Reserve(
        tuple(Line(one.part_id, one.location_id, one.quantity) for one in asked.lines),
        asked.repair_order_id or "",
        asked.customer_class,
        asked.hold_until or reservations.held_until(asked.need_by, ask.now),
        partly=asked.partly,
        asked_until="" if asked.hold_until else f"need by {asked.need_by}",
    )
    store, person = ask.desk.store, ask.person
    return ReservationMade(
        **await ask.perform(lambda signed: reservations.reserve(store, person, signed, command))
    )


async def _today(ask: Asking, location_ids: set[str]) -> date:
    """The day at those places; the earlier one where they differ."""
    outlook = ask.desk.outlook
    await ask.read(lambda connection: outlook.refresh(connection, ask.now))
    zones: list[tzinfo] = [
        outlook.places[one].zone for one in location_ids if one in outlook.places
    ]
    return min(ask.now.astimezone(zone).date() for zone in zones or [UTC])


async def _within_reach(ask: Asking, location_ids: set[str]) -> None:
    if ask.person.is_everywhere:
        return
    network = await ask.read(ask.desk.network)
    for place in sorted(location_ids - network.reach_of(ask.person.sites)):
        if network.knows(place):
            said = f"{place} is beyond your sites and those around them."
            raise Problem(403, "site.forbidden", said, field="location_id", location_id=place)


@router.get("")
@allow(Role.TECHNICIAN, Role.PLANNER, Role.ADMIN, Role.SERVICE)
async def list_reservations(
    ask: Ask,
    state: Literal["active", "fulfilled", "cancelled", "expired"] | None = None,
    repair_order_id: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> ReservationsPage:
    """One's own and those of one's sites; a planner's or admin's: all."""
    (before,) = place_of(ask.desk, cursor, _START)
    everybody = ask.person.role in (Role.PLANNER, Role.ADMIN)
    sites = ask.person.sites if ask.person.role is Role.TECHNICIAN else ()

    def work(connection: sa.Connection) -> list[Reservation]:
        return reading.page(
            connection,
            before=before,
            limit=limit + 1,
            owner=None if everybody else ask.person.name,
            sites=sites,
            state=state,
            repair_order_id=repair_order_id,
        )

    rows = await ask.read(work)
    shown = [_shown(row) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].reservation_id) if len(rows) > limit else None
    return ReservationsPage(reservations=shown, next=more)


@router.get("/{reservation_id}")
@allow(Role.TECHNICIAN, Role.PLANNER, Role.ADMIN, Role.SERVICE)
async def show_reservation(ask: Ask, reservation_id: Id) -> ReservationShown:
    """One reservation."""
    found = await ask.read(lambda c: reservations.visible(c, ask.person, reservation_id))
    if found is None:
        raise Problem(404, "ref.unknown", "There is no such reservation.", field="reservation_id")
    return _shown(found)


@router.post("/{reservation_id}/cancel")
@allow(*_HOLDERS)
async def cancel(
    ask: Ask, reservation_id: Id, asked: CancelAsked | None = None
) -> ReservationSettled:
    """Give the pieces back."""
    store, person = ask.desk.store, ask.person
    reason = asked.reason if asked else ""
    return ReservationSettled(
        **await ask.perform(
            lambda signed: reservations.cancel(store, person, signed, reservation_id, reason)
        )
    )


@router.post("/{reservation_id}/fulfil")
@allow(*_HOLDERS)
async def fulfil(
    ask: Ask, reservation_id: Id, asked: FulfilAsked | None = None
) -> ReservationSettled:
    """Hand pieces over."""
    store, person, asked = ask.desk.store, ask.person, asked or FulfilAsked(release_rest=False)
    by_line = {one.line: one.quantity for one in asked.lines}
    if len(by_line) < len(asked.lines):
        raise Problem(422, "value.not_allowed", "One line twice.", field="lines")
    command = Fulfil(reservation_id, by_line, release_rest=asked.release_rest)
    return ReservationSettled(
        **await ask.perform(
            lambda signed: reservations.fulfil(store, person, signed, command, asked.quantity)
        )
    )


def _shown(found: Reservation) -> ReservationShown:
    return ReservationShown.model_validate(found, from_attributes=True)
