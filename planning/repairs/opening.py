"""Open a repair order, or add to it: choose a way for every line, hold what is there, promise."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from data.store import balances
from data.store import repair_reading as reading
from data.store import repair_writing as writing
from data.store.engine import Store
from data.store.job_reading import customer
from data.store.once import once
from data.store.promise_writing import MadePromise, make
from data.store.repair_writing import LineRow, OrderRow
from data.store.reservation_reading import was_asked
from data.store.stock_commands import Done
from inventory.errors import OutOfRange, UnknownWord
from inventory.ledger import Answer, Refusal, Refused, Request
from inventory.ledger_commands import MOST_PIECES_AT_ONCE, Line
from inventory.promise import sentence
from inventory.promise.time_law import moment_of
from inventory.promise.ways import Option, Way
from planning.promises.inquiry import Inquiry, NotKnown, options_of, told
from planning.promises.outlook import Outlook
from planning.repairs.errands import ask_planner

ROUTE = "repair_order.open"
MORE = "repair_order.add"
MOST_LINES = 200
_CHOICES = 3
HELD_AFTER_NEED = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class LineAsked:
    """Pieces of a part; by the best way, or by the way, place or alternate that was chosen."""

    part_id: str
    quantity: int
    way: str = ""
    from_location_id: str = ""
    use_part_id: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= MOST_PIECES_AT_ONCE:
            raise OutOfRange("quantity", self.quantity, f"1 to {MOST_PIECES_AT_ONCE}")
        if self.way and self.way not in list(Way):
            raise UnknownWord("way", self.way, list(Way))


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """A repair that needs parts. `whole`: hold every line now, or nothing at all."""

    repair_order_id: str
    location_id: str
    lines: tuple[LineAsked, ...]
    customer_id: str = ""
    machine: str = ""
    need_by: datetime | None = None
    hold_until: datetime | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MOST_LINES:
            raise OutOfRange("lines", len(self.lines), f"1 to {MOST_LINES}")
        if not self.repair_order_id.strip():
            raise UnknownWord("repair_order_id", self.repair_order_id, ("a number",))


@dataclass(frozen=True, slots=True)
class Customer:
    """Who a repair is for, as their contracts have it; blank where nobody said."""

    customer_id: str = ""
    name: str = ""
    customer_class: str = ""
    tier: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line, the ways it may go (the best first), and where it stands in the request."""

    number: int
    asked: LineAsked
    criticality: str | None
    options: tuple[Option, ...]
    free_here: bool


class _CameMeanwhile(Exception):
    """Pieces came in after a line had chosen to wait: it would wait beside a full shelf."""


def open_order(store: Store, outlook: Outlook, request: Request, asked: OrderAsked) -> Answer:
    """Open a repair order, once however often `request` is repeated.

    Raises:
        NotKnown: for a part or place nobody knows.
    """
    return _chosen_anew(lambda sure: _open(store, outlook, request, asked, sure=sure))


def _chosen_anew(work: Callable[[bool], Answer]) -> Answer:
    """Do `work`, anew where what it chose from changed meanwhile; the last time as it is."""
    for _ in range(_CHOICES - 1):
        try:
            return work(False)
        except _CameMeanwhile:
            continue
    return work(True)


def _open(
    store: Store, outlook: Outlook, request: Request, asked: OrderAsked, *, sure: bool
) -> Answer:
    with store.read() as connection:
        whose = recognised(connection, asked.customer_id, request.at)
        repeated = was_asked(connection, request, ROUTE)
        try:
            chosen = [] if repeated else _choose(connection, outlook, asked, whose, request.at)
        except Refused as refusal:
            return Answer(refusal.code, {"message": str(refusal), **refusal.facts})

    def work(connection: sa.Connection) -> Done:
        order = OrderRow(
            asked.repair_order_id, asked.location_id, request.actor, asked.customer_id or None,
            whose.customer_class or None, whose.tier or None, asked.machine or None,
            asked.need_by, request.at,
        )  # fmt: skip
        writing.open_order(connection, order)
        return place(connection, outlook, request, asked, whose, chosen, sure=sure)

    return once(store, request, ROUTE, asdict(asked), work)


def add_lines(
    store: Store,
    outlook: Outlook,
    request: Request,
    repair_order_id: str,
    lines: tuple[LineAsked, ...],
) -> Answer:
    """More parts for a repair order that is open: chosen, held and promised as at its opening.

    Raises:
        NotKnown: for an order or a part nobody knows.
    """
    return _chosen_anew(
        lambda sure: _add(store, outlook, request, repair_order_id, lines, sure=sure)
    )


