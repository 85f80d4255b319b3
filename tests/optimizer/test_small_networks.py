"""Eight parts at three sites under a depot: every objective against all combinations, joined."""

from itertools import product

import numpy as np
import pytest

from inventory.service import Measure, Scope, ServiceTarget
from optimizer import BestService, Outcome, solve
from optimizer.problem import ScopeWords
from tests.optimizer.problems import some_items
from tests.optimizer.test_echelons import judged

PARTS, SITES, LEVELS = 8, 3, 3
FILL = ServiceTarget(Measure.FILL_RATE, 0.75)
WAIT = ServiceTarget(Measure.WAITING_DAYS, 3.0, Scope(tier="A"))


def a_network(seed, **given):
    chance, width = np.random.default_rng(seed), SITES + 1
    location = np.tile(np.arange(width), PARTS)
    rate = np.where(location == 0, 0.0, chance.uniform(0.005, 0.06, PARTS * width))
    return some_items(
        rate,
        np.where(location == 0, 20.0, chance.integers(2, 6, PARTS * width)),
        np.repeat(np.exp(chance.normal(4, 1, PARTS)), width),
        part=np.repeat(np.arange(PARTS), width),
        location=location,
        tier=np.where(location == 1, 0, 1),
        parent=np.where(location == 0, -1, 0),
        words=ScopeWords(("A", "B"), ("depot", "one", "two", "three"), ("A",)),
        highest_reorder_point=np.full(PARTS * width, LEVELS - 2),
        **given,
    )


def options_of(items, part):
    """Stock value, pieces served at once, pieces waiting at site one and anywhere, by plan."""
    rows = np.flatnonzero(items.part == part)
    rate = items.demand.demand_per_day[rows]
    days = items.lead_times.mean_days[rows]
    found = []
    for levels in product(range(LEVELS), repeat=SITES + 1):
        each = [
            judged(rate[1:].tolist(), 0.0, days[0], days[1 + site], levels)[1 + site]
            for site in range(SITES)
        ]
        depot = judged(rate[1:].tolist(), 0.0, days[0], days[1], levels)[0]
        stock = depot[1] + sum(one[1] for one in each)
        served = sum(by * one[2] for by, one in zip(rate[1:], each, strict=True))
        waiting = [one[0] for one in each]
        found.append((items.unit_cost[rows[0]] * stock, -served, waiting[0], sum(waiting)))
    return np.array(found)


def undominated(points):
    """Points that no other point beats or equals in every column."""
    points = points[np.lexsort(points.T[::-1])]
    kept, count = np.empty_like(points), 0
    for point in points:
        if not (kept[:count] <= point + 1e-15).all(axis=1).any():
            kept[count] = point
            count += 1
    return kept[:count]


def joined(items, columns, rest, most):
    """All sums of one option per part, dominated ones dropped, first column at most `most`."""
    by_part = [undominated(options_of(items, part)[:, columns]) for part in range(PARTS)]
    least = np.array([options[:, 0].min() for options in by_part])
    sums = np.zeros((1, len(columns)))
    for part, options in enumerate(by_part):
        sums = (sums[:, None, :] + options[None, :, :]).reshape(-1, len(columns))
        sums = sums[sums[:, 0] + least[part + 1 :].sum() <= most * (1 + 1e-9)]
        sums = rest(sums, by_part[part + 1 :])
    return sums


@pytest.mark.parametrize("seed", [1, 2])
def test_least_cost_is_what_all_combinations_cost(seed):
    items = a_network(seed)
    rate = items.demand.demand_per_day
    plan = solve(items, [FILL, WAIT], gap=0.0)
    assert plan.outcome in (Outcome.OPTIMAL, Outcome.STOPPED)
    served, waiting = -FILL.target * rate.sum(), WAIT.target * rate[items.tier == 0].sum()

    def reaching(sums, further):
        best = [options[:, 1:].min(axis=0) for options in further]
        reach = sums[:, 1:] + np.sum(best, axis=0) if best else sums[:, 1:]
        sums = sums[(reach[:, 0] <= served + 1e-12) & (reach[:, 1] <= waiting + 1e-12)]
        return undominated(sums) if len(sums) < 20000 else sums

    all_plans = joined(items, [0, 1, 2], reaching, plan.stock_value)
    holding = all_plans[:, 0].min() * 0.2 / 365
    assert plan.cost_per_day.holding == pytest.approx(holding, rel=1e-7)
    assert plan.lower_bound_per_day <= holding * (1 + 1e-7)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_budget_buys_what_the_best_combination_has(seed):
    items, budget = a_network(seed), 1200.0
    plan = solve(items, [], goal=BestService(budget), gap=0.0)
    rate = items.demand.demand_per_day.sum()

    def bounded(sums, further):
        best = sum(options[:, 1].min() for options in further)
        sums = sums[sums[:, 1] + best <= plan.goal.achieved * rate * (1 + 1e-9)]
        return undominated(sums) if len(sums) < 20000 else sums

    all_plans = joined(items, [0, 3], bounded, budget)
    assert plan.stock_value <= budget * (1 + 1e-8)
    assert plan.goal.achieved == pytest.approx(all_plans[:, 1].min() / rate, rel=1e-7)


def test_where_delay_has_a_price_every_part_finds_its_own_best():
    items = a_network(3, delay_cost_per_day=np.full(PARTS * (SITES + 1), 0.8))
    plan = solve(items, [], gap=0.0)
    least = 0.0
    for part in range(PARTS):
        options = options_of(items, part)
        least += (options[:, 0] * 0.2 / 365 + 0.8 * options[:, 3]).min()
    assert plan.cost_per_day.decided == pytest.approx(least, rel=1e-9)
    assert plan.gap == pytest.approx(0, abs=1e-9)
