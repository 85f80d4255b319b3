"""Exceptions: what somebody should look at, and what to do first."""

from datetime import datetime
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.costs import visible
from api.fields import AddressNumber, Shown
from api.paging import Cursor, Limit, cursor_of, place_of
from data.store import run_reading
from data.store.once import once
from data.store.stock_commands import Done
from inventory.ledger import Refusal, Refused
from inventory.people import Role

router = APIRouter(prefix="/v1/exceptions", tags=["exceptions"], route_class=GuardedRoute)
_READERS: Final = (Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.AUDITOR)
Id = Annotated[AddressNumber, Path(description="number of the exception")]


class ExceptionShown(Shown):
    """Something to look at."""

    exception_id: int
    run_id: str | None = Field(description="the night that saw it; none: the door or a person did")
    at: datetime
    kind: str
    part_id: str | None
    location_id: str | None
    subject: str | None
    occurrences: int
    value: float | None = Field(None, description="money at stake")
    first_action: str
    state: str


class Exceptions(Shown):
    """A page of open exceptions."""

    exceptions: list[ExceptionShown]
    next: str | None = None


class Closed(Shown):
    """It was looked at."""

    exception_id: int
    state: str


@router.get("", response_model_exclude_unset=True)
@allow(*_READERS)
async def list_exceptions(
    ask: Ask,
    kind: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Exceptions:
    """What is open, by number."""
    (after,) = place_of(ask.desk, cursor, 0)
    rows = await ask.read(lambda c: run_reading.exceptions(c, after, limit + 1, kind))
    shown = [ExceptionShown(**visible(ask.person, row)) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].exception_id) if len(rows) > limit else None
    return Exceptions(exceptions=shown, next=more)


@router.post("/{exception_id}/close")
@allow(Role.PLANNER)
async def close(ask: Ask, exception_id: Id) -> Closed:
    """Say that it was looked at."""
    store = ask.desk.store

    def work(connection: sa.Connection) -> Done:
        if run_reading.close_exception(connection, exception_id) is None:
            said = f"There is no exception {exception_id}."
            raise Refused(Refusal.UNKNOWN, said, field="exception_id")
        body: dict[str, Any] = {"exception_id": exception_id, "state": "closed"}
        return Done(f"exception {exception_id}", body)

    asked = {"exception_id": exception_id}
    return Closed(
        **await ask.perform(lambda signed: once(store, signed, "close exception", asked, work))
    )
