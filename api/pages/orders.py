"""The technician's repair orders: reserve a part for one, see how far each is, use the parts."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote_plus

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from pydantic import BaseModel, Field, Json
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from api.access import allow
from api.asking import Ask, Asking
from api.fields import AddressNumber, AddressPieces
from api.pages.days import day_of, end_of, zone_of
from api.pages.page import PageRoute, page, performed
from api.pages.technician import WAYS, Text
from api.problem import Problem
from api.v1.availability import at_reach
from api.v1.repairs import is_theirs, known, theirs
from data.store import catalogue
from data.store import repair_reading as repairs
from data.store import reservation_reading as reading
from data.store.engine import Store
from inventory.ledger import Answer
from inventory.ledger import Request as Signed
from inventory.ledger_commands import Fulfil, Line, Reserve
from inventory.people import Role
from inventory.promise.ways import Way
from planning import reservations
from planning.promises.outlook import Outlook
from planning.repairs import feedback, handling, opening, progress
from planning.repairs.asking import LineAsked, OrderAsked
from planning.repairs.feedback import Feedback
from planning.repairs.handling import LineNamed

router = APIRouter(tags=["pages"], route_class=PageRoute, include_in_schema=False)
_HOLDERS: Final = (Role.TECHNICIAN, Role.PLANNER)
_MOST: Final = 100
_MOST_DONE: Final = 10
_START: Final = 2**62
_LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
Key = Annotated[str, Form(min_length=8, max_length=100)]
Number = Annotated[str, Path(max_length=100)]
LineNumber = Annotated[AddressNumber, Path()]
Step = Literal["send", "arrive", "hand-over", "drop"]
STEPS: Final[dict[str, tuple[Callable[[Store, Signed, LineNamed], Answer], str]]] = {
    "send": (handling.send, "it is on its way"),
    "arrive": (handling.arrive, "it is here"),
    "hand-over": (handling.hand_over, "handed over"),
    "drop": (handling.drop, "not needed any more, free again"),
}


class Wish(BaseModel):
    """What the form sends with the button of a way; its part may be an alternate."""

    chosen: Json[tuple[str, str, str]] = Field(description="way, from where, which part")
    asked_part_id: str = Field(max_length=100)
    at: str = Field(max_length=100)
    quantity: AddressPieces
    key: str = Field(min_length=8, max_length=100)
    repair_order_id: str = Field("", max_length=100)
    need_by: str = Field("", max_length=20)

    @property
    def way(self) -> str:
        """By which way."""
        return self.chosen[0]

    @property
    def location_id(self) -> str:
        """Where the pieces come from; blank where nobody has them."""
        return self.chosen[1]

    @property
    def part_id(self) -> str:
        """The part that is used."""
        return self.chosen[2]

    @property
    def press(self) -> str:
        """What this press of a button is known by: each way has its own."""
        return f"{self.key} {self.way} {self.location_id}".encode("ascii", "replace").decode()

    @property
    def line(self) -> LineAsked:
        """The line of a repair order it stands for."""
        alternate = "" if self.part_id == self.asked_part_id else self.part_id
        return LineAsked(self.asked_part_id, self.quantity, self.way, self.location_id, alternate)


@router.post("/reserve")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def reserve(ask: Ask, wish: Annotated[Wish, Form()]) -> Response:
    """Hold or promise pieces for a repair order, once, however often the button is pressed."""
    await at_reach(ask, wish.at)
    number, zone = wish.repair_order_id.strip(), await zone_of(ask, wish.at)
    day = day_of(wish.need_by, ask, zone)
    need_by = None if day is None else end_of(day, zone)
    if not number:
        made = await performed(ask, wish.press, await _holding(ask, wish, day))
        return RedirectResponse(f"/orders?made={made['reservation_id']}", 303)
    signed = Signed(ask.person.name, wish.press, ask.now)

    def look(connection: sa.Connection) -> tuple[repairs.OrderFound | None, bool]:
        """The order, and whether this very press of the button opened it."""
        pressed = reading.was_asked(connection, signed, opening.ROUTE)
        return repairs.order(connection, number), pressed

    found, pressed = await ask.read(look)
    if found is not None and is_theirs(ask, found) and not pressed:
        await performed(ask, wish.press, known(_adding(ask, wish, found)))
    else:
        await performed(ask, wish.press, known(_opening(ask, wish, number, need_by)))
    return RedirectResponse(f"/orders?done={quote_plus(f'written down for {number}')}", 303)


async def _holding(ask: Asking, wish: Wish, day: date | None) -> Callable[[Signed], Answer]:
    """Pieces held without a repair order."""
    if wish.way not in list(Way) or not Way(wish.way).holds_pieces:
        said = "Name the repair order: whoever waits for a piece is known by it."
        raise Problem(422, "field.missing", said, field="repair_order_id")
    await at_reach(ask, wish.location_id)
    store, person = ask.desk.store, ask.person
    command = Reserve(
        (Line(wish.part_id, wish.location_id, wish.quantity),),
        expires_at=reservations.held_until(day, ask.now),
        asked_until=f"need by {day}",
    )
    return lambda signed: reservations.reserve(store, person, signed, command)


def _opening(
    ask: Asking, wish: Wish, number: str, need_by: datetime | None
) -> Callable[[Signed], Answer]:
    """A repair order with its first line."""
    if "/" in number:
        said = "A repair order's number has no stroke in it."
        raise Problem(422, "value.not_allowed", said, field="repair_order_id")
    store, outlook = ask.desk.store, ask.desk.outlook
    asked = OrderAsked(number, wish.at, (wish.line,), need_by=need_by)
    return lambda signed: opening.open_order(store, outlook, signed, asked)


def _adding(ask: Asking, wish: Wish, found: repairs.OrderFound) -> Callable[[Signed], Answer]:
    """One more line of a repair order that is open at the same place."""
    number, place = str(found.head.repair_order_id), str(found.head.location_id)
    if place != wish.at:
        said = f"{number} is at {place}, not at {wish.at}."
        raise Problem(409, "order.elsewhere", said, field="repair_order_id")
    store, outlook = ask.desk.store, ask.desk.outlook
    return lambda signed: opening.add_lines(store, outlook, signed, number, (wish.line,))


@router.get("/orders")
@allow(*_HOLDERS)
async def my_orders(
    ask: Ask, request: Request, made: AddressPieces | None = None, done: Text = ""
) -> Response:
    """One's repair orders, and what is held without one; a planner's: everybody's."""
    everybody = ask.person.role is Role.PLANNER
    owner = None if everybody else ask.person.name
    sites = ask.person.sites if ask.person.role is Role.TECHNICIAN else ()
    outlook = ask.desk.outlook

    def work(connection: sa.Connection) -> dict[str, Any]:
        outlook.refresh(connection, ask.now)
        found = [
            repairs.page(
                connection, before=_LATEST, before_id="", limit=most, owner=owner, sites=sites,
                state=state,
            )
            for state, most in (("open", _MOST), ("closed", _MOST_DONE))
        ]  # fmt: skip
        of_lines = {line.reservation_id for rows in found for one in rows for line in one.lines}
        loose = [
            row
            for row in reading.page(
                connection, before=_START, limit=_MOST, owner=owner, sites=sites, state="active"
            )
            if row.reservation_id not in of_lines
        ]
        numbers = sorted({line.part_id for row in loose for line in row.lines})
        return {
            "orders": [progress.of(outlook, one, ask.now) for one in found[0]],
            "past": [progress.of(outlook, one, ask.now) for one in found[1]],
            "loose": loose,
            "parts": catalogue.parts(connection, numbers),
        }

    shown = {
        **await ask.read(work),
        "ways": WAYS,
        "made": made,
        "done": done,
        "now": ask.now,
        "zone": _zone(ask, outlook),
        "places": outlook.places,
        "person": ask.person,
    }
    return page(request, "orders.html", shown)


