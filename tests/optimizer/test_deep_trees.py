"""A centre, its depots and their sites: plans against every combination of levels."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.echelons import Repairs, evaluate
from inventory.lead_time import LeadTimes
from inventory.service import Measure, Scope, ServiceTarget
from optimizer import BestService, Outcome, decompose, solve
from optimizer.blocks import price
from optimizer.candidates import prepare
from optimizer.echelons import pruning
from optimizer.problem import ScopeWords
from tests.optimizer.problems import some_items

# a centre, two depots, two sites under the first depot, one under the second, one under the centre
PARENT = np.array([-1, 0, 0, 1, 1, 2, 0])
WIDTH, LEVELS = len(PARENT), 2
WORDS = ScopeWords(("A", "B"), tuple(f"L{at}" for at in range(WIDTH)), ("A",))


def a_network(parts, seed, busy=1.0, own=0.3, **given):
    """Parts at seven locations on three levels; some customers at the centre and at depots."""
    chance, items = np.random.default_rng(seed), parts * WIDTH
    location = np.tile(np.arange(WIDTH), parts)
    rate = busy * chance.uniform(0.004, 0.04, items)
    rate[location < 3] *= np.where(chance.random((location < 3).sum()) < 0.5, 0.0, own)
    days = np.where(location == 0, 25.0, np.where(location < 3, 6.0, 3.0))
    cost = np.repeat(np.exp(chance.normal(4, 1, parts)), WIDTH)
    columns = {
        "part": np.repeat(np.arange(parts), WIDTH),
        "location": location,
        "tier": location % 2,
        "parent": PARENT[location],
        "words": WORDS,
    }
    return some_items(rate, days, cost, **(columns | given))


def above(items):
    """The row of each item's parent."""
    base = np.arange(len(items)) // WIDTH * WIDTH
    return np.where(items.location == 0, -1, base + PARENT[items.location])


def delivered(items, points, quantity=None):
    """Holding per day, customers' backorders, share served at once and stock value, by item."""
    quantity = np.ones(len(items), dtype=np.int64) if quantity is None else quantity
    found = evaluate(items.demand, items.lead_times, above(items), points, quantity, items.repairs)
    now = found.measures
    fill = np.where(items.demand.demand_per_day > 0, now.fill_rate, 0.0)
    stock = now.expected_on_hand
    return (
        items.holding_cost_per_day * stock,
        found.customers_backorders,
        fill,
        items.unit_cost * stock,
    )


def options_of(items, part):
    """By combination: cost, pieces at once in tier A and in all, waiting, stock value."""
    rows = np.flatnonzero(items.part == part)
    plans = np.array(list(product(range(LEVELS), repeat=WIDTH)), dtype=np.int64) - 1
    many = items.take(np.tile(rows, len(plans)))
    cost, waiting, fill, stock = (
        column.reshape(len(plans), WIDTH) for column in delivered(many, plans.ravel())
    )
    rate, in_a = items.demand.demand_per_day[rows], items.tier[rows] == 0
    columns = (cost, rate * fill * in_a, rate * fill, waiting, stock)
    return np.stack([column.sum(axis=1) for column in columns], axis=1)


def cheapest(items, least, column=0):
    """Least of a column over all combinations whose sums reach `least`; inf where none do."""
    found = np.inf
    by_part = [options_of(items, part) for part in range(items.part.max() + 1)]
    sums = np.zeros((1, 5))
    for options in by_part:
        sums = (sums[:, None, :] + options[None, :, :]).reshape(-1, 5)
    sums[:, 3:] *= -1
    kept = np.all(sums >= np.asarray(least) - 1e-12, axis=1)
    if np.any(kept):
        found = np.abs(sums[kept, column]).min()
    return found


def few_levels(items):
    return replace(items, highest_reorder_point=np.full(len(items), LEVELS - 2))


@settings(max_examples=8, deadline=None)
@given(st.integers(1, 2), st.integers(0, 10_000), st.floats(0.2, 0.8), st.floats(0.2, 0.6))
def test_three_levels_cost_what_trying_every_combination_costs(parts, seed, in_a, overall):
    items = few_levels(a_network(parts, seed))
    targets = [
        ServiceTarget(Measure.FILL_RATE, in_a, Scope(tier="A")),
        ServiceTarget(Measure.FILL_RATE, overall),
    ]
    rate = items.demand.demand_per_day
    tier_a = rate[items.tier == 0].sum()
    least = cheapest(items, [-np.inf, in_a * tier_a, overall * rate.sum(), -np.inf, -np.inf])
    plan = solve(items, targets, gap=0.0)
    if least == np.inf:
        assert plan.outcome is Outcome.IMPOSSIBLE
        return
    assert plan.cost_per_day.holding == pytest.approx(least, rel=1e-6)
    assert plan.lower_bound_per_day <= least * (1 + 1e-6)
    assert plan.gap == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_budget_buys_what_the_best_combination_of_three_levels_has(seed):
    items, budget = few_levels(a_network(2, seed)), 800.0
    least = cheapest(items, [-np.inf, -np.inf, -np.inf, -np.inf, -budget], column=3)
    plan = solve(items, [], goal=BestService(budget), gap=0.0)
    assert plan.stock_value <= budget * (1 + 1e-8)
    rate = items.demand.demand_per_day.sum()
    assert plan.goal.achieved == pytest.approx(least / rate, rel=1e-6)
    assert plan.goal.bound <= least / rate * (1 + 1e-6)


