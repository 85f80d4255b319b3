"""Items as trees: which rows belong together, parents first, whatever the order of the rows."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inventory.demand import Floats, Ints
from inventory.errors import BrokenNetwork
from planning.simulate.network.calendar.kernels import Table
from planning.simulate.network.location import LOCATION

DEEPEST = 64  # echelons


@dataclass(frozen=True, slots=True, eq=False)
class Repairs:
    """What comes back, one row per item.

    Of the pieces that customers ask for, `repairable_share` come back defective and repairable;
    `local_repair_share` of those are repaired where they were asked for and the others further up
    (at each location on the way its own share; at a root all that are left). A repair takes
    `repair_time_days` of the location that repairs, the way there included.
    """

    repairable_share: Floats
    local_repair_share: Floats
    repair_time_days: Floats

    @classmethod
    def none(cls, items: int) -> "Repairs":
        """Nothing comes back."""
        return cls(np.zeros(items), np.zeros(items), np.zeros(items))


@dataclass(frozen=True, slots=True, eq=False)
class Forest:
    """Trees of items, one below the other.

    `rows` are the items in that order: a tree's items are adjacent, parents before children,
    among equals the lower name first. Tree t stands at `start[t]:start[t + 1]`; `parent` is a
    position within the tree, −1 at its root.
    """

    rows: Ints
    start: Ints
    parent: Ints

    @classmethod
    def of(cls, parent_item: Ints, names: Ints) -> "Forest":
        """The trees that `parent_item` (−1: a supplier) makes of items with unique `names`.

        Raises:
            BrokenNetwork: a parent that is no item, or items that replenish each other in a circle.
        """
        root, depth = _roots(parent_item)
        rows = np.lexsort((names, depth, root, names[root]))
        start = np.append(np.flatnonzero(depth[rows] == 0), len(rows))
        place = np.empty(len(rows), dtype=np.int64)
        place[rows] = np.arange(len(rows)) - np.repeat(start[:-1], np.diff(start))
        above = parent_item[rows]
        return cls(rows, start, np.where(above < 0, -1, place[above]))

    def blocks(self, items: int) -> list[slice]:
        """Whole trees, about `items` items to a block."""
        trees = len(self.start) - 1
        wanted = np.arange(items, int(self.start[-1]) + items, items)
        borders = np.unique(np.searchsorted(self.start, wanted).clip(max=trees)).tolist()
        return [
            slice(one, after) for one, after in itertools.pairwise([0, *borders]) if after > one
        ]

    def table(self, block: slice, columns: Mapping[str, Floats | Ints]) -> Table:
        """The locations of some trees as records of dtype LOCATION, from columns by item."""
        part = slice(self.start[block.start], self.start[block.stop])
        table = np.zeros(part.stop - part.start, dtype=LOCATION)
        table["parent"] = self.parent[part]
        for name, column in columns.items():
            table[name] = column[self.rows[part]]
        return table


def side_by_side(first: Floats | Ints, second: Floats | Ints) -> Floats:
    """Two columns as rows of pairs, in the one memory layout for which the kernels are compiled."""
    pairs = np.empty((len(first), 2))
    pairs[:, 0], pairs[:, 1] = first, second
    return pairs


def _roots(parent_item: Ints) -> tuple[Ints, Ints]:
    """Row of each item's root, and how far it stands below it."""
    items = len(parent_item)
    if items and not (parent_item.min() >= -1 and parent_item.max() < items):
        raise BrokenNetwork("an item is replenished by an item that is not there.")
    root, depth = np.arange(items), np.zeros(items, dtype=np.int64)
    for _ in range(DEEPEST):
        above = parent_item[root]
        if not (above >= 0).any():
            return root, depth
        depth += above >= 0
        root = np.where(above >= 0, above, root)
    raise BrokenNetwork(f"items replenish each other in a circle, or over {DEEPEST} echelons.")
