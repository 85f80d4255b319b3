"""What is asked: the planned items as columns, and the words their scope codes stand for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Demand, Floats, Ints
from inventory.echelons.flows import Repairs
from inventory.errors import OutOfRange
from inventory.lead_time import LeadTimes
from inventory.service import Measure, Scope

N = TypeVar("N", np.int64, np.float64)


class Money(StrEnum):
    """What a budget may speak of."""

    STOCK_VALUE = "stock_value"  # unit cost × expected pieces on hand
    OWNED_VALUE = "owned_value"  # unit cost × (R + Q), on the shelf or under way


@dataclass(frozen=True, slots=True)
class ScopeWords:
    """The words behind the codes of `Items`: code k of `tier` is `tiers[k]`, and so on."""

    tiers: tuple[str, ...] = ("",)
    location_ids: tuple[str, ...] = ("",)
    criticalities: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True, eq=False)
class Fleet:
    """Machines of one type, by item: N at the item's location, and Z of the part in each."""

    machines: Floats
    per_machine: Floats  # 0 where the type does not carry the part

    def take(self, rows: Ints) -> "Fleet":
        """The columns of `rows`, in that order."""
        return Fleet(self.machines[rows], self.per_machine[rows])

    def availability(self, waiting: Floats) -> Floats:
        """Z · ln(1 − EBO/(N · Z)) by item: what a part adds to the logarithm of availability.

        Where as many pieces wait as machines carry, next to nothing is left, and no target is met.
        """
        pieces = self.machines * self.per_machine
        down = np.divide(waiting, pieces, out=np.zeros(len(waiting)), where=pieces > 0)
        return np.asarray(self.per_machine * np.log(np.maximum(1.0 - down, 1e-12)))


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """The items to plan, one row each; a pair of part and location stands once."""

    demand: Demand  # what customers ask for
    lead_times: LeadTimes
    unit_cost: Floats
    holding_cost_per_day: Floats  # money per piece on hand and day
    ordering_cost: Floats  # money per order
    order_multiple: Ints
    minimum_order_quantity: Ints
    part: Ints
    location: Ints  # code into `words.location_ids`
    tier: Ints  # code into `words.tiers`
    criticality: Ints  # code into `words.criticalities`
    words: ScopeWords = field(default_factory=ScopeWords)
    class_share: Mapping[str, Floats] = field(default_factory=dict)  # share of an item's demand
    delay_cost_per_day: Floats | None = None  # money per waiting piece and day; None: no price
    owned_cost_per_day: Floats | None = None  # money per piece of R + Q and day, under way or not
    lowest_reorder_point: Ints | None = None  # rules of the house; None: free
    highest_reorder_point: Ints | None = None
    parent: Ints | None = None  # code of the location that replenishes the item; −1: a supplier
    repairs: Repairs | None = None
    fleets: Mapping[str, Fleet] = field(default_factory=dict)  # by machine type

    def __len__(self) -> int:
        return len(self.part)

    def take(self, rows: Ints) -> "Items":
        """The items of `rows`, in that order."""
        return Items(
            self.demand.take(rows),
            self.lead_times.take(rows),
            self.unit_cost[rows],
            self.holding_cost_per_day[rows],
            self.ordering_cost[rows],
            self.order_multiple[rows],
            self.minimum_order_quantity[rows],
            self.part[rows],
            self.location[rows],
            self.tier[rows],
            self.criticality[rows],
            self.words,
            {name: share[rows] for name, share in self.class_share.items()},
            _taken(self.delay_cost_per_day, rows),
            _taken(self.owned_cost_per_day, rows),
            _taken(self.lowest_reorder_point, rows),
            _taken(self.highest_reorder_point, rows),
            _taken(self.parent, rows),
            _repairs(self.repairs, rows),
            {name: fleet.take(rows) for name, fleet in self.fleets.items()},
        )


def refuse_blanks(items: Items) -> None:
    """Every figure is a number, 0 or more: one blank would spread through all sums.

    Raises:
        OutOfRange: it names the first figure that is not.
    """
    demand, days, repairs = items.demand, items.lead_times, items.repairs
    columns: dict[str, Floats | None] = {
        "demand_per_day": demand.demand_per_day,
        "demand_variance_per_day": demand.demand_variance_per_day,
        "rate_variance": demand.rate_variance,
        "share of a request size": demand.sizes.share,
        "lead_time_days": days.mean_days,
        "variance of lead_time_days": days.variance_days,
        "review_period_days": days.review_period_days,
        "unit_cost": items.unit_cost,
        "holding_cost_per_day": items.holding_cost_per_day,
        "ordering_cost": items.ordering_cost,
        "delay_cost_per_day": items.delay_cost_per_day,
        "owned_cost_per_day": items.owned_cost_per_day,
        "repair_time_days": None if repairs is None else repairs.repair_time_days,
        **{f"share of class {name}": share for name, share in items.class_share.items()},
    }
    for name, column in columns.items():
        if column is None:
            continue
        bad = np.flatnonzero(~((column >= 0) & (column < np.inf)))
        if len(bad):
            raise OutOfRange(name, float(column[bad[0]]), "a number, 0 or more")


@dataclass(frozen=True, slots=True)
class BestService:
    """Another goal than least cost: the best value of one measure that a budget buys."""

    budget: float  # reporting currency
    measure: Measure = Measure.WAITING_DAYS
    within_days: float | None = None
    scope: Scope = field(default_factory=Scope)
    counts: Money = Money.STOCK_VALUE

    def __post_init__(self) -> None:
        if not 0 <= self.budget < float("inf"):
            raise OutOfRange("budget", self.budget, "0 or more")


def _repairs(repairs: Repairs | None, rows: Ints) -> Repairs | None:
    if repairs is None:
        return None
    return Repairs(
        repairs.repairable_share[rows],
        repairs.local_repair_share[rows],
        repairs.repair_time_days[rows],
    )


def _taken(column: NDArray[N] | None, rows: Ints) -> NDArray[N] | None:
    return None if column is None else column[rows]
