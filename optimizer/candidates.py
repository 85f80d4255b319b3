"""Candidate rows of every item: reorder points with what they cost and deliver."""

from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Demand, Floats, Ints
from inventory.echelons.flows import flows
from inventory.lead_time import LeadTimes
from inventory.measures import raised
from inventory.service import Measure
from optimizer.blocks import Block, Dropped
from optimizer.echelons.kernels import tree_curves
from optimizer.echelons.trees import Trees
from optimizer.floors import Floor, raise_first_rows
from optimizer.kernels import aligned, rising_from
from optimizer.problem import Items, Money
from optimizer.promises import Channel
from optimizer.quantities import order_quantities
from optimizer.ranges import FAR, TAIL, limits, tails

N = TypeVar("N", np.int64, np.float64)


class Window(NamedTuple):
    """By item, every so many levels of a range; read only where others wait for an item."""

    lowest: Ints
    highest: Ints
    levels: Ints  # of a segment, at most
    step: Ints  # between levels, at least

    def take(self, rows: Ints) -> "Window":
        """Some of the items."""
        return Window(*(column[rows] for column in self))


class Piece(NamedTuple):
    """What a block is prepared from."""

    items: Items
    basis: Floats
    pattern: Ints
    patterns: int
    channels: tuple[Channel, ...]
    floors: tuple[Floor, ...]
    goal: int  # the channel to be served best within a budget; −1: least cost
    leaf_tail: float = TAIL  # where the ranges of items below others end
    most: int = FAR  # segments of a leaf, about, in trees of more than two levels
    window: Window | None = None  # levels to be looked at of items that others wait for

    def take(self, rows: Ints) -> "Piece":
        """Some of the items, whole trees, in that order."""
        return self._replace(
            items=self.items.take(rows),
            basis=self.basis[rows],
            pattern=self.pattern[rows],
            floors=tuple(one._replace(asked=one.asked[rows]) for one in self.floors),
            window=None if self.window is None else self.window.take(rows),
        )


class Served(NamedTuple):
    """What reaches each item, and what it asks of its source."""

    arriving: Demand
    upwards: Demand
    lead_times: LeadTimes  # repair folded in
    share: Floats  # of what its root is asked for
    batches: Floats  # what orders of leaves add to the variance over parts of the lead time
    lump: Ints  # what they are counted in; 0: none orders in batches


class Rows(NamedTuple):
    """Candidates of some items."""

    items: Items
    trees: Trees
    quantity: Ints
    tail: Floats  # by item: where its range ends
    window: Window
    first_segment: Ints
    start: Ints
    first_point: Ints  # by segment
    step: Ints  # by segment, between reorder points
    ebo: Floats
    fill_rate: Floats
    line_fill_rate: Floats
    ready_rate: Floats
    position: Floats  # by item: (Q + 1)/2 − E[X] without waiting
    wait: Floats  # by segment: pieces that wait at the parent on their way
    nothing_counts: bool  # levels at which nothing is ever on the shelf are among them

    def by_segment(self, column: NDArray[N]) -> NDArray[N]:
        """A column by item, once for each of its segments."""
        return np.repeat(column, np.diff(self.first_segment))

    def spread(self, column: NDArray[N]) -> NDArray[N]:
        """A column by item, once for each of its rows."""
        return np.repeat(self.by_segment(column), np.diff(self.start))

    @property
    def point(self) -> Ints:
        """R by row."""
        counts = np.diff(self.start)
        steps = np.arange(self.start[-1]) - np.repeat(self.start[:-1], counts)
        found: Ints = np.repeat(self.first_point, counts) + np.repeat(self.step, counts) * steps
        return found

    @property
    def last_point(self) -> Ints:
        """The highest R by segment."""
        further: Ints = (np.diff(self.start) - 1) * self.step
        return self.first_point + further

    @property
    def owned(self) -> Floats:
        """By row, pieces on the shelf or under way: R + Q."""
        return np.maximum(self.point + self.spread(self.quantity.astype(np.float64)), 0.0)

    @property
    def on_hand(self) -> Floats:
        """By row: R + (Q + 1)/2 − E[X] + expected backorders, 0 where R + Q ≤ 0."""
        free = np.repeat(self.by_segment(self.position) - self.wait, np.diff(self.start))
        point = self.point
        found = np.maximum(point + free + self.ebo, 0.0)
        return np.where(point + self.spread(self.quantity) > 0, found, 0.0)


