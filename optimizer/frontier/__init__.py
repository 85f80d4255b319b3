"""The efficient curve: at each price of service the plan that no other beats in both.

At a price of service every tree of items finds its best levels alone, over its whole range. What
comes out lies on the lower convex hull of all plans, and with it comes the proof: no plan that
serves as well costs less. Between two such plans the slope of their chord is the price at which
another one is found, or none is left (Eisner and Severance 1976).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import Measure, ServiceTarget
from optimizer.blocks import Block, Each
from optimizer.decompose import Posed, pose
from optimizer.frontier.kernels import corners_of, priced, summed
from optimizer.problem import Items

SERVICE = (
    Measure.WAITING_DAYS,
    Measure.FILL_RATE,
    Measure.LINE_FILL_RATE,
    Measure.VALUE_FILL_RATE,
)
MOST_STEPS = 60  # of a search for the price at which something is reached
STEP = 4.0  # prices are first searched in such steps
HIGHEST = 1e9  # times what a middling piece costs a day: beyond that a price moves nothing
ALMOST_NOBODY, ALMOST_EVERYBODY = 0.3, 0.999  # shares at once where a curve begins and ends
SAME = 1e-12  # of a cost: two plans that differ by less are one


def _silent(_share: float) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Sums of a plan by pattern of scope, one row each."""

    stock_value: Floats
    holding_per_day: Floats
    delay_per_day: Floats  # what waiting costs where it has a price, never part of the choice
    served: Floats  # patterns × `SERVICE`: Σ weight · value; of waiting, minus the pieces


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """One plan of the curve."""

    price_per_day: float  # money per day for one unit of what is priced
    cost_per_day: float  # of what levels move: holding
    value: float  # of what is priced: minus the pieces that wait, or pieces per day at once
    least: float  # no plan is worth less at this price
    columns: Columns

    @property
    def bound_per_day(self) -> float:
        """No plan that serves as well costs less."""
        return max(0.0, min(self.cost_per_day, self.least + self.price_per_day * self.value))


class Frontier:
    """Plans of some items by the price of service; candidates are made once."""

    def __init__(
        self, items: Items, *, measure: Measure = Measure.WAITING_DAYS, each: Each = map
    ) -> None:
        free = replace(items, delay_cost_per_day=None)
        asked = [ServiceTarget(one, 0.0) for one in SERVICE]
        self.posed: Posed = pose(free, asked, None, each)
        self.each = each
        self.channel = SERVICE.index(measure)
        self.seen: list[Point] = []  # every plan that was looked at
        cuts = np.cumsum([len(block) for block in self.posed.blocks])[:-1]
        costs = np.split(self.posed.items.unit_cost, cuts)
        price = (
            np.zeros(len(items)) if items.delay_cost_per_day is None else items.delay_cost_per_day
        )
        delay = np.split(price[self.posed.order], cuts)
        given = zip(self.posed.blocks, costs, delay, strict=True)
        self._pieces = tuple(each(partial(_piece, self.channel), given))

    @property
    def patterns(self) -> int:
        """How many (tier, location, criticality) there are."""
        return self.posed.asked.patterns

    @property
    def weight(self) -> Floats:
        """Patterns × `SERVICE`: pieces, pieces, requests and value per day asked for."""
        asked, blocks = self.posed.asked, self.posed.blocks
        total = np.zeros((asked.patterns, len(SERVICE)))
        for block in blocks:
            np.add.at(total, block.pattern, block.basis)
        rate = self.posed.items.demand.demand_per_day
        total[:, 0] = np.bincount(asked.pattern, rate, asked.patterns)
        return total

    @property
    def pattern(self) -> Ints:
        """The pattern of every item, in the order they came in."""
        return self.posed.asked.pattern[np.argsort(self.posed.order)]

    @property
    def order_quantity(self) -> Ints:
        """Q of every item, in the order they came in."""
        return self._in_order([block.order_quantity for block in self.posed.blocks])

    @property
    def is_proven(self) -> bool:
        """Whether the bounds hold: every level of every tree was looked at."""
        return not self.posed.is_thin

    def at(self, price_per_day: float) -> Point:
        """The plan at a price."""
        done = list(self.each(partial(_priced, price_per_day), self._pieces))
        columns = Columns(
            *(
                np.sum([getattr(sums, name.name) for _, sums in done], axis=0)
                for name in fields(Columns)
            )
        )
        value = float(columns.served[:, self.channel].sum())
        cost = float(columns.holding_per_day.sum())
        least = float(np.sum([one for one, _ in done]))
        self.seen.append(Point(price_per_day, cost, value, least, columns))
        return self.seen[-1]

    def levels(self, price_per_day: float) -> Ints:
        """Reorder points of the plan at a price, in the order the items came in."""
        found = self.each(partial(_best, price_per_day), self._pieces)
        pairs = zip(self.posed.blocks, found, strict=True)
        return self._in_order([block.reorder_point(row) for block, (row, _) in pairs])

    def points(
        self, most: int, *, values: Sequence[float] = (), tell: Callable[[float], None] = _silent
    ) -> list[Point]:
        """At most `most` plans in order of price, evenly spread over what can be reached.

        Args:
            most: plans wanted; fewer where the curve has no more corners.
            values: what the curve has to go beyond at either end.
            tell: hears the share done.
        """
        found = list(self._ends(values))
        closed = set[float]()
        while len(found) < most:
            gaps = _gaps(found)
            gaps[[one.price_per_day in closed for one in found[:-1]]] = 0.0
            if not np.any(gaps > 0):
                break
            at = int(np.argmax(gaps))
            between = self._between(found[at], found[at + 1])
            if between is None:
                closed.add(found[at].price_per_day)
            else:
                found.insert(at + 1, between)
                tell(len(found) / most)
        return found

    def reaching(self, points: Sequence[Point], enough: Callable[[Point], bool]) -> Point | None:
        """The first plan of the curve for which `enough` holds; None where no plan of it does.

        Args:
            points: some plans, in order of price, to begin with.
            enough: false up to some price and true from there on.
        """
        first = next((at for at, one in enumerate(points) if enough(one)), None)
        if not first:
            return None if first is None else points[0]
        low, high = points[first - 1], points[first]
        for _ in range(MOST_STEPS):
            between = self._between(low, high)
            if between is None:
                return high
            low, high = (low, between) if enough(between) else (between, high)
        return high

    def _ends(self, values: Sequence[float]) -> tuple[Point, Point]:
        """Where hardly anybody is served at once, and where nearly everybody is."""
        held = self.posed.items.holding_cost_per_day
        start = float(np.median(held[held > 0])) if np.any(held > 0) else 1.0
        bottom, top = self.at(0.0), self.at(start * HIGHEST)
        slow = min(max(ALMOST_NOBODY * self._asked, 1.01 * _at_once(bottom)), _at_once(top))
        fast = min(ALMOST_EVERYBODY * self._asked, (1 - 1e-6) * _at_once(top))
        least, most = max(min(values, default=np.inf), bottom.value), max(values, default=-np.inf)
        low = high = self.at(start)
        while low.price_per_day > start / HIGHEST:
            if _at_once(low) <= slow and low.value <= least:
                break
            low = self.at(low.price_per_day / STEP)
        while high.price_per_day < start * HIGHEST:
            if _at_once(high) >= fast and high.value >= min(most, top.value):
                break
            high = self.at(high.price_per_day * STEP)
        return low, high

    @property
    def _asked(self) -> float:
        """Pieces per day that are asked for."""
        return float(self.weight[:, 1].sum())

    def _between(self, low: Point, high: Point) -> Point | None:
        """A corner between two plans; None where their chord is an edge of the hull."""
        if high.value - low.value <= SAME * max(abs(low.value), abs(high.value)):
            return None
        price = (high.cost_per_day - low.cost_per_day) / (high.value - low.value)
        if not low.price_per_day < price < high.price_per_day:
            return None
        found = self.at(price)
        chord = low.cost_per_day - price * low.value
        gained = chord - (found.cost_per_day - price * found.value)
        return found if gained > SAME * max(abs(chord), high.cost_per_day) else None

    def _in_order(self, columns: Sequence[Ints]) -> Ints:
        return np.asarray(np.concatenate(columns)[np.argsort(self.posed.order)])