def _add(
    store: Store,
    outlook: Outlook,
    request: Request,
    repair_order_id: str,
    lines: tuple[LineAsked, ...],
    *,
    sure: bool,
) -> Answer:
    with store.read() as connection:
        found = reading.order(connection, repair_order_id)
        if found is None:
            raise NotKnown("repair_order_id", repair_order_id)
        head = found.head
        asked = OrderAsked(
            repair_order_id, head.location_id, lines, head.customer_id or "", head.machine or "",
            head.need_by,
        )  # fmt: skip
        whose = Customer(
            asked.customer_id, "", head.customer_class or "", head.tier or ""
        )  # as on the day it was opened
        repeated = was_asked(connection, request, MORE)
        try:
            chosen = [] if repeated else _choose(connection, outlook, asked, whose, request.at)
        except Refused as refusal:
            return Answer(refusal.code, {"message": str(refusal), **refusal.facts})

    def work(connection: sa.Connection) -> Done:
        writing.change_order(connection, repair_order_id, None)
        there = writing.last_line(connection, repair_order_id)
        if there + len(lines) > MOST_LINES:
            said = f"A repair order has at most {MOST_LINES} lines."
            raise Refused(Refusal.TOO_MANY, said, field="lines")
        later = [replace(one, number=there + one.number) for one in chosen]
        return place(connection, outlook, request, asked, whose, later, sure=sure)

    wish = {"repair_order_id": repair_order_id, "lines": [asdict(one) for one in lines]}
    return once(store, request, MORE, wish, work)


def recognised(connection: sa.Connection, customer_id: str, at: datetime) -> Customer:
    """A customer by number, with today's tier; blank where none was named or known."""
    if not customer_id:
        return Customer()
    found = customer(connection, customer_id, at.date())
    if found is None:
        return Customer(customer_id)
    return Customer(
        customer_id, found["name"] or "", found["customer_class"] or "", found["tier"] or ""
    )


def _choose(
    connection: sa.Connection,
    outlook: Outlook,
    asked: OrderAsked,
    whose: Customer,
    now: datetime,
) -> list[Chosen]:
    """Every line with its ways; not for a repetition, whose answer is known: they may be gone."""
    return [
        choose(connection, outlook, asked, number, line, whose.tier, now)
        for number, line in enumerate(asked.lines, 1)
    ]


def choose(
    connection: sa.Connection,
    outlook: Outlook,
    asked: OrderAsked,
    number: int,
    line: LineAsked,
    tier: str,
    now: datetime,
) -> Chosen:
    """The ways one line may go: those that were asked for, the best first."""
    inquiry = Inquiry(line.part_id, asked.location_id, line.quantity, asked.need_by, tier or None)
    options = options_of(connection, outlook, inquiry, now)
    here = any(one.way is Way.SHELF and not one.alternate for one in options)
    fitting = [one for one in options if _fits(one, line)]
    if not line.use_part_id:  # another part only where somebody chose it
        fitting = [one for one in fitting if not one.alternate]
    if not fitting:
        said = f"{line.part_id} cannot be had that way now."
        raise Refused(Refusal.INSUFFICIENT, said, field=f"lines[{number - 1}].way")
    part = outlook.part(connection, line.part_id)
    return Chosen(number, line, part.criticality if part else None, tuple(fitting), here)


def _fits(option: Option, line: LineAsked) -> bool:
    return (
        line.way in ("", option.way.value)
        and line.from_location_id in ("", option.from_location_id)
        and line.use_part_id in ("", option.part_id)
    )


def place(
    connection: sa.Connection,
    outlook: Outlook,
    request: Request,
    asked: OrderAsked,
    whose: Customer,
    chosen: Sequence[Chosen],
    *,
    sure: bool,
) -> Done:
    """Hold, write and promise every line; items are taken in one order, so nobody waits in a ring.

    Raises:
        Refused: when the order is to be whole and a line cannot be held.
        _CameMeanwhile: unless `sure`, where a line would wait for what lies on the shelf by now.
    """
    until = hold_until(asked, outlook, request.at)
    done: list[Done] = []
    taken: dict[int, tuple[Option, Done | None]] = {}
    for one in sorted(chosen, key=lambda each: (each.options[0].part_id, each.number)):
        option, held = _take(connection, request, asked, whose, one, until)
        if asked.whole and held is None:
            said = f"{one.asked.quantity} × {one.asked.part_id} cannot be held now."
            lines = [{"line": one.number, "part_id": one.asked.part_id}]
            raise Refused(Refusal.INSUFFICIENT, said, lines=lines)
        if not sure and held is None and _came_meanwhile(connection, asked, one):
            raise _CameMeanwhile
        taken[one.number] = option, held
        done += [held] if held else []
    rows, promises = [], []
    for one in chosen:
        option, held = taken[one.number]
        rows.append(_row(asked, one, option, held, request.at))
        promises.append(_promise(outlook, asked, one, option, request.at, until if held else None))
    writing.add_lines(connection, asked.repair_order_id, rows)
    for promise in promises:
        make(connection, promise)
    for one in chosen:
        option, held = taken[one.number]
        line = writing.line_of(connection, asked.repair_order_id, one.number)
        if held is None or option.way is not Way.SHELF:
            ask_planner(connection, outlook, line, option, request.at, held=held is not None)
    _keep_refused(connection, request, asked, whose, chosen)
    writing.write_audit(connection, request, done)
    body = {"repair_order_id": asked.repair_order_id, "lines": [p.line for p in promises]}
    return Done(f"repair order {asked.repair_order_id}", body)


