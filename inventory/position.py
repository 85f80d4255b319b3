"""Where an item stands: what lies on the shelf, what is under way, who waits.

`Position` is for talk; the functions below take columns, one row per item.
"""

from dataclasses import dataclass

import numpy as np

from inventory.demand import Ints
from inventory.policy import ReorderPolicy


@dataclass(frozen=True, slots=True)
class Position:
    """Pieces of one item; `on_hand` includes what is reserved."""

    on_hand: int
    reserved: int = 0
    on_order: int = 0
    backorders: int = 0

    @property
    def free(self) -> int:
        """On the shelf and promised to nobody."""
        return self.on_hand - self.reserved

    @property
    def inventory_position(self) -> int:
        """On hand − reserved + on order − backorders: what a reorder decision looks at."""
        return inventory_position_of(self.on_hand, self.reserved, self.on_order, self.backorders)

    def pieces_to_order(self, policy: ReorderPolicy) -> int:
        """What `policy` orders now."""
        return policy.pieces_to_order(self.inventory_position)


def inventory_position_of(on_hand: int, reserved: int, on_order: int, backorders: int) -> int:
    """On hand − reserved + on order − backorders."""
    return on_hand - reserved + on_order - backorders


def inventory_position(on_hand: Ints, reserved: Ints, on_order: Ints, backorders: Ints) -> Ints:
    """On hand − reserved + on order − backorders, by item."""
    return on_hand - reserved + on_order - backorders


def pieces_to_order(position: Ints, reorder_point: Ints, order_quantity: Ints) -> Ints:
    """By item the smallest multiple of Q that lifts the position above R; 0 above R already."""
    batches = -((position - reorder_point - 1) // order_quantity)
    return np.asarray(np.maximum(batches, 0) * order_quantity, dtype=np.int64)
