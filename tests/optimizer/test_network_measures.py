"""What a plan claims is what `inventory.echelons` says of its levels, batches and repair too."""

from dataclasses import replace

import numpy as np
import pytest

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.echelons import Repairs, evaluate
from inventory.service import Measure, ServiceTarget
from optimizer import solve
from optimizer.assess import assess
from tests.optimizer.test_echelons import a_network

TARGETS = [
    ServiceTarget(Measure.FILL_RATE, 0.9),
    ServiceTarget(Measure.WAITING_DAYS, 2.0),
    ServiceTarget(Measure.LINE_FILL_RATE, 0.85),
]
RATES = [(0.05, 0.02), (0.01, 0.03), (0.2, 0.1), (0.004, 0.002)]


def plain(**given):
    return a_network(RATES, [10.0, 50.0, 90.0, 300.0], 30.0, 4.0, [0.0, 0.01, 0.05, 0.0], **given)


def lumpy():
    items = plain()
    sizes = SizeLaw((1, 4), (0.7, 0.3))
    rates = items.demand.demand_per_day.tolist()
    return replace(items, demand=Demand.of([DemandForecast(by, None, 0.0, sizes) for by in rates]))


SEVERAL = {
    "one for one": plain(),
    "batches at the sites": plain(minimum_order_quantity=np.tile([1, 3, 3], 4)),
    "batches everywhere": plain(minimum_order_quantity=np.tile([6, 3, 2], 4)),
    "batches at the depot": plain(minimum_order_quantity=np.tile([5, 1, 1], 4)),
    "repair": plain(repairs=Repairs(np.full(12, 0.8), np.full(12, 0.3), np.full(12, 6.0))),
    "requests of several pieces": lumpy(),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_the_plan_claims_what_its_levels_deliver(name):
    items = replace(SEVERAL[name], ordering_cost=np.full(12, 1e-6))
    plan = solve(items, TARGETS, gap=0.001)
    parent = np.where(items.location == 0, -1, np.arange(12) // 3 * 3)
    found = evaluate(
        items.demand, items.lead_times, parent, plan.reorder_point, plan.order_quantity,
        items.repairs,
    )  # fmt: skip
    rate, now = items.demand.demand_per_day, found.measures
    lines = rate / items.demand.sizes.mean()
    expected = [
        (np.nan_to_num(now.fill_rate) * rate).sum() / rate.sum(),
        found.customers_backorders.sum() / rate.sum(),
        (np.nan_to_num(now.line_fill_rate) * lines).sum() / lines.sum(),
    ]
    assert [one.achieved for one in plan.targets] == pytest.approx(expected, abs=1e-6)
    holding = (items.holding_cost_per_day * now.expected_on_hand).sum()
    assert plan.cost_per_day.holding == pytest.approx(holding, rel=1e-6)
    orders = (items.ordering_cost * now.orders_per_day).sum()
    assert plan.cost_per_day.ordering == pytest.approx(orders, rel=1e-9)
    assert all(one.met for one in plan.targets)


def test_shares_served_in_time_are_read_behind_the_same_levels_where_all_that_is_owned_costs():
    """In busy trees the ranges begin above −1, unless levels without stock differ in cost."""
    owned = np.full(3, 0.001)
    items = a_network([(2.0, 1.0)], [10.0], 30.0, 4.0, [0.5], owned_cost_per_day=owned)
    target = ServiceTarget(Measure.RESPONSE_SHARE, 0.9, within_days=2.0)
    plan = solve(items, [target], gap=0.001)
    judged = assess(items, [target], plan.reorder_point, plan.order_quantity)
    assert plan.targets[0].achieved == pytest.approx(judged[0].achieved, abs=1e-6)
