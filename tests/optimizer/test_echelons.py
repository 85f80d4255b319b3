"""A depot and its sites: plans against brute force, judged by plain sums over scipy's laws."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from inventory.echelons.flows import Repairs
from inventory.service import Measure, Scope, ServiceTarget
from optimizer import BestService, Outcome, solve
from optimizer.problem import ScopeWords
from tests.optimizer.problems import some_items

FAR = np.arange(200)
SITES = 2


def a_network(rates, costs, depot_days, site_days, depot_rates=None, **given):
    """Parts at a depot (location 0) and two sites, one-for-one, single pieces."""
    parts = len(costs)
    depot_rates = [0.0] * parts if depot_rates is None else depot_rates
    rate = [each for at in range(parts) for each in (depot_rates[at], *rates[at])]
    location = np.tile(np.arange(SITES + 1), parts)
    return some_items(
        rate,
        np.tile([depot_days, *[site_days] * SITES], parts),
        np.repeat(np.asarray(costs, dtype=float), SITES + 1),
        part=np.repeat(np.arange(parts), SITES + 1),
        location=location,
        tier=np.where(location == 1, 0, 1),
        parent=np.where(location == 0, -1, 0),
        words=ScopeWords(("A", "B"), ("depot", "one", "two"), ("A",)),
        **given,
    )


def law(mean, variance):
    if variance <= mean * (1 + 1e-9):
        return poisson.pmf(FAR, mean)
    return nbinom.pmf(FAR, mean**2 / (variance - mean), mean / variance)


def judged(rates, depot_rate, depot_days, site_days, levels):
    """Backorders, stock on hand and ready rate at depot and sites of one part, by plain sums."""
    total = sum(rates) + depot_rate
    above = poisson.pmf(FAR, total * depot_days)
    short = np.maximum(FAR - levels[0], 0)
    mean, square = (short * above).sum(), (short**2 * above).sum()
    rows = [(above, levels[0])]
    for rate, level in zip(rates, levels[1:], strict=True):
        share = rate / total if total else 0.0
        waiting = share * mean
        spread = share**2 * (square - mean**2) + share * (1 - share) * mean
        rows.append((law(rate * site_days + waiting, rate * site_days + spread), level))
    return [
        (
            (np.maximum(FAR - level, 0) * chance).sum(),
            (np.maximum(level - FAR, 0) * chance).sum(),
            chance[level > FAR].sum(),
        )
        for chance, level in rows
    ]


def evaluated(problem, stock):
    """Holding per day, and by item backorders (customers' share) and ready rate."""
    rates, costs, depot_rates, depot_days, site_days = problem
    found = []
    for part, levels in enumerate(np.reshape(stock, (-1, SITES + 1)).tolist()):
        rows = judged(rates[part], depot_rates[part], depot_days, site_days, levels)
        total = sum(rates[part]) + depot_rates[part]
        own = depot_rates[part] / total if total else 0.0
        found += [(costs[part] * 0.2 / 365 * rows[0][1], own * rows[0][0], rows[0][2])]
        found += [
            (costs[part] * 0.2 / 365 * on_hand, ebo, ready) for ebo, on_hand, ready in rows[1:]
        ]
    return np.array(found).T


def value_of(items, target, ebo, ready):
    inside = np.ones(len(items), dtype=bool)
    if target.scope.tier:
        inside = np.array(items.words.tiers)[items.tier] == target.scope.tier
    asked = items.demand.demand_per_day * inside
    if target.measure is Measure.WAITING_DAYS:
        return (ebo * inside).sum() / asked.sum()
    return (ready * asked).sum() / asked.sum()


def is_met(items, target, ebo, ready):
    value = value_of(items, target, ebo, ready)
    if target.measure is Measure.WAITING_DAYS:
        return value <= target.target + 1e-9
    return value >= target.target - 1e-9


@st.composite
def networks(draw):
    parts = draw(st.integers(1, 3))
    pair = st.tuples(st.floats(0.005, 0.1), st.floats(0.005, 0.1))
    rates = draw(st.lists(pair, min_size=parts, max_size=parts))
    costs = draw(st.lists(st.floats(1, 500), min_size=parts, max_size=parts))
    own = st.sampled_from([0.0, 0.02])
    depot_rates = draw(st.lists(own, min_size=parts, max_size=parts))
    problem = (rates, costs, depot_rates, draw(st.floats(5, 40)), draw(st.floats(1, 10)))
    asked = draw(
        st.lists(
            st.one_of(
                st.builds(
                    ServiceTarget, st.just(Measure.FILL_RATE), st.floats(0.2, 0.9),
                    st.sampled_from([Scope(), Scope(tier="A")]),
                ),
                st.builds(ServiceTarget, st.just(Measure.WAITING_DAYS), st.floats(0.5, 20)),
            ),
            min_size=1,
            max_size=3,
        )
    )  # fmt: skip
    return problem, asked


@settings(max_examples=25, deadline=None)
@given(networks())
def test_a_small_network_costs_what_trying_every_combination_costs(drawn):
    problem, targets = drawn
    rates, costs, depot_rates, depot_days, site_days = problem
    items = a_network(
        rates, costs, depot_days, site_days, depot_rates,
        highest_reorder_point=np.full(len(costs) * (SITES + 1), 1),
    )  # fmt: skip
    plan = solve(items, targets, gap=0.0)
    cheapest = cheapest_by_trying_all(items, problem, targets)
    if cheapest == np.inf:
        assert plan.outcome is Outcome.IMPOSSIBLE
        return
    cost, ebo, ready = evaluated(problem, plan.reorder_point + 1)
    assert plan.cost_per_day.holding == pytest.approx(cost.sum(), rel=1e-7)
    for result in plan.targets:
        again = value_of(items, result.target, ebo, ready)
        assert result.achieved == pytest.approx(again, abs=1e-7)
    assert plan.cost_per_day.holding == pytest.approx(cheapest, rel=1e-6)
    assert plan.lower_bound_per_day <= cheapest * (1 + 1e-6)
    assert plan.gap == pytest.approx(0, abs=1e-6)


def cheapest_by_trying_all(items, problem, targets):
    """Each part's combinations of 0 … 2 pieces at three places, parts joined."""
    rates, costs, depot_rates, depot_days, site_days = problem
    levels = list(product(range(3), repeat=SITES + 1))
    by_part = []
    for part in range(len(costs)):
        alone = ([rates[part]], [costs[part]], [depot_rates[part]], depot_days, site_days)
        by_part.append([evaluated(alone, combination) for combination in levels])
    best = np.inf
    for joined in product(*by_part):
        cost, ebo, ready = np.concatenate(joined, axis=1)
        if cost.sum() < best and all(is_met(items, target, ebo, ready) for target in targets):
            best = cost.sum()
    return best


def test_what_is_repaired_on_the_spot_never_asks_the_depot():
    items = a_network([(0.05, 0.05)] * 6, np.full(6, 100.0), 40.0, 3.0)
    here = replace(items, repairs=Repairs(np.ones(18), np.ones(18), np.full(18, 3.0)))
    target = ServiceTarget(Measure.FILL_RATE, 0.95)
    away, local = solve(items, [target]), solve(here, [target])
    depots = items.location == 0
    assert (local.reorder_point[depots] == -1).all()
    assert (away.reorder_point[depots] > -1).any()
    assert local.cost_per_day.holding < away.cost_per_day.holding


def test_a_budget_is_split_between_depot_and_sites():
    items = a_network([(0.05, 0.02)] * 4, [10.0, 50.0, 90.0, 300.0], 30.0, 4.0)
    plan = solve(items, [], goal=BestService(500.0), gap=1e-4)
    assert plan.outcome is Outcome.OPTIMAL
    assert 400 < plan.stock_value <= 500 * (1 + 1e-9)
    assert plan.goal.bound <= plan.goal.achieved <= plan.goal.bound * (1 + 1e-4)
    richer = solve(items, [], goal=BestService(600.0), gap=1e-4)
    assert richer.goal.achieved < plan.goal.achieved


def test_rules_of_the_house_bind_depot_and_sites():
    free = a_network([(0.05, 0.02)] * 4, [10.0, 50.0, 90.0, 300.0], 30.0, 4.0)
    lowest, highest = np.full(12, -10), np.full(12, 100)
    lowest[4], highest[3] = 2, -1
    items = replace(free, lowest_reorder_point=lowest, highest_reorder_point=highest)
    plan = solve(items, [ServiceTarget(Measure.FILL_RATE, 0.9)])
    assert plan.outcome is Outcome.OPTIMAL
    assert plan.reorder_point[4] >= 2
    assert plan.reorder_point[3] == -1
