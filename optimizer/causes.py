"""Why levels changed since the last plan: one cause after the other, adding up to the whole."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import Measure, Per, ServiceTarget
from optimizer.blocks import Each, rows_at
from optimizer.decompose import pose
from optimizer.plan import StockingPlan
from optimizer.problem import Items

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


class Night(NamedTuple):
    """What was asked, and the plan that answered."""

    items: Items
    targets: Sequence[ServiceTarget]
    plan: StockingPlan


def causes(before: Night, after: Night, *, each: Each = map) -> dict[str, Ints]:
    """Change of every reorder point by cause; the rows of both nights are the same items.

    Each cause is changed in turn at last night's prices, then the prices of the targets; what is
    left is how the last pieces were settled. All parts add up to the change of the plan.
    """
    items, prices = before.items, _prices(before.plan)
    levels = [_levels(items, before.targets, prices, each)]
    for cause in CAUSES[:-1]:
        new = {name: getattr(after.items, name) for name in _COLUMNS[cause]}
        items = replace(items, **new)
        levels.append(_levels(items, before.targets, prices, each))
    levels.append(_levels(items, after.targets, _prices(after.plan), each))
    steps = zip(CAUSES, pairwise(levels), strict=True)
    found = {cause: now - then for cause, (then, now) in steps}
    whole = after.plan.reorder_point - before.plan.reorder_point
    found[REST] = whole - (levels[-1] - levels[0])
    return found


def _prices(plan: StockingPlan) -> Floats:
    """Prices of the promises, in their order; targets of single items have none."""
    return np.array(
        [
            one.price_per_day
            for one in plan.targets
            if one.target.per is not Per.ITEM or one.target.measure is Measure.AVAILABILITY
        ]
    )


def _levels(items: Items, targets: Sequence[ServiceTarget], price: Floats, each: Each) -> Ints:
    """What every item finds best by itself at these prices."""
    posed = pose(items, targets, None, each)
    earned = posed.asked.earned(price)
    rows = each(rows_at, [(block, [(earned, 1.0)]) for block in posed.blocks])
    points = [block.reorder_point(row) for block, row in zip(posed.blocks, rows, strict=True)]
    return np.asarray(np.concatenate(points)[np.argsort(posed.order)])
