"""How fast the laws judge levels; goals in seconds on one core, compiled.

python -m benchmarks.laws [--items N]
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from scipy import stats

from inventory.demand import Demand, SizeLaws
from inventory.lead_time import LeadTimes
from inventory.measures import curves, measures


def items(count: int, lumpy: bool, uncertain: float) -> tuple[Demand, LeadTimes]:
    """Slow movers: 0.3 to 5 pieces per lead time of 5 to 40 days, reviewed daily."""
    rng = np.random.default_rng(1)
    days = rng.uniform(5, 40, count)
    rate = rng.uniform(0.3, 5, count) / days
    sizes = SizeLaws.single_pieces(count)
    if lumpy:
        share = rng.dirichlet(np.ones(6), count).ravel()
        sizes = SizeLaws(np.arange(count + 1) * 6, np.tile(np.arange(1, 7), count), share)
    variance = rate * sizes.second_moment() / sizes.mean()
    demand = Demand(rate, variance, (uncertain * rate) ** 2, sizes)
    return demand, LeadTimes(days, np.zeros(count), np.ones(count))


def best_of(rounds: int, work: Callable[[], object]) -> float:
    """Least CPU seconds of `rounds`."""
    taken = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def plain_seconds(demand: Demand, lead_times: LeadTimes, count: int) -> float:
    """The same figures for single pieces, item by item with scipy, `count` items."""

    def work() -> None:
        for i in range(count):
            mean = demand.demand_per_day[i] * lead_times.mean_days[i]
            level = np.arange(20)
            below = stats.poisson.cdf(level - 1, mean)
            mean * below - level * stats.poisson.cdf(level, mean)

    return best_of(2, work)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=100_000)
    count = parser.parse_known_args()[0].items
    ones = np.ones(count, dtype=np.int64)
    start = time.process_time()
    curves(*items(10, True, 0.2), ones[:10])
    print(f"first call (compiled or loaded)      {time.process_time() - start:8.3f} s")
    for name, goal, kind in (
        ("single pieces", 0.15, (False, 0.0)),
        ("sizes 1 to 6", 0.5, (True, 0.0)),
        ("sizes 1 to 6, rate uncertain", 0.5, (True, 0.2)),
    ):
        asked = items(count, *kind)
        seconds = best_of(4, lambda asked=asked: curves(*asked, ones))
        rows = len(curves(*asked, ones).fill_rate)
        wanted = f"goal {goal * count / 100_000:.2f}"
        print(f"curves, {name:28} {seconds:8.3f} s  {rows / count:5.1f} rows per item  {wanted}")
    asked = items(count, True, 0.0)
    seconds = best_of(3, lambda: measures(*asked, ones, ones))
    print(f"measures, sizes 1 to 6               {seconds:8.3f} s")
    plain = plain_seconds(*items(count, False, 0.0), 300) / 300
    print(f"scipy, 20 levels of one item         {plain * 1e6:8.1f} µs")


if __name__ == "__main__":
    main()
