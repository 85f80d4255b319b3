"""Hold what was chosen for each line of a repair order, write the lines down and promise them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from data.store import balances
from data.store import repair_writing as writing
from data.store.promise_writing import MadePromise, make
from data.store.repair_writing import LineRow
from data.store.stock_commands import Done
from inventory.ledger import Refusal, Refused, Request
from inventory.ledger_commands import Line
from inventory.promise import sentence
from inventory.promise.time_law import moment_of
from inventory.promise.ways import Option, Way
from planning.promises.inquiry import told
from planning.promises.outlook import Outlook
from planning.repairs.asking import OrderAsked
from planning.repairs.choosing import Chosen, Customer
from planning.repairs.errands import ask_planner

HELD_AFTER_NEED = timedelta(days=2)


class CameMeanwhile(Exception):
    """Pieces came in after a line had chosen to wait: it would wait beside a full shelf."""


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
        CameMeanwhile: unless `sure`, where a line would wait for what lies on the shelf by now.
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
            raise CameMeanwhile
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