@router.post("/orders/{repair_order_id}/lines/{line}/{step}")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def take_step(
    ask: Ask, repair_order_id: Number, line: LineNumber, step: Step, key: Key
) -> Response:
    """A line goes on: sent, arrived, handed over, or not needed."""
    await theirs(ask, repair_order_id)
    work, said = STEPS[step]
    store, named = ask.desk.store, LineNamed(repair_order_id, line)
    await performed(ask, key, lambda signed: work(store, signed, named))
    return RedirectResponse(f"/orders?done={quote_plus(said)}", 303)


@router.post("/orders/{repair_order_id}/lines/{line}/wrong/{kind}")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def complain(
    ask: Ask,
    repair_order_id: Number,
    line: LineNumber,
    kind: Literal["not_there", "wrong_part", "late"],
    key: Key,
) -> Response:
    """What went wrong with a line: it is on the planner's list at once."""
    found = await theirs(ask, repair_order_id)
    row = next((one for one in found.lines if one.line == line), None)
    if row is None:
        raise Problem(404, "ref.unknown", "There is no such line.", field="line")
    place = row.from_location_id or row.location_id
    said = Feedback(kind, row.part_id, place, row.quantity, repair_order_id, line)
    store, outlook = ask.desk.store, ask.desk.outlook
    await performed(ask, key, known(lambda signed: feedback.give(store, outlook, signed, said)))
    return RedirectResponse("/orders?done=your+planner+knows", 303)


@router.post("/orders/{repair_order_id}/close")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def close(ask: Ask, repair_order_id: Number, key: Key) -> Response:
    """The repair is done."""
    await theirs(ask, repair_order_id)
    store = ask.desk.store
    await performed(
        ask,
        key,
        lambda signed: handling.close(store, signed, repair_order_id, None, cancelled=False),
    )
    return RedirectResponse("/orders?done=the+repair+is+closed", 303)


@router.post("/orders/{reservation_id}/cancel")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def give_back(ask: Ask, reservation_id: AddressPieces, key: Key) -> Response:
    """Give pieces back that are held without a repair order."""
    store, person = ask.desk.store, ask.person
    await performed(
        ask, key, lambda signed: reservations.cancel(store, person, signed, reservation_id)
    )
    return RedirectResponse("/orders?done=given+back", 303)


@router.post("/orders/{reservation_id}/fulfil")
@allow(*_HOLDERS, form=True, largest_body=10_000)
async def take(ask: Ask, reservation_id: AddressPieces, key: Key) -> Response:
    """Say that they were handed over."""
    store, person, command = ask.desk.store, ask.person, Fulfil(reservation_id)
    await performed(ask, key, lambda signed: reservations.fulfil(store, person, signed, command))
    return RedirectResponse("/orders?done=handed+over", 303)


def _zone(ask: Asking, outlook: Outlook) -> Any:
    for site in ask.person.sites:
        if site in outlook.places:
            return outlook.places[site].zone
    return UTC