def _came_meanwhile(connection: sa.Connection, asked: OrderAsked, one: Chosen) -> bool:
    if one.free_here or one.asked.way:
        return False
    there = balances.read(connection, one.asked.part_id, asked.location_id)
    return there.available >= one.asked.quantity


def hold_until(asked: OrderAsked, outlook: Outlook, now: datetime) -> datetime:
    """Until when pieces are held: as asked, else some days after they are needed."""
    if asked.hold_until is not None:
        return asked.hold_until
    if asked.need_by is not None:
        return max(asked.need_by, now) + HELD_AFTER_NEED
    return now + timedelta(days=outlook.settings.hold_days)


def _kept_until(asked: OrderAsked, option: Option, until: datetime) -> datetime:
    """Pieces that have to come are held for as long as they were promised to take."""
    if asked.hold_until is not None or option.way is Way.SHELF or option.promised_for is None:
        return until
    return max(until, moment_of(option.promised_for) + HELD_AFTER_NEED)


def _take(
    connection: sa.Connection,
    request: Request,
    asked: OrderAsked,
    whose: Customer,
    one: Chosen,
    until: datetime,
) -> tuple[Option, Done | None]:
    """The first way that still goes: pieces somebody else took meanwhile are no way any more."""
    for option in one.options:
        if not option.way.holds_pieces:
            return option, None
        wanted = Line(option.part_id, option.from_location_id, one.asked.quantity)
        held = writing.hold(
            connection, request, asked.repair_order_id, wanted,
            customer_class=whose.customer_class, expires_at=_kept_until(asked, option, until),
        )  # fmt: skip
        if held is not None:
            return option, held
    said = f"{one.asked.part_id} was taken by somebody else meanwhile."
    raise Refused(Refusal.INSUFFICIENT, said, lines=[{"line": one.number}])


def _row(
    asked: OrderAsked, one: Chosen, option: Option, held: Done | None, now: datetime
) -> LineRow:
    here = option.way is Way.SHELF
    state = "waiting" if held is None else "ready" if here else "held"
    return LineRow(
        one.number, one.asked.part_id, option.part_id, one.asked.quantity, one.criticality,
        option.way.value, option.from_location_id, asked.location_id, state, now,
        held.body["reservation_id"] if held else None, now if here and held else None,
    )  # fmt: skip


def _promise(
    outlook: Outlook,
    asked: OrderAsked,
    one: Chosen,
    option: Option,
    now: datetime,
    until: datetime | None,
) -> MadePromise:
    way = told(outlook, asked.location_id, asked.need_by, option, now)
    said = way.sentence
    if option.way is Way.SHELF:
        zone = outlook.places[asked.location_id].zone
        said = sentence.promise(
            option.way, way.likely_by, way.promised_for, now=now, zone=zone,
            alternate=option.alternate, held_until=until,
        )  # fmt: skip
    return MadePromise(
        asked.repair_order_id, one.number, option.part_id, asked.location_id,
        option.from_location_id, option.way.value, now, way.promised_for, way.likely_by,
        asked.need_by, way.chance, way.unknown or way.basis, said,
    )  # fmt: skip


def _keep_refused(
    connection: sa.Connection,
    request: Request,
    asked: OrderAsked,
    whose: Customer,
    chosen: Sequence[Chosen],
) -> None:
    """What was not on the shelf of the site is demand there, and a request not served at once."""
    missing = [
        (one.asked.part_id, asked.location_id, one.asked.quantity, 0)
        for one in chosen
        if not one.free_here
    ]
    writing.refused_demand(
        connection, request, asked.repair_order_id, missing, whose.customer_class
    )
