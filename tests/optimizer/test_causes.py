from dataclasses import replace

import numpy as np
import pytest

from inventory.demand import Demand
from inventory.lead_time import LeadTimes
from inventory.service import Measure, ServiceTarget
from optimizer import Night, causes, solve
from tests.optimizer.test_decompose import SEVERAL, two_tiers


def night(items, targets=SEVERAL):
    return Night(items, targets, solve(items, targets))


def doubled(demand):
    return Demand(
        2 * demand.demand_per_day, 2 * demand.demand_variance_per_day, demand.rate_variance,
        demand.sizes,
    )  # fmt: skip


CHANGES = {
    "demand": lambda items: replace(items, demand=doubled(items.demand)),
    "lead_time": lambda items: replace(
        items,
        lead_times=LeadTimes(3 * items.lead_times.mean_days, np.zeros(60), np.zeros(60)),
    ),
    "cost": lambda items: replace(
        items, holding_cost_per_day=items.holding_cost_per_day * np.linspace(0.2, 5, 60)
    ),
    "rule": lambda items: replace(items, lowest_reorder_point=np.full(60, 3)),
}


@pytest.mark.parametrize("cause", CHANGES)
def test_a_single_change_is_found_as_its_cause(cause):
    items = two_tiers()
    before, after = night(items), night(CHANGES[cause](items))
    found = causes(before, after)
    assert np.abs(found[cause]).sum() > 0
    for other in set(CHANGES) - {cause}:
        assert (found[other] == 0).all()


def test_a_stricter_target_is_a_change_of_prices():
    items = two_tiers()
    stricter = (ServiceTarget(Measure.FILL_RATE, 0.99), *SEVERAL[1:])
    found = causes(night(items), night(items, stricter))
    assert found["price"].sum() > 0
    assert all((found[cause] == 0).all() for cause in CHANGES)


def test_all_causes_add_up_to_the_change():
    items = two_tiers()
    changed = items
    for change in CHANGES.values():
        changed = change(changed)
    before, after = night(items), night(changed)
    whole = after.plan.reorder_point - before.plan.reorder_point
    assert sum(causes(before, after).values()).tolist() == whole.tolist()
