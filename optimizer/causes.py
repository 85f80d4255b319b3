"""Why levels changed since the last plan: one cause after the other, adding up to the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import ServiceTarget
from optimizer.best import best_levels
from optimizer.blocks import Each
from optimizer.plan import TargetResult
from optimizer.problem import Items
from optimizer.promises import Promises, promises

CAUSES = ("demand", "lead_time", "cost", "rule", "price")
REST = "whole_pieces"  # what the integer finish did differently
_COLUMNS = {
    "demand": ("demand", "class_share", "fleets"),
    "lead_time": ("lead_times", "parent", "repairs"),
    "cost": (
        "unit_cost", "holding_cost_per_day", "ordering_cost", "order_multiple",
        "minimum_order_quantity", "delay_cost_per_day", "owned_cost_per_day",
    ),
    "rule": (
        "lowest_reorder_point", "highest_reorder_point", "tier", "criticality", "words",
    ),
}  # fmt: skip


class Answered(Protocol):
    """What of a plan is needed: its levels, and its targets with their prices."""

    @property
    def reorder_point(self) -> Ints:
        """R by item."""

    @property
    def targets(self) -> Sequence[TargetResult]:
        """What became of each target."""


class Night(NamedTuple):
    """What was asked, and the plan that answered."""

    items: Items
    targets: Sequence[ServiceTarget]
    plan: Answered


def causes(
    before: Night, after: Night, *, among: Ints | None = None, each: Each = map
) -> dict[str, Ints]:
    """Change of every reorder point by cause; the rows of both nights are the same items.

    Each cause is changed in turn at last night's prices, then the prices of the targets; what is
    left is how the last pieces were settled. All parts add up to the change of the plan. Where
    only some items are asked about (`among`, rows of whole parts) the others are left at 0.
    """
    rows = np.arange(len(before.items)) if among is None else among
    items, standing = before.items, before.plan.reorder_point
    levels = [_levels(items, before, rows, standing, each)]
    for cause in CAUSES[:-1]:
        new = {name: getattr(after.items, name) for name in _COLUMNS[cause]}
        items = replace(items, **new)
        levels.append(_levels(items, before, rows, levels[-1], each))
    levels.append(_levels(items, after, rows, after.plan.reorder_point, each))
    steps = zip(CAUSES, pairwise(levels), strict=True)
    found = {cause: now - then for cause, (then, now) in steps}
    whole = np.zeros(len(items), dtype=np.int64)
    whole[rows] = (after.plan.reorder_point - before.plan.reorder_point)[rows]
    found[REST] = whole - (levels[-1] - levels[0])
    return found


def _levels(items: Items, night: Night, rows: Ints, standing: Ints, each: Each) -> Ints:
    """What every item of `rows` finds best by itself at the prices of a night; else 0."""
    asked = promises(items, night.targets)
    price = _prices(asked, night.targets, night.plan.targets, items.words.location_ids)
    found = np.zeros(len(items), dtype=np.int64)
    found[rows] = best_levels(items, night.targets, asked, price, rows, standing, each)
    return found


def _prices(
    asked: Promises,
    targets: Sequence[ServiceTarget],
    results: Sequence[TargetResult],
    location_ids: Sequence[str],
) -> Floats:
    """The price of each promise, wherever it stands; of those nobody made before 0."""
    known: Mapping[tuple[ServiceTarget, str, str], float] = {
        (one.target, one.location_id, one.machine_type): one.price_per_day for one in results
    }
    names = (*location_ids, "")
    return np.array(
        [
            known.get((targets[one.target], names[one.location], one.machine_type), 0.0)
            for one in asked.rows
        ]
    )
