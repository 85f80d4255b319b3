"""What contracts cost: the plan with them and without them."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from inventory.service import Measure, Scope, ServiceTarget
from optimizer import solve
from planning.finance.scenario import contracts
from planning.finance.scenario.contracts import by_contract
from tests.optimizer.problems import some_items

DAY = date(2026, 9, 30)
TARGETS = (
    ServiceTarget(Measure.FILL_RATE, 0.95, Scope(tier="A")),
    ServiceTarget(Measure.FILL_RATE, 0.8, Scope(tier="B")),
)
ITEMS, GAP = 30, 1e-5


@pytest.fixture
def company(monkeypatch):
    """Tier A is promised to key accounts and to others, tier B to key accounts alone."""
    chance = np.random.default_rng(6)
    share = np.round(chance.random(ITEMS), 2)
    items = some_items(
        np.exp(chance.normal(-4, 1, ITEMS)), 20.0, np.exp(chance.normal(4, 1, ITEMS)),
        tier=np.arange(ITEMS) % 2,
    )  # fmt: skip
    monkeypatch.setattr(
        contracts, "class_shares", lambda *_: {"key": share, "small": 0.5 * (1 - share)}
    )
    held = pl.DataFrame(
        {
            "contract_id": ["K1", "K2", "K3", "K4", "K5"],
            "customer_id": ["C", "D", "S", "C", "C"],
            "tier": ["A", "A", "A", "B", "A"],
            "valid_from": [date(2024, 1, 1)] * 5,
            "valid_to": [None, None, None, None, date(2025, 1, 1)],
        }
    )
    customers = pl.DataFrame(
        {"customer_id": ["C", "D", "S"], "customer_class": ["key", "key", "small"]}
    )
    tables = {"contracts": held, "customers": customers, "demand": None}
    ready = SimpleNamespace(
        intake=SimpleNamespace(tables=tables, as_of=DAY), world=None, settings=None
    )
    return ready, SimpleNamespace(items=items, targets=TARGETS, rows=None), share


def test_a_contract_costs_what_the_plan_saves_when_its_promise_holds_for_the_others(company):
    ready, question, share = company
    plan = solve(question.items, TARGETS, gap=GAP)
    found = by_contract(ready, question, plan, GAP, map)
    assert found["contract_id"].to_list() == ["K1", "K2", "K3", "K4"]
    assert found["together"].to_list() == [2, 2, 1, 1]
    from dataclasses import replace

    others = replace(question.items, class_share={"rest": 1 - share})
    to_rest = ServiceTarget(Measure.FILL_RATE, 0.95, Scope(tier="A", customer_class="rest"))
    without = solve(others, [to_rest, TARGETS[1]], gap=GAP)
    saved = (plan.cost_per_day.decided - without.cost_per_day.decided) * 365
    near = plan.cost_per_day.decided * 365 * 3 * GAP
    assert found["together_cost_per_year"][0] == pytest.approx(max(saved, 0.0), abs=near)
    assert found["cost_per_year"][0] == pytest.approx(found["together_cost_per_year"][0] / 2)
    alone = solve(question.items, [TARGETS[0]], gap=GAP)
    saved = (plan.cost_per_day.decided - alone.cost_per_day.decided) * 365
    assert saved > 0
    assert found["cost_per_year"][3] == pytest.approx(saved, abs=near)


def test_nothing_is_priced_without_a_plan_and_contracts_are_still_told(company):
    ready, question, _ = company
    found = by_contract(ready, question, None, GAP, map)
    assert found["cost_per_year"].null_count() == 4
    assert found["promised"].null_count() == 0
