import numpy as np
import pytest

from optimizer import solve
from optimizer.evaluate import evaluated
from optimizer.worth import worth
from tests.optimizer.test_small_networks import FILL, WAIT, a_network


def valued(items, plan, point):
    """What the plan's prices pay for the service of some levels, less what delay costs."""
    found = evaluated(items, point, plan.order_quantity)
    rate = items.demand.demand_per_day
    fill, wait = (one.price_per_day for one in plan.targets)
    total = fill * (rate * found.measures.fill_rate).sum() / rate.sum()
    near = items.tier == 0
    total -= wait * found.customers_backorders[near].sum() / rate[near].sum()
    if items.delay_cost_per_day is not None:
        total -= (items.delay_cost_per_day * found.customers_backorders).sum()
    return total


@pytest.fixture(scope="module", params=[False, True], ids=["targets", "targets and delay"])
def planned(request):
    given = {"delay_cost_per_day": np.full(32, 0.02)} if request.param else {}
    items = a_network(2, **given)
    plan = solve(items, [FILL, WAIT])
    now = evaluated(items, plan.reorder_point, plan.order_quantity)
    return items, plan, worth(items, plan, now)


@pytest.mark.parametrize("step", [-1, 1])
def test_a_piece_is_worth_what_it_changes_everywhere(planned, step):
    items, plan, found = planned
    pays, delay = (
        (found.last_piece, found.last_delay) if step < 0 else (found.next_piece, found.next_delay)
    )
    here = valued(items, plan, plan.reorder_point)
    for row in range(len(items)):
        if np.isnan(pays[row] + delay[row]):
            continue
        point = plan.reorder_point.copy()
        point[row] += step
        change = step * (valued(items, plan, point) - here)
        assert pays[row] + delay[row] == pytest.approx(change, rel=1e-6, abs=1e-9)


def test_at_a_depot_somebody_pays_though_nobody_asks_there(planned):
    items, plan, found = planned
    depots = np.flatnonzero((items.location == 0) & (plan.reorder_point >= 0))
    assert len(depots)
    assert (found.last_piece[depots] > 0).all()
    assert (found.paying_target[depots] >= 0).all()
