"""The efficient curve: 200 points over 100,000 items against one plan of the same items.

CPU seconds of one process, compiled code ready; the two alternate and the median of the ratios
counts. The goal is at most 10 plans.
"""

import statistics
import time

import numpy as np

from benchmarks.optimizer import SITES, some_items
from inventory.service import Measure, Scope, ServiceTarget
from optimizer import Items, solve
from optimizer.frontier import Frontier

PARTS, POINTS, ROUNDS = 5_000, 200, 3
WAIT = Measure.WAITING_DAYS
TARGETS = [
    ServiceTarget(WAIT, days, Scope(tier=tier))
    for tier, days in zip("ABC", (0.5, 1, 2), strict=True)
]


def main() -> None:
    """Sites on their own, then behind a depot."""
    for depot in (False, True):
        items = some_items(PARTS, SITES, depot=depot)
        Frontier(some_items(40, SITES, depot=depot)).points(5)  # compile
        ratios = [_round(items) for _ in range(ROUNDS)]
        where = "behind a depot" if depot else "on their own"
        print(f"{len(items):,} items {where}: median {statistics.median(ratios):.2f} plans\n")


def _round(items: Items) -> float:
    began = time.process_time()
    plan = solve(items, TARGETS)
    middle = time.process_time()
    frontier = Frontier(items)
    points = frontier.points(POINTS)
    one, all_points = middle - began, time.process_time() - middle
    worst = max(1 - point.bound_per_day / point.cost_per_day for point in points)
    print(
        f"plan {one:.2f} s (gap {plan.gap:.1e}); {len(points)} points {all_points:.2f} s"
        f" = {all_points / one:.2f} plans; worst gap of a point {worst:.1e};"
        f" furthest below the hull {_below(points):.1e} of its cost"
    )
    return all_points / one


def _below(points) -> float:
    """How far any point lies below the line through another at its price, relative."""
    cost = np.array([one.cost_per_day for one in points])
    value = np.array([one.value for one in points])
    worst = 0.0
    for one in points:
        worth = cost - one.price_per_day * value
        worst = max(worst, (worth[points.index(one)] - worth.min()) / one.cost_per_day)
    return worst
