"""The efficient curve: every point proven, none beaten, the hull of all plans."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.service import Measure, ServiceTarget
from optimizer import solve
from optimizer.frontier import Frontier
from tests.optimizer.problems import measured, some_items
from tests.optimizer.test_small_networks import a_network

LEVELS = 4


@st.composite
def few_items(draw):
    count = draw(st.integers(2, 4))
    several = {"min_size": count, "max_size": count}
    return some_items(
        draw(st.lists(st.floats(0.001, 0.3), **several)),
        draw(st.floats(1, 40)),
        draw(st.lists(st.floats(1, 1000), **several)),
        highest_reorder_point=np.full(count, LEVELS - 2),
    )


def many_items(seed, count=60):
    chance = np.random.default_rng(seed)
    return some_items(
        np.exp(chance.normal(-4, 1.2, count)), 25.0, np.exp(chance.normal(4, 1.5, count)),
        tier=chance.integers(0, 2, count), criticality=chance.integers(0, 3, count),
    )  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(few_items())
def test_no_plan_of_all_combinations_lies_below_the_curve(items):
    by_level = [measured(items, np.full(len(items), level)) for level in range(-1, LEVELS - 1)]
    cost, waiting = (np.stack([one[at] for one in by_level]) for at in (0, 1))
    plans = np.array(list(product(range(LEVELS), repeat=len(items))))
    rows = np.arange(len(items))
    cost, waiting = cost[plans, rows].sum(axis=1), waiting[plans, rows].sum(axis=1)
    for point in Frontier(items).points(30):
        worth = point.cost_per_day - point.price_per_day * point.value
        least = (cost + point.price_per_day * waiting).min()
        assert least == pytest.approx(worth, rel=1e-9, abs=1e-12)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([Measure.WAITING_DAYS, Measure.FILL_RATE]))
def test_points_lie_on_the_lower_convex_hull(seed, measure):
    points = Frontier(many_items(seed), measure=measure).points(40)
    cost = np.array([one.cost_per_day for one in points])
    value = np.array([one.value for one in points])
    assert np.all(np.diff(value) > 0)
    assert np.all(np.diff(cost) > 0)
    for point in points:
        below = (cost - point.price_per_day * value) - (
            point.cost_per_day - point.price_per_day * point.value
        )
        assert below.min() >= -1e-9 * cost.max()
        assert point.bound_per_day == pytest.approx(point.cost_per_day, rel=1e-9)


def test_every_point_is_a_plan_that_costs_and_serves_what_is_said():
    items = many_items(3)
    frontier = Frontier(items)
    for point in frontier.points(25):
        holding, waiting, ready = measured(items, frontier.levels(point.price_per_day))
        assert holding.sum() == pytest.approx(point.cost_per_day, rel=1e-9)
        assert waiting.sum() == pytest.approx(-point.value, rel=1e-7)
        at_once = (ready * items.demand.demand_per_day).sum()
        assert point.columns.served[:, 1].sum() == pytest.approx(at_once, rel=1e-9)


@cache
def ready_made(seed):
    items = many_items(seed)
    frontier = Frontier(items)
    return items, frontier, frontier.points(20)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.data())
def test_no_change_of_ten_levels_beats_a_point_in_both(seed, data):
    items, frontier, points = ready_made(seed % 3)
    point = points[data.draw(st.integers(0, len(points) - 1))]
    levels = frontier.levels(point.price_per_day).copy()
    chance = np.random.default_rng(seed)
    moved = chance.choice(len(items), 10, replace=False)
    levels[moved] = np.maximum(levels[moved] + chance.integers(-2, 3, 10), -1)
    holding, waiting, _ = measured(items, levels)
    cheaper = holding.sum() < point.cost_per_day * (1 - 1e-9)
    faster = waiting.sum() < -point.value * (1 - 1e-9)
    assert not (cheaper and faster)


def test_the_curve_meets_what_a_plan_for_the_same_delay_costs():
    items = many_items(7, 400)
    frontier = Frontier(items)
    points = frontier.points(30)
    pieces = items.demand.demand_per_day.sum()
    for delay in (0.2, 1.0, 5.0):
        least = -delay * pieces
        found = frontier.reaching(points, lambda one, least=least: one.value >= least)
        plan = solve(items, [ServiceTarget(Measure.WAITING_DAYS, delay)], gap=1e-5)
        assert found.cost_per_day >= plan.lower_bound_per_day * (1 - 1e-9)
        assert found.cost_per_day <= plan.cost_per_day.holding * 1.02


def test_behind_a_depot_no_plan_at_any_price_lies_below():
    items = a_network(2)
    frontier = Frontier(items)
    points = frontier.points(30)
    assert len(points) > 5
    plans = [(one.cost_per_day, one.value) for one in points]
    for delay in (0.5, 2.0, 6.0):
        found = solve(items, [ServiceTarget(Measure.WAITING_DAYS, delay)], gap=0.0)
        waited = found.targets[0].achieved * items.demand.demand_per_day.sum()
        plans.append((found.cost_per_day.holding, -waited))
    for point in points:
        worth = point.cost_per_day - point.price_per_day * point.value
        assert point.bound_per_day == pytest.approx(point.cost_per_day, rel=1e-9)
        for cost, value in plans:
            assert cost - point.price_per_day * value >= worth - 1e-9 * max(1.0, abs(worth))


def test_a_rule_of_the_house_is_kept_on_the_whole_curve():
    items = some_items([0.1, 0.01], 10.0, [10.0, 1000.0], lowest_reorder_point=np.array([0, 2]))
    frontier = Frontier(items)
    for point in frontier.points(10):
        assert np.all(frontier.levels(point.price_per_day) >= [0, 2])


def test_a_company_nobody_asks_has_a_curve_of_nothing():
    points = Frontier(some_items([0.0], 10.0, [10.0])).points(10)
    assert all(one.value == 0 for one in points)
