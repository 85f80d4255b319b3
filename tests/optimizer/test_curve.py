from itertools import pairwise

import numpy as np
import pytest

from inventory.service import Measure
from optimizer import BestService, Outcome, curve, solve
from tests.optimizer.test_decompose import two_tiers

BUDGETS = np.geomspace(200, 20000, 16)


def test_every_point_of_the_curve_is_what_its_budget_buys_alone():
    items = two_tiers()
    plans = list(curve(items, BUDGETS, gap=1e-4))
    for budget, plan in zip(BUDGETS[::4], plans[::4], strict=True):
        alone = solve(items, [], goal=BestService(float(budget)), gap=1e-4)
        assert plan.outcome is Outcome.OPTIMAL
        assert plan.goal.achieved == pytest.approx(alone.goal.achieved, rel=2e-4)


def test_more_money_never_serves_worse_and_never_overspends():
    goal = BestService(0.0, Measure.FILL_RATE)
    plans = list(curve(two_tiers(), BUDGETS, goal=goal, gap=1e-4))
    bounds = [plan.goal.bound for plan in plans]
    assert all(now <= after + 1e-9 for now, after in pairwise(bounds))
    for budget, plan in zip(BUDGETS, plans, strict=True):
        assert plan.stock_value <= budget * (1 + 1e-8)
        assert plan.goal.achieved <= plan.goal.bound + 1e-9


def test_a_curve_starts_warm():
    plans = list(curve(two_tiers(), np.geomspace(200, 20000, 40), gap=1e-3))
    assert sum(plan.passes for plan in plans[1:]) < 4 * len(plans)
