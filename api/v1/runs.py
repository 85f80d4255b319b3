"""Runs: nights as they went, and a new one on demand."""

import json
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import Body, Day, Shown
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from data.store import run_reading
from inventory.people import Role
from planning.night import start as nights

router = APIRouter(prefix="/v1/runs", tags=["runs"], route_class=GuardedRoute)
_READERS: Final = (Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.AUDITOR, Role.SERVICE)
Id = Annotated[str, Path(max_length=100)]
State = Literal["running", "interrupted", "failed", "timed_out", "finished", "published"]


class RunShown(Shown):
    """A night."""

    run_id: str
    as_of: date
    state: State
    actor: str
    started_at: datetime
    finished_at: datetime | None
    code_version: str
    outcome: str | None


class Stage(Shown):
    """One stage of a night."""

    stage: str
    status: Literal["running", "done", "failed"]
    started_at: datetime
    finished_at: datetime | None
    seconds: float | None
    row_count: int | None
    message: str | None


class RunWhole(RunShown):
    """A night with its stages and, for those who answer for the money, its summary."""

    stages: list[Stage]
    summary: dict[str, Any] | None = None


class Runs(Shown):
    """A page of nights, the newest first."""

    runs: list[RunShown]
    next: str | None = None


class RunAsked(Body):
    """The day to plan; none: that of the newest count or movement."""

    as_of: Day | None = None


class RunStarted(Shown):
    """A night that began; ask for it by its number."""

    run_id: str
    state: Literal["running", "finished before"]
    resumed: bool = Field(description="it goes on where an earlier one was cut off")


@router.get("")
@allow(*_READERS)
async def list_runs(ask: Ask, limit: Limit = 50, cursor: Cursor = "") -> Runs:
    """Nights, the newest first."""
    (before,) = place_of(ask.desk, cursor, "")
    rows = await ask.read(lambda c: run_reading.runs(c, before, limit + 1))
    shown = [RunShown(**row) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].run_id) if len(rows) > limit else None
    return Runs(runs=shown, next=more)


@router.post("", status_code=202)
@allow(Role.PLANNER, Role.ADMIN, Role.SERVICE)
async def start(ask: Ask, asked: RunAsked | None = None) -> RunStarted:
    """Begin a night; refused while another runs."""
    store, settings, carry = ask.desk.store, ask.desk.settings, ask.desk.carry
    day = asked.as_of if asked else None
    return RunStarted(
        **await ask.perform(lambda signed: nights.start(store, settings, signed, day, carry=carry))
    )


@router.get("/{run_id}", response_model_exclude_unset=True)
@allow(*_READERS)
async def show_run(ask: Ask, run_id: Id) -> RunWhole:
    """One night, stage by stage."""

    def work(connection: sa.Connection) -> tuple[dict[str, Any] | None, run_reading.Rows]:
        return run_reading.run(connection, run_id), run_reading.stages(connection, run_id)

    row, stages = await ask.read(work)
    if row is None:
        raise Problem(404, "ref.unknown", "There is no such run.", field="run_id")
    summary = row.pop("summary")
    told = {"summary": json.loads(summary)} if summary and ask.person.role.sees_costs else {}
    return RunWhole(**row, stages=[Stage(**one) for one in stages], **told)
