"""Targets: what is promised to customers, and what the plan in force reaches."""

import json
from typing import Any, Final

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import Shown
from data.store import catalogue, run_reading
from inventory.people import Role

router = APIRouter(prefix="/v1/targets", tags=["targets"], route_class=GuardedRoute)
_READERS: Final = (Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.AUDITOR)


class TargetShown(Shown):
    """A promise as it was taken in; blank scope columns mean all."""

    measure: str
    target: float
    within_days: float | None
    per: str | None
    tier: str | None
    location_id: str | None
    criticality: str | None
    customer_class: str | None


class Reached(Shown):
    """A promise as the plan in force keeps it."""

    scope: str
    per: str | None
    measure: str
    target: float
    achieved: float | None
    price: float | None = Field(None, description="money per year for one more unit of it")


class Targets(Shown):
    """Promises, and what the plan in force reaches."""

    run_id: str
    targets: list[TargetShown]
    reached: list[Reached]


@router.get("", response_model_exclude_unset=True)
@allow(*_READERS)
async def list_targets(ask: Ask) -> Targets:
    """What is promised and reached."""

    def work(connection: sa.Connection) -> tuple[str, list[dict[str, Any]], list[dict[str, Any]]]:
        run_id = run_reading.in_force(connection)
        row = run_reading.run(connection, run_id) or {}
        summary = json.loads(row.get("summary") or "{}")
        return run_id, catalogue.targets(connection), summary.get("targets", [])

    run_id, promised, reached = await ask.read(work)
    names = set(Reached.model_fields) - (set() if ask.person.role.sees_costs else {"price"})
    kept = [{name: one[name] for name in one if name in names} for one in reached]
    return Targets(
        run_id=run_id,
        targets=[TargetShown(**one) for one in promised],
        reached=[Reached(**{"per": None, **one}) for one in kept],
    )
