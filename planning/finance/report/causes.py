"""The bridge: from what the last plan held to what lies on the shelves, one cause at a time.

Each cause is changed in turn and the plan made anew, so that every step is the difference of two
plans; what steps are called is what was changed. All amounts are whole cents by item, so the steps
add up to the whole exactly.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from inventory.demand import Demand, Floats, Ints
from inventory.lead_time import LeadTimes
from optimizer import solve
from optimizer.evaluate import evaluated
from optimizer.problem import Items
from planning.engines import Each
from planning.finance.money import cents
from planning.finance.report.sight import Before, Sight
from planning.world import ITEM

CAUSES = ("range", "demand", "lead time", "price", "target")
WORDS = {
    "range": "parts and sites that came or went",
    "demand": "demand",
    "lead time": "lead times",
    "price": "prices",
    "target": "targets",
    "decisions": "decisions: approvals, refusals, overrides",
    "open": "decisions not taken yet",
    "surplus": "pieces beyond today's levels",
    "shortage": "pieces short of today's levels",
    "unplanned": "stock where nothing is planned",
    "unplanned change": "the change of that since",
}
_MONEY = ("unit_cost", "holding_cost_per_day", "ordering_cost", "order_multiple",
          "minimum_order_quantity")  # fmt: skip


class Step(NamedTuple):
    """One bar of the bridge."""

    cause: str
    change: int  # cents


class Bridge(NamedTuple):
    """From an opening amount by steps to a closing one, in cents."""

    opening: int
    steps: tuple[Step, ...]
    closing: int


def of_plans(sight: Sight, gap: float, each: Each) -> Bridge | None:
    """From the plan as it was to the plan as it is; None where nothing is known of before."""
    if sight.before is None:
        return None
    values = list(_values(sight, sight.before, gap, each))
    values.append(int(cents(sight.plan.value(sight.unit_cost)).sum()))
    names = (*CAUSES, "decisions")
    steps = [
        Step(name, now - then) for name, (then, now) in zip(names, pairwise(values), strict=True)
    ]
    return Bridge(values[0], tuple(steps), values[-1])


def to_shelves(sight: Sight) -> Bridge:
    """From the plan to today's levels, and from there to what lies on the shelves.

    What lies where nothing is planned is in no plan: it comes last, as it was and as it changed.
    """
    plan = cents(sight.plan.value(sight.unit_cost))
    steps, level = [], plan
    if sight.today is not None:
        level = cents(sight.today.value(sight.unit_cost))
        steps.append(Step("open", int(level.sum() - plan.sum())))
    beyond = sight.shelf_cents - level
    steps.append(Step("surplus", int(np.maximum(beyond, 0).sum())))
    steps.append(Step("shortage", int(np.minimum(beyond, 0).sum())))
    steps += _apart(sight)
    return Bridge(int(plan.sum()), tuple(steps), sight.total_cents)


def _apart(sight: Sight) -> list[Step]:
    """Stock where nothing is planned; no step where none ever lay."""
    now = int(sight.rest_cents.sum())
    then = now if sight.before is None else sight.before.rest_cents
    steps = [Step("unplanned", then)]
    if sight.before is not None:
        steps.append(Step("unplanned change", now - then))
    return steps if then or now else []


def joined(first: Bridge | None, second: Bridge) -> Bridge:
    """Two bridges, one after the other."""
    if first is None:
        return second
    return Bridge(first.opening, (*first.steps, *second.steps), second.closing)


def _values(sight: Sight, before: Before, gap: float, each: Each) -> Iterator[int]:
    """Stock value of the plan as it was, then with one cause after the other as it is now.

    Where a cause changed nothing the plan is the same, and is not made again.
    """
    asked: list[tuple[Items, tuple[object, ...]]] = []
    answers: list[int] = []

    def value(items: Items, targets: tuple[object, ...]) -> int:
        if not asked or not alike(asked[-1], (items, targets)):
            answers.append(planned(items, targets))
        asked.append((items, targets))
        return answers[-1]

    def planned(items: Items, targets: tuple[object, ...]) -> int:
        plan = solve(items, targets, gap=gap, each=each)  # type: ignore[arg-type]
        now = evaluated(items, plan.reorder_point, plan.order_quantity, each=each).measures
        return int(cents(items.unit_cost * now.expected_on_hand).sum())

    then, now = before.question, sight.question
    yield value(then.items, then.targets)
    items = _with_old_figures(sight, before)
    yield value(items, then.targets)
    items = replace(items, demand=now.items.demand, class_share=now.items.class_share)
    yield value(items, then.targets)
    items = replace(items, lead_times=now.items.lead_times)
    yield value(items, then.targets)
    items = replace(items, **{name: getattr(now.items, name) for name in _MONEY})
    items = replace(items, delay_cost_per_day=now.items.delay_cost_per_day)
    yield value(items, then.targets)
    yield value(items, now.targets)


def alike(one: Any, other: Any) -> bool:
    """Whether two questions are the same to the last figure; arrays are compared by content."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if is_dataclass(one):
        names = [each.name for each in fields(one)]
        return all(alike(getattr(one, name), getattr(other, name)) for name in names)
    return bool(one == other)


def _with_old_figures(sight: Sight, before: Before) -> Items:
    """Today's items with the figures of before; a new one has its own."""
    old, new = before.question.items, sight.question.items
    place = before.place.with_row_index("then")
    found = sight.words.select(ITEM).join(place, on=ITEM, how="left", maintain_order="left")
    then = found["then"].cast(pl.Int64).fill_null(-1).to_numpy()
    known = then >= 0
    pick = np.where(known, then, len(old) + np.arange(len(new)))
    lead = [old.lead_times, new.lead_times]
    money: dict[str, Any] = {
        name: np.concatenate([getattr(old, name), getattr(new, name)])[pick] for name in _MONEY
    }
    return replace(
        new,
        demand=Demand.joined([old.demand, new.demand]).take(pick),
        lead_times=LeadTimes(
            *(
                np.concatenate([getattr(one, name) for one in lead])[pick]
                for name in ("mean_days", "variance_days", "review_period_days")
            )
        ),
        class_share=_old_shares(old, new, pick),
        **money,
    )


def _old_shares(old: Items, new: Items, pick: Ints) -> dict[str, Floats]:
    names = {*old.class_share, *new.class_share}
    return {
        name: np.concatenate(
            [items.class_share.get(name, np.zeros(len(items))) for items in (old, new)]
        )[pick]
        for name in sorted(names)
    }
