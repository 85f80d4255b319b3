"""Proposals and decisions: the plan proposes, a person decides each once, as it was seen."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask, Asking
from api.costs import visible
from api.fields import MOST_PIECES, AddressNumber, Body, Day, Note, Pieces, Shown
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from data.store import run_reading
from data.store.decisions import Verdict
from inventory.people import Role
from planning.decisions import whole_plan
from planning.decisions.use_case import REASONS

router = APIRouter(prefix="/v1", tags=["proposals"], route_class=GuardedRoute)
_READERS: Final = (Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.AUDITOR)
_START: Final = 2**62
Id = Annotated[AddressNumber, Path(description="number of the proposal")]
State = Literal["open", "approved", "rejected", "overridden", "superseded", "released"]
Kind = Literal["level", "last_piece", "order", "move", "return"]
Reason = Literal[
    "contract", "data", "demand", "discontinued", "no_room", "substitute", "supplier", "other"
]
assert set(REASONS) == set(Reason.__args__)  # type: ignore[attr-defined]


class ProposalShown(Shown):
    """A proposal; figures of money for those who answer for it."""

    proposal_id: int
    version: int
    run_id: str
    last_run_id: str
    part_id: str
    location_id: str
    kind: Kind
    cause: str
    state: State
    current_reorder_point: int | None
    proposed_reorder_point: int | None
    proposed_order_quantity: int | None
    quantity: int | None
    source: str | None
    value_change: float | None = Field(None, description="change of stock value, money")
    cost_per_year_change: float | None = Field(None, description="money per year")
    waiting_days_change: float | None
    reason: str


class Proposals(Shown):
    """A page of proposals, by number."""

    run_id: str = Field(description="the plan in force; blank before the first")
    proposals: list[ProposalShown]
    next: str | None = None


class DecisionShown(Shown):
    """What somebody decided."""

    decision_id: int
    proposal_id: int
    part_id: str
    location_id: str
    kind: Kind
    verdict: Literal["approved", "rejected", "overridden"]
    actor: str
    second_actor: str | None
    at: datetime
    reason_code: str | None
    comment: str | None
    reorder_point: int | None
    order_quantity: int | None
    expires_on: date | None


class Decisions(Shown):
    """A page of decisions, the newest first."""

    decisions: list[DecisionShown]
    next: str | None = None


class ApprovalAsked(Body):
    """A word on it."""

    comment: Note = ""


class RejectionAsked(Body):
    """Why not; `other` needs a comment."""

    reason_code: Reason
    comment: Note = ""


class OverrideAsked(RejectionAsked):
    """Another level, for a while."""

    reorder_point: Annotated[int, Field(ge=-1, le=MOST_PIECES)]
    order_quantity: Pieces | None = None
    expires_on: Day


class Decided(Shown):
    """What became of it."""

    proposal_id: int
    run_id: str
    state: Literal["approved", "rejected", "overridden", "waiting_for_second"]


@router.get("/proposals", response_model_exclude_unset=True)
@allow(*_READERS)
async def list_proposals(
    ask: Ask,
    state: State = "open",
    kind: Kind | None = None,
    location_id: Annotated[str | None, Query(max_length=100)] = None,
    part_id: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> Proposals:
    """Proposals of published plans."""
    (after,) = place_of(ask.desk, cursor, 0)
    equal = {"state": state, "kind": kind, "location_id": location_id, "part_id": part_id}
    run_id, rows = await ask.read(
        lambda c: (
            run_reading.in_force(c),
            run_reading.proposals(c, after, limit + 1, **equal),
        )
    )
    shown = [ProposalShown(**visible(ask.person, row)) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].proposal_id) if len(rows) > limit else None
    return Proposals(run_id=run_id, proposals=shown, next=more)


@router.get("/proposals/{proposal_id}", response_model_exclude_unset=True)
@allow(*_READERS)
async def show_proposal(ask: Ask, response: Response, proposal_id: Id) -> ProposalShown:
    """One proposal; its ETag is the version a decision names."""
    row = await ask.read(lambda c: run_reading.proposal(c, proposal_id))
    if row is None:
        raise Problem(404, "ref.unknown", "There is no such proposal.", field="proposal_id")
    response.headers["ETag"] = f'"{row["version"]}"'
    return ProposalShown(**visible(ask.person, row))


@router.post("/proposals/{proposal_id}/approve")
@allow(Role.PLANNER)
async def approve(ask: Ask, proposal_id: Id, asked: ApprovalAsked | None = None) -> Decided:
    """Approve it; above the value that asks for two people, it waits for the second."""
    verdict = Verdict("approved", "", asked.comment if asked else "")
    return await _decide(ask, proposal_id, verdict)


@router.post("/proposals/{proposal_id}/reject")
@allow(Role.PLANNER)
async def reject(ask: Ask, proposal_id: Id, asked: RejectionAsked) -> Decided:
    """Reject it, with a coded reason."""
    return await _decide(ask, proposal_id, Verdict("rejected", *reason_of(asked)))


@router.post("/proposals/{proposal_id}/override")
@allow(Role.PLANNER)
async def override(ask: Ask, proposal_id: Id, asked: OverrideAsked) -> Decided:
    """Set another level than proposed, for a while, with a coded reason."""
    verdict = Verdict(
        "overridden",
        *reason_of(asked),
        asked.reorder_point,
        asked.order_quantity,
        asked.expires_on,
    )
    row = await ask.read(lambda c: run_reading.proposal(c, proposal_id))
    if row is not None and row["kind"] not in ("level", "last_piece"):
        said = "Only levels are overridden; reject this one."
        raise Problem(422, "value.not_allowed", said, field="proposal_id")
    return await _decide(ask, proposal_id, verdict)


@router.get("/decisions", response_model_exclude_unset=True)
@allow(*_READERS)
async def list_decisions(ask: Ask, limit: Limit = 50, cursor: Cursor = "") -> Decisions:
    """What was decided, the newest first."""
    (before,) = place_of(ask.desk, cursor, _START)
    rows = await ask.read(lambda c: run_reading.decisions(c, before, limit + 1))
    shown = [DecisionShown(**visible(ask.person, row)) for row in rows[:limit]]
    more = cursor_of(ask.desk, shown[-1].decision_id) if len(rows) > limit else None
    return Decisions(decisions=shown, next=more)


def reason_of(asked: RejectionAsked) -> tuple[str, str]:
    """Code and comment of a no."""
    if asked.reason_code == "other" and not asked.comment.strip():
        raise Problem(422, "field.missing", "The reason `other` needs a comment.", field="comment")
    return asked.reason_code, asked.comment


async def _decide(ask: Asking, number: int, verdict: Verdict) -> Decided:
    version = ask.if_match()
    if version is None:
        said = 'Say which version you saw: If-Match: "1".'
        raise Problem(428, "version.missing", said, field="If-Match")
    store, settings = ask.desk.store, ask.desk.settings
    body: dict[str, Any] = await ask.perform(
        lambda signed: whole_plan.decide_one(store, settings, signed, number, version, verdict)
    )
    return Decided(**body)
