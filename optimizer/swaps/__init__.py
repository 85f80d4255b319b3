"""From the rows of several passes to one plan of whole trees, without a solver.

Every tree takes all its levels from one pass. At prices near each other few trees differ, and what
such a tree loses with the levels of the other pass is next to nothing. So trees are swapped one by
one, what a promise is short of counted dearer than its price and what it has to spare cheaper: at
first by a hair, so that only swaps are made that lose next to nothing, then more and more, until
nothing is short. Then some of it is done anew from where that ended, which finds better plans.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.blocks import Block, Each
from optimizer.promises import Promises
from optimizer.swaps.kernels import Entries, Places, add_trees, distinct, swap

FIRST = (0.01, 0.002, 0.05, 0.005, 0.02)  # so much dearer is what is short; each begins anew
AGAIN = (0.02, 0.05, 0.1, 0.2, 0.4)  # and so much from where the last one ended
LADDER = (1.0, 3.0, 10.0, 30.0, 100.0, 1e3, 1e4, 1e6, 1e8)  # times that, one after the other
ROUNDS = 8  # over all trees, on each step of a ladder
IDLE = 1e-3  # of the plan's cost: what a promise without a price is worth, all of it


class Options(NamedTuple):
    """What trees that differ between passes may take; those of one tree are adjacent."""

    block: Ints  # by tree
    root: Ints  # by tree, within the block
    start: Ints  # trees + 1
    passes: Ints  # by option: the first that has these levels
    cost: Floats
    value: Floats  # options × promises


class Stand(NamedTuple):
    """What a plan leaves of every promise beyond what is required, and what it costs."""

    room: Floats
    cost: float

    def moved(self, options: Options, taken: Ints) -> "Stand":
        """The same with other options than the first of every tree."""
        first = options.start[:-1]
        more = (options.value[taken] - options.value[first]).sum(axis=0)
        return Stand(
            self.room + more,
            self.cost + float((options.cost[taken] - options.cost[first]).sum()),
        )


def whole_trees(
    promises: Promises, blocks: Sequence[Block], passes: Sequence[Sequence[Places]],
    price: Floats, enough: float, each: Each,
) -> list[Ints]:  # fmt: skip
    """Rows by block: every tree as in one of the `passes`, the first of which is the start.

    Near the least cost at which every promise is kept; it looks no further once that is `enough`.
    Where nothing keeps every promise the rows of the last try come back.
    """
    by_block = [np.stack(rows) for rows in zip(*passes, strict=True)]
    entries = _entries(promises)
    look = partial(_options, entries, len(promises))
    found = list(each(look, zip(blocks, by_block, strict=True)))
    options = _joined([one for one, _, _ in found])
    room = np.sum([value for _, value, _ in found], axis=0) - promises.required - promises.hair
    spent = sum(cost for _, _, cost in found)
    span = np.maximum(np.abs(promises.ceiling - promises.required), 1e-300)
    worth = np.maximum(price, IDLE * abs(spent) / span)
    taken = cheapest(options, Stand(room, spent), (worth, price), enough)
    return list(_rows(blocks, by_block, options, options.passes[taken]))


def _entries(promises: Promises) -> Entries:
    """How patterns enter promises, pattern by pattern."""
    order = np.argsort(promises.entry_pattern, kind="stable")
    promise = promises.entry_promise[order]
    weight = promises.weight[promise]
    unit = np.divide(1.0, weight, out=np.zeros(len(weight)), where=weight > 0)
    start = np.searchsorted(promises.entry_pattern[order], np.arange(promises.patterns + 1))
    return start.astype(np.int64), promise, promises.channel[promise], unit


def _options(
    entries: Entries, promises: int, work: tuple[Block, Places]
) -> tuple[Options, Floats, float]:
    """The options of one block; value and cost of all its trees as in the first pass."""
    block, row = work
    roots, tree = np.unique(block.trees.root, return_inverse=True)
    cost, value = np.zeros((len(roots), len(row))), np.zeros((len(roots), len(row), promises))
    add_trees(tree, row, block.cost, block.values, block.basis, block.pattern, entries, cost, value)
    new = np.empty(cost.shape, dtype=np.bool_)
    distinct(cost, value, new)
    begun, spent = value[:, 0].sum(axis=0), float(cost[:, 0].sum())
    differs = new.sum(axis=1) > 1
    new &= differs[:, None]
    at, passes = np.nonzero(new)
    start = np.concatenate(([0], np.cumsum(new[differs].sum(axis=1))))
    whose = np.zeros(len(start) - 1, dtype=np.int64)
    return (
        Options(whose, roots[differs], start, passes, cost[at, passes], value[at, passes]),
        begun,
        spent,
    )


def _joined(parts: Sequence[Options]) -> Options:
    """The options of all blocks, one block after the other."""
    sizes = [len(one.passes) for one in parts]
    skipped = np.cumsum([0, *sizes[:-1]])
    starts = [one.start[:-1] + by for one, by in zip(parts, skipped, strict=True)]
    return Options(
        np.repeat(np.arange(len(parts)), [len(one.root) for one in parts]),
        np.concatenate([one.root for one in parts]),
        np.concatenate([*starts, [sum(sizes)]]),
        np.concatenate([one.passes for one in parts]),
        np.concatenate([one.cost for one in parts]),
        np.concatenate([one.value for one in parts]),
    )


def cheapest(options: Options, begun: Stand, prices: tuple[Floats, Floats], enough: float) -> Ints:
    """The option of every tree in the cheapest plan found that keeps every promise."""
    taken, best, least = options.start[:-1], options.start[:-1], np.inf
    for first in FIRST:
        taken = options.start[:-1]
        for share in (first, *AGAIN):
            taken = _swapped(options, begun, prices, taken, share)
            now = begun.moved(options, taken)
            if np.all(now.room >= 0.0) and now.cost < least:
                best, least = taken, now.cost
            if least <= enough:
                return best
    return best if least < np.inf else taken


def _swapped(
    options: Options, begun: Stand, prices: tuple[Floats, Floats], taken: Ints, share: float
) -> Ints:
    """The option of every tree after a ladder of swaps that begins with `share`."""
    short, spare = prices
    taken, room = taken.copy(), begun.moved(options, taken).room
    for step in LADDER:
        dearer = 1.0 + share * step
        swap(
            options.start, options.cost, options.value, dearer * short, spare / dearer, ROUNDS,
            taken, room,
        )  # fmt: skip
    return taken


def _rows(
    blocks: Sequence[Block], by_block: Sequence[Places], options: Options, passes: Ints
) -> Iterator[Ints]:
    """Rows by block: those of the first pass but for the trees that have options."""
    for at, (block, row) in enumerate(zip(blocks, by_block, strict=True)):
        here = options.block == at
        of = np.zeros(len(block), dtype=np.int64)
        of[options.root[here]] = passes[here]
        yield row[of[block.trees.root], np.arange(len(block))].astype(np.int64)
