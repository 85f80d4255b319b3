"""What each promise costs, the plan with it and without it; and which one a budget breaks first."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from inventory.service import Measure, Per, ServiceTarget
from optimizer.assess import assess
from optimizer.evaluate import evaluated
from optimizer.plan import StockingPlan, TargetResult
from optimizer.problem import Items
from optimizer.promises import in_scope
from optimizer.without import Asked
from planning import reasons
from planning.engines import Each
from planning.pose import DAYS_PER_YEAR

LEAST_DAYS = 1e-6  # a shorter wait is none
HALVES = 6  # steps in which the level is found that a broken promise still reaches


class Price(NamedTuple):
    """What one promise costs a year."""

    target: ServiceTarget
    label: str
    cost_per_year: float  # holding and delay, more with it than without
    stock_value: float
    achieved_without: float | None
    waiting_without: float | None  # days in its scope, without it
    waiting_with: float | None
    since: date | None  # the earliest contract in force that rests on it
    contracts: int


class Broken(NamedTuple):
    """A promise that a budget cannot keep."""

    label: str
    promised: float
    reached: float
    days_longer: float  # what a piece of its scope waits longer
    stock_value: float  # of the plan that breaks it, and those before it
    is_less: bool  # it is really missed


def prices(
    items: Items, targets: Sequence[ServiceTarget], plan: StockingPlan,
    contracts: pl.DataFrame, as_of: date, gap: float, each: Each,
) -> list[Price]:  # fmt: skip
    """Each promise, the plan with it and without it."""
    found = []
    asked = Asked.of(items, targets, gap=gap, each=each)
    for at, target in enumerate(targets):
        without = asked.plan(dropped=[at])
        cost = plan.cost_per_day.decided - without.cost_per_day.decided
        first, number = since(contracts, target, as_of)
        found.append(
            Price(
                target,
                label(target),
                max(cost, 0.0) * DAYS_PER_YEAR,
                plan.stock_value - without.stock_value,
                _reached(items, target, without),
                _waiting(items, target, without),
                _waiting(items, target, plan),
                first,
                number,
            )
        )
    return found


def breaks_first(
    items: Items, targets: Sequence[ServiceTarget], budget: float, gap: float, each: Each
) -> tuple[float, list[Broken]]:
    """The stock that all promises need, and what a budget below it breaks, in this order.

    One after the other goes the promise that saves most stock for each day that a piece of its
    scope waits longer, given what is broken already; the last one only as far as the money asks
    for. Each step is the best by itself: that no other set of broken promises would hurt less is
    not claimed.
    """
    bare = replace(items, holding_cost_per_day=items.unit_cost / DAYS_PER_YEAR,
                   delay_cost_per_day=None)  # fmt: skip
    asked = Asked.of(bare, targets, gap=gap, each=each)
    plan = last = asked.plan()
    broken: list[Broken] = []
    gone: list[int] = []
    while last.stock_value > budget and len(gone) < len(targets):
        at, last = _next_to_break(bare, targets, asked, gone, last)
        if last.stock_value <= budget:
            last = _as_far_as_money_goes(bare, asked, gone, at, last, budget)
        gone.append(at)
        broken.append(_broken(bare, targets[at], plan, last))
    return plan.stock_value, [one for one in broken if one.is_less]


def _next_to_break(
    items: Items, targets: Sequence[ServiceTarget], asked: Asked, gone: Sequence[int],
    plan: StockingPlan,
) -> tuple[int, StockingPlan]:  # fmt: skip
    """The promise that saves most stock for a day of longer waiting, and the plan without it."""
    best: tuple[float, int, StockingPlan] | None = None
    for at in range(len(targets)):
        if at in gone:
            continue
        without = asked.plan(dropped=[*gone, at])
        longer = (_waiting(items, targets[at], without) or 0.0) - (
            _waiting(items, targets[at], plan) or 0.0
        )
        saved = plan.stock_value - without.stock_value
        saving = saved / max(longer, LEAST_DAYS) if saved > 0 else 0.0
        if best is None or saving > best[0]:
            best = saving, at, without
    assert best is not None
    return best[1], best[2]


def _broken(items: Items, target: ServiceTarget, plan: StockingPlan, last: StockingPlan) -> Broken:
    reached = _reached(items, target, last)
    longer = (_waiting(items, target, last) or 0.0) - (_waiting(items, target, plan) or 0.0)
    level = target.target if reached is None else reached
    less = level < target.target - 1e-9 if target.measure.is_share else level > target.target + 1e-9
    return Broken(label(target), target.target, level, longer, last.stock_value, less)


def _as_far_as_money_goes(
    items: Items, asked: Asked, gone: Sequence[int], at: int, without: StockingPlan, budget: float
) -> StockingPlan:
    """The highest level of a promise, between broken and kept, that the budget pays for."""
    target = asked.posed.targets[at]
    fallen = _reached(items, target, without)
    low, high = fallen if fallen is not None else target.target, target.target
    best = without
    for _ in range(HALVES):
        middle = (low + high) / 2
        plan = asked.plan(gone, {at: replace(target, target=middle)})
        if plan.stock_value <= budget:
            low, best = middle, plan
        else:
            high = middle
    return best


def label(target: ServiceTarget) -> str:
    """A promise as a person says it."""
    each = ", at each location" if target.per is Per.LOCATION else ""
    return reasons.promise(TargetResult(target, "", -1, None, 0.0, None, True)) + each


def _reached(items: Items, target: ServiceTarget, plan: StockingPlan) -> float | None:
    """The worst that becomes of a promise."""
    rows = assess(items, [target], plan.reorder_point, plan.order_quantity)
    found = [one.achieved for one in rows if one.achieved is not None]
    if not found:
        return None
    return min(found) if target.measure.is_share else max(found)


def _waiting(items: Items, target: ServiceTarget, plan: StockingPlan) -> float | None:
    """Mean days a piece in the scope of a promise waits; by value where the promise counts so."""
    now = evaluated(items, plan.reorder_point, plan.order_quantity)
    weight = in_scope(items, target.scope).astype(np.float64)
    if target.measure is Measure.VALUE_FILL_RATE:
        weight = weight * items.unit_cost
    asked = float((weight * items.demand.demand_per_day).sum())
    return float((weight * now.customers_backorders).sum()) / asked if asked else None


def in_force(contracts: pl.DataFrame, day: date) -> pl.DataFrame:
    """The contracts that hold on a day."""
    ends = pl.col("valid_to")
    return contracts.filter(pl.col("valid_from") <= day, ends.is_null() | (ends >= day))


def since(contracts: pl.DataFrame, target: ServiceTarget, as_of: date) -> tuple[date | None, int]:
    """Since when contracts in force rest on a promise of a tier, and how many do."""
    if contracts.is_empty() or not target.scope.tier:
        return None, 0
    rows = in_force(contracts, as_of).filter(pl.col("tier") == target.scope.tier)
    first = rows["valid_from"].min()
    return (first if isinstance(first, date) else None), rows.height


def taken_back(
    before: Sequence[ServiceTarget], after: Sequence[ServiceTarget]
) -> list[tuple[ServiceTarget, float | None]]:
    """Promises that a scenario lowers (with the level that is left) or drops (None)."""

    def key(one: ServiceTarget) -> tuple[object, ...]:
        return one.measure, one.scope, one.per, one.within_days

    now = {key(one): one.target for one in after}
    found: list[tuple[ServiceTarget, float | None]] = []
    for one in before:
        level = now.get(key(one))
        lower = level is not None and (
            level < one.target if one.measure.is_share else level > one.target
        )
        if level is None or lower:
            found.append((one, level))
    return found
