"""A plan against the second opinion: a sample of its items, and every target."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inventory.demand import Ints
from inventory.service import ServiceTarget
from optimizer.plan import StockingPlan
from optimizer.problem import Items
from planning.verify.claims import Claims, recounted
from planning.verify.targets import achieved

ALONE = 1e-6
IN_A_TREE = 1e-4  # laws fitted to two moments have kinks, over which a review is averaged less well


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Where a plan and the second opinion part: what, which figure, and both values."""

    where: str
    measure: str
    claimed: float | None
    recomputed: float | None

    def __str__(self) -> str:
        return f"{self.where}: {self.measure} {self.claimed} claimed, {self.recomputed} counted out"


def verify(
    items: Items,
    plan: StockingPlan,
    claims: Claims,
    *,
    sample: int = 200,
    seed: int = 0,
    tolerance: float | None = None,
) -> tuple[Disagreement, ...]:
    """Everything in which `plan` and the plain sums disagree; empty when it stands.

    Args:
        items: What was planned.
        plan: The plan.
        claims: The measures of the plan, as they are to be published.
        sample: How many items are counted out again; all of them where there are no more.
        seed: Which ones.
        tolerance: Allowed difference, relative to 1 and to the figure; None: `ALONE`, and
            `IN_A_TREE` where items wait for each other.
    """
    if tolerance is None:
        waits = items.parent is not None and bool(np.any(items.parent >= 0))
        tolerance = IN_A_TREE if waits else ALONE
    drawn = np.random.default_rng(seed).permutation(len(items))[:sample]
    rows = np.sort(drawn).astype(np.int64)
    again = recounted(items, plan.reorder_point, plan.order_quantity, claims, rows)
    found = [
        *_of_items(claims, again, rows, tolerance),
        *_of_targets(items, plan, again, tolerance),
    ]
    return tuple(found)


def _of_items(
    claims: Claims, again: Claims, rows: Ints, tolerance: float
) -> Iterator[Disagreement]:
    for name, column in claims.measures.items():
        for row in rows.tolist():
            one, other = float(column[row]), float(again.measures[name][row])
            if not _agree(one, other, tolerance):
                yield Disagreement(f"item {row}", name, one, other)


def _of_targets(
    items: Items, plan: StockingPlan, again: Claims, tolerance: float
) -> Iterator[Disagreement]:
    """Targets in the plan's order, by what they are and where; kept ones must really be kept."""
    asked = list(dict.fromkeys(one.target for one in plan.targets))
    counted = {(target, where): value for target, where, value in achieved(items, asked, again)}
    for one in plan.targets:
        at = f"{one.machine_type} at {one.location_id}" if one.machine_type else one.location_id
        value = counted.pop((one.target, at), None)
        where = " ".join(word for word in ("target", str(one.target.scope), at) if word)
        if not _agree(one.achieved, value, tolerance):
            yield Disagreement(where, str(one.target.measure), one.achieved, value)
        elif value is not None and one.met and not _kept(one.target, value, tolerance):
            yield Disagreement(
                f"{where}, called met", str(one.target.measure), one.target.target, value
            )
    for (target, where), value in counted.items():
        yield Disagreement(f"target {target.scope} {where}", str(target.measure), None, value)


def _kept(target: ServiceTarget, value: float, tolerance: float) -> bool:
    if target.measure.is_share:
        return value >= target.target - tolerance
    return value <= target.target + tolerance * max(1.0, target.target)


def _agree(one: float | None, other: float | None, tolerance: float) -> bool:
    if one is None or other is None:
        return one is other
    if np.isnan(one) or np.isnan(other):
        return bool(np.isnan(one) and np.isnan(other))
    return abs(one - other) <= tolerance * max(1.0, abs(other))
