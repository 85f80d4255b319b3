"""Repair orders: opened with a promise for every line, followed until their parts are used."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from api.access import GuardedRoute, allow
from api.asking import Ask, Asking
from api.fields import (
    AddressNumber,
    Body,
    Instant,
    LocationId,
    OrderId,
    PartId,
    Pieces,
    Shown,
    Word,
)
from api.paging import Cursor, Limit, cursor_of, place_of
from api.problem import Problem
from api.v1.availability import at_reach
from data.store import repair_reading as reading
from data.store.engine import Store
from inventory.ledger import Answer
from inventory.ledger import Request as Signed
from inventory.people import Role
from inventory.promise.ways import Way
from planning.promises.inquiry import NotKnown
from planning.repairs import asking, handling, opening, progress
from planning.repairs.asking import LineAsked, OrderAsked
from planning.repairs.handling import LineNamed

router = APIRouter(prefix="/v1/repair-orders", tags=["repair orders"], route_class=GuardedRoute)
_WORKERS: Final = (Role.TECHNICIAN, Role.PLANNER, Role.SERVICE)
_SEERS: Final = (Role.TECHNICIAN, Role.PLANNER, Role.ADMIN, Role.SERVICE)
_LATEST: Final = "9000-01-01T00:00:00+00:00"
Number = Annotated[str, Path(max_length=100, description="number of the repair order")]
LineNumber = Annotated[AddressNumber, Path(description="its line, from 1")]


class LineWanted(Body):
    """Pieces of one part; by the best way, or by the one that was chosen among those offered."""

    part_id: PartId
    quantity: Pieces
    way: Literal[tuple(one.value for one in Way)] | None = None  # type: ignore[valid-type]
    from_location_id: LocationId | None = None
    use_part_id: PartId | None = Field(None, description="an alternate, where it was chosen")


class RepairOrderAsked(Body):
    """A repair that needs parts. `whole`: hold every line now, or nothing at all."""

    repair_order_id: OrderId = Field(pattern=r"^[^/]+$", examples=["RO-1"])
    location_id: LocationId = Field(description="where the repair is done")
    lines: list[LineWanted] = Field(min_length=1, max_length=asking.MOST_LINES)
    customer_id: Word = ""
    machine: Word = ""
    need_by: Instant | None = Field(None, description="when the parts are needed")
    hold_until: Instant | None = Field(None, description="else two days after need_by, or a week")
    whole: bool = False


class LineShown(Shown):
    """A line as it stands: `promised_for` is the first promise, `expected_by` that of today."""

    line: int
    part_id: str
    asked_part_id: str
    description: str
    quantity: int
    returned: int
    state: Literal["waiting", "held", "under_way", "ready", "handed_over", "dropped"]
    way: str
    from_location_id: str
    reservation_id: int | None
    held_until: datetime | None
    at_risk: int
    promised_for: datetime | None = Field(description="first promise, kept in nine of ten cases")
    likely_by: datetime | None = Field(description="met in half of all cases")
    expected_by: datetime | None
    moved_because: str
    outcome: str
    reason: str
    sentence: str = Field(description="what the customer was told")


class RepairOrderShown(Shown):
    """A repair order as it stands."""

    repair_order_id: str
    location_id: str
    owner: str
    customer_id: str
    tier: str
    machine: str
    state: Literal["open", "closed", "cancelled"]
    need_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    version: int
    progress: str = Field(description="reserved, under way, ready to start, delayed …")
    likely_by: datetime | None = Field(description="its last part, in half of all cases")
    ready_by: datetime | None = Field(description="its last part, in nine of ten cases")
    parts_cost: float | None = Field(None, description="money; for those who see costs")
    sentence: str = Field(description="can be read to the customer")
    lines: list[LineShown]


class RepairOrders(Shown):
    """A page of repair orders, the newest first."""

    repair_orders: list[RepairOrderShown]
    next: str | None = None


class LinesWanted(Body):
    """More parts for a repair that is open."""

    lines: list[LineWanted] = Field(min_length=1, max_length=asking.MOST_LINES)


class Returned(Body):
    """Pieces that were not used; where they come back to, if not where they were needed."""

    quantity: Pieces
    location_id: LocationId | None = None


@router.post("", status_code=201, response_model_exclude_unset=True)
@allow(*_WORKERS)
async def open_repair_order(
    ask: Ask, asked: RepairOrderAsked, response: Response
) -> RepairOrderShown:
    """Open a repair order: hold what is there, promise the rest, say so in a sentence."""
    if asked.hold_until is not None and asked.hold_until <= ask.now:
        raise Problem(422, "date.in_past", "That moment is over.", field="hold_until")
    await at_reach(ask, asked.location_id)
    wish = OrderAsked(
        asked.repair_order_id, asked.location_id, _lines(asked.lines), asked.customer_id,
        asked.machine, asked.need_by, asked.hold_until, asked.whole,
    )  # fmt: skip
    store, outlook = ask.desk.store, ask.desk.outlook
    with_known = known(lambda signed: opening.open_order(store, outlook, signed, wish))
    await ask.perform(with_known)
    return await _shown(ask, asked.repair_order_id, response)


@router.get("", response_model_exclude_unset=True)
@allow(*_SEERS)
async def list_repair_orders(
    ask: Ask,
    state: Literal["open", "closed", "cancelled"] | None = None,
    customer_id: Annotated[str | None, Query(max_length=100)] = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> RepairOrders:
    """One's own and those of one's sites; a planner's or admin's: all."""
    before, before_id = place_of(ask.desk, cursor, _LATEST, "")
    found = await ask.read(
        lambda connection: reading.page(
            connection,
            before=datetime.fromisoformat(before),
            before_id=before_id,
            limit=limit + 1,
            customer_id=customer_id,
            state=state,
            **seen_by(ask),
        )
    )
    shown = [_visible(ask, progress.of(ask.desk.outlook, one, ask.now)) for one in found[:limit]]
    more = None
    if len(found) > limit:
        last = shown[-1]
        more = cursor_of(ask.desk, last.opened_at.astimezone(UTC).isoformat(), last.repair_order_id)
    return RepairOrders(repair_orders=shown, next=more)


@router.get("/{repair_order_id}", response_model_exclude_unset=True)
@allow(*_SEERS)
async def show_repair_order(
    ask: Ask, repair_order_id: Number, response: Response
) -> RepairOrderShown:
    """How far it is, when its last part is there, and what to tell the customer."""
    return await _shown(ask, repair_order_id, response)


@router.post("/{repair_order_id}/lines", status_code=201, response_model_exclude_unset=True)
@allow(*_WORKERS)
async def add_lines(
    ask: Ask, repair_order_id: Number, asked: LinesWanted, response: Response
) -> RepairOrderShown:
    """More parts are needed: they are held and promised like the first ones."""
    await theirs(ask, repair_order_id)
    store, outlook, lines = ask.desk.store, ask.desk.outlook, _lines(asked.lines)
    await ask.perform(
        known(lambda signed: opening.add_lines(store, outlook, signed, repair_order_id, lines))
    )
    return await _shown(ask, repair_order_id, response)


@router.post("/{repair_order_id}/lines/{line}/send", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def send(
    ask: Ask, repair_order_id: Number, line: LineNumber, response: Response
) -> RepairOrderShown:
    """The pieces left where they were held."""
    return await _handled(ask, repair_order_id, line, handling.send, response)


@router.post("/{repair_order_id}/lines/{line}/arrive", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def arrive(
    ask: Ask, repair_order_id: Number, line: LineNumber, response: Response
) -> RepairOrderShown:
    """The pieces are where they are needed."""
    return await _handled(ask, repair_order_id, line, handling.arrive, response)


@router.post("/{repair_order_id}/lines/{line}/hand-over", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def hand_over(
    ask: Ask, repair_order_id: Number, line: LineNumber, response: Response
) -> RepairOrderShown:
    """The pieces go into the repair."""
    return await _handled(ask, repair_order_id, line, handling.hand_over, response)


@router.post("/{repair_order_id}/lines/{line}/drop", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def drop(
    ask: Ask, repair_order_id: Number, line: LineNumber, response: Response
) -> RepairOrderShown:
    """The line is not needed any more; what was held for it is free again."""
    return await _handled(ask, repair_order_id, line, handling.drop, response)


@router.post("/{repair_order_id}/lines/{line}/return", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def give_back(
    ask: Ask, repair_order_id: Number, line: LineNumber, asked: Returned, response: Response
) -> RepairOrderShown:
    """Pieces that were not used come back to the shelf."""

    def work(store: Store, signed: Signed, named: LineNamed) -> Answer:
        return handling.give_back(store, signed, named, asked.quantity, asked.location_id or "")

    if asked.location_id:
        await at_reach(ask, asked.location_id)
    return await _handled(ask, repair_order_id, line, work, response)


@router.post("/{repair_order_id}/close", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def close(ask: Ask, repair_order_id: Number, response: Response) -> RepairOrderShown:
    """The repair is done; lines that are still open are dropped."""
    return await _closed(ask, repair_order_id, response, cancelled=False)


@router.post("/{repair_order_id}/cancel", response_model_exclude_unset=True)
@allow(*_WORKERS)
async def cancel(ask: Ask, repair_order_id: Number, response: Response) -> RepairOrderShown:
    """The repair is called off."""
    return await _closed(ask, repair_order_id, response, cancelled=True)


def _lines(wanted: Sequence[LineWanted]) -> tuple[LineAsked, ...]:
    return tuple(
        LineAsked(
            one.part_id, one.quantity, one.way or "", one.from_location_id or "",
            one.use_part_id or "",
        )
        for one in wanted
    )  # fmt: skip


def known(work: Callable[[Signed], Answer]) -> Callable[[Signed], Answer]:
    """`work`, where what nobody knows is a 404 that names the field."""

    def asked(signed: Signed) -> Answer:
        try:
            return work(signed)
        except NotKnown as unknown:
            raise Problem(404, "ref.unknown", str(unknown), field=unknown.field) from unknown

    return asked


async def _handled(
    ask: Asking,
    repair_order_id: str,
    line: int,
    work: Callable[[Store, Signed, LineNamed], Answer],
    response: Response,
) -> RepairOrderShown:
    await theirs(ask, repair_order_id)
    named, store = LineNamed(repair_order_id, line, ask.if_match()), ask.desk.store
    await ask.perform(lambda signed: work(store, signed, named))
    return await _shown(ask, repair_order_id, response)


async def _closed(
    ask: Asking, repair_order_id: str, response: Response, *, cancelled: bool
) -> RepairOrderShown:
    await theirs(ask, repair_order_id)
    store, version = ask.desk.store, ask.if_match()
    await ask.perform(
        lambda signed: handling.close(store, signed, repair_order_id, version, cancelled=cancelled)
    )
    return await _shown(ask, repair_order_id, response)


async def theirs(ask: Asking, repair_order_id: str) -> reading.OrderFound:
    """The order, where whoever asks may see it.

    Raises:
        Problem: 404, for one that is not there and for one that is not theirs alike.
    """
    found = await ask.read(lambda connection: reading.order(connection, repair_order_id))
    if found is not None and is_theirs(ask, found):
        return found
    raise Problem(404, "ref.unknown", "There is no such repair order.", field="repair_order_id")


def is_theirs(ask: Asking, found: reading.OrderFound) -> bool:
    """True for one's own, those of one's sites, and for planners and admins all."""
    if ask.person.role in (Role.PLANNER, Role.ADMIN):
        return True
    at_site = ask.person.role is Role.TECHNICIAN and found.head.location_id in ask.person.sites
    return bool(found.head.owner == ask.person.name or at_site)


async def _shown(ask: Asking, repair_order_id: str, response: Response) -> RepairOrderShown:
    found = await theirs(ask, repair_order_id)
    response.headers["ETag"] = f'"{found.head.version}"'
    return _visible(ask, progress.of(ask.desk.outlook, found, ask.now))


def seen_by(ask: Asking) -> dict[str, Any]:
    """Whose repair orders may be seen: one's own and those of one's sites, or everybody's."""
    everybody = ask.person.role in (Role.PLANNER, Role.ADMIN)
    sites = ask.person.sites if ask.person.role is Role.TECHNICIAN else ()
    return {"owner": None if everybody else ask.person.name, "sites": sites}


def _visible(ask: Asking, told: progress.Progress) -> RepairOrderShown:
    facts: dict[str, Any] = asdict(told)
    if not ask.person.role.sees_costs:
        del facts["parts_cost"]
    return RepairOrderShown(**facts)
