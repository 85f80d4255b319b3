"""A year at the counter, whose laws the promise code does not know.

Suppliers scatter each in a way of its own: normal about the day, a lump on time with a tail of late
ones, lateness in days whatever the lead time, lateness in proportion, weekly boats. Parts have
their own pace; one supplier slips in mid-year. Repairs come at random, each takes a piece, and each
piece is ordered again at once; who finds the shelf empty waits for his turn. All is asked and
booked through the use cases and the ledger, on a real database; no formula is shared with
`inventory.promise`.
"""

import heapq
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import sqlalchemy as sa

from data.store import repair_reading
from data.store.batches import drop_batches, keep_tables
from data.store.engine import Store
from data.store.ledger import perform
from data.store.migrate import migrate
from inventory.ledger import Request
from inventory.ledger_commands import Correct, Receive
from planning.promises.outlook import Outlook
from planning.promises.reassess import reassess
from planning.repairs import handling, opening
from planning.repairs.asking import LineAsked, OrderAsked
from planning.repairs.handling import LineNamed
from planning.settings import Settings

BEGIN = date(2025, 1, 1)
WARM_DAYS = 400  # of receipts before the year
SITE = "STORE"
WRONG_BOOKS = 0.0005  # of the pieces the books show are not there
LATER_BY = 1.7  # times as long, from mid-year, for what supplier 0 is sent orders for


@dataclass
class Order:
    """An order as the world knows it: when it really comes, in days of the year."""

    number: str
    part: int
    placed: float
    stated: float
    comes: float


@dataclass
class World:
    """Suppliers, parts and orders of one seed."""

    seed: int
    suppliers: int = 6
    parts_each: int = 8
    days: int = 365
    asks_per_day: float = 10.0
    slip_day: float = 182.0
    orders: list[Order] = field(default_factory=list)

    def __post_init__(self) -> None:
        chance = np.random.default_rng(self.seed)
        count = self.suppliers * self.parts_each
        self.stated = chance.choice([4.0, 6.0, 9.0, 14.0, 21.0, 30.0], count)
        self.pace = np.exp(0.12 * chance.standard_normal(count))
        self.bias = chance.uniform(0.8, 1.4, self.suppliers)
        # pieces that lie there when nobody waits
        self.shelf = chance.choice([0, 0, 1, 1, 2, 3], count)
        self.chance = chance
        for placed in np.sort(chance.uniform(-WARM_DAYS, 0, int(WARM_DAYS * self.asks_per_day))):
            self.order(int(chance.integers(0, count)), float(placed))

    def order(self, part: int, placed: float) -> Order:
        """One more piece of a part is ordered."""
        took = self._took(self.chance, part, placed)
        name = f"PO-{len(self.orders):06d}"
        one = Order(name, part, placed, float(self.stated[part]), placed + took)
        self.orders.append(one)
        return one

    def supplier(self, part: int) -> int:
        """Who delivers a part."""
        return part // self.parts_each

    def _took(self, chance: np.random.Generator, part: int, placed: float) -> float:
        supplier, stated = self.supplier(part), self.stated[part]
        kind = supplier % 5
        mean = stated * self.bias[supplier] * self.pace[part]
        if kind == 0:  # in proportion, skewed
            took = mean * np.exp(0.28 * chance.standard_normal())
        elif kind == 1:  # about the day
            took = mean * max(1.0 + 0.22 * chance.standard_normal(), 0.25)
        elif kind == 2:  # on time, or late by a long tail
            late = chance.random() < 0.25
            took = mean * (chance.uniform(0.85, 1.1) + late * chance.exponential(0.6))
        elif kind == 3:  # some days late, whatever the lead time
            took = mean + chance.gamma(2.0, 1.5) - 1.5
        else:  # waits for the weekly boat
            ready = placed + mean * chance.uniform(0.75, 1.0)
            took = ready + (3.0 - ready) % 7.0 - placed
        if supplier == 0 and placed > self.slip_day:
            took *= LATER_BY
        return max(took, 0.2)