class Piece(NamedTuple):
    """A block made ready for one price after the other."""

    block: Block
    unit_cost: Floats
    delay_cost: Floats  # money per waiting piece and day
    basis: Floats  # by item, weight of its priced value
    corners: tuple[Ints, Ints, Floats, Floats, Floats]
    edges: tuple[Floats, Floats, Floats]


def _piece(channel: int, given: tuple[Block, Floats, Floats]) -> Piece:
    block, unit_cost, delay_cost = given
    value = np.ascontiguousarray(block.values[:, channel])
    whole = np.zeros(len(block.start) - 1, dtype=np.bool_)
    whole[np.repeat(block.trees.is_shared, np.diff(block.first_segment))] = True
    corners = corners_of(block.start, block.first_row, block.cost, value, whole)
    last = corners[3][corners[0][1:] - 1]
    owner = np.repeat(np.arange(len(block)), np.diff(block.first_segment))
    from_start = block.first_row == block.start[:-1]
    edges = (
        np.where(from_start, block.beneath[owner], -np.inf),
        block.beyond,
        np.maximum(block.ceiling[channel] - last, 0.0),
    )
    basis = np.ascontiguousarray(block.basis[:, channel])
    return Piece(block, unit_cost, delay_cost, basis, corners, edges)


def _best(price_per_day: float, piece: Piece) -> tuple[Ints, float]:
    """The best rows at a price, and what no levels are worth less than."""
    at = np.empty(len(piece.block), np.int64)
    prices, shape = price_per_day * piece.basis, piece.block.shape
    least = priced(piece.corners, piece.edges, shape, prices, at)
    return piece.corners[1][at], float(least)


def _priced(price_per_day: float, piece: Piece) -> tuple[float, Columns]:
    """Least worth and sums by pattern of a block's best rows."""
    row, least = _best(price_per_day, piece)
    block = piece.block
    held = piece.unit_cost * block.on_hand(row)
    waiting = -block.basis[:, 0] * block.values[row, 0]
    stock, holding, delay = (np.zeros(block.patterns) for _ in range(3))
    served = np.zeros((block.patterns, len(SERVICE)))
    summed(
        row, block.pattern, block.cost, held, piece.delay_cost * waiting, block.basis,
        block.values, stock, holding, delay, served,
    )  # fmt: skip
    return least, Columns(stock, holding, delay, served)


def _at_once(point: Point) -> float:
    """Pieces per day that nobody waits for."""
    return float(point.columns.served[:, 1].sum())


def _gaps(points: Sequence[Point]) -> Floats:
    """How far neighbours lie apart, each way as a share of the whole, cost and value alike."""
    steps = np.zeros(len(points) - 1)
    for name in ("cost_per_day", "value"):
        figures = np.array([getattr(one, name) for one in points])
        if name == "value" and figures[-1] <= 0:  # what waits is made small: look at its order
            figures = -np.log(np.maximum(-figures, 1e-12))
        steps += np.diff(figures) / max(figures[-1] - figures[0], 1e-300)
    return steps
