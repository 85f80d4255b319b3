"""Choosing levels: one echelon, and a million items behind depots.

    python -m benchmarks optimizer
    python benchmarks/optimizer.py one_echelon 100000
    python benchmarks/optimizer.py networks 50000

Each runs in a process of its own; seconds are CPU seconds of that process, compiled code being
ready, and the peak of memory counts everything in it.
"""

import resource
import subprocess
import sys
import time

import numpy as np

from inventory.demand import Demand, SizeLaws
from inventory.lead_time import LeadTimes
from inventory.service import Measure, Scope, ServiceTarget
from optimizer import Items, ScopeWords, StockingPlan, solve

SITES = 20
FILL, WAIT = Measure.FILL_RATE, Measure.WAITING_DAYS
JOBS = (
    ("one_echelon", 100_000),
    ("networks", 5_000),
    ("networks", 50_000),
)


def main() -> None:
    """Run every job in a process of its own."""
    for job, size in JOBS:
        subprocess.run([sys.executable, "-m", "benchmarks.optimizer", job, str(size)], check=True)


def some_items(parts: int, sites: int, depot: bool, seed: int = 0) -> Items:
    """Parts at sites, behind a depot or each on its own; rates, costs and times far apart."""
    chance, width = np.random.default_rng(seed), sites + depot
    items = parts * width
    part, location = np.repeat(np.arange(parts), width), np.tile(np.arange(width), parts)
    rate = np.exp(chance.normal(-7, 1.2, parts))[part] * np.exp(chance.normal(0, 0.7, items))
    at_depot = (location == 0) & depot
    rate[at_depot] = 0.0
    days = np.where(at_depot, chance.integers(10, 90, parts)[part], chance.integers(1, 6, items))
    days = days if depot else chance.integers(3, 60, items)
    cost = np.exp(chance.normal(4, 1.5, parts))[part]
    return Items(
        demand=Demand(rate, rate.copy(), np.zeros(items), SizeLaws.single_pieces(items)),
        lead_times=LeadTimes(days.astype(float), np.zeros(items), np.zeros(items)),
        unit_cost=cost,
        holding_cost_per_day=cost * 0.2 / 365,
        ordering_cost=np.full(items, 0.0 if depot else 5.0),
        order_multiple=np.ones(items, dtype=np.int64),
        minimum_order_quantity=np.ones(items, dtype=np.int64),
        part=part,
        location=location,
        tier=location % 3,
        criticality=chance.integers(0, 3, parts)[part],
        words=ScopeWords(tuple("ABC"), tuple(f"L{at}" for at in range(width)), tuple("ABC")),
        parent=np.where(at_depot, -1, 0) if depot else None,
    )


def site_targets(sites: int) -> list[ServiceTarget]:
    """A waiting target for each site and a fill rate for each criticality."""
    waits = [
        ServiceTarget(WAIT, 1 + at / 10, Scope(location_id=f"L{at + 1}")) for at in range(sites)
    ]
    fills = zip("ABC", (0.95, 0.9, 0.85), strict=True)
    return waits + [ServiceTarget(FILL, share, Scope(criticality=code)) for code, share in fills]


def one_echelon_targets() -> list[ServiceTarget]:
    """Ten overlapping targets of five measures."""
    return [
        ServiceTarget(FILL, 0.95),
        ServiceTarget(FILL, 0.98, Scope(tier="A")),
        ServiceTarget(Measure.LINE_FILL_RATE, 0.93, Scope(tier="B")),
        ServiceTarget(WAIT, 1.0, Scope(criticality="A")),
        ServiceTarget(WAIT, 5.0),
        ServiceTarget(Measure.READY_RATE, 0.9, Scope(location_id="L3")),
        ServiceTarget(Measure.VALUE_FILL_RATE, 0.85),
        ServiceTarget(FILL, 0.99, Scope(tier="C", criticality="A")),
        ServiceTarget(FILL, 0.5),
        ServiceTarget(WAIT, 20.0),
    ]


def one_echelon(items: int) -> None:
    """Items that wait for nobody."""
    asked = some_items(items // SITES, SITES, depot=False)
    tell("one echelon", asked, *timed(lambda: solve(asked, one_echelon_targets())))


def networks(parts: int) -> None:
    """Parts at 20 sites under a depot: 20 waiting targets and 3 fill targets."""
    asked = some_items(parts, SITES, depot=True)
    tell("behind depots", asked, *timed(lambda: solve(asked, site_targets(SITES), gap=0.0005)))


def timed(work):
    """The answer and its CPU seconds."""
    began = time.process_time()
    answer = work()
    return answer, time.process_time() - began


def tell(name: str, items: Items, plan: StockingPlan, seconds: float) -> None:
    """One line of figures."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(
        f"{name}: {len(items):,} items, {plan.outcome}, gap {plan.gap:.2e}, {plan.passes} passes, "
        f"{seconds:.2f} s, peak {peak:.2f} GB",
        flush=True,
    )


if __name__ == "__main__":
    job, size = sys.argv[1], int(sys.argv[2])
    solve(some_items(40, 5, depot=True), site_targets(5))  # compile
    solve(some_items(40, 5, depot=False), site_targets(4))
    globals()[job](size)
