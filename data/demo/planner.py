"""The levels in force today, as a competent planner sets them from the recorded history.

Per item a normal z-score at one cycle service level over lead time and review, and the economic
order quantity: what planning systems offer out of the box. Nothing here sees a machine, a law of
the demo company or a day after `AS_OF`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.demo.calendar import DAYS_PER_YEAR
from inventory.demand import Floats, Ints

Z_SCORE = 1.6449  # 95 % of the cycles without a stock-out
REVIEW_MONTHS = 24  # what the planner looks back on
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
MOST_MONTHS_ORDERED = 12.0


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """Reorder point and order quantity by part and location; −1: not stocked."""

    reorder_point: Ints
    order_quantity: Ints
    kept: NDArray[np.bool_]  # whether the planner has set a level at all


def set_levels(
    requests: Ints,
    monthly_mean: Floats,
    monthly_sd: Floats,
    vital: NDArray[np.bool_],
    lead_days: tuple[Floats, Floats],
    costs: tuple[Floats, Floats, Floats],
    packs: tuple[Ints, Ints],
) -> Levels:
    """Levels of all items, arrays by part and location.

    `lead_days` are mean and standard deviation, `costs` are unit cost, holding rate per year and
    ordering cost, `packs` are order multiple and minimum. An item is stocked from its second
    request within the months looked at, a vital one from its first.
    """
    unit_cost, holding_rate, ordering_cost = costs
    mean, sd = lead_days
    months = (mean + 1.0) / DAYS_PER_MONTH
    spread = monthly_sd**2 * months + (monthly_mean * sd / DAYS_PER_MONTH) ** 2
    level = monthly_mean * months + Z_SCORE * np.sqrt(spread)
    stocked = requests >= np.where(vital, 1, 2)
    yearly = 12 * monthly_mean
    economic = np.sqrt(2 * ordering_cost * yearly / (holding_rate * unit_cost))
    economic = np.minimum(economic, MOST_MONTHS_ORDERED * monthly_mean)
    multiple, minimum = packs
    wanted = np.maximum(economic, minimum)
    quantity = np.maximum(1, np.round(wanted / multiple)) * multiple
    quantity = np.where(quantity < minimum, minimum, quantity)
    return Levels(
        np.where(stocked, np.floor(level + 0.5), -1).astype(np.int64),
        quantity.astype(np.int64),
        stocked,
    )
