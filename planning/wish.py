"""What a plan is asked to make best, as the command line has it; it loads no tools."""

from dataclasses import dataclass
from enum import StrEnum

from inventory.service import Measure


class Objective(StrEnum):
    """The words of `--objective`."""

    LEAST_COST = "least-cost"
    BEST_SERVICE = "best-service"
    PRICED_DELAY = "priced-delay"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; None: not said."""

    objective: Objective = Objective.LEAST_COST
    measure: Measure | None = None
    within_days: float | None = None
    budget: float | None = None
