"""Plans: what a night published, line by line; edited, then decided by somebody else."""

from datetime import date, datetime
from typing import Annotated, Any, Final

import sqlalchemy as sa
from fastapi import APIRouter, Path, Response
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask, Asking
from api.costs import visible
from api.fields import MOST_PIECES, Body, Note, Number, Shown
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from api.v1.proposals import RejectionAsked, reason_of
from data.store import plan_edits, run_reading
from data.store.decisions import Verdict
from inventory.people import Role
from planning.decisions import whole_plan

router = APIRouter(prefix="/v1/plans", tags=["plans"], route_class=GuardedRoute)
_READERS: Final = (Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.AUDITOR)
Id = Annotated[str, Path(max_length=100, description="number of the run that made it")]


class PlanShown(Shown):
    """A plan; in force until a newer is published."""

    run_id: str
    as_of: date
    in_force: bool
    version: int = Field(description="goes up at every edit and decision; If-Match names it")
    outcome: str | None
    plan_hash: str | None
    started_at: datetime
    finished_at: datetime | None


class Plans(Shown):
    """A page of plans, the newest first."""

    plans: list[PlanShown]
    next: str | None = None


class PlanLine(Shown):
    """What a plan says of one part at one location."""

    part_id: str
    location_id: str
    reorder_point: int
    order_quantity: int
    base_stock_level: int
    demand_per_day: float | None
    fill_rate: float | None
    line_fill_rate: float | None
    ready_rate: float | None
    waiting_days: float | None
    expected_on_hand: float | None
    expected_backorders: float | None
    stock_value: float | None = None
    holding_cost_per_year: float | None = None
    ordering_cost_per_year: float | None = None
    previous_reorder_point: int | None
    reason: str | None


class PlanLines(Shown):
    """A page of a plan; every page says which plan."""

    run_id: str
    lines: list[PlanLine]
    next: str | None = None


class DecisionAsked(Body):
    """The version that was seen, where If-Match does not say it."""

    expected_version: Number | None = None
    comment: Note = ""


class PlanRejectionAsked(RejectionAsked):
    """Why not, and the version that was seen."""

    expected_version: Number | None = None


class LineEdit(Body):
    """Another level than the plan proposes."""

    reorder_point: Annotated[int, Field(ge=-1, le=MOST_PIECES)]
    expected_version: Number | None = None


class PlanDecided(Shown):
    """What became of the open proposals."""

    run_id: str
    version: int
    decided: int
    waiting_for_second: int
    last_pieces_left_alone: int


class LineEdited(Shown):
    """The proposal as it is now."""

    run_id: str
    version: int
    proposal_id: int
    proposal_version: int
    reorder_point: int


@router.get("")
@allow(*_READERS)
async def list_plans(ask: Ask, limit: Limit = 50, cursor: Cursor = "") -> Plans:
    """Published plans, the newest first."""
    (before,) = place_of(ask.desk, cursor, "")

    def work(connection: sa.Connection) -> tuple[list[PlanShown], bool]:
        rows = run_reading.runs(connection, before, limit + 1, published=True)
        return [_shown(connection, row) for row in rows[:limit]], len(rows) > limit

    shown, more = await ask.read(work)
    return Plans(plans=shown, next=cursor_of(ask.desk, shown[-1].run_id) if more else None)


@router.get("/{run_id}")
@allow(*_READERS)
async def show_plan(ask: Ask, response: Response, run_id: Id) -> PlanShown:
    """One plan; its ETag is its version."""

    def work(connection: sa.Connection) -> PlanShown | None:
        row = run_reading.run(connection, run_id)
        return _shown(connection, row) if row and row["state"] == "published" else None

    shown = await ask.read(work)
    if shown is None:
        raise Problem(404, "ref.unknown", "There is no such plan.", field="run_id")
    response.headers["ETag"] = f'"{shown.version}"'
    return shown


@router.get("/{run_id}/lines", response_model_exclude_unset=True)
@allow(*_READERS)
async def list_lines(ask: Ask, run_id: Id, limit: Limit = 100, cursor: Cursor = "") -> PlanLines:
    """The lines of a plan; a cursor goes on with the plan it began with."""
    run, part, place = place_of(ask.desk, cursor, run_id, "", "")
    if run != run_id:
        raise Problem(400, "cursor.invalid", "Not a cursor of this plan.", field="cursor")

    def work(connection: sa.Connection) -> tuple[bool, run_reading.Rows]:
        there = run_reading.was_published(connection, run_id)
        return there, run_reading.plan_lines(connection, run_id, (part, place), limit + 1)

    there, rows = await ask.read(work)
    if not there:
        raise Problem(404, "ref.unknown", "There is no such plan.", field="run_id")
    shown = [PlanLine(**visible(ask.person, row)) for row in rows[:limit]]
    last = (run_id, shown[-1].part_id, shown[-1].location_id) if len(rows) > limit else ()
    return PlanLines(run_id=run_id, lines=shown, next=cursor_of(ask.desk, *last) if last else None)


@router.patch("/{run_id}/lines/{line:path}")
@allow(Role.PLANNER)
async def edit_line(
    ask: Ask,
    run_id: Id,
    line: Annotated[str, Path(max_length=210, description="part@location")],
    asked: LineEdit,
) -> LineEdited:
    """Propose another level; whoever changed a plan does not decide it."""
    part_id, _, location_id = line.rpartition("@")
    version = _version(ask, asked.expected_version)
    store = ask.desk.store
    return LineEdited(
        **await ask.perform(
            lambda signed: whole_plan.edit_line(
                store, signed, run_id, (part_id, location_id), asked.reorder_point, version
            )
        )
    )


@router.post("/{run_id}/approve")
@allow(Role.PLANNER)
async def approve(ask: Ask, run_id: Id, asked: DecisionAsked | None = None) -> PlanDecided:
    """Approve what is open, but last pieces."""
    asked = asked or DecisionAsked()
    version = _version(ask, asked.expected_version)
    return await _decide(ask, run_id, version, Verdict("approved", "", asked.comment))


@router.post("/{run_id}/reject")
@allow(Role.PLANNER)
async def reject(ask: Ask, run_id: Id, asked: PlanRejectionAsked) -> PlanDecided:
    """Reject what is open, but last pieces, with a coded reason."""
    version = _version(ask, asked.expected_version)
    return await _decide(ask, run_id, version, Verdict("rejected", *reason_of(asked)))


async def _decide(ask: Asking, run_id: str, version: int | None, verdict: Verdict) -> PlanDecided:
    store, settings = ask.desk.store, ask.desk.settings
    return PlanDecided(
        **await ask.perform(
            lambda signed: whole_plan.decide_plan(store, settings, signed, run_id, version, verdict)
        )
    )


def _version(ask: Asking, told: int | None) -> int | None:
    named = ask.if_match()
    if named is not None and told is not None and named != told:
        said = "If-Match and expected_version name two versions."
        raise Problem(422, "value.not_allowed", said, field="expected_version")
    return told if named is None else named


def _shown(connection: sa.Connection, row: dict[str, Any]) -> PlanShown:
    run_id = row["run_id"]
    return PlanShown(
        **{name: row[name] for name in PlanShown.model_fields if name in row},
        in_force=run_reading.in_force(connection) == run_id,
        version=plan_edits.version_of(connection, run_id),
    )
