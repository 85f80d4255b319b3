"""Blocks of items: their candidate rows, costs and values, and what a pass does with them.

A block knows nothing of other blocks; prices are all they share, so blocks may be worked on in
any order and anywhere. Where the parts of a block begin and end depends on the items alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTimes
from inventory.measures import Curves, curves
from inventory.service import Measure
from optimizer.kernels import aligned, best_rows, near_rows, raise_to_floor
from optimizer.problem import Items
from optimizer.promises import Channel
from optimizer.quantities import order_quantities

BLOCKS = 64  # columns of the master are priced apart, and so is the work
GOLDEN = 0.6180339887498949  # steps of this fraction fill [0, 1) evenly

T = TypeVar("T")
R = TypeVar("R")


class Each(Protocol):
    """Anything shaped like the built-in `map`: here, on all cores, or on a cluster."""

    def __call__(self, work: Callable[[T], R], pieces: Iterable[T], /) -> Iterable[R]:
        """Do the work on every piece; answers in the order of the pieces."""
        ...


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


class Priced(NamedTuple):
    """One pass over one block."""

    cost: float  # money per day, without ordering
    least: float  # no levels of this block are worth less at these prices
    totals: Floats  # patterns × channels, Σ basis · value


class Near(NamedTuple):
    """Rows close to the best ones at some prices."""

    item: Ints  # within the block
    row: Ints
    loss: Floats  # money per day


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Candidate rows of some items; those of item i stand at `start[i]:start[i + 1]`."""

    start: Ints
    first_reorder_point: Ints
    first_row: Ints  # the range that rules and floors leave: first_row … last_row
    last_row: Ints
    order_quantity: Ints
    expected_backorders: Floats
    cost: Floats  # holding and delay, money per day
    values: Floats  # rows × channels
    floor_values: tuple[Floats, ...]
    basis: Floats
    pattern: Ints
    patterns: int
    beneath: Floats
    beyond: Floats
    ceiling: Floats

    def __len__(self) -> int:
        return len(self.first_row)

    def reorder_point(self, row: Ints) -> Ints:
        """R of the chosen rows, one per item."""
        return self.first_reorder_point + row - self.start[:-1]

    def measured(self, row: Ints) -> Priced:
        """What the chosen rows cost and deliver."""
        totals = np.zeros((self.patterns, self.values.shape[1]))
        np.add.at(totals, self.pattern, self.basis * self.values[row])
        return Priced(float(self.cost[row].sum()), 0.0, totals)


def split(part: Ints) -> list[Ints]:
    """At most `BLOCKS` runs of items, cut only between parts; `part` is ascending."""
    begins = np.flatnonzero(np.diff(part, prepend=-1))
    wanted = np.linspace(0, len(part), BLOCKS + 1)[1:-1]
    cuts = np.unique(np.append(begins[np.searchsorted(begins, wanted, side="right") - 1], 0))
    return [np.arange(low, high) for low, high in zip(cuts, [*cuts[1:], len(part)], strict=True)]


def prepare(piece: Piece) -> Block:
    """Order quantities, candidate rows, their costs and values."""
    items = piece.items
    quantity = order_quantities(items)
    rows = curves(items.demand, items.lead_times, quantity, at_most=items.highest_reorder_point)
    first_row, last_row = _range(items, rows)
    floor_values = tuple(_value(items, rows, quantity, floor.channel) for floor in piece.floors)
    for floor, value in zip(piece.floors, floor_values, strict=True):
        raise_to_floor(last_row, value, floor.asked, first_row)
    columns = [_value(items, rows, quantity, channel) for channel in piece.channels]
    on_hand, delay = _on_hand(rows, quantity), _delay_cost(items)
    by_row = np.repeat(np.arange(len(items)), np.diff(rows.start))
    holding = items.holding_cost_per_day
    return Block(
        start=rows.start,
        first_reorder_point=rows.first_reorder_point,
        first_row=first_row,
        last_row=last_row,
        order_quantity=quantity,
        expected_backorders=rows.expected_backorders,
        cost=holding[by_row] * on_hand + delay[by_row] * rows.expected_backorders,
        values=np.stack(columns, axis=1) if columns else np.empty((len(on_hand), 0)),
        floor_values=floor_values,
        basis=piece.basis,
        pattern=piece.pattern,
        patterns=piece.patterns,
        beneath=np.where(first_row == rows.start[:-1], holding * on_hand[rows.start[:-1]], 0.0),
        beyond=_beyond(items, rows, holding, delay),
        ceiling=np.array([1.0 if channel.measure.is_share else 0.0 for channel in piece.channels]),
    )


def price(earned: Floats, block: Block) -> Priced:
    """Cost, value and least worth of the block's best rows at what values earn."""
    return _priced(earned, block)[0]


