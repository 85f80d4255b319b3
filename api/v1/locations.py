"""Locations: where they stand in the network, and closed while somebody counts."""

from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import APIRouter, Path
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import Body, Shown
from data.store import catalogue, stock_reading
from data.store.ledger import perform
from inventory.ledger_commands import LockLocation, UnlockLocation
from inventory.people import Role

router = APIRouter(prefix="/v1/locations", tags=["locations"], route_class=GuardedRoute)
Id = Annotated[str, Path(max_length=100)]


class LocationShown(Shown):
    """A location."""

    location_id: str
    name: str | None
    parent_id: str | None = Field(description="what replenishes it; none: a supplier does")
    timezone: str | None
    tier: str | None
    closed: str | None = Field(None, description="why nothing leaves it now")


class Locations(Shown):
    """Every location."""

    locations: list[LocationShown]


class LockAsked(Body):
    """Why it is closed."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class Locked(Shown):
    """What is so now."""

    location_id: str
    closed: bool


@router.get("")
@allow(Role.TECHNICIAN, Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.SERVICE)
async def list_locations(ask: Ask) -> Locations:
    """Every location, by its code."""

    def work(connection: sa.Connection) -> list[dict[str, Any]]:
        closed = stock_reading.closed(connection)
        rows = catalogue.locations(connection)
        return [{**row, "closed": closed.get(row["location_id"])} for row in rows]

    return Locations(locations=[LocationShown(**row) for row in await ask.read(work)])


@router.post("/{location_id}/lock")
@allow(Role.PLANNER)
async def lock(ask: Ask, location_id: Id, asked: LockAsked) -> Locked:
    """Close a location for reservations and issues, as during a count."""
    command, store = LockLocation(location_id, asked.reason), ask.desk.store
    await ask.perform(lambda signed: perform(store, signed, command))
    return Locked(location_id=location_id, closed=True)


@router.post("/{location_id}/unlock")
@allow(Role.PLANNER)
async def unlock(ask: Ask, location_id: Id) -> Locked:
    """Open it again."""
    command, store = UnlockLocation(location_id), ask.desk.store
    await ask.perform(lambda signed: perform(store, signed, command))
    return Locked(location_id=location_id, closed=False)
