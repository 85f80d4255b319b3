"""Candidate rows of every item: reorder points with what they cost and deliver."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTimes
from inventory.measures import Curves, curves
from inventory.service import Measure
from optimizer.blocks import Block
from optimizer.kernels import aligned, raise_to_floor
from optimizer.problem import Items, Money
from optimizer.promises import Channel
from optimizer.quantities import order_quantities


class Floor(NamedTuple):
    """A target that each item must meet by itself."""

    target: int
    channel: Channel
    asked: Floats  # by item; nan where the target does not speak of it


class Piece(NamedTuple):
    """What a block is prepared from."""

    items: Items
    basis: Floats
    pattern: Ints
    patterns: int
    channels: tuple[Channel, ...]
    floors: tuple[Floor, ...]
    goal: int  # the channel to be served best within a budget; −1: least cost


class Rows(NamedTuple):
    """Candidates of some items."""

    items: Items
    quantity: Ints
    curves: Curves
    point: Ints  # by row, R
    on_hand: Floats  # by row, pieces

    @property
    def owned(self) -> Floats:
        """By row, pieces on the shelf or under way: R + Q."""
        return np.maximum(self.point + self.spread(self.quantity.astype(np.float64)), 0.0)

    def spread(self, column: Floats) -> Floats:
        """A column by item, once for each of its rows."""
        return np.repeat(column, np.diff(self.curves.start))


def prepare(piece: Piece) -> Block:
    """Order quantities, candidate rows, their costs and values."""
    items = piece.items
    quantity = order_quantities(items)
    rows = curves(items.demand, items.lead_times, quantity, at_most=items.highest_reorder_point)
    if items.owned_cost_per_day is not None or any(
        channel.measure is Money.OWNED_VALUE for channel in piece.channels
    ):
        rows = _down_to_nothing(rows)
    first_point, first_row, last_row = _range(items, rows)
    found = _rows(items, quantity, rows, first_point)
    floor_values = tuple(_value(found, floor.channel) for floor in piece.floors)
    for floor, value in zip(piece.floors, floor_values, strict=True):
        raise_to_floor(last_row, value, floor.asked, first_row)
    columns = [_value(found, channel) for channel in piece.channels]
    cost, beyond, beneath = _cost(found), _beyond(found), _beneath(found, first_row)
    if piece.goal >= 0:
        short = piece.channels[piece.goal].best - columns[piece.goal]
        cost = found.spread(piece.basis[:, piece.goal]) * short
        beyond = np.where(np.isinf(beyond), np.inf, -cost[rows.start[1:] - 1])
        beneath = np.zeros(len(items))
    return Block(
        start=rows.start,
        first_reorder_point=first_point,
        first_row=first_row,
        last_row=last_row,
        order_quantity=quantity,
        expected_backorders=rows.expected_backorders,
        expected_on_hand=found.on_hand,
        cost=cost,
        values=np.stack(columns, axis=1) if columns else np.empty((len(cost), 0)),
        floor_values=floor_values,
        basis=piece.basis,
        pattern=piece.pattern,
        patterns=piece.patterns,
        beneath=beneath,
        beyond=beyond,
        ceiling=np.array([-np.inf if one.measure in Money else one.best for one in piece.channels]),
        safe_row=first_row if piece.goal >= 0 else last_row,
    )


def _range(items: Items, rows: Curves) -> tuple[Ints, Ints, Ints]:
    """First reorder point, first and last row that the rules of the house allow.

    Where a rule asks for more than the range holds, the last row stands for that level: what it
    delivers is then a hair too low.
    """
    first, last = rows.start[:-1].copy(), rows.start[1:] - 1
    point = rows.first_reorder_point
    if items.lowest_reorder_point is not None:
        missing = items.lowest_reorder_point - (point + last - first)
        point = point + np.maximum(missing, 0)
        first = np.clip(first + items.lowest_reorder_point - point, first, last)
    return point, first, last


def _rows(items: Items, quantity: Ints, rows: Curves, first_point: Ints) -> Rows:
    """Candidates with their stock: R + (Q + 1)/2 − E[X] + expected backorders, 0 if R + Q ≤ 0."""
    counts = np.diff(rows.start)
    point = np.arange(rows.start[-1]) + np.repeat(first_point - rows.start[:-1], counts)
    middle = np.repeat((quantity + 1) / 2 - rows.lead_time_demand_mean, counts)
    on_hand = np.maximum(point + middle + rows.expected_backorders, 0.0)
    on_hand = np.where(point + np.repeat(quantity, counts) > 0, on_hand, 0.0)
    return Rows(items, quantity, rows, point, on_hand)


def _down_to_nothing(rows: Curves) -> Curves:
    """The same candidates from R = −1 up: below the first, each piece less is one backorder more.

    Down there stock on hand is nothing, so only money for owned pieces can tell levels apart.
    """
    added = np.maximum(rows.first_reorder_point + 1, 0)
    counts = np.diff(rows.start) + added
    start = np.concatenate(([0], np.cumsum(counts)))
    ahead = np.repeat(added, counts) - (np.arange(start[-1]) - np.repeat(start[:-1], counts))
    source = np.repeat(rows.start[:-1], counts) + np.maximum(-ahead, 0)
    ahead = np.maximum(ahead, 0)
    return replace(
        rows,
        start=start,
        first_reorder_point=rows.first_reorder_point - added,
        expected_backorders=rows.expected_backorders[source] + ahead,
        fill_rate=np.where(ahead > 0, 0.0, rows.fill_rate[source]),
        line_fill_rate=np.where(ahead > 0, 0.0, rows.line_fill_rate[source]),
        ready_rate=np.where(ahead > 0, 0.0, rows.ready_rate[source]),
    )


def _cost(found: Rows) -> Floats:
    """Holding, what is owned, and delay: money per day by row."""
    items = found.items
    cost = found.spread(items.holding_cost_per_day) * found.on_hand
    if items.owned_cost_per_day is not None:
        cost += found.spread(items.owned_cost_per_day) * found.owned
    if items.delay_cost_per_day is not None:
        cost += found.spread(items.delay_cost_per_day) * found.curves.expected_backorders
    return cost


def _beneath(found: Rows, first_row: Ints) -> Floats:
    """What the first row costs at most above any level under it: its stock; 0 at R = −1."""
    first = found.curves.start[:-1]
    free = (first_row == first) & (found.point[first] > -1)
    return np.where(free, found.items.holding_cost_per_day * found.on_hand[first], 0.0)


def _beyond(found: Rows) -> Floats:
    """Least that one more piece than the last row costs; inf where a rule ends the range.

    From S to S + 1 the stock on hand grows by P(X ≤ S), which the ready rate never exceeds, and
    all further pieces save at most the delay cost of the backorders that are left.
    """
    items, rows = found.items, found.curves
    last = rows.start[1:] - 1
    further = items.holding_cost_per_day * rows.ready_rate[last]
    if items.owned_cost_per_day is not None:
        further = further + items.owned_cost_per_day
    if items.delay_cost_per_day is not None:
        further = further - items.delay_cost_per_day * rows.expected_backorders[last]
    if items.highest_reorder_point is None:
        return np.asarray(further)
    return np.asarray(np.where(found.point[last] >= items.highest_reorder_point, np.inf, further))


def _value(found: Rows, channel: Channel) -> Floats:
    """Value of every row in a channel; service grows with the row, what a budget leaves falls."""
    rows = found.curves
    match channel.measure:
        case Money():
            return -_money(found, channel.measure)
        case Measure.WAITING_DAYS:
            return -rows.expected_backorders
        case Measure.RESPONSE_SHARE:
            return _response(found, channel.within_days or 0.0)
    shares = {Measure.LINE_FILL_RATE: rows.line_fill_rate, Measure.READY_RATE: rows.ready_rate}
    return shares.get(channel.measure, rows.fill_rate)


def _money(found: Rows, counts: Money) -> Floats:
    """What a budget pays for, by row."""
    pieces = found.on_hand if counts is Money.STOCK_VALUE else found.owned
    return found.spread(found.items.unit_cost) * pieces


def _response(found: Rows, within_days: float) -> Floats:
    """Share served within some days: the fill rate at a lead time that much shorter."""
    rows, lead = found.curves, found.items.lead_times
    sooner = np.maximum(lead.mean_days - within_days, 0.0)
    shifted = LeadTimes(sooner, lead.variance_days, lead.review_period_days)
    other = curves(found.items.demand, shifted, found.quantity)
    out = np.empty(len(rows.fill_rate))
    aligned(
        rows.start, rows.first_reorder_point, other.start, other.first_reorder_point,
        other.fill_rate, out,
    )  # fmt: skip
    return out