def prepare(piece: Piece) -> Block:
    """Order quantities, candidate rows, their costs and values."""
    items = piece.items
    trees = Trees.of(items)
    tail = tails(items, trees, piece.leaf_tail)
    window = piece.window or _all_levels(items, trees, piece.most)
    found = _rows(items, trees, quantities(items), tail, window, from_nothing(piece))
    point, first_row = _range(items, found)
    found = found._replace(first_point=point)
    floor_values = tuple(_own_value(found, floor.channel) for floor in piece.floors)
    shape = found.first_segment, found.trees.parent, found.trees.child_start, found.trees.child
    raise_first_rows(piece.floors, floor_values, found.start, shape, first_row)
    columns = [_value(found, channel) for channel in piece.channels]
    on_hand = found.on_hand
    cost, beyond, beneath = _cost(found, on_hand), _beyond(found), _beneath(found, on_hand)
    if piece.goal >= 0:
        short = piece.channels[piece.goal].best - columns[piece.goal]
        cost = found.spread(piece.basis[:, piece.goal]) * short
        most = np.maximum.reduceat(cost[found.start[1:] - 1], found.first_segment[:-1])
        beyond = np.where(np.isinf(beyond), np.inf, -most)
        beneath = np.zeros(len(items))
    measures = [channel.measure for channel in piece.channels]
    waiting = measures.index(Measure.WAITING_DAYS) if Measure.WAITING_DAYS in measures else -1
    return Block(
        first_segment=found.first_segment,
        start=found.start,
        first_reorder_point=found.first_point,
        step=found.step,
        first_row=first_row,
        trees=found.trees,
        order_quantity=found.quantity,
        position=found.position,
        wait=found.wait,
        ebo=found.ebo if waiting < 0 else np.empty(0),
        cost=cost,
        rising=rising_from(found.start, cost),
        values=np.stack(columns, axis=1) if columns else np.empty((len(cost), 0)),
        waiting=waiting,
        floor_values=floor_values,
        basis=piece.basis,
        pattern=piece.pattern,
        patterns=piece.patterns,
        beneath=beneath,
        beyond=beyond,
        ceiling=np.array([-np.inf if one.measure in Money else one.best for one in piece.channels]),
        safe_is_low=piece.goal >= 0,
        dropped=_nothing_dropped(piece),
        look=piece.most,
    )


def _nothing_dropped(piece: Piece) -> Dropped:
    items = len(piece.items)
    earned = np.zeros((piece.patterns, len(piece.channels)))
    return Dropped(np.full(items, np.inf), earned, np.ones(items))


def from_nothing(piece: Piece) -> bool:
    """Whether levels at which nothing is ever on the shelf can differ: all that is owned counts."""
    counted = any(channel.measure is Money.OWNED_VALUE for channel in piece.channels)
    return counted or piece.items.owned_cost_per_day is not None


def _rows(
    items: Items,
    trees: Trees,
    quantity: Ints,
    tail: Floats,
    window: Window,
    nothing_counts: bool,
    sooner_days: float = 0.0,
) -> Rows:
    """Candidates of all items, each behind every row of its parent.

    Customers are served in time when they wait no more than `sooner_days`: their lead times count
    as that much shorter, except where others wait for the same stock.
    """
    flow = served(items, trees, quantity)
    lead, arriving = flow.lead_times, flow.arriving
    sooner = np.where(trees.is_shared, 0.0, sooner_days)
    lowest, highest = limits(items, trees, quantity)
    if np.any(trees.is_shared):
        lowest = np.where(trees.is_shared, np.maximum(lowest, window.lowest), lowest)
        highest = np.where(trees.is_shared, np.minimum(highest, window.highest), highest)
    first_segment, start, first_point, step, columns, mean, wait = tree_curves(
        stream(arriving), stream(items.demand),
        (np.maximum(lead.mean_days - sooner, 0.0), lead.variance_days, lead.review_period_days),
        (quantity, highest, lowest, tail, nothing_counts),
        trees.child_start, trees.parent, flow.share, flow.batches, flow.lump,
        window.levels, window.step,
    )  # fmt: skip
    position = (quantity + 1) / 2 - mean
    return Rows(
        items, trees, quantity, tail, window, first_segment, start, first_point, step, *columns,
        position, wait, nothing_counts,
    )  # fmt: skip


def _all_levels(items: Items, trees: Trees, most: int) -> Window:
    """No window: all levels, those of deep trees thinned to about `most` segments of a leaf."""
    far = np.full(len(items), FAR)
    return Window(-far, far, trees.rows_each(most), np.ones(len(items), dtype=np.int64))


def served(items: Items, trees: Trees, quantity: Ints) -> Served:
    """What everybody serves; without depots and repairs that is the customers alone."""
    if items.repairs is None and not np.any(trees.is_shared):
        none = np.zeros(len(items))
        parts = np.zeros((len(items), 1))
        demand = raised(items.demand)
        return Served(demand, demand, items.lead_times, none, parts, none.astype(np.int64))
    found = flows(items.demand, items.lead_times, trees.parent, quantity, items.repairs)
    return Served(
        found.arriving,
        found.upwards,
        found.lead_times,
        found.share,
        found.batches_over_time,
        found.lump,
    )


def quantities(items: Items) -> Ints:
    """Q by item, for all that it orders upwards."""
    single = np.ones(len(items), dtype=np.int64)
    return order_quantities(items, served(items, Trees.of(items), single).upwards)


