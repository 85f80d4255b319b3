"""What promises cost, and which one a budget breaks first."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from inventory.service import Measure, Scope, ServiceTarget
from optimizer import solve
from planning.finance.scenario.promises import breaks_first, prices, taken_back
from tests.optimizer.problems import some_items

FILL = [ServiceTarget(Measure.FILL_RATE, 0.9, Scope(tier=tier)) for tier in "AB"]
WAIT = ServiceTarget(Measure.WAITING_DAYS, 60.0)
CONTRACTS = pl.DataFrame(
    {
        "contract_id": ["K1", "K2", "K3"],
        "customer_id": ["C", "C", "D"],
        "tier": ["A", "A", "B"],
        "valid_from": [date(2024, 1, 1), date(2023, 5, 1), date(2020, 1, 1)],
        "valid_to": [date(2027, 1, 1), date(2028, 1, 1), date(2021, 1, 1)],
    }
)


def two_tiers():
    chance = np.random.default_rng(4)
    return some_items(
        np.exp(chance.normal(-4, 1, 40)), 20.0, np.exp(chance.normal(4, 1, 40)),
        tier=np.arange(40) % 2,
    )  # fmt: skip


def test_a_promise_costs_what_the_plan_saves_without_it():
    items, targets = two_tiers(), [*FILL, WAIT]
    plan = solve(items, targets, gap=1e-4)
    found = prices(items, targets, plan, CONTRACTS, date(2026, 9, 30), 1e-4, map)
    alone = solve(items, [FILL[1], WAIT], gap=1e-4)
    saved = (plan.cost_per_day.holding - alone.cost_per_day.holding) * 365
    assert found[0].cost_per_year == pytest.approx(saved)
    assert found[2].cost_per_year == pytest.approx(0.0, abs=plan.cost_per_day.holding * 365 * 2e-4)
    assert (found[0].since, found[0].contracts) == (date(2023, 5, 1), 2)
    assert (found[1].since, found[1].contracts) == (None, 0)
    assert found[0].waiting_without > found[0].waiting_with


def test_a_budget_that_is_enough_breaks_nothing():
    items = two_tiers()
    needed, broken = breaks_first(items, FILL, 1e9, 1e-3, map)
    assert broken == []
    assert needed == pytest.approx(solve(items, FILL, gap=1e-4).stock_value, rel=5e-3)


def test_a_budget_a_little_short_breaks_one_promise_and_only_as_far_as_it_must():
    items = two_tiers()
    needed, _ = breaks_first(items, FILL, 1e9, 1e-3, map)
    _, broken = breaks_first(items, FILL, 0.9 * needed, 1e-3, map)
    assert len(broken) == 1
    assert 0.5 < broken[0].reached < 0.9
    assert broken[0].days_longer > 0
    assert broken[0].stock_value <= 0.9 * needed
    _, more = breaks_first(items, FILL, 0.05 * needed, 1e-3, map)
    assert len(more) == 2
    assert more[0].label == broken[0].label


def test_lower_shares_longer_waits_and_lost_promises_are_taken_back():
    now = [ServiceTarget(Measure.FILL_RATE, 0.8, Scope(tier="A")),
           ServiceTarget(Measure.WAITING_DAYS, 70.0)]  # fmt: skip
    found = taken_back([*FILL, WAIT], now)
    assert [(one.scope.tier, level) for one, level in found] == [("A", 0.8), ("B", None), ("", 70)]
    assert taken_back(now, [*FILL, WAIT]) == []
