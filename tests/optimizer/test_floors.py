"""Targets of single items where several wait for the same stock, judged by the evaluation."""

import numpy as np
import pytest

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer import Outcome, solve
from optimizer.assess import assess
from tests.optimizer.problems import some_items
from tests.optimizer.test_echelons import a_network


def least_depot_level(items, target, point, quantity):
    """The lowest R of the depot at which the evaluation calls the target met."""
    for level in range(-1, 80):
        point = np.concatenate(([level], point[1:]))
        if assess(items, [target], point, quantity)[0].met:
            return level
    raise AssertionError("no level is enough")


def test_a_depot_waits_no_longer_than_its_own_target_though_sites_ask_it_for_more():
    items = a_network([(1.0, 1.0)], [100.0], 20.0, 3.0, [0.2])
    target = ServiceTarget(Measure.WAITING_DAYS, 2.0, Scope(location_id="depot"), Per.ITEM)
    plan = solve(items, [target], gap=0.0)
    level = least_depot_level(items, target, plan.reorder_point, plan.order_quantity)
    assert plan.outcome is Outcome.OPTIMAL
    assert plan.reorder_point.tolist() == [level, -1, -1]
    judged = assess(items, [target], plan.reorder_point, plan.order_quantity)
    assert plan.targets[0].achieved == pytest.approx(judged[0].achieved, rel=1e-6)


def test_where_a_rule_caps_a_site_its_depot_holds_what_the_target_of_the_site_needs():
    cap = np.array([1000, 7, 1000])
    items = a_network([(1.0, 0.001)], [100.0], 20.0, 3.0, highest_reorder_point=cap)
    target = ServiceTarget(Measure.FILL_RATE, 0.9, Scope(location_id="one"), Per.ITEM)
    plan = solve(items, [target], gap=0.0)
    level = least_depot_level(items, target, np.array([0, 7, -1]), plan.order_quantity)
    assert plan.outcome is Outcome.OPTIMAL
    assert plan.reorder_point.tolist() == [level, 7, -1]


def test_a_target_that_no_depot_can_make_a_capped_site_keep_is_impossible():
    cap = np.array([1000, 1, 1000])
    items = a_network([(1.0, 0.001)], [100.0], 20.0, 3.0, highest_reorder_point=cap)
    target = ServiceTarget(Measure.FILL_RATE, 0.9, Scope(location_id="one"), Per.ITEM)
    plan = solve(items, [target], gap=0.0)
    assert plan.outcome is Outcome.IMPOSSIBLE
    assert plan.targets[0].reachable == pytest.approx(0.1991, abs=1e-4)  # P(X ≤ 1), X of mean 3


def test_a_variance_below_what_sizes_imply_is_raised_in_plans_as_in_measures():
    sizes = SizeLaw((1, 5), (0.5, 0.5))
    demand = Demand.of([DemandForecast(1.0, 1.0, 0.2, sizes)])
    items = some_items([1.0], [10.0], [100.0], demand=demand)
    target = ServiceTarget(Measure.FILL_RATE, 0.9)
    plan = solve(items, [target], gap=0.0)
    judged = assess(items, [target], plan.reorder_point, plan.order_quantity)
    assert judged[0].met
    assert plan.targets[0].achieved == pytest.approx(judged[0].achieved, rel=1e-9)
