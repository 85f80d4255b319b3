"""Which items wait for which: roots supplied from outside, leaves supplied by a root.

A part at a depot and at the sites it replenishes is one tree; an item on its own is a tree too.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTimes
from optimizer.problem import Items


@dataclass(frozen=True, slots=True, eq=False)
class Trees:
    """Items by row; leaves of root r stand at `leaf[leaf_start[r]:leaf_start[r + 1]]`."""

    parent: Ints  # row of the root an item waits for; −1: a root
    leaf_start: Ints  # items + 1
    leaf: Ints

    @classmethod
    def of(cls, items: Items) -> "Trees":
        """The trees of items in canonical order."""
        parent = np.full(len(items), -1, dtype=np.int64)
        if items.parent is not None:
            width = int(max(items.location.max(initial=0), items.parent.max(initial=0))) + 1
            key = items.part * width + items.location
            asked = items.part * width + items.parent
            found = np.minimum(np.searchsorted(key, asked), len(items) - 1)
            parent = np.where((items.parent >= 0) & (key[found] == asked), found, -1)
        waiting = np.flatnonzero(parent >= 0)
        leaf = waiting[np.argsort(parent[waiting], kind="stable")]
        counts = np.bincount(parent[waiting], minlength=len(items))
        return cls(parent, np.concatenate(([0], np.cumsum(counts))), leaf)

    @property
    def is_shared(self) -> NDArray[np.bool_]:
        """Whether others wait for an item."""
        return np.diff(self.leaf_start) > 0

    @property
    def root(self) -> Ints:
        """The root of every item's tree."""
        return np.where(self.parent >= 0, self.parent, np.arange(len(self.parent)))

    def own_share(self, items: Items) -> Floats:
        """By item, the share of what it is asked for that comes from its own customers."""
        rate = items.demand.demand_per_day
        sent = rate.copy()
        if items.repairs is not None:
            here = items.repairs.repairable_share * items.repairs.local_repair_share
            sent = rate * (1.0 - here)
        leaf = self.parent >= 0
        asked = np.bincount(self.root, np.where(leaf, sent, rate), len(rate))
        total = np.where(self.is_shared, asked, 0.0)
        return np.divide(rate, total, out=np.ones(len(rate)), where=total > 0)


def two_levels(items: Items) -> tuple[Items, bool]:
    """Items in canonical order with trees cut to a depot and its sites, and whether any was cut.

    A depot below another one is planned as if all above it held nothing: it waits its own lane and
    all lanes above. That promise is honest, never too good, but no longer the best of the whole.
    """
    trees = Trees.of(items)
    cut = trees.is_shared & (trees.parent >= 0)
    if items.parent is None or not np.any(cut):
        return items, False
    lead = items.lead_times
    mean, variance = lead.mean_days.copy(), lead.variance_days.copy()
    above = np.where(cut, trees.parent, -1)
    while np.any(above >= 0):
        rows = np.flatnonzero(above >= 0)
        mean[rows] += lead.mean_days[above[rows]]
        variance[rows] += lead.variance_days[above[rows]]
        above[rows] = trees.parent[above[rows]]
    longer = LeadTimes(mean, variance, lead.review_period_days)
    return replace(items, lead_times=longer, parent=np.where(cut, -1, items.parent)), True
