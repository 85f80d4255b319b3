"""What each change of level does, in a network where one item's stock serves another's customers.

Changes are made from the top down, one echelon after the other. What changes in the tree below an
item when its echelon's turn comes is that item's doing; all of it adds up to the whole change.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inventory.demand import Floats, Ints
from inventory.echelons.flows import item_depth
from optimizer.echelons.trees import Trees
from optimizer.evaluate import Delivered, evaluated
from optimizer.problem import Items
from planning.engines import Each

Levels = tuple[Ints, Ints]  # reorder points and order quantities


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """What is delivered before the change, after that of the roots, and so on down."""

    parent: Ints  # row of the item that replenishes each item; −1: a supplier
    depth: Ints
    steps: Sequence[Delivered]

    @property
    def then(self) -> Delivered:
        """Before any change."""
        return self.steps[0]

    @property
    def now(self) -> Delivered:
        """After all of them."""
        return self.steps[-1]

    def of(self, column: Callable[[Delivered], Floats]) -> Floats:
        """By item, how much its change moves the sum of `column` over the tree below it."""
        found = np.zeros(len(self.parent))
        at = self._lines_up()
        for echelon in range(len(self.steps) - 1):
            moved = column(self.steps[echelon + 1]) - column(self.steps[echelon])
            below = np.flatnonzero(self.depth >= echelon)
            found += np.bincount(at[echelon][below], moved[below], len(found))
        return found

    def _lines_up(self) -> list[Ints]:
        """By echelon, the row of each item's ancestor there; itself where it stands no deeper."""
        at = [np.arange(len(self.parent))]
        for echelon in range(len(self.steps) - 2, 0, -1):
            above = at[0].copy()
            deeper = self.depth[above] == echelon
            above[deeper] = self.parent[above[deeper]]
            at.insert(0, above)
        return at


def effects(items: Items, before: Levels, after: Levels, *, each: Each = map) -> Effects:
    """Levels `before` become those `after`, echelon by echelon; items in canonical order."""
    parent = Trees.of(items).parent
    depth = item_depth(parent)
    steps = [evaluated(items, *before, each=each)]
    for echelon in range(int(depth.max(initial=0)) + 1):
        changed = depth <= echelon
        levels = [np.where(changed, new, old) for new, old in zip(after, before, strict=True)]
        steps.append(evaluated(items, *levels, each=each))
    return Effects(parent, depth, steps)
