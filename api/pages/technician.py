"""The technician's way: find a part, see the ways to it, hold it, see one's repair orders."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path, Query
from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import allow
from api.asking import Ask, Asking
from api.fields import AddressPieces, Day
from api.pages.page import PageRoute, page, performed
from api.problem import Problem
from api.v1.availability import at_reach
from data.store import catalogue
from data.store import reservation_reading as reading
from data.store.part_search import find
from inventory.ledger_commands import Fulfil, Line, Reserve
from inventory.people import Role
from planning import reservations
from planning.promises.availability import available
from planning.promises.inquiry import Inquiry, WayTold, inquire
from planning.promises.outlook import Place

router = APIRouter(tags=["pages"], route_class=PageRoute, include_in_schema=False)
_READERS: Final = (Role.TECHNICIAN, Role.PLANNER, Role.FINANCE, Role.ADMIN)
_HOLDERS: Final = (Role.TECHNICIAN, Role.PLANNER)
_MOST_FOUND: Final = 20
_MOST_ORDERS: Final = 100
_START: Final = 2**62
Text = Annotated[str, Query(max_length=200)]
Typed = Annotated[str, Form(max_length=100)]
WAYS: Final = {
    "shelf": "On the shelf, here",
    "nearby": "At a site nearby",
    "van": "In a van nearby",
    "depot": "At the depot",
    "on_order": "On order already",
    "repair": "Under repair",
    "emergency": "Emergency shipment",
    "new_order": "To be ordered",
}


@dataclass(frozen=True, slots=True)
class Order:
    """Reservations of one repair order."""

    repair_order_id: str
    reservations: list[Any]


@router.get("/find")
@allow(*_READERS)
async def find_part(ask: Ask, request: Request, q: Text = "", at: Text = "") -> Response:
    """Type a number or words; what may be meant appears while typing."""

    def work(connection: sa.Connection) -> dict[str, Any]:
        sites = _sites(ask, connection)
        hits = find(connection, q.strip(), _MOST_FOUND) if q.strip() else []
        there = catalogue.parts(connection, [hit.part_id for hit in hits])
        found = [(there[hit.part_id], hit.how) for hit in hits if hit.part_id in there]
        return {"sites": sites, "found": found}

    facts = await ask.read(work)
    here = _chosen(facts["sites"], at)
    part = "results.html" if request.headers.get("hx-target") == "results" else "find.html"
    return page(request, part, {**facts, "q": q, "at": here, "person": ask.person})


@router.get("/part/{part_id:path}")
@allow(*_READERS)
async def show_part(
    ask: Ask,
    request: Request,
    part_id: Annotated[str, Path(max_length=100)],
    at: Text = "",
    quantity: AddressPieces = 1,
    need_by: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The ways to a part, the best first."""
    sites = await ask.read(lambda c: _sites(ask, c))
    here = _chosen(sites, at)
    await at_reach(ask, here)
    deadline = _end_of(need_by, ask)
    outlook, now = ask.desk.outlook, ask.now

    def work(connection: sa.Connection) -> dict[str, Any]:
        row = catalogue.part(connection, part_id)
        if row is None:
            raise Problem(404, "ref.unknown", "There is no such part.", field="part_id")
        told = inquire(connection, outlook, Inquiry(part_id, here, quantity, deadline), now)
        there = available(connection, outlook, part_id, here, quantity, now)
        return {
            "part": row,
            "told": told,
            "there": there,
            "successors": catalogue.successors(connection, part_id),
            "names": {
                way.part_id: (catalogue.part(connection, way.part_id) or row)["description"]
                for way in told.ways
            },
        }

    facts = await ask.read(work)
    shown = {
        **facts,
        "sites": sites,
        "at": here,
        "quantity": quantity,
        "need_by": need_by,
        "now": now,
        "zone": outlook.places[here].zone,
        "places": outlook.places,
        "ways": WAYS,
        "may_hold": ask.person.role in _HOLDERS,
        "costs": ask.person.role.sees_costs,
        "best": _first_to_hold(facts["told"].ways),
        "person": ask.person,
    }
    return page(request, "part.html", shown)