def rows_at(mix: tuple[Block, Sequence[tuple[Floats | None, float]]]) -> Ints:
    """The rows of a mix of passes: each pass's best rows for its share of the items.

    None stands for the highest rows. Shares are spread evenly over the items, so that the mix
    delivers what the passes deliver on average.
    """
    block, passes = mix
    chosen = [
        block.last_row if earned is None else _priced(earned, block)[1] for earned, _ in passes
    ]
    upto = np.cumsum([share for _, share in passes])[:-1]
    spread = np.arange(1, len(block) + 1) * GOLDEN % 1.0
    column = np.searchsorted(upto, spread, side="right")
    return np.stack(chosen)[column, np.arange(len(block))]


def near(earned: Floats, slack: float, most: int, based: tuple[Block, Ints]) -> Near:
    """Up to `most` rows besides the present ones, nearest first.

    A row is near when it loses at most `slack` against its item's best.
    """
    block, base_row = based
    room = int((block.last_row - block.first_row + 1).sum())
    item, row, loss = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    found = near_rows(
        block.first_row, block.last_row, block.cost, block.values, block.basis, block.pattern,
        earned, base_row, slack, item, row, loss,
    )  # fmt: skip
    kept = np.argsort(loss[:found], kind="stable")[:most]
    return Near(item[kept], row[kept], loss[kept])


def _priced(earned: Floats, block: Block) -> tuple[Priced, Ints]:
    chosen = np.empty(len(block), np.int64)
    totals = np.zeros((block.patterns, block.values.shape[1]))
    cost, least = best_rows(
        block.first_row, block.last_row, block.cost, block.values, block.basis, block.pattern,
        earned, block.beneath, block.beyond, block.ceiling, chosen, totals,
    )  # fmt: skip
    return Priced(cost, least, totals), chosen


def _range(items: Items, rows: Curves) -> tuple[Ints, Ints]:
    """First and last row that the rules of the house allow."""
    first, last = rows.start[:-1].copy(), rows.start[1:] - 1
    if items.lowest_reorder_point is not None:
        raised = first + items.lowest_reorder_point - rows.first_reorder_point
        first = np.clip(raised, first, last)
    return first, last


def _value(items: Items, rows: Curves, quantity: Ints, channel: Channel) -> Floats:
    """Value of every row in a channel; it grows with the row."""
    match channel.measure:
        case Measure.WAITING_DAYS:
            return -rows.expected_backorders
        case Measure.LINE_FILL_RATE:
            return rows.line_fill_rate
        case Measure.READY_RATE:
            return rows.ready_rate
        case Measure.RESPONSE_SHARE:
            return _response(items, rows, quantity, channel.within_days or 0.0)
        case _:
            return rows.fill_rate


def _response(items: Items, rows: Curves, quantity: Ints, within_days: float) -> Floats:
    """Share served within some days: the fill rate at a lead time that much shorter."""
    lead = items.lead_times
    sooner = np.maximum(lead.mean_days - within_days, 0.0)
    shifted = LeadTimes(sooner, lead.variance_days, lead.review_period_days)
    other = curves(items.demand, shifted, quantity)
    out = np.empty(len(rows.fill_rate))
    aligned(
        rows.start, rows.first_reorder_point, other.start, other.first_reorder_point,
        other.fill_rate, out,
    )  # fmt: skip
    return out


def _on_hand(rows: Curves, quantity: Ints) -> Floats:
    """Expected pieces on hand: R + (Q + 1)/2 − E[X] + expected backorders; 0 where R + Q ≤ 0."""
    counts = np.diff(rows.start)
    lowest = rows.first_reorder_point - rows.start[:-1]
    point = np.arange(rows.start[-1]) + np.repeat(lowest, counts)
    middle = np.repeat((quantity + 1) / 2 - rows.lead_time_demand_mean, counts)
    on_hand = np.maximum(point + middle + rows.expected_backorders, 0.0)
    return np.asarray(np.where(point + np.repeat(quantity, counts) > 0, on_hand, 0.0))


def _delay_cost(items: Items) -> Floats:
    return np.zeros(len(items)) if items.delay_cost_per_day is None else items.delay_cost_per_day


def _beyond(items: Items, rows: Curves, holding: Floats, delay: Floats) -> Floats:
    """Least that one more piece than the last row costs; inf where a rule ends the range.

    From S to S + 1 the stock on hand grows by P(X ≤ S), which the ready rate never exceeds, and
    all further pieces save at most the delay cost of the backorders that are left.
    """
    last = rows.start[1:] - 1
    further = holding * rows.ready_rate[last] - delay * rows.expected_backorders[last]
    if items.highest_reorder_point is None:
        return np.asarray(further)
    ruled = rows.first_reorder_point + last - rows.start[:-1] >= items.highest_reorder_point
    return np.asarray(np.where(ruled, np.inf, further))
