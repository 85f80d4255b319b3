"""The bound of parts settled for good: never above the best plan, and worth its time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.service import Measure, Scope, ServiceTarget
from optimizer import Outcome, coarse, decompose, finish, solve
from optimizer.coarse import raised
from optimizer.dealing import nearby, sounded
from tests.optimizer.problems import cheapest_by_trying_all, some_items
from tests.optimizer.test_decompose import small_problems
from tests.optimizer.test_small_networks import FILL, WAIT, a_network


def shop_of(items, targets):
    """What the finish is given: the shop, and its plan."""
    seen = []

    def watched(shop, standing, higher, gap):
        seen.append((shop, standing))
        return standing, shop.bound

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decompose, "finished", watched)
        solve(items, targets, gap=0.0)
    return seen[0]


def raised_anyhow(shop, standing, most_options):
    """The bound, however far the plan is, with so many options."""
    sets = [sounded(shop, price) for price in nearby([0.5 * shop.price], shop.price)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(coarse, "TOO_FAR", np.inf)
        patch.setattr(coarse, "MOST_OPTIONS", most_options)
        return raised(shop, sets, 1e-4, standing)


@settings(max_examples=15, deadline=None)
@given(small_problems(), st.sampled_from([2, 4, 8, 300]), st.booleans())
def test_no_plan_costs_less_than_the_raised_bound(problem, most_options, is_dear):
    items, asked, levels = problem
    cheapest = cheapest_by_trying_all(items, asked, levels)
    if cheapest == np.inf:
        return
    shop, standing = shop_of(items, asked)
    if is_dear:
        standing = shop.standing([block.safe_row for block in shop.blocks])
    bound = raised_anyhow(shop, standing, most_options)
    assert shop.bound <= bound <= cheapest * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("most_options", [20, 60, 300])
def test_no_plan_of_a_network_costs_less_than_the_raised_bound(seed, most_options):
    items = a_network(seed)
    best = solve(items, [FILL, WAIT], gap=0.0)
    shop, _ = shop_of(items, [FILL, WAIT])
    standing = shop.standing([block.safe_row for block in shop.blocks])
    bound = raised_anyhow(shop, standing, most_options)
    assert shop.bound <= bound <= best.cost_per_day.holding * (1 + 1e-9)


def mostly_fine():
    """Cheap parts asked for daily, whose levels hardly differ, and a few dear ones that count."""
    chance, fine, dear = np.random.default_rng(1), 100, 30
    rate = np.concatenate((chance.uniform(0.5, 3.0, fine), chance.uniform(0.002, 0.02, dear)))
    cost = np.concatenate((chance.uniform(15, 30, fine), chance.uniform(1000, 3000, dear)))
    tier = np.repeat([0, 1], [fine, dear])
    return some_items(rate, chance.uniform(5, 40, fine + dear), cost, tier=tier)


PROMISES = [
    ServiceTarget(Measure.FILL_RATE, 0.93),
    ServiceTarget(Measure.READY_RATE, 0.8, Scope(tier="B")),
    ServiceTarget(Measure.WAITING_DAYS, 4.0, Scope(tier="B")),
]


def test_a_few_dear_parts_settled_for_good_prove_the_plan(monkeypatch):
    monkeypatch.setattr(finish, "ROUNDS", finish.ROUNDS[:1])
    with_it = solve(mostly_fine(), PROMISES)
    monkeypatch.setattr(decompose, "raised", lambda shop, sets, gap, standing: shop.bound)
    without = solve(mostly_fine(), PROMISES)
    assert with_it.outcome is Outcome.OPTIMAL
    assert with_it.gap <= 0.001 < without.gap
