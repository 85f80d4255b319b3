"""The answer: reorder points with their cost, bound, kept promises and reasons."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import ServiceTarget


class Outcome(StrEnum):
    """What a plan may claim; `design.md` gives the words."""

    OPTIMAL = "optimal"  # proven best within the gap asked for
    STOPPED = "stopped"  # usable and bounded, but further from the bound than asked
    NOT_PROVEN = "not_proven"  # usable, no bound
    IMPOSSIBLE = "impossible"  # not every promise can be kept; the nearest plan


@dataclass(frozen=True, slots=True)
class TargetResult:
    """What became of one target, at one location where it holds for each."""

    target: ServiceTarget
    location_id: str  # "" unless the target holds for each location
    item: int  # the item furthest below, where the target holds for each item; else −1
    achieved: float | None  # share or days; None: nobody asks
    price_per_day: float  # money per day for one unit of the measure (a share of 1, or a day)
    reachable: float | None  # the best any levels in range could do; None: nobody asks
    met: bool
    machine_type: str = ""  # of an availability target, which holds for each type and location


@dataclass(frozen=True, slots=True)
class CostPerDay:
    """Money per day."""

    holding: float
    ordering: float
    delay: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.holding + self.ordering + self.delay

    @property
    def decided(self) -> float:
        """What reorder points move: everything but ordering, which follows from Q."""
        return self.holding + self.delay


@dataclass(frozen=True, slots=True)
class GoalResult:
    """The best service a budget buys."""

    achieved: float  # share, or days
    bound: float | None  # no plan within the budget does better; None: not proven
    price_of_budget: float  # what one more unit of money would bring: share, or days less


@dataclass(frozen=True, slots=True, eq=False)
class StockingPlan:
    """One row per item, in the order the items came in."""

    reorder_point: Ints
    order_quantity: Ints
    outcome: Outcome
    cost_per_day: CostPerDay
    lower_bound_per_day: float | None  # of holding and delay; None where service was the goal
    gap: float | None
    stock_value: float  # unit cost × expected pieces on hand
    goal: GoalResult | None  # what a budget bought
    targets: tuple[TargetResult, ...]
    paying_target: Ints  # row of `targets` that pays most for the last piece; −1: none does
    last_piece_value_per_day: Floats  # what service pays for the last piece; nan: there is none
    next_piece_value_per_day: Floats  # what it would pay for one more
    passes: int  # of the pricing kernel

    def take(self, rows: Ints) -> "StockingPlan":
        """The plan with its items in another order."""
        place = np.argsort(rows)
        moved = tuple(
            replace(one, item=int(place[one.item])) if one.item >= 0 else one
            for one in self.targets
        )
        return replace(
            self,
            reorder_point=self.reorder_point[rows],
            order_quantity=self.order_quantity[rows],
            targets=moved,
            paying_target=self.paying_target[rows],
            last_piece_value_per_day=self.last_piece_value_per_day[rows],
            next_piece_value_per_day=self.next_piece_value_per_day[rows],
        )


def relative_gap(value: float, bound: float, base: float = 0.0) -> float | None:
    """(value − bound) / |bound − base|; 0 when both are equal, None when only bound is the base.

    `base` is 1 where a lost share was made small: the gap is then one of the share that is kept.
    """
    if bound == base:
        return 0.0 if value == bound else None
    return max(0.0, value - bound) / abs(bound - base)
