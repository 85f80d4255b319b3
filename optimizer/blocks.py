"""Blocks of items: their candidate rows, costs and values, and what a pass does with them.

A block knows nothing of other blocks; prices are all they share, so blocks may be worked on in
any order and anywhere. Where the parts of a block begin and end depends on the items alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.echelons.trees import Trees
from optimizer.kernels import answers, best_rows, near_rows

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
    """Candidate rows of some items, in segments.

    Rows of segment s stand at `start[s]:start[s + 1]`; an item's segments at
    `first_segment[i]:first_segment[i + 1]`: one for a root, one per row of its root for a leaf and
    one more for a root that never lets it wait.
    """

    first_segment: Ints  # items + 1
    start: Ints  # segments + 1
    first_reorder_point: Ints  # by segment
    first_row: Ints  # by segment: where the range begins that rules and floors leave
    trees: Trees
    order_quantity: Ints
    position: Floats  # by item: (Q + 1)/2 − E[X], X without what waits at the root
    wait: Floats  # by segment: pieces that wait at the root on their way
    ebo: Floats  # by row, expected backorders; empty where a channel of `values` holds them
    cost: Floats  # by row, what is to be made small
    rising: Ints  # by segment, the first row from which on cost never falls
    values: Floats  # rows × channels
    waiting: int  # the channel that holds backorders, with their sign turned; −1: none
    floor_values: tuple[Floats, ...]
    basis: Floats
    pattern: Ints
    patterns: int
    beneath: Floats  # by item: a first row costs at most so much more than any level under it
    beyond: Floats  # by item: one piece above a last row costs at least so much more
    ceiling: Floats  # by channel: the best value there can be; −inf where it only gets worse
    safe_is_low: bool  # promises are kept best by the lowest rows (a budget), not the highest

    def __len__(self) -> int:
        return len(self.order_quantity)

    @property
    def rows(self) -> tuple[Ints, Ints, Floats, Floats, Ints]:
        """Columns by segment and row, for the kernels."""
        return self.start, self.first_row, self.cost, self.values, self.rising

    @property
    def shape(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Who waits for whom, for the kernels."""
        return self.first_segment, self.trees.parent, self.trees.leaf_start, self.trees.leaf

    @property
    def weights(self) -> tuple[Floats, Ints, Floats, Floats, Floats]:
        """Columns by item and channel, for the kernels."""
        return self.basis, self.pattern, self.beneath, self.beyond, self.ceiling

    def segment(self, row: Ints) -> Ints:
        """The segment of every item, given the rows of the roots."""
        root = self.trees.root
        step = row[root] - self.start[self.first_segment[root]]
        return self.first_segment[:-1] + np.where(self.trees.parent >= 0, step, 0)

    def reorder_point(self, row: Ints) -> Ints:
        """R of the chosen rows, one per item."""
        segment = self.segment(row)
        return self.first_reorder_point[segment] + row - self.start[segment]

    def root_row(self, item: Ints, row: Ints) -> Ints:
        """The row of the root behind which each of some rows is judged; a root's is its own."""
        step = np.searchsorted(self.start, row, side="right") - 1 - self.first_segment[item]
        behind = self.start[self.first_segment[self.trees.root[item]]] + step
        return np.where(self.trees.parent[item] >= 0, behind, row)

    def on_hand(self, row: Ints) -> Floats:
        """Expected pieces on hand: R + (Q + 1)/2 − E[X] + backorders; 0 where R + Q ≤ 0."""
        point = self.reorder_point(row)
        waiting = self.wait[self.segment(row)]
        found = point + self.position - waiting + self.expected_backorders(row)
        return np.where(point + self.order_quantity > 0, np.maximum(found, 0.0), 0.0)

    def expected_backorders(self, row: Ints) -> Floats:
        """Pieces waiting at some rows."""
        return self.ebo[row] if len(self.ebo) else -self.values[row, self.waiting]

    def extreme(self, lowest: bool) -> Ints:
        """The lowest or the highest rows in range."""
        row = np.zeros(len(self), dtype=np.int64)
        for leaf in (False, True):
            items = np.flatnonzero((self.trees.parent >= 0) == leaf)
            segment = self.segment(row)[items]
            row[items] = self.first_row[segment] if lowest else self.start[segment + 1] - 1
        return row

    @property
    def safe_row(self) -> Ints:
        """The rows that keep promises best."""
        return self.extreme(self.safe_is_low)

    def measured(self, row: Ints) -> Priced:
        """What the chosen rows cost and deliver."""
        totals = np.zeros((self.patterns, self.values.shape[1]))
        np.add.at(totals, self.pattern, self.basis * self.values[row])
        return Priced(float(self.cost[row].sum()), 0.0, totals)

    def answers(self, earned: Floats, root: int, row: int) -> tuple[Ints, Ints]:
        """The leaves of a root, and their best rows behind its row `row`."""
        shape = self.shape
        leaves = self.trees.leaf[self.trees.leaf_start[root] : self.trees.leaf_start[root + 1]]
        best = np.empty(len(leaves), np.int64)
        answers(root, row, self.rows, shape, self.weights, earned, best)
        return leaves, best


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
    """The rows of a mix of passes: each pass's best rows for its share of the trees.

    None stands for the safe rows. Shares are spread evenly, so that the mix delivers what
    the passes deliver on average.
    """
    block, passes = mix
    chosen = [
        block.safe_row if earned is None else _priced(earned, block)[1] for earned, _ in passes
    ]
    upto = np.cumsum([share for _, share in passes])[:-1]
    tree = np.cumsum(block.trees.parent < 0)[block.trees.root]
    column = np.searchsorted(upto, tree * GOLDEN % 1.0, side="right")
    return np.stack(chosen)[column, np.arange(len(block))]


def near(earned: Floats, slack: float, most: int, based: tuple[Block, Ints]) -> Near:
    """Up to `most` rows besides the present ones, nearest first.

    A row is near when its tree loses at most `slack` with it against its best.
    """
    block, base_row = based
    room = len(block.cost)
    item, row, loss = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    found = near_rows(
        block.rows, block.shape, block.weights, earned, base_row, slack, item, row, loss
    )
    kept = np.arange(found)
    if found > most:
        kept = np.flatnonzero(loss[:found] <= np.partition(loss[:found], most - 1)[most - 1])
    leaf = block.trees.parent[item[kept]] >= 0
    kept = kept[np.lexsort((leaf, loss[kept]))][:most]
    return Near(item[kept], row[kept], loss[kept])


def _priced(earned: Floats, block: Block) -> tuple[Priced, Ints]:
    chosen = np.empty(len(block), np.int64)
    totals = np.zeros((block.patterns, block.values.shape[1]))
    cost, least = best_rows(block.rows, block.shape, block.weights, earned, chosen, totals)
    return Priced(cost, least, totals), chosen
