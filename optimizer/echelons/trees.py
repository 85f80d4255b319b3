"""Which items wait for which: roots supplied from outside, leaves supplied by a root.

A part at a depot and at the sites it replenishes is one tree; an item on its own is a tree too.
"""

from dataclasses import dataclass

import numpy as np

from inventory.demand import Demand, Floats, Ints, SizeLaws
from inventory.lead_time import LeadTimes
from optimizer.echelons.kernels import batch_variances
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
        parent = np.full(len(items), -1)
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
    def is_shared(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether others wait for an item."""
        return np.diff(self.leaf_start) > 0

    @property
    def root(self) -> Ints:
        """The root of every item's tree."""
        return np.where(self.parent >= 0, self.parent, np.arange(len(self.parent)))

    def share(self, demand: Demand) -> Floats:
        """By item, its share of what its root is asked for; 0 for roots."""
        total = self._summed(demand.demand_per_day)[self.root]
        part = np.divide(demand.demand_per_day, total, out=np.zeros(len(total)), where=total > 0)
        return np.where(self.parent >= 0, part, 0.0)

    def own_share(self, demand: Demand) -> Floats:
        """By item, the share of what it is asked for that comes from its own customers."""
        total = np.where(self.is_shared, self._summed(demand.demand_per_day), 0.0)
        return np.divide(demand.demand_per_day, total, out=np.ones(len(total)), where=total > 0)

    def arriving(self, demand: Demand, quantity: Ints) -> Demand:
        """What arrives at every item: its customers' demand, at roots that of their leaves too.

        Where others wait, only two moments are known: a law on multiples of the lump that
        all requests and orders of the leaves have in common.
        """
        shared, rows = self.is_shared, np.arange(len(self.parent))
        sizes = demand.sizes
        lumpy = sizes.pieces[sizes.start[1:] - 1] > 1
        implied = demand.demand_per_day * sizes.second_moment() / sizes.mean()
        variance = np.where(
            lumpy, np.maximum(demand.demand_variance_per_day, implied),
            demand.demand_variance_per_day,
        )  # fmt: skip
        lump = self._lump(demand, quantity)
        both = SizeLaws(
            np.concatenate((sizes.start[:-1], sizes.start[-1] + np.arange(len(rows) + 1))),
            np.concatenate((sizes.pieces, lump)),
            np.concatenate((sizes.share, np.ones(len(rows)))),
        )
        return Demand(
            np.where(shared, self._summed(demand.demand_per_day), demand.demand_per_day),
            np.where(shared, self._summed(variance), variance),
            np.where(shared, self._summed(demand.rate_variance), demand.rate_variance),
            both.take(np.where(shared, rows + len(rows), rows)),
        )

    def batches(self, demand: Demand, lead_times: LeadTimes, quantity: Ints) -> Floats:
        """By root, what orders in batches add to the variance of its lead-time demand, pieces²."""
        root = self.root
        days = (lead_times.mean_days + lead_times.review_period_days / 2)[root]
        spread = lead_times.variance_days[root]
        rate, uncertain = demand.demand_per_day, demand.rate_variance
        variance = demand.demand_variance_per_day * days + uncertain * days**2
        variance = variance + (rate**2 + uncertain) * spread
        leaf = self.parent >= 0
        return self._summed(np.where(leaf, batch_variances(quantity, rate * days, variance), 0.0))

    def _lump(self, demand: Demand, quantity: Ints) -> Ints:
        """By root, the size that all that is asked of it is a multiple of."""
        sizes = demand.sizes
        lump = np.gcd.reduceat(sizes.pieces, sizes.start[:-1])
        lump = np.where((self.parent >= 0) & (quantity > 1), quantity, lump)
        lump = np.where((self.parent < 0) & (demand.demand_per_day == 0), 0, lump)
        order = np.argsort(self.root, kind="stable")
        begins = np.flatnonzero(np.diff(self.root[order], prepend=-1))
        common = np.ones(len(lump), dtype=np.int64)
        common[self.root[order][begins]] = np.gcd.reduceat(lump[order], begins)
        return np.maximum(common, 1)

    def _summed(self, column: Floats) -> Floats:
        return np.bincount(self.root, column, len(self.root)).astype(np.float64)
