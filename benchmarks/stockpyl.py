"""CPU seconds per item: stockpyl's exact (r, Q), item by item, against a plan for all of them.

    SPAREWISE_JUDGE=/path/to/python python -m benchmarks stockpyl

The judge is a Python that has stockpyl; sparewise never depends on it. It works on a sample of the
items that the plan is made for (single pieces, Poisson), drawn with a fixed seed, and is told what
a waiting piece costs; the plan finds that out, meets 10 or 23 targets and proves it.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.optimizer import SITES, one_echelon_targets, site_targets, some_items, timed
from benchmarks.plan_speed import LOCATIONS, PARTS, supply_directly
from inventory.echelons.flows import pooled
from optimizer import Items, solve
from optimizer.echelons.trees import parent_rows
from planning.plan import planned_question
from planning.prepare import prepare
from planning.settings import load
from planning.stages import Stages

JUDGE = os.environ.get("SPAREWISE_JUDGE", "")
SAMPLE, SEED = 100, 7
RATIO = 50.0  # a waiting piece's cost against a held one's
LEAST_ORDERING = 1e-6  # money an order: nothing at all is refused


def main() -> None:
    """Run the jobs that are named, or all."""
    if not JUDGE:
        print("skipped: set SPAREWISE_JUDGE to a Python that has stockpyl", file=sys.stderr)
        return
    for depot in (False, True):  # compile
        solve(some_items(40, 5, depot=depot), site_targets(4))
    for job in [word for word in sys.argv[1:] if word in JOBS] or list(JOBS):
        JOBS[job]()


def one_echelon() -> None:
    """100,000 items that wait for nobody, most of them asked for less than once a year."""
    items = some_items(100_000 // SITES, SITES, depot=False)
    plan, seconds = timed(lambda: solve(items, one_echelon_targets()))
    tell("one echelon", items, seconds, plan.gap)


def networks() -> None:
    """1,050,000 items behind depots."""
    items = some_items(50_000, SITES, depot=True)
    plan, seconds = timed(lambda: solve(items, site_targets(SITES), gap=0.0005))
    tell("behind depots", items, seconds, plan.gap)


def demo() -> None:
    """The demo company of 100,000 items, each supplied directly: demand as it is learned there."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "input"
        words = ("--parts", str(PARTS), "--locations", str(LOCATIONS), "--form", "parquet")
        command = (sys.executable, "-m", "api.command", "demo", *words, "--out", str(source))
        subprocess.run(command, check=True, capture_output=True)
        supply_directly(source)
        asked = planned_question(prepare(source, settings=load(source), stages=Stages()))
    plan, seconds = timed(lambda: solve(asked.items, asked.targets))
    tell("the demo company", asked.items, seconds, plan.gap)


JOBS = {"one_echelon": one_echelon, "networks": networks, "demo": demo}


def tell(name: str, items: Items, seconds: float, gap: float | None) -> None:
    """One line of figures."""
    theirs = judged(items)
    each, low, high = theirs.mean(), *np.quantile(theirs, (0.1, 0.9))
    ours = seconds / len(items)
    print(
        f"{name}: {len(items):,} items in {seconds:.2f} CPU s, gap {gap:.1e}: {ours * 1e6:.1f} µs "
        f"an item; stockpyl {each * 1e3:.1f} ms an item ({SAMPLE} items, 80 % of them "
        f"{low * 1e3:.1f} to {high * 1e3:.1f} ms): {each / ours:,.0f} times as long",
        flush=True,
    )


def judged(items: Items) -> np.ndarray:
    """CPU seconds of stockpyl for each item of the sample; a depot is asked what its sites are."""
    rate = pooled(items.demand.demand_per_day, parent_rows(items), None)[0]
    asked = np.flatnonzero(rate > 0)
    chosen = np.sort(np.random.default_rng(SEED).choice(asked, SAMPLE, replace=False))
    holding = items.holding_cost_per_day[chosen]
    ordering = np.maximum(items.ordering_cost[chosen], LEAST_ORDERING)
    days = items.lead_times.mean_days[chosen]
    rows = np.column_stack((rate[chosen], days, holding, RATIO * holding, ordering))
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "asked.npy", Path(folder) / "found.npy"
        np.save(given, rows)
        judge = Path(__file__).parent / "judges" / "exact_rq.py"
        subprocess.run([JUDGE, str(judge), str(given), str(found)], check=True)
        return np.load(found)[:, 2]


if __name__ == "__main__":
    main()
