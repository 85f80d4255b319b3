"""The supply network: locations and who replenishes whom, a forest of any depth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inventory.demand import Ints
from inventory.errors import BrokenNetwork

ROOT = -1  # the parent of a location that a supplier replenishes


@dataclass(frozen=True, slots=True)
class Location:
    """A place with a shelf: central warehouse, regional depot, field store or van."""

    location_id: str
    parent_id: str | None = None
    tier: str | None = None  # the service tier promised there


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Locations as rows: the row of each parent, and how far each stands below its root."""

    parent: Ints  # row of the parent; ROOT where there is none
    depth: Ints  # 0 at a root

    @classmethod
    def of(cls, location_ids: Sequence[str], parent_ids: Sequence[str | None]) -> "Network":
        """The network of locations given in row order.

        Raises:
            BrokenNetwork: a parent that is no location, or a circle of parents.
        """
        row = {name: number for number, name in enumerate(location_ids)}
        if unknown := sorted({name for name in parent_ids if name and name not in row}):
            raise BrokenNetwork(f"parent {unknown[0]!r} is not among the locations.")
        parent = [row[name] if name else ROOT for name in parent_ids]
        return cls(np.array(parent, dtype=np.int64), _depth(parent, location_ids))

    @classmethod
    def of_locations(cls, locations: Sequence[Location]) -> "Network":
        """The network of `Location` objects."""
        return cls.of([one.location_id for one in locations], [one.parent_id for one in locations])

    def __len__(self) -> int:
        return len(self.parent)

    @property
    def top_down(self) -> Ints:
        """Rows so ordered that every parent stands before its children."""
        return np.argsort(self.depth, kind="stable")


def _depth(parent: Sequence[int], location_ids: Sequence[str]) -> Ints:
    """Steps from each location up to its root; a walk longer than that is a circle."""
    depth = np.full(len(parent), -1, dtype=np.int64)
    for start in range(len(parent)):
        path: list[int] = []
        at = start
        while at != ROOT and depth[at] < 0:
            if at in path:
                circle = " -> ".join(location_ids[one] for one in (*path[path.index(at) :], at))
                raise BrokenNetwork(f"locations supply each other in a circle: {circle}.")
            path.append(at)
            at = parent[at]
        below = -1 if at == ROOT else int(depth[at])
        for steps, one in enumerate(reversed(path), start=1):
            depth[one] = below + steps
    return depth