def test_where_delay_has_a_price_every_tree_finds_its_own_best():
    items = few_levels(a_network(3, 4))
    items = replace(items, delay_cost_per_day=np.full(len(items), 0.5))
    plan = solve(items, [], gap=0.0)
    least = sum(
        (options[:, 0] + 0.5 * options[:, 3]).min()
        for options in (options_of(items, part) for part in range(3))
    )
    assert plan.cost_per_day.decided == pytest.approx(least, rel=1e-9)
    assert plan.gap == pytest.approx(0, abs=1e-9)


ASKED = [
    ServiceTarget(Measure.FILL_RATE, 0.93),
    ServiceTarget(Measure.WAITING_DAYS, 1.5, Scope(tier="A")),
]


@pytest.mark.parametrize("name", ["least cost", "budget"])
def test_what_is_dropped_never_belongs_to_the_best_plan(monkeypatch, name):
    goal = BestService(20_000.0) if name == "budget" else None
    items = a_network(12, 3, busy=6.0)
    whole = solve(items, ASKED, goal=goal, gap=1e-4)
    monkeypatch.setattr(pruning, "LOOKS", (1,))
    pruned = solve(items, ASKED, goal=goal, gap=1e-4)
    if name == "budget":
        assert pruned.goal.bound <= whole.goal.achieved * (1 + 1e-9)
        assert whole.goal.bound <= pruned.goal.achieved * (1 + 1e-9)
        return
    assert pruned.lower_bound_per_day <= whole.cost_per_day.holding * (1 + 1e-9)
    assert whole.lower_bound_per_day <= pruned.cost_per_day.holding * (1 + 1e-9)
    assert pruned.cost_per_day.holding == pytest.approx(whole.cost_per_day.holding, rel=5e-3)
    assert pruned.gap < 0.005


@pytest.mark.parametrize("prices", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_a_pruned_block_bounds_what_the_whole_one_finds(prices):
    items = a_network(6, 5, busy=6.0)
    posed = decompose.pose(items, ASKED, None, map)
    at = posed.asked.earned(np.array([600.0, 40.0]))
    for piece in posed.pieces():
        full = prepare(piece._replace(most=10**6))
        points = full.reorder_point(full.safe_row)
        kept = pruning.sharpened(pruning.Sharp(piece, 1, points, pruning.rows_in_full(full), at))
        assert len(kept.cost) < len(full.cost)
        now, all_of_it = (price(at * prices, one) for one in (kept, full))
        assert now.least <= all_of_it.least + 1e-9
        if abs(np.log(prices)) <= np.log(pruning.AROUND):
            assert now.cost == pytest.approx(all_of_it.cost)
            assert now.least == pytest.approx(all_of_it.least, rel=1e-3)


def lumpy(items):
    sizes = SizeLaw((1, 4), (0.7, 0.3))
    rates = items.demand.demand_per_day.tolist()
    return replace(items, demand=Demand.of([DemandForecast(by, None, 0.0, sizes) for by in rates]))


def repaired(items):
    share = np.full(len(items), 0.8)
    return replace(items, repairs=Repairs(share, share / 3, 5 * share))


def in_batches(items):
    return replace(items, minimum_order_quantity=1 + items.location % 4)


def reviewed(items):
    lead = items.lead_times
    review = np.full(len(items), 1.0)
    return replace(items, lead_times=LeadTimes(lead.mean_days, lead.mean_days, review))


@pytest.mark.parametrize("changed", [lambda items: items, lumpy, repaired, in_batches, reviewed])
def test_the_plan_of_three_levels_claims_what_its_levels_deliver(changed):
    items = changed(a_network(6, 6, busy=2.0))
    plan = solve(items, ASKED, gap=0.001)
    cost, waiting, fill, stock = delivered(items, plan.reorder_point, plan.order_quantity)
    rate, in_a = items.demand.demand_per_day, items.tier == 0
    expected = [(fill * rate).sum() / rate.sum(), waiting[in_a].sum() / rate[in_a].sum()]
    assert [one.achieved for one in plan.targets] == pytest.approx(expected, abs=1e-6)
    assert plan.cost_per_day.holding == pytest.approx(cost.sum(), rel=1e-6)
    assert plan.stock_value == pytest.approx(stock.sum(), rel=1e-6)
    assert all(one.met for one in plan.targets)
    assert plan.outcome in (Outcome.OPTIMAL, Outcome.STOPPED)


def test_a_tree_too_large_to_look_at_gets_a_plan_and_the_word_not_proven(monkeypatch):
    monkeypatch.setattr(pruning, "LOOKS", (1,))
    monkeypatch.setattr(pruning, "MOST_ROWS", 100)
    monkeypatch.setattr(pruning, "DEEPEST", 1)
    items = a_network(4, 7, busy=6.0)
    plan = solve(items, ASKED, gap=0.001)
    assert plan.outcome is Outcome.NOT_PROVEN
    assert (plan.gap, plan.lower_bound_per_day) == (None, None)
    assert all(one.met for one in plan.targets)
