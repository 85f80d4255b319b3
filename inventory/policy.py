"""Policies: when to order, and how much."""

from dataclasses import dataclass

from inventory.errors import OutOfRange


@dataclass(frozen=True, slots=True)
class ReorderPolicy:
    """Order when the inventory position is at or below `reorder_point`.

    What is ordered is the smallest multiple of `order_quantity` that brings the position above the
    reorder point. Base stock S is R = S − 1, Q = 1. R = −1 means "not stocked":
    only a waiting request triggers an order.
    """

    reorder_point: int
    order_quantity: int = 1

    def __post_init__(self) -> None:
        if self.order_quantity < 1:
            raise OutOfRange("order_quantity", self.order_quantity, "1 piece or more")

    @property
    def base_stock_level(self) -> int:
        """R + Q, the highest inventory position; S of a base-stock policy."""
        return self.reorder_point + self.order_quantity

    def pieces_to_order(self, inventory_position: int) -> int:
        """What to order now, a multiple of the order quantity; 0 above the reorder point."""
        short = self.reorder_point + 1 - inventory_position
        return max(0, -(-short // self.order_quantity)) * self.order_quantity
