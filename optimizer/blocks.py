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
from optimizer.kernels import best_rows, near_rows, price_all, service_at_best

BLOCKS = 64  # columns of the master are priced apart, and so is the work
MANY = 300_000  # items; from here on twice as many blocks: fewer passes
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
    held: float  # no levels that the block holds are worth less


class Near(NamedTuple):
    """Rows close to the best ones at some prices."""

    item: Ints  # within the block
    row: Ints
    loss: Floats  # in units of cost
    left_out: float  # what a tree loses at least with levels that the block does not hold


@dataclass(frozen=True, slots=True, eq=False)
class Dropped:
    """Levels that a block does not hold, with proof: what they are worth at least.

    Worth is counted here as cost and what service falls short of its best, at its price: both are
    never below nothing, so at prices r times as high (r < 1) it is at least r times as much.
    """

    least: Floats  # by item, for roots; inf where a tree is held whole
    earned: Floats  # patterns × channels
    share: Floats  # by item: of `earned`, from which on `least` holds, and at all higher prices

    def worth(self, block: "Block", earned: Floats) -> Floats:
        """By item, for roots: what the levels left out are worth at least at other prices."""
        if not np.any(np.isfinite(self.least)):
            return self.least
        priced = self.earned > 0
        lowest = float((earned[priced] / self.earned[priced]).min(initial=np.inf))
        ratio = np.minimum(1.0, lowest / self.share)
        at_best = np.zeros(len(block))
        service_at_best(block.trees.root, block.weights, earned, at_best)
        known = np.where(np.isfinite(self.least), self.least, 0.0)
        return np.where(np.isfinite(self.least), ratio * known - at_best, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Candidate rows of some items, in segments.

    Rows of segment s stand at `start[s]:start[s + 1]`; an item's segments at
    `first_segment[i]:first_segment[i + 1]`: one for a root, one per row of its parent for every
    other item and, in trees held in full, one more for a parent that never lets it wait.
    """

    first_segment: Ints  # items + 1
    start: Ints  # segments + 1
    first_reorder_point: Ints  # by segment
    step: Ints  # by segment, between the reorder points of its rows; above 1 some are left out
    first_row: Ints  # by segment: where the range begins that rules and floors leave
    trees: Trees
    order_quantity: Ints
    position: Floats  # by item: (Q + 1)/2 − E[X], X without what waits at the root
    wait: Floats  # by segment: pieces that wait at the parent on their way
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
    dropped: Dropped
    look: int = 0  # segments of a leaf, about, where levels were left out without proof
    held: Ints | None = None  # rows known to keep the promises, where the extreme ones are not held

    def __len__(self) -> int:
        return len(self.order_quantity)

    @property
    def rows(self) -> tuple[Ints, Ints, Floats, Floats, Ints]:
        """Columns by segment and row, for the kernels."""
        return self.start, self.first_row, self.cost, self.values, self.rising

    @property
    def shape(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Who waits for whom, for the kernels."""
        return self.first_segment, self.trees.parent, self.trees.child_start, self.trees.child

    @property
    def weights(self) -> tuple[Floats, Ints, Floats, Floats, Floats]:
        """Columns by item and channel, for the kernels."""
        return self.basis, self.pattern, self.beneath, self.beyond, self.ceiling

    @property
    def is_thin(self) -> bool:
        """Whether levels were left out without proof."""
        return bool(np.any(self.step > 1))

    @property
    def first_of_item(self) -> Ints:
        """Where the rows of each item begin."""
        return self.start[self.first_segment[:-1]]

    def segment(self, row: Ints) -> Ints:
        """The segment of every item, given the rows of its parent."""
        above = self.trees.parent
        behind = row[above] - self.first_of_item[above]
        return self.first_segment[:-1] + np.where(above >= 0, behind, 0)

    def reorder_point(self, row: Ints) -> Ints:
        """R of the chosen rows, one per item."""
        segment = self.segment(row)
        steps = row - self.start[segment]
        return self.first_reorder_point[segment] + self.step[segment] * steps

    def parent_row(self, item: Ints, row: Ints) -> Ints:
        """The row of the parent behind which each of some rows is judged; a root's is its own."""
        above = self.trees.parent[item]
        if not np.any(above >= 0):
            return row
        behind = np.searchsorted(self.start, row, side="right") - 1 - self.first_segment[item]
        return np.where(above >= 0, self.first_of_item[above] + behind, row)

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
        for depth in range(int(self.trees.depth.max(initial=0)) + 1):
            items = np.flatnonzero(self.trees.depth == depth)
            segment = self.segment(row)[items]
            row[items] = self.first_row[segment] if lowest else self.start[segment + 1] - 1
        return row

    @property
    def safe_row(self) -> Ints:
        """The rows that keep promises best."""
        return self.extreme(self.safe_is_low) if self.held is None else self.held

    def measured(self, row: Ints) -> Priced:
        """What the chosen rows cost and deliver."""
        totals = np.zeros((self.patterns, self.values.shape[1]))
        np.add.at(totals, self.pattern, self.basis * self.values[row])
        return Priced(float(self.cost[row].sum()), 0.0, totals, 0.0)

    def answers(self, earned: Floats, moved: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
        """Items and their best rows below each of some items, behind the row it is moved to."""
        segments = len(self.first_row)
        best, outside = np.empty(segments), np.empty(segments)
        total, pick = np.empty(len(self.cost)), np.empty(segments, np.int64)
        price_all(self.rows, self.shape, self.weights, earned, total, best, pick, outside)
        found: set[tuple[int, int]] = set()
        open_ends = list(moved)
        while open_ends:
            item, row = open_ends.pop()
            step = row - self.start[self.first_segment[item]]
            begin, end = self.trees.child_start[item : item + 2]
            for below in self.trees.child[begin:end].tolist():
                pair = (below, int(pick[self.first_segment[below] + step]))
                if pair not in found:
                    found.add(pair)
                    open_ends.append(pair)
        return found


def split(part: Ints) -> list[Ints]:
    """At most `BLOCKS` runs of items (of many twice that), cut only between parts, ascending."""
    begins = np.flatnonzero(np.diff(part, prepend=-1))
    blocks = BLOCKS if len(part) < MANY else 2 * BLOCKS
    wanted = np.linspace(0, len(part), blocks + 1)[1:-1]
    cuts = np.unique(np.append(begins[np.searchsorted(begins, wanted, side="right") - 1], 0))
    return [np.arange(low, high) for low, high in zip(cuts, [*cuts[1:], len(part)], strict=True)]


def price(earned: Floats, block: Block) -> Priced:
    """Cost, value and least worth of the block's best rows at what values earn."""
    return chosen_at(earned, block)[0]


def chosen_at(earned: Floats, block: Block) -> tuple[Priced, Ints]:
    """The block's best rows at what values earn, with their cost, value and least worth."""
    chosen = np.empty(len(block), np.int64)
    totals = np.zeros((block.patterns, block.values.shape[1]))
    dropped = block.dropped.worth(block, earned)
    cost, least, held = best_rows(
        block.rows, block.shape, block.weights, earned, dropped, chosen, totals
    )
    return Priced(cost, least, totals, held), chosen


def rows_at(mix: tuple[Block, Sequence[tuple[Floats | None, float]]]) -> Ints:
    """The rows of a mix of passes: each pass's best rows for its share of the trees.

    None stands for the safe rows. Shares are spread evenly, so that the mix delivers what
    the passes deliver on average.
    """
    block, passes = mix
    chosen = [
        block.safe_row if earned is None else chosen_at(earned, block)[1] for earned, _ in passes
    ]
    upto = np.cumsum([share for _, share in passes])[:-1]
    tree = (np.cumsum(block.trees.parent < 0))[block.trees.root]
    column = np.searchsorted(upto, tree * GOLDEN % 1.0, side="right")
    return np.stack(chosen)[column, np.arange(len(block))]


def near(earned: Floats, slack: float, most: int, alone: bool, based: tuple[Block, Ints]) -> Near:
    """Up to `most` rows besides the present ones, nearest first.

    A row is near when its tree loses at most `slack` with it against its best; where `alone`, only
    if no other level has to change with it.
    """
    block, base_row = based
    room = len(block.cost)
    item, row, loss = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room)
    dropped = block.dropped.worth(block, earned)
    found, left_out = near_rows(
        block.rows, block.shape, block.weights, earned, base_row, slack, dropped, item, row, loss
    )
    kept = np.arange(found)
    if alone:
        above = block.trees.parent[item[kept]]
        stays = np.where(above >= 0, base_row[above], row[kept])
        same = block.parent_row(item[kept], row[kept]) == stays
        kept = kept[same & ~block.trees.is_shared[item[kept]]]
    if len(kept) > most:
        kept = kept[loss[kept] <= np.partition(loss[kept], most - 1)[most - 1]]
    kept = kept[np.lexsort((block.trees.depth[item[kept]], loss[kept]))][:most]
    return Near(item[kept], row[kept], loss[kept], left_out)