def stream(demand: Demand) -> tuple[Floats, Floats, Floats, Ints, Ints, Floats]:
    """Its columns, as kernels see them: μ, σ², ω², and the law of sizes."""
    sizes = demand.sizes
    return (
        demand.demand_per_day, demand.demand_variance_per_day, demand.rate_variance,
        sizes.start, sizes.pieces, sizes.share,
    )  # fmt: skip


def _range(items: Items, found: Rows) -> tuple[Ints, Ints]:
    """First reorder point and first row by segment, as the rules of the house allow.

    Where a rule asks for more than the range holds, the last row stands for that level: what it
    delivers is then a hair too low.
    """
    first, last, point = found.start[:-1].copy(), found.start[1:] - 1, found.first_point
    if items.lowest_reorder_point is not None:
        lowest = found.by_segment(items.lowest_reorder_point)
        point = point + np.maximum(lowest - found.last_point, 0)
        first = np.clip(first - (point - lowest) // found.step, first, last)
    return point, first


def _cost(found: Rows, on_hand: Floats) -> Floats:
    """Holding, what is owned, and delay: money per day by row; a root's delay is its customers'."""
    items = found.items
    cost = found.spread(items.holding_cost_per_day) * on_hand
    if items.owned_cost_per_day is not None:
        cost += found.spread(items.owned_cost_per_day) * found.owned
    if items.delay_cost_per_day is not None:
        delay = items.delay_cost_per_day * found.trees.own_share(items)
        cost += found.spread(delay) * found.ebo
    return cost


def _beneath(found: Rows, on_hand: Floats) -> Floats:
    """What a first row costs at most above any level under it: its stock; 0 at R = −1.

    −inf where rows are left out: a first look proves nothing.
    """
    at, holding = found.start[:-1], found.by_segment(found.items.holding_cost_per_day)
    stock = np.where(found.first_point > -1, holding * on_hand[at], 0.0)
    most = np.maximum.reduceat(stock, found.first_segment[:-1])
    thin = np.maximum.reduceat(found.step, found.first_segment[:-1]) > 1
    return np.asarray(np.where(thin, -np.inf, most))


def _beyond(found: Rows) -> Floats:
    """Least that one more piece than the last row costs; inf where a rule ends the range.

    From S to S + 1 the stock on hand grows by P(X ≤ S), which the ready rate never exceeds, and
    all further pieces save at most the delay cost of the backorders that are left.
    """
    items, last = found.items, found.start[1:] - 1
    ready = np.minimum.reduceat(found.ready_rate[last], found.first_segment[:-1])
    further = items.holding_cost_per_day * ready
    if items.owned_cost_per_day is not None:
        further = further + items.owned_cost_per_day
    if items.delay_cost_per_day is not None:
        left = np.maximum.reduceat(found.ebo[last], found.first_segment[:-1])
        further = further - items.delay_cost_per_day * left
    if items.highest_reorder_point is None:
        return np.asarray(further)
    reached = np.minimum.reduceat(found.last_point, found.first_segment[:-1])
    return np.asarray(np.where(reached >= items.highest_reorder_point, np.inf, further))


def _value(found: Rows, channel: Channel) -> Floats:
    """Value of every row in a channel; service grows with the row, what a budget leaves falls."""
    match channel.measure:
        case Money():
            return -_money(found, channel.measure)
        case Measure.WAITING_DAYS:
            return -found.ebo
        case Measure.AVAILABILITY:
            return _availability(found, channel.machine_type)
        case Measure.RESPONSE_SHARE:
            return _response(found, channel.within_days or 0.0)
    shares = {Measure.LINE_FILL_RATE: found.line_fill_rate, Measure.READY_RATE: found.ready_rate}
    return shares.get(channel.measure, found.fill_rate)


def _own_value(found: Rows, channel: Channel) -> Floats:
    """The same of an item's own customers: of what waits at a depot, theirs alone."""
    value = _value(found, channel)
    if channel.measure is Measure.WAITING_DAYS:
        value = value * found.spread(found.trees.own_share(found.items))
    return value


def _availability(found: Rows, machine_type: str) -> Floats:
    """What a part adds to the logarithm of availability; a depot's wait is its customers' part."""
    items = found.items
    fleet, item = items.fleets[machine_type], np.arange(len(items), dtype=np.float64)
    rows = found.spread(item).astype(np.int64)
    return fleet.take(rows).availability(found.ebo * found.spread(found.trees.own_share(items)))


def _money(found: Rows, counts: Money) -> Floats:
    """What a budget pays for, by row."""
    pieces = found.on_hand if counts is Money.STOCK_VALUE else found.owned
    return found.spread(found.items.unit_cost) * pieces


def _response(found: Rows, within_days: float) -> Floats:
    """Share served within some days: the fill rate at a lead time that much shorter."""
    other = _rows(
        found.items, found.trees, found.quantity, found.tail, found.window, found.nothing_counts,
        within_days,
    )  # fmt: skip
    out = np.empty(len(found.fill_rate))
    aligned(found.start, found.first_point, other.start, other.first_point, other.fill_rate, out)
    return out
