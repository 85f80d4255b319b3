"""Availability near a place, and the ways to get a part; an inquiry holds nothing."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask, Asking
from api.fields import AddressPieces, Instant, Shown
from api.problem import Problem
from inventory.people import Role
from planning.promises.availability import available
from planning.promises.inquiry import Inquiry, inquire

router = APIRouter(prefix="/v1", tags=["availability"], route_class=GuardedRoute)
_READERS: Final = (Role.TECHNICIAN, Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.SERVICE)
PartAsked = Annotated[str, Query(min_length=1, max_length=100, examples=["P-100"])]
PlaceAsked = Annotated[str, Query(min_length=1, max_length=100, examples=["FSL-1"])]


class ShelfShown(Shown):
    """Pieces at one place; kind is here, nearby, van or depot."""

    location_id: str
    name: str
    kind: str
    on_hand: int
    free: int
    closed: bool


class ComingShown(Shown):
    """An open order; no day where nobody said one."""

    order_id: str
    location_id: str
    pieces: int
    expected_on: date | None


class PartThereShown(Shown):
    """One part near the place; relation is asked, successor or alternate."""

    part_id: str
    relation: str
    free_here: int
    shelves: list[ShelfShown]
    on_order: list[ComingShown]
    under_repair: int
    waiting: int = Field(description="pieces others wait for")


class AvailabilityShown(Shown):
    """What is there, and when the pieces asked for can be."""

    part_id: str
    location_id: str
    quantity: int
    at: datetime
    parts: list[PartThereShown]
    eta: datetime | None = Field(description="kept in nine of ten cases; none: unknown, see reason")
    likely_by: datetime | None = Field(description="met in half of all cases")
    way: str
    reason: str = Field(description="why unknown, such as lead_time.missing; else blank")
    sentence: str = Field(description="can be read to the customer")


class WayShown(Shown):
    """One way to get the part."""

    way: str
    part_id: str
    alternate: bool
    from_location_id: str
    from_name: str
    pieces: int
    likely_by: datetime | None
    promised_for: datetime | None
    chance: float | None = Field(description="to make the deadline, 0..1")
    keeps_deadline: bool | None
    cost: float | None = Field(None, description="beyond the part itself, money")
    order_id: str
    waiting_before: int
    basis: str
    unknown: str
    remedy: str
    sentence: str


class WaysShown(Shown):
    """Every way, the cheapest that keeps the deadline first."""

    part_id: str
    location_id: str
    pieces: int
    at: datetime
    ways: list[WayShown]
    sentence: str


@router.get("/availability", response_model=AvailabilityShown)
@allow(*_READERS)
async def show_availability(
    ask: Ask,
    part_id: PartAsked,
    location_id: PlaceAsked,
    quantity: AddressPieces = 1,
    at: Annotated[Instant | None, Query(description="as of when; none: now")] = None,
) -> Any:
    """Pieces free at a place, around it and at the depot, on order and under repair."""
    outlook, now = ask.desk.outlook, _moment(ask, at)
    await at_reach(ask, location_id)
    return await ask.read(lambda c: available(c, outlook, part_id, location_id, quantity, now))


@router.get("/promise", response_model=WaysShown, response_model_exclude_unset=True)
@allow(*_READERS)
async def show_ways(
    ask: Ask,
    part_id: PartAsked,
    location_id: PlaceAsked,
    quantity: AddressPieces = 1,
    deadline: Annotated[Instant | None, Query(description="when it must be there")] = None,
) -> Any:
    """The ways to get a part, with P50, P90 and the chance to make the deadline; holds nothing."""
    asked = Inquiry(part_id, location_id, quantity, deadline)
    await at_reach(ask, location_id)
    outlook, now = ask.desk.outlook, ask.now
    told = asdict(await ask.read(lambda c: inquire(c, outlook, asked, now)))
    if not ask.person.role.sees_costs:
        for way in told["ways"]:
            del way["cost"]
    return WaysShown(**told)


async def at_reach(ask: Asking, location_id: str) -> None:
    """Refuse a technician a place that is none of their sites nor around them.

    Raises:
        Problem: 403.
    """
    if ask.person.is_everywhere:
        return
    network = await ask.read(ask.desk.network)
    if location_id not in network.reach_of(ask.person.sites) and network.knows(location_id):
        said = f"{location_id} is beyond your sites and those around them."
        raise Problem(403, "site.forbidden", said, field="location_id")


def _moment(ask: Asking, at: datetime | None) -> datetime:
    """The moment asked about; what was before now is not answered as if it were now."""
    if at is None or at == ask.now:
        return ask.now
    if at < ask.now:
        raise Problem(422, "date.in_past", "That moment is over.", field="at")
    return at
