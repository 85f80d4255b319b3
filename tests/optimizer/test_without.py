"""Promises dropped and lowered from a problem posed once, against problems posed anew."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer import Outcome, solve
from optimizer.without import Asked
from tests.optimizer.problems import is_met, some_items

GAP = 1e-3
TARGETS = [
    ServiceTarget(Measure.FILL_RATE, 0.9, Scope(tier="A")),
    ServiceTarget(Measure.FILL_RATE, 0.97, Scope(tier="B")),
    ServiceTarget(Measure.WAITING_DAYS, 2.0),
    ServiceTarget(Measure.VALUE_FILL_RATE, 0.6),
]


def a_company(seed, items=40):
    chance = np.random.default_rng(seed)
    return some_items(
        np.exp(chance.normal(-4, 1, items)), 20.0, np.exp(chance.normal(4, 1, items)),
        tier=np.arange(items) % 2,
    )  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.sets(st.integers(0, 3), max_size=4))
def test_what_is_left_is_kept_at_the_cost_of_a_plan_that_never_heard_of_the_rest(seed, dropped):
    items = a_company(seed)
    left = [one for at, one in enumerate(TARGETS) if at not in dropped]
    plan = Asked.of(items, TARGETS, gap=GAP, each=map).plan(dropped)
    alone = solve(items, left, gap=GAP)
    assert [one.target for one in plan.targets] == left
    assert all(is_met(items, plan.reorder_point, one) for one in left)
    cost, other = plan.cost_per_day.decided, alone.cost_per_day.decided
    assert plan.lower_bound_per_day <= other * (1 + 1e-9)
    assert alone.lower_bound_per_day <= cost * (1 + 1e-9)
    assert cost == pytest.approx(other, rel=2 * GAP, abs=1e-9)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.1, 0.9))
def test_a_lowered_promise_is_the_one_that_is_kept(seed, share):
    items = a_company(seed)
    lower = ServiceTarget(Measure.FILL_RATE, 0.9 * share, Scope(tier="A"))
    plan = Asked.of(items, TARGETS, gap=GAP, each=map).plan([2], {0: lower})
    alone = solve(items, [lower, TARGETS[1], TARGETS[3]], gap=GAP)
    assert plan.targets[0].target == lower
    assert is_met(items, plan.reorder_point, lower)
    cost, other = plan.cost_per_day.decided, alone.cost_per_day.decided
    assert plan.lower_bound_per_day <= other * (1 + 1e-9)
    assert cost == pytest.approx(other, rel=2 * GAP, abs=1e-9)


def test_a_floor_under_single_items_is_taken_away_with_its_candidates():
    items = a_company(7)
    floor = ServiceTarget(Measure.FILL_RATE, 0.8, Scope(tier="A"), Per.ITEM)
    asked = Asked.of(items, [floor, TARGETS[1]], gap=GAP, each=map)
    whole, without = asked.plan(), asked.plan([0])
    assert whole.targets[0].met
    assert np.array_equal(without.reorder_point, solve(items, [TARGETS[1]], gap=GAP).reorder_point)
    assert without.cost_per_day.decided < whole.cost_per_day.decided


def test_nothing_asked_costs_nothing():
    plan = Asked.of(a_company(3), TARGETS, gap=GAP, each=map).plan(range(len(TARGETS)))
    assert plan.outcome is Outcome.OPTIMAL
    assert plan.targets == ()
    assert plan.cost_per_day.decided == pytest.approx(0.0, abs=1e-12)