class Year:
    """Plays a world on a store, day by day."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"year-{world.seed}.db"
        migrate(path)
        self.store, self.outlook = Store(path), Outlook(Settings())
        sa.event.listen(self.store.engine, "connect", _without_waiting_for_the_disk)
        self.keys = self._keys()
        self.chance = np.random.default_rng(world.seed + 7_777)
        self.coming = [(one.comes, one.number, one) for one in world.orders if one.comes >= 0]
        heapq.heapify(self.coming)
        self.moved = 0

    @staticmethod
    def _keys() -> Iterator[str]:
        number = 0
        while True:
            number += 1
            yield f"key {number}"

    def request(self, day: float) -> Request:
        """Signed at a moment of the year."""
        return Request("year", next(self.keys), moment(day))

    def play(self) -> "Year":
        """The whole year."""
        for day in range(self.world.days):
            self._deliver(day)
            if day == 0:
                self._fill_shelves()
            moments = self.chance.uniform(0, 1, self.chance.poisson(self.world.asks_per_day))
            for now in day + np.sort(moments):
                self._receive_until(float(now))
                self._ask(float(now))
            self._receive_until(day + 0.99)
            request = self.request(day + 0.995)
            self.moved += len(reassess(self.store, self.outlook, request).moved)
            self._hand_over(day + 0.999)
        return self

    def _deliver(self, day: int) -> None:
        """What the company's own system shows that morning, with days and no hours."""
        past, still = [], []
        for one in self.world.orders:
            if one.placed >= day or one.placed < day - WARM_DAYS:
                continue
            row = (one.number, part_id(one.part), SITE, 1, at(one.placed))
            if one.comes < day:
                past.append((*row, at(one.placed + one.stated), at(one.comes), self._who(one)))
            else:
                still.append((*row, at(one.placed + one.stated), self._who(one)))
        tables = {
            "receipts": pl.DataFrame(past, schema=RECEIPTS, orient="row"),
            "open_orders": pl.DataFrame(still, schema=ORDERS, orient="row"),
        }
        if day == 0:
            tables |= self._masters()
        keep_tables(self.store, tables, taken_in_at=moment(day), rows_per_turn=100_000)
        drop_batches(self.store, set(), rows_per_turn=100_000)

    def _who(self, one: Order) -> str:
        return f"S-{self.world.supplier(one.part):02d}"

    def _masters(self) -> dict[str, pl.DataFrame]:
        count = len(self.world.stated)
        parts = [part_id(n) for n in range(count)]
        who = [f"S-{self.world.supplier(n):02d}" for n in range(count)]
        return {
            "parts": pl.DataFrame(
                {"part_id": parts, "unit_cost": [10.0] * count, "supplier_id": who,
                 "criticality": ["C"] * count, "active": [True] * count}
            ),
            "locations": pl.DataFrame({"location_id": [SITE], "tier": ["A"]}),
            "lead_times": pl.DataFrame(
                {"part_id": parts, "location_id": [SITE] * count,
                 "lead_time_days": self.world.stated.tolist(), "source": ["supplier"] * count}
            ),
        }  # fmt: skip

    def _fill_shelves(self) -> None:
        for part, pieces in enumerate(self.world.shelf):
            if pieces:
                perform(self.store, self.request(0), Receive(part_id(part), SITE, int(pieces)))

    def _receive_until(self, now: float) -> None:
        while self.coming and self.coming[0][0] <= now:
            comes, number, one = heapq.heappop(self.coming)
            order = Receive(part_id(one.part), SITE, 1, number)
            assert perform(self.store, self.request(comes), order).ok

    def _ask(self, now: float) -> None:
        """Somebody comes: served from the shelf, or told a day; the piece is ordered again."""
        part = int(self.chance.integers(0, len(self.world.stated)))
        asked = OrderAsked(f"RO-{next(self.keys)}", SITE, (LineAsked(part_id(part), 1),))
        assert opening.open_order(self.store, self.outlook, self.request(now), asked).ok
        one = self.world.order(part, now)
        heapq.heappush(self.coming, (one.comes, one.number, one))

    def _hand_over(self, now: float) -> None:
        """What is there goes into its machine in the evening; rarely it is not there after all."""
        with self.store.read() as connection:
            ready = [one for one in repair_reading.unfinished(connection) if one.state == "ready"]
        for one in ready:
            if self.chance.random() < WRONG_BOOKS:
                count = Correct(one.part_id, SITE, -1, "not there")
                perform(self.store, self.request(now), count)
            named = LineNamed(one.repair_order_id, one.line)
            handling.hand_over(self.store, self.request(now), named)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)


RECEIPTS = {
    "order_id": pl.String, "part_id": pl.String, "location_id": pl.String, "quantity": pl.Int64,
    "ordered_on": pl.Date, "promised_on": pl.Date, "received_on": pl.Date, "supplier_id": pl.String,
}  # fmt: skip
ORDERS = {
    "order_id": pl.String, "part_id": pl.String, "location_id": pl.String, "quantity": pl.Int64,
    "ordered_on": pl.Date, "expected_on": pl.Date, "supplier_id": pl.String,
}  # fmt: skip


def _without_waiting_for_the_disk(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")  # a simulation survives no power cut


def part_id(part: int) -> str:
    """The number of a part."""
    return f"P-{part:03d}"


def at(day: float) -> date:
    """A day of the calendar."""
    return BEGIN + timedelta(days=int(np.floor(day)))


def moment(day: float) -> datetime:
    """A moment of the year, UTC."""
    return datetime(BEGIN.year, 1, 1, tzinfo=UTC) + timedelta(days=day)
