"""Locations and how they replenish each other: a forest, each location under at most one parent.

Locations are rows; `parent` points at rows. Work that flows down or up goes depth by depth.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from inventory.demand import Floats, Ints
from inventory.errors import BrokenNetwork


@dataclass(frozen=True, slots=True)
class Location:
    """A place that holds stock; without a parent a supplier replenishes it."""

    location_id: str
    parent_id: str | None = None
    tier: str = ""


@dataclass(frozen=True, eq=False)
class Network:
    """Locations by row, each with the row of its parent (−1: none)."""

    location_ids: tuple[str, ...]
    parent: Ints

    @classmethod
    def of(cls, location_ids: Sequence[str], parent_ids: Sequence[str | None]) -> "Network":
        """The forest that ids and parent ids describe; None or "" is no parent.

        Raises:
            BrokenNetwork: an id twice, a parent that is no location, or a cycle.
        """
        row = {location_id: row for row, location_id in enumerate(location_ids)}
        if len(row) < len(location_ids):
            twice = next(one for one in location_ids if location_ids.count(one) > 1)
            raise BrokenNetwork(f"location {twice!r} stands twice.")
        named = list(zip(location_ids, parent_ids, strict=True))
        for location_id, parent_id in named:
            if parent_id and parent_id not in row:
                raise BrokenNetwork(
                    f"location {location_id!r} names the parent {parent_id!r}, "
                    "which is no location."
                )
        parent = [row[parent_id] if parent_id else -1 for _, parent_id in named]
        network = cls(tuple(location_ids), np.array(parent, dtype=np.int64))
        network._refuse_cycles()
        return network

    @classmethod
    def of_locations(cls, locations: Sequence[Location]) -> "Network":
        """The forest of these locations."""
        return cls.of([one.location_id for one in locations], [one.parent_id for one in locations])

    def __len__(self) -> int:
        return len(self.parent)

    @cached_property
    def depth(self) -> Ints:
        """Steps up to the root, by location; 0 for a root."""
        depth = np.zeros(len(self), dtype=np.int64)
        above = self.parent
        while np.any(above >= 0):
            depth += above >= 0
            above = np.where(above >= 0, self.parent[above], -1)
        return depth

    @property
    def roots(self) -> Ints:
        """Rows of the locations without a parent."""
        return np.flatnonzero(self.parent < 0)

    @cached_property
    def has_children(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether a location replenishes others."""
        served = np.zeros(len(self), dtype=bool)
        served[self.parent[self.parent >= 0]] = True
        return served

    def by_depth(self) -> Iterator[Ints]:
        """Rows of depth 0, then 1, …; reversed it is the order from the sites up."""
        for level in range(int(self.depth.max(initial=-1)) + 1):
            yield np.flatnonzero(self.depth == level)

    def ancestors(self, location: int) -> tuple[int, ...]:
        """The row of the parent, its parent, …, up to the root."""
        chain: list[int] = []
        above = int(self.parent[location])
        while above >= 0:
            chain.append(above)
            above = int(self.parent[above])
        return tuple(chain)

    def root(self) -> Ints:
        """The row of the root above each location, itself for a root."""
        top = np.arange(len(self))
        for rows in list(self.by_depth())[1:]:
            top[rows] = top[self.parent[rows]]
        return top

    def lead_time_to_supplier(
        self, lane_days: Floats, lane_variance: Floats
    ) -> tuple[Floats, Floats]:
        """Mean and variance of the whole way when no ancestor holds anything.

        The own lane plus the lanes of all ancestors; lanes are independent, so both sums are.
        Takes and gives days and days², by location.
        """
        mean, variance = lane_days.astype(np.float64), lane_variance.astype(np.float64)
        for rows in list(self.by_depth())[1:]:
            mean[rows] += mean[self.parent[rows]]
            variance[rows] += variance[self.parent[rows]]
        return mean, variance

    def _refuse_cycles(self) -> None:
        above = self.parent.copy()
        for _ in range(len(self)):
            if not np.any(above >= 0):
                break
            above = np.where(above >= 0, self.parent[above], -1)
        if not np.any(above >= 0):
            return
        at = int(np.flatnonzero(above >= 0)[0])
        # after as many steps as there are locations `above[at]` lies on the cycle itself
        start = row = int(above[at])
        cycle = [row]
        while (row := int(self.parent[row])) != start:
            cycle.append(row)
        turn = cycle.index(min(cycle, key=lambda one: self.location_ids[one]))
        names = [self.location_ids[one] for one in (*cycle[turn:], *cycle[:turn], cycle[turn])]
        raise BrokenNetwork(f"locations replenish each other in a circle: {' ← '.join(names)}.")
