"""What a policy costs per day: holding, ordering, delay. Columns or plain numbers alike."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from inventory.demand import Floats


@dataclass(frozen=True, slots=True, eq=False)
class CostPerDay:
    """Money per day by item."""

    holding: Floats
    ordering: Floats
    delay: Floats

    @property
    def total(self) -> Floats:
        """Holding, ordering and delay together."""
        return self.holding + self.ordering + self.delay


def cost_per_day(
    expected_on_hand: ArrayLike,
    orders_per_day: ArrayLike,
    expected_backorders: ArrayLike,
    *,
    holding_cost_per_day: ArrayLike,
    ordering_cost: ArrayLike = 0.0,
    delay_cost_per_day: ArrayLike = 0.0,
) -> CostPerDay:
    """Cost of a policy from its measures.

    Holding is charged on the expected stock on hand, not on the base stock level: pieces on hand ×
    `holding_cost_per_day` (money per piece and day). Ordering is `ordering_cost` per order, delay
    `delay_cost_per_day` per piece waiting and day.

    >>> cost = cost_per_day(3.0, 0.1, 0.5, holding_cost_per_day=2.0, ordering_cost=40.0)
    >>> float(cost.total)
    10.0
    """
    return CostPerDay(
        np.multiply(expected_on_hand, holding_cost_per_day, dtype=np.float64),
        np.multiply(orders_per_day, ordering_cost, dtype=np.float64),
        np.multiply(expected_backorders, delay_cost_per_day, dtype=np.float64),
    )


def implied_delay_cost(ready_rate: ArrayLike, holding_cost_per_day: ArrayLike) -> Floats:
    """The cost of a piece waiting a day at which base stock with this ready rate is cheapest.

    holding × rate / (1 − rate): the newsvendor's critical share, read backwards.

    >>> float(implied_delay_cost(0.9, 950.0).round(6))
    8550.0
    """
    rate = np.asarray(ready_rate, dtype=np.float64)
    return np.asarray(np.asarray(holding_cost_per_day) * rate / (1.0 - rate), dtype=np.float64)
