"""Whole trees dealt out: each takes all its levels from one of several sets of prices.

A mix of passes keeps every promise at little more than the bound, but takes some trees in parts.
With one column for each tree and set of prices (its levels, their cost and service) the integer
programme chooses one for every tree: prices near those of the mix differ where it matters.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.blocks import Block, chosen_at
from optimizer.finish import Standing, Workshop
from optimizer.milp import Choice, choose
from optimizer.rules import every_promise_is_kept, one_level_for_each_item

STEPS = (0.8, 0.9, 0.95, 1.05, 1.1, 1.25)  # of one price at a time
MOST_COLUMNS = 4000  # besides those of the plan at hand, the nearest to the bound
MOST_NODES = 400


class Sounded(NamedTuple):
    """What every tree takes at one set of prices."""

    price: Floats  # by promise
    rows: list[Ints]  # by block
    bound: float  # no plan that keeps every promise costs less (Lagrange)


class Columns(NamedTuple):
    """Levels of trees that differ from those of the plan at hand."""

    block: Ints
    root: Ints  # within the block
    prices: Ints  # which set they come from
    cost: Floats  # more than now
    value: Floats  # columns × promises, more than now

    @classmethod
    def joined(cls, parts: Sequence["Columns"]) -> "Columns":
        """All of them, one after the other."""
        return cls(
            np.concatenate([one.block for one in parts]),
            np.concatenate([one.root for one in parts]),
            np.concatenate([one.prices for one in parts]),
            np.concatenate([one.cost for one in parts]),
            np.concatenate([one.value for one in parts]),
        )

    def only(self, rows: Ints) -> "Columns":
        """Some of them."""
        return Columns(
            self.block[rows], self.root[rows], self.prices[rows], self.cost[rows], self.value[rows]
        )


def nearby(prices: Sequence[Floats], around: Floats) -> list[Floats]:
    """Sets of prices: those given, and `around` with one price at a time a little different."""
    found = list(prices)
    for at in np.flatnonzero(around > 0).tolist():
        for step in STEPS:
            one = around.copy()
            one[at] *= step
            found.append(one)
    return found


def sounded(shop: Workshop, price: Floats) -> Sounded:
    """The best rows of every tree at some prices, and the bound they give."""
    earned = shop.promises.earned(price)
    found = list(shop.each(partial(chosen_at, earned), shop.blocks))
    least = float(np.sum([priced.least for priced, _ in found]))
    bound = float(price @ shop.promises.required) + least
    return Sounded(price, [rows for _, rows in found], bound)


def dealt(
    shop: Workshop, standing: Standing, sets: Sequence[Sounded], within: float
) -> tuple[Standing, float]:
    """The plan at hand, or a cheaper one of whole trees at some sets of prices.

    And by how much at most another one of these would be cheaper still.
    """
    parts = [
        _differing(shop, at, block, standing.rows[at], [one.rows[at] for one in sets])
        for at, block in enumerate(shop.blocks)
    ]
    columns = Columns.joined(parts)
    if not len(columns.cost):
        return standing, 0.0
    loss = columns.cost - columns.value @ shop.price
    nearest = np.sort(np.argsort(loss, kind="stable")[:MOST_COLUMNS])
    columns = columns.only(nearest)
    choice, column = _choice(columns, shop.promises.required - standing.value)
    rules = (one_level_for_each_item, every_promise_is_kept)
    chosen = choose(choice, rules, within=within, most_nodes=MOST_NODES)
    if not len(chosen.picked):
        return standing, 0.0
    taken = column[chosen.picked]
    better = shop.standing(_moved(shop, standing, columns, taken[taken >= 0], sets))
    kept = shop.promises.kept(better.value) and better.cost < standing.cost
    room = choice.costs(chosen.picked) - chosen.bound
    return (better if kept or not shop.promises.kept(standing.value) else standing), room


def _differing(shop: Workshop, at: int, block: Block, now: Ints, others: Sequence[Ints]) -> Columns:
    """The trees of a block whose levels differ from those now, each set of levels once."""
    found = list(_changes(shop, at, block, now, others))
    columns = Columns.joined(found)
    key = np.column_stack((columns.root, columns.cost, columns.value))
    _, first = np.unique(np.round(key, 12), axis=0, return_index=True)
    return columns.only(np.sort(first))


def _changes(
    shop: Workshop, at: int, block: Block, now: Ints, others: Sequence[Ints]
) -> Iterator[Columns]:
    promises, root = shop.promises, block.trees.root
    covers = promises.covers
    for prices, row in enumerate(others):
        item = np.flatnonzero(np.isin(root, root[row != now]))
        roots, tree = np.unique(root[item], return_inverse=True)
        gain = block.basis[item] * (block.values[row[item]] - block.values[now[item]])
        by_item = gain[:, promises.channel] * covers[block.pattern[item]]
        value = np.zeros((len(roots), len(promises)))
        np.add.at(value, tree, by_item)
        cost = np.bincount(tree, block.cost[row[item]] - block.cost[now[item]], len(roots))
        yield Columns(
            np.full(len(roots), at), roots, np.full(len(roots), prices), cost.astype(float), value
        )


def _choice(columns: Columns, short: Floats) -> tuple[Choice, Ints]:
    """A tree stays as it is or takes one of its columns; and the column of every option (−1)."""
    pair = np.column_stack((columns.block, columns.root))
    trees, tree = np.unique(pair, axis=0, return_inverse=True)
    item = np.concatenate((np.arange(len(trees)), tree.ravel()))
    column = np.concatenate((np.full(len(trees), -1), np.arange(len(columns.cost))))
    order = np.lexsort((column, item))
    item, column = item[order], column[order]
    cost = np.where(column < 0, 0.0, columns.cost[column])
    value = np.where(column[:, None] < 0, 0.0, columns.value[column])
    return Choice(item, cost, value, short, np.full(len(item), -1)), column


def _moved(
    shop: Workshop, standing: Standing, columns: Columns, taken: Ints, sets: Sequence[Sounded]
) -> list[Ints]:
    """The rows of the plan with some trees as their columns say."""
    moved = [row.copy() for row in standing.rows]
    for one in taken.tolist():
        at = int(columns.block[one])
        inside = shop.blocks[at].trees.root == columns.root[one]
        moved[at][inside] = sets[int(columns.prices[one])].rows[at][inside]
    return moved