@router.post("/reserve")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def reserve(
    ask: Ask,
    part_id: Typed,
    location_id: Typed,
    quantity: Annotated[AddressPieces, Form()],
    key: Annotated[str, Form(min_length=8, max_length=100)],
    repair_order_id: Typed = "",
    need_by: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Hold pieces for a repair order, once, however often the button is pressed."""
    await at_reach(ask, location_id)
    day = _day(need_by, ask)
    command = Reserve(
        (Line(part_id, location_id, quantity),),
        repair_order_id.strip(),
        expires_at=reservations.held_until(day, ask.now),
        asked_until=f"need by {day}",
    )
    store, person = ask.desk.store, ask.person
    made = await performed(
        ask, key, lambda signed: reservations.reserve(store, person, signed, command)
    )
    return RedirectResponse(f"/orders?made={made['reservation_id']}", 303)


@router.get("/orders")
@allow(*_HOLDERS)
async def my_orders(
    ask: Ask, request: Request, made: AddressPieces | None = None, done: Text = ""
) -> Response:
    """One's repair orders and what is held for them; a planner's: everybody's."""
    everybody = ask.person.role is Role.PLANNER
    sites = ask.person.sites if ask.person.role is Role.TECHNICIAN else ()

    def work(connection: sa.Connection) -> dict[str, Any]:
        rows = reading.page(
            connection,
            before=_START,
            limit=_MOST_ORDERS,
            owner=None if everybody else ask.person.name,
            sites=sites,
        )
        ask.desk.outlook.refresh(connection, ask.now)
        numbers = sorted({line.part_id for row in rows for line in row.lines})
        return {"rows": rows, "parts": catalogue.parts(connection, numbers)}

    facts = await ask.read(work)
    orders: dict[str, Order] = {}
    for row in facts["rows"]:
        name = row.repair_order_id or ""
        orders.setdefault(name, Order(name, [])).reservations.append(row)
    shown = {
        "orders": list(orders.values()),
        "parts": facts["parts"],
        "made": made,
        "done": done,
        "now": ask.now,
        "zone": _zone(ask),
        "places": ask.desk.outlook.places,
        "person": ask.person,
    }
    return page(request, "orders.html", shown)


@router.post("/orders/{reservation_id}/cancel")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def give_back(
    ask: Ask, reservation_id: AddressPieces, key: Annotated[str, Form(min_length=8, max_length=100)]
) -> Response:
    """Give the pieces back."""
    store, person = ask.desk.store, ask.person
    await performed(
        ask, key, lambda signed: reservations.cancel(store, person, signed, reservation_id)
    )
    return RedirectResponse("/orders?done=given+back", 303)


@router.post("/orders/{reservation_id}/fulfil")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def take(
    ask: Ask, reservation_id: AddressPieces, key: Annotated[str, Form(min_length=8, max_length=100)]
) -> Response:
    """Say that the pieces were handed over."""
    store, person, command = ask.desk.store, ask.person, Fulfil(reservation_id)
    await performed(ask, key, lambda signed: reservations.fulfil(store, person, signed, command))
    return RedirectResponse("/orders?done=handed+over", 303)


def _sites(ask: Asking, connection: sa.Connection) -> list[Place]:
    """The places somebody may ask for: their own, or all."""
    ask.desk.outlook.refresh(connection, ask.now)
    places = ask.desk.outlook.places
    if ask.person.is_everywhere:
        return sorted(places.values(), key=lambda one: (not one.parent_id, one.name))
    return [places[one] for one in ask.person.sites if one in places]


def _chosen(sites: list[Place], at: str) -> str:
    """The place asked for, else one's own."""
    if at:
        return at
    if not sites:
        raise Problem(409, "site.missing", "You have no site yet. Ask your admin for one.")
    return sites[0].location_id


def _zone(ask: Asking) -> Any:
    for site in ask.person.sites:
        if site in ask.desk.outlook.places:
            return ask.desk.outlook.places[site].zone
    return UTC


def _first_to_hold(ways: tuple[WayTold, ...]) -> int | None:
    return next((place for place, way in enumerate(ways) if way.way.holds_pieces), None)


def _day(text: str, ask: Asking) -> date | None:
    if not text:
        return None
    try:
        day: date = TypeAdapter(Day).validate_python(text)
    except ValidationError as trouble:
        said = trouble.errors()[0]["msg"]
        raise Problem(422, "date.invalid", f"{said}.", field="need_by") from None
    if day < ask.now.date():
        raise Problem(422, "date.in_past", "That day is over.", field="need_by")
    return day


def _end_of(text: str, ask: Asking) -> datetime | None:
    day = _day(text, ask)
    return None if day is None else datetime.combine(day, time(23, 59, 59), UTC)
