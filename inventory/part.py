"""Parts: what can be stocked, what it costs to hold, and in which quantities it can be ordered.

`Parts` are columns for work, one row each; `Part` is for talk and tests.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inventory.demand import Floats, Ints
from inventory.errors import OutOfRange
from inventory.service import Criticality

DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True)
class Part:
    """One catalogue entry.

    `unit_cost` is money per piece, `holding_rate` a share of it per year, `ordering_cost` money
    per order. A share `repairable_share` of the pieces asked for comes back and is repaired.
    """

    part_id: str
    unit_cost: float
    holding_rate: float
    ordering_cost: float = 0.0
    order_multiple: int = 1
    minimum_order_quantity: int = 1
    criticality: Criticality = Criticality.DESIRABLE
    repairable_share: float = 0.0

    def __post_init__(self) -> None:
        for name in ("unit_cost", "holding_rate", "ordering_cost"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise OutOfRange(name, getattr(self, name), "0 or more")
        for name in ("order_multiple", "minimum_order_quantity"):
            if getattr(self, name) < 1:
                raise OutOfRange(name, getattr(self, name), "1 piece or more")
        if not 0 <= self.repairable_share <= 1:
            raise OutOfRange("repairable_share", self.repairable_share, "a share, 0 to 1")

    @property
    def holding_cost_per_day(self) -> float:
        """Money per piece on the shelf and day."""
        return self.unit_cost * self.holding_rate / DAYS_PER_YEAR

    @property
    def least_order_quantity(self) -> int:
        """The smallest multiple that the minimum order quantity allows, pieces."""
        return -(-self.minimum_order_quantity // self.order_multiple) * self.order_multiple


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Many parts, one row each; units as in `Part`."""

    part_id: tuple[str, ...]
    unit_cost: Floats
    holding_rate: Floats
    ordering_cost: Floats
    order_multiple: Ints
    minimum_order_quantity: Ints
    criticality: tuple[Criticality, ...]
    repairable_share: Floats

    @classmethod
    def of(cls, parts: Sequence[Part]) -> "Parts":
        """Columns from objects."""
        return cls(
            tuple(one.part_id for one in parts),
            np.array([one.unit_cost for one in parts], dtype=np.float64),
            np.array([one.holding_rate for one in parts], dtype=np.float64),
            np.array([one.ordering_cost for one in parts], dtype=np.float64),
            np.array([one.order_multiple for one in parts], dtype=np.int64),
            np.array([one.minimum_order_quantity for one in parts], dtype=np.int64),
            tuple(one.criticality for one in parts),
            np.array([one.repairable_share for one in parts], dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.part_id)

    @property
    def holding_cost_per_day(self) -> Floats:
        """Money per piece on the shelf and day, by part."""
        return self.unit_cost * self.holding_rate / DAYS_PER_YEAR

    @property
    def least_order_quantity(self) -> Ints:
        """The smallest multiple that the minimum order quantity allows, by part."""
        return -(-self.minimum_order_quantity // self.order_multiple) * self.order_multiple

    def part(self, row: int) -> Part:
        """One part, as an object."""
        return Part(
            self.part_id[row],
            float(self.unit_cost[row]),
            float(self.holding_rate[row]),
            float(self.ordering_cost[row]),
            int(self.order_multiple[row]),
            int(self.minimum_order_quantity[row]),
            self.criticality[row],
            float(self.repairable_share[row]),
        )
