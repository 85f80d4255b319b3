"""Open a repair order, or add to it: choose a way for every line, hold what is there, promise."""

from collections.abc import Callable
from dataclasses import asdict, replace

import sqlalchemy as sa

from data.store import repair_reading as reading
from data.store import repair_writing as writing
from data.store.engine import Store
from data.store.once import once
from data.store.repair_writing import OrderRow
from data.store.reservation_reading import was_asked
from data.store.stock_commands import Done
from inventory.ledger import Answer, Refusal, Refused, Request
from planning.promises.inquiry import NotKnown
from planning.promises.outlook import Outlook
from planning.repairs.asking import MOST_LINES, LineAsked, OrderAsked
from planning.repairs.choosing import Customer, choose_all, recognised
from planning.repairs.placing import CameMeanwhile, place

ROUTE = "repair_order.open"
MORE = "repair_order.add"
_CHOICES = 3


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
        except CameMeanwhile:
            continue
    return work(True)


def _open(
    store: Store, outlook: Outlook, request: Request, asked: OrderAsked, *, sure: bool
) -> Answer:
    with store.read() as connection:
        whose = recognised(connection, asked.customer_id, request.at)
        repeated = was_asked(connection, request, ROUTE)
        try:
            chosen = [] if repeated else choose_all(connection, outlook, asked, whose, request.at)
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
            chosen = [] if repeated else choose_all(connection, outlook, asked, whose, request.at)
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
