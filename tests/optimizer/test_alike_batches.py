"""Sites that all order alike: no combination of levels beats the plan, or goes below its bound."""

from itertools import product

import numpy as np
import pytest

from inventory.demand import Demand
from inventory.echelons import evaluate
from inventory.lead_time import LeadTimes
from optimizer import solve
from tests.optimizer.test_echelons import a_network

DELAY = 0.8  # per piece and day


@pytest.mark.parametrize(
    ("rates", "quantity", "depot_quantity"),
    [((0.06, 0.02), 3, 1), ((0.2, 0.2), 5, 1), ((0.15, 0.05), 5, 10), ((0.4, 0.1), 10, 4)],
)
def test_the_cheapest_levels_are_those_of_all_combinations(rates, quantity, depot_quantity):
    items = a_network(
        [rates], [60.0], 20.0, 4.0,
        delay_cost_per_day=np.array([0.0, DELAY, DELAY]),
        minimum_order_quantity=np.array([depot_quantity, quantity, quantity]),
    )  # fmt: skip
    plan = solve(items, [], gap=0.0)
    least = np.inf
    sites = list(product(range(-1, 13), repeat=2))
    for depot in range(-depot_quantity, 26):
        points = np.array([(depot, *site) for site in sites]).ravel()
        found = evaluated(items, points, len(sites))
        holding = items.holding_cost_per_day[0] * found.expected_on_hand.reshape(-1, 3).sum(axis=1)
        owed = found.expected_backorders.reshape(-1, 3)[:, 1:].sum(axis=1)
        least = min(least, (holding + DELAY * owed).min())
    assert plan.cost_per_day.decided == pytest.approx(least, rel=1e-7)
    assert plan.lower_bound_per_day <= least * (1 + 1e-7)
    assert plan.gap == pytest.approx(0, abs=1e-6)


def evaluated(items, points, copies):
    """Measures of so many copies of one part's network, each at its own reorder points."""
    first = 3 * np.repeat(np.arange(copies), 3)
    demand, lanes = items.demand, items.lead_times
    return evaluate(
        Demand.of([demand.item(row) for row in range(3)] * copies),
        LeadTimes(*(np.tile(column, copies) for column in (
            lanes.mean_days, lanes.variance_days, lanes.review_period_days))),
        np.where(np.tile([True, False, False], copies), -1, first),
        points,
        np.tile(items.minimum_order_quantity, copies),
    ).measures  # fmt: skip
