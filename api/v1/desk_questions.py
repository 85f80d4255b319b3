"""What a desk asks beside: a whole job, a customer, a queue, how promises were kept; feedback."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask
from api.fields import Body, Instant, LocationId, Note, Number, OrderId, PartId, Pieces, Shown
from api.problem import Problem
from api.v1.availability import PartAsked, PlaceAsked, WaysShown, at_reach
from api.v1.repairs import RepairOrderShown, known, seen_by
from data.store import repair_reading as reading
from inventory.people import Role
from planning.promises import inquiry, scores
from planning.promises.inquiry import Inquiry, JobTold
from planning.repairs import counter, feedback
from planning.repairs.feedback import Feedback

router = APIRouter(prefix="/v1", tags=["desk"], route_class=GuardedRoute)
_READERS: Final = (Role.TECHNICIAN, Role.PLANNER, Role.FINANCE, Role.ADMIN, Role.SERVICE)
_WORKERS: Final = (Role.TECHNICIAN, Role.PLANNER, Role.SERVICE)


class JobShown(Shown):
    """All parts of a job: is it whole, and when is its last part there."""

    at: datetime
    lines: list[WaysShown]
    all_there: bool
    likely_by: datetime | None
    promised_for: datetime | None
    chance: float | None
    sentence: str


class CustomerShown(Shown):
    """A customer with tier and open repair orders."""

    customer_id: str
    name: str
    customer_class: str
    tier: str = Field(description="sold to them today; blank where none was")
    contracts: list[str]
    open_orders: list[RepairOrderShown]
    earlier_orders: int


class InQueueShown(Shown):
    """A line that waits, and until when it realistically does."""

    place: int
    repair_order_id: str
    line: int
    quantity: int
    tier: str
    criticality: str
    since: datetime
    expected_by: datetime | None
    likely_by: datetime | None


class QueueShown(Shown):
    """Who waits for a part at a place, the next to be served first."""

    part_id: str
    location_id: str
    queue: list[InQueueShown]


class ScoreShown(Shown):
    """How promises of one kind were kept: share, interval at 90 %, and share by the likely day."""

    way: str
    location_id: str | None
    from_location_id: str | None
    promises: int
    kept: float
    low: float
    high: float
    by_likely: float | None
    failed: int


class ScoresShown(Shown):
    """Scores, by what was asked for."""

    scores: list[ScoreShown]


class FeedbackAsked(Body):
    """What was met: not there although shown, the wrong part, or late."""

    kind: Literal["not_there", "wrong_part", "late"]
    part_id: PartId
    location_id: LocationId
    quantity: Pieces = 1
    repair_order_id: OrderId | None = None
    line: Number | None = Field(None, description="the line of the repair order it was for")
    note: Note = ""


class FeedbackGiven(Shown):
    """It is on the planner's list; where a promise hung on the piece, what it moved to."""

    feedback_id: int
    kind: str
    moved: dict[str, Any] | None


@router.get("/jobs/{job_type:path}", response_model_exclude_unset=True)
@allow(*_READERS)
async def show_job(
    ask: Ask,
    job_type: Annotated[str, Path(max_length=100)],
    location_id: PlaceAsked,
    deadline: Annotated[Instant | None, Query(description="when it must be there")] = None,
) -> JobShown:
    """Is the whole job there, and if not, when."""
    await at_reach(ask, location_id)
    outlook, now = ask.desk.outlook, ask.now

    def work(connection: sa.Connection) -> JobTold:
        parts = inquiry.kit(connection, job_type)
        lines = [Inquiry(part, location_id, pieces, deadline) for part, pieces in parts]
        return inquiry.inquire_job(connection, outlook, lines, now)

    try:
        told = asdict(await ask.read(work))
    except inquiry.NotKnown as unknown:
        raise Problem(404, "ref.unknown", str(unknown), field=unknown.field) from unknown
    if not ask.person.role.sees_costs:
        for way in (way for line in told["lines"] for way in line["ways"]):
            del way["cost"]
    return JobShown(**told)


@router.get("/customers/{customer_id:path}", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def show_customer(
    ask: Ask, customer_id: Annotated[str, Path(max_length=100)]
) -> CustomerShown:
    """A customer known from the tables or from repairs that one may see, with tier and those."""
    outlook, now, seen = ask.desk.outlook, ask.now, seen_by(ask)
    try:
        found = await ask.read(lambda c: counter.recognise(c, outlook, customer_id, now, **seen))
    except inquiry.NotKnown as unknown:
        raise Problem(404, "ref.unknown", str(unknown), field=unknown.field) from unknown
    facts = asdict(found)
    if not ask.person.role.sees_costs:
        for order in facts["open_orders"]:
            del order["parts_cost"]
    return CustomerShown(**facts)


@router.get("/queue")
@allow(Role.TECHNICIAN, Role.PLANNER, Role.ADMIN, Role.SERVICE)
async def show_queue(ask: Ask, part_id: PartAsked, location_id: PlaceAsked) -> QueueShown:
    """Who waits for a part at a place, and until when."""
    await at_reach(ask, location_id)
    found = await ask.read(lambda c: counter.queue(c, part_id, location_id))
    shown = [InQueueShown(**asdict(one)) for one in found]
    return QueueShown(part_id=part_id, location_id=location_id, queue=shown)


@router.get("/promises/scores")
@allow(Role.PLANNER, Role.FINANCE, Role.ADMIN)
async def show_scores(ask: Ask, by: Literal["all", "way", "site", "lane"] = "all") -> ScoresShown:
    """How promises were kept: in all, by way, by site, or by lane."""
    columns = {
        "all": (),
        "way": ("way",),
        "site": ("location_id",),
        "lane": ("way", "location_id", "from_location_id"),
    }
    found = await ask.read(lambda c: scores.scores(c, by=columns[by]))
    return ScoresShown(scores=[ScoreShown(**row) for row in found.to_dicts()])


@router.post("/feedback", status_code=201)
@allow(*_WORKERS)
async def give_feedback(ask: Ask, asked: FeedbackAsked) -> FeedbackGiven:
    """Say what was met; a planner sees it at once, and a promise that hung on it moves."""
    await at_reach(ask, asked.location_id)
    await _of_their_order(ask, asked)
    said = Feedback(
        asked.kind, asked.part_id, asked.location_id, asked.quantity,
        asked.repair_order_id or "", asked.line or 0, asked.note,
    )  # fmt: skip
    store, outlook = ask.desk.store, ask.desk.outlook
    return FeedbackGiven(
        **await ask.perform(known(lambda signed: feedback.give(store, outlook, signed, said)))
    )


async def _of_their_order(ask: Ask, asked: FeedbackAsked) -> None:
    """Refuse feedback on a line of somebody else's repair.

    Raises:
        Problem: 404, as for one that is not there.
    """
    if asked.repair_order_id is None or asked.line is None or ask.person.role is Role.PLANNER:
        return
    number = asked.repair_order_id
    found = await ask.read(lambda connection: reading.order(connection, number))
    if found is not None and (
        found.head.owner == ask.person.name or found.head.location_id in ask.person.sites
    ):
        return
    raise Problem(404, "ref.unknown", "There is no such repair order.", field="repair_order_id")
