"""Parts: found by number, by words, by a number that was replaced, or with a typing error."""

from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask, Asking
from api.fields import Shown
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from data.store import catalogue
from data.store.part_search import Hit, find
from inventory.people import Role

router = APIRouter(prefix="/v1/parts", tags=["parts"], route_class=GuardedRoute)
_READERS = (Role.TECHNICIAN, Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.SERVICE)
_COSTS = ("unit_cost", "currency", "holding_rate", "ordering_cost")


class PartShown(Shown):
    """A part; what it costs is told to those who answer for the money."""

    part_id: str
    description: str | None = None
    unit_of_measure: str | None = None
    criticality: str | None = Field(None, description="A vital, B essential, C desirable")
    order_multiple: int | None = Field(None, description="pieces")
    minimum_order_quantity: int | None = Field(None, description="pieces")
    supplier_id: str | None = None
    active: bool | None = None
    superseded_by: str | None = Field(None, description="the number that replaced it")
    found_by: Literal["number", "nearly", "words"] | None = Field(
        None, description="nearly: one sign differs from what was asked for"
    )
    unit_cost: float | None = Field(None, description="money per piece, in currency")
    currency: str | None = None
    holding_rate: float | None = Field(None, description="share of the value per year")
    ordering_cost: float | None = Field(None, description="money per order line, in currency")


class PartWhole(PartShown):
    """A part and the parts it is related to."""

    successors: list[str] = Field(description="numbers that replaced it, the newest last")
    replaces: list[str] = Field(description="numbers it replaced")
    alternates: list[str] = Field(description="parts that may be used instead")


class PartsPage(Shown):
    """A page of parts."""

    parts: list[PartShown]
    next: str | None = Field(None, description="cursor of the next page; none on the last")


@router.get("", response_model_exclude_unset=True)
@allow(*_READERS)
async def list_parts(
    ask: Ask,
    q: Annotated[str, Query(max_length=200, examples=["P-000"])] = "",
    sort: Literal["part_id", "-part_id"] = "part_id",
    limit: Limit = 50,
    cursor: Cursor = "",
) -> PartsPage:
    """Parts by number, or those that `q` may mean, the likeliest first."""
    if q.strip():
        return await ask.read(lambda connection: _found(ask, connection, q.strip(), limit, cursor))
    (after,) = place_of(ask.desk, cursor, "")
    backwards = sort.startswith("-")

    def work(connection: sa.Connection) -> PartsPage:
        rows = catalogue.page_of_parts(connection, after, limit + 1, backwards=backwards)
        shown = [PartShown(**visible(ask, row)) for row in rows[:limit]]
        more = cursor_of(ask.desk, shown[-1].part_id) if len(rows) > limit else None
        return PartsPage(parts=shown, next=more)

    return await ask.read(work)


def _found(ask: Asking, connection: sa.Connection, text: str, limit: int, cursor: str) -> PartsPage:
    _, kind, part_id = place_of(ask.desk, cursor, text, "", "")
    hits = find(connection, text, limit + 1, (kind, part_id))
    there = catalogue.parts(connection, [hit.part_id for hit in hits])
    shown = [
        PartShown(**visible(ask, there[hit.part_id]), found_by=hit.how)
        for hit in hits[:limit]
        if hit.part_id in there
    ]
    more = _after(ask, text, hits[limit - 1]) if len(hits) > limit else None
    return PartsPage(parts=shown, next=more)


def _after(ask: Asking, text: str, hit: Hit) -> str:
    return cursor_of(ask.desk, text, f"{hit.how} {hit.word}", hit.part_id)


@router.get("/{part_id:path}", response_model_exclude_unset=True)
@allow(*_READERS)
async def show_part(ask: Ask, part_id: Annotated[str, Path(max_length=100)]) -> PartWhole:
    """One part, with the numbers that replaced it and the parts that may be used instead."""

    def work(connection: sa.Connection) -> PartWhole | None:
        row = catalogue.part(connection, part_id)
        if row is None:
            return None
        return PartWhole(
            **visible(ask, row),
            successors=catalogue.successors(connection, part_id),
            replaces=catalogue.predecessors(connection, part_id),
            alternates=catalogue.alternates(connection, part_id),
        )

    found = await ask.read(work)
    if found is None:
        raise Problem(404, "ref.unknown", "There is no such part.", field="part_id")
    return found


def visible(ask: Asking, row: dict[str, Any]) -> dict[str, Any]:
    """`row` without what it costs, where that is not for whoever asks."""
    if ask.person.role.sees_costs:
        return row
    return {name: value for name, value in row.items() if name not in _COSTS}
