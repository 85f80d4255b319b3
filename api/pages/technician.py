"""The technician's way to a part: find it, see where it lies and by which ways it can be had."""

from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from starlette.requests import Request
from starlette.responses import Response

from api.access import allow
from api.asking import Ask, Asking
from api.fields import AddressPieces
from api.pages.days import day_of, end_of, zone_of
from api.pages.page import PageRoute, page
from api.problem import Problem
from api.v1.availability import at_reach
from data.store import catalogue
from data.store.part_search import find
from inventory.people import Role
from planning.promises.availability import available
from planning.promises.inquiry import Inquiry, WayTold, inquire
from planning.promises.outlook import Place

router = APIRouter(tags=["pages"], route_class=PageRoute, include_in_schema=False)
_READERS: Final = (Role.TECHNICIAN, Role.PLANNER, Role.FINANCE, Role.ADMIN)
_HOLDERS: Final = (Role.TECHNICIAN, Role.PLANNER)
_MOST_FOUND: Final = 20
Text = Annotated[str, Query(max_length=200)]
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


@router.get("/find")
@allow(*_READERS)
async def find_part(
    ask: Ask, request: Request, q: Text = "", at: Text = "", order: Text = ""
) -> Response:
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
    return page(request, part, {**facts, "q": q, "at": here, "order": order, "person": ask.person})


@router.get("/part/{part_id:path}")
@allow(*_READERS)
async def show_part(
    ask: Ask,
    request: Request,
    part_id: Annotated[str, Path(max_length=100)],
    at: Text = "",
    quantity: AddressPieces = 1,
    need_by: Annotated[str, Query(max_length=20)] = "",
    order: Text = "",
) -> Response:
    """The ways to a part, the best first."""
    sites = await ask.read(lambda c: _sites(ask, c))
    here = _chosen(sites, at)
    await at_reach(ask, here)
    zone = await zone_of(ask, here)
    day = day_of(need_by, ask, zone)
    deadline = None if day is None else end_of(day, zone)
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
        "order": order,
        "now": now,
        "zone": zone,
        "places": outlook.places,
        "ways": WAYS,
        "may_hold": ask.person.role in _HOLDERS,
        "costs": ask.person.role.sees_costs,
        "best": _first_to_hold(facts["told"].ways),
        "person": ask.person,
    }
    return page(request, "part.html", shown)


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


def _first_to_hold(ways: tuple[WayTold, ...]) -> int | None:
    return next((place for place, way in enumerate(ways) if way.way.holds_pieces), None)
