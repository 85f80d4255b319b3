"""Blocks of items: their candidate rows, costs and values, and what a pass does with them.

A block knows nothing of other blocks; prices are all they share, so blocks may be worked on in
any order and anywhere. Where the parts of a block begin and end depends on the items alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.kernels import best_rows, near_rows

BLOCKS = 64  # columns of the master are priced apart, and so is the work
GOLDEN = 0.6180339887498949  # steps of this fraction fill [0, 1) evenly

T = TypeVar("T")
R = TypeVar("R")


class Each(Protocol):
    """Anything shaped like the built-in `map`: here, on all cores, or on a cluster."""

    def __call__(self, work: Callable[[T], R], pieces: Iterable[T], /) -> Iterable[R]:
        """Do the work on every piece; answers in the order of the pieces."""
        ...


class Priced(NamedTuple):
    """One pass over one block."""

    cost: float  # what is to be made small: money per day without ordering, or lost service
    least: float  # no levels of this block are worth less at these prices
    totals: Floats  # patterns × channels, Σ basis · value


class Near(NamedTuple):
    """Rows close to the best ones at some prices."""

    item: Ints  # within the block
    row: Ints
    loss: Floats  # in units of cost


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Candidate rows of some items; those of item i stand at `start[i]:start[i + 1]`."""

    start: Ints
    first_reorder_point: Ints
    first_row: Ints  # the range that rules and floors leave: first_row … last_row
    last_row: Ints
    order_quantity: Ints
    expected_backorders: Floats  # by row, pieces
    expected_on_hand: Floats  # by row, pieces
    cost: Floats  # by row, what is to be made small
    values: Floats  # rows × channels
    floor_values: tuple[Floats, ...]
    basis: Floats
    pattern: Ints
    patterns: int
    beneath: Floats  # by item: the first row costs at most so much more than any level under it
    beyond: Floats  # by item: one piece above the last row costs at least so much more
    ceiling: Floats  # by channel: the best value there can be; −inf where it only gets worse
    safe_row: Ints  # by item: the row that keeps promises best, the last or the first

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


def price(earned: Floats, block: Block) -> Priced:
    """Cost, value and least worth of the block's best rows at what values earn."""
    return _priced(earned, block)[0]


def rows_at(mix: tuple[Block, Sequence[tuple[Floats | None, float]]]) -> Ints:
    """The rows of a mix of passes: each pass's best rows for its share of the items.

    None stands for the safe rows. Shares are spread evenly over the items, so that the mix
    delivers what the passes deliver on average.
    """
    block, passes = mix
    chosen = [
        block.safe_row if earned is None else _priced(earned, block)[1] for earned, _ in passes
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
