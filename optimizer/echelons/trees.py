"""Which items wait for which: roots supplied from outside, each other item by its parent.

A part at a centre, at its depots and at their sites is one tree; an item on its own is a tree too.
Parents always stand before their children.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from inventory.echelons.flows import item_depth, pooled
from optimizer.problem import Items

ALL = np.iinfo(np.int64).max // 4
FEWEST = 3  # rows of a segment, however deep the tree


@dataclass(frozen=True, eq=False)
class Trees:
    """Items by row; children of row r stand at `child[child_start[r]:child_start[r + 1]]`."""

    parent: Ints  # row of the item that replenishes it; −1: a root
    child_start: Ints  # items + 1
    child: Ints

    @classmethod
    def of(cls, items: Items) -> "Trees":
        """The trees of items in canonical order."""
        return cls.under(parent_rows(items))

    @classmethod
    def under(cls, parent: Ints) -> "Trees":
        """The trees that the rows of parents describe."""
        waiting = np.flatnonzero(parent >= 0)
        child = waiting[np.argsort(parent[waiting], kind="stable")]
        counts = np.bincount(parent[waiting], minlength=len(parent))
        return cls(parent, np.concatenate(([0], np.cumsum(counts))), child)

    @property
    def is_shared(self) -> NDArray[np.bool_]:
        """Whether others wait for an item."""
        return np.diff(self.child_start) > 0

    @cached_property
    def depth(self) -> Ints:
        """Steps up to the root by item."""
        return item_depth(self.parent)

    @cached_property
    def root(self) -> Ints:
        """The root of every item's tree."""
        root = np.arange(len(self.parent))
        for level in range(1, int(self.depth.max(initial=0)) + 1):
            rows = np.flatnonzero(self.depth == level)
            root[rows] = root[self.parent[rows]]
        return root

    def rows_each(self, most: int) -> Ints:
        """By item, how many rows a segment may have for a leaf to have about `most` segments.

        Trees of two levels may have them all.
        """
        deepest = np.zeros(len(self.parent), dtype=np.int64)
        np.maximum.at(deepest, self.root, self.depth)
        levels = np.maximum(deepest[self.root], 1)
        each = np.ceil(float(most) ** (1.0 / levels)).astype(np.int64)
        return np.where(levels > 1, np.maximum(each, FEWEST), ALL)

    def own_share(self, items: Items) -> Floats:
        """By item, the share of what it is asked for that comes from its own customers."""
        rate = items.demand.demand_per_day
        total = pooled(rate, self.parent, items.repairs)[0]
        split = self.is_shared & (total > 0)
        return np.divide(rate, total, out=np.ones(len(rate)), where=split)


def canonical_order(items: Items) -> Ints:
    """Rows by part, then from the roots down, then by location: the order of work.

    It is the same whatever the order of arrival.
    """
    depth = item_depth(parent_rows(items))
    return np.lexsort((items.location, depth, items.part)).astype(np.int64)


def parent_rows(items: Items) -> Ints:
    """By item, the row of the same part at the location that replenishes it; −1: none."""
    if items.parent is None:
        return np.full(len(items), -1, dtype=np.int64)
    width = int(max(items.location.max(initial=0), items.parent.max(initial=0))) + 1
    key = items.part * width + items.location
    order = np.argsort(key, kind="stable")
    asked = items.part * width + items.parent
    found = order[np.minimum(np.searchsorted(key[order], asked), len(items) - 1)]
    return np.asarray(np.where((items.parent >= 0) & (key[found] == asked), found, -1))
