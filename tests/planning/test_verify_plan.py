"""A plan stands only if a second, slower count agrees with it."""

from dataclasses import replace

import numpy as np
import pytest

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.lead_time import LeadTime, LeadTimes
from inventory.measures import measures
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer import Items, ScopeWords, solve
from planning.verify import CHECKED, Claims, verify

TARGETS = (
    ServiceTarget(Measure.FILL_RATE, 0.9),
    ServiceTarget(Measure.LINE_FILL_RATE, 0.85, Scope(criticality="A")),
    ServiceTarget(Measure.VALUE_FILL_RATE, 0.8, Scope(tier="A")),
    ServiceTarget(Measure.WAITING_DAYS, 2.0, per=Per.LOCATION),
    ServiceTarget(Measure.READY_RATE, 0.5, per=Per.ITEM),
    ServiceTarget(Measure.FILL_RATE, 0.9, Scope(customer_class="gold")),
    ServiceTarget(Measure.RESPONSE_SHARE, 0.95, within_days=5.0),
    ServiceTarget(Measure.FILL_RATE, 0.9, Scope(tier="Z")),
)


def a_company(idle=()):
    lumpy = SizeLaw((1, 3), (0.7, 0.3))
    demand = [
        DemandForecast(
            (0.02 + 0.01 * k) * (k not in idle),
            None,
            0.0002 * (k % 2),
            lumpy if k % 3 else SizeLaw(),
        )
        for k in range(10)
    ]
    lead_times = [LeadTime(5.0 + 3 * k, 1.0 * (k % 4 == 0), 1.0) for k in range(10)]
    unit_cost = 10.0 * (1 + np.arange(10.0)) ** 2
    return Items(
        Demand.of(demand),
        LeadTimes.of(lead_times),
        unit_cost,
        unit_cost * 0.2 / 365,
        np.zeros(10),
        np.ones(10, dtype=np.int64),
        np.where(np.arange(10) == 4, 5, 1),
        np.arange(10) // 2,
        np.arange(10) % 2,
        np.arange(10) % 2,
        np.arange(10) % 3,
        ScopeWords(("A", "B"), ("NORTH", "SOUTH"), ("A", "B", "C")),
        {"gold": np.linspace(0, 1, 10)},
    )


@pytest.fixture(scope="module")
def planned():
    return a_plan_of(a_company())


def a_plan_of(items):
    plan = solve(items, TARGETS)
    now = measures(items.demand, items.lead_times, plan.reorder_point, plan.order_quantity)
    sooner = replace(items.lead_times, mean_days=np.maximum(items.lead_times.mean_days - 5, 0))
    soon = measures(items.demand, sooner, plan.reorder_point, plan.order_quantity).fill_rate
    claims = Claims({name: getattr(now, name) for name in CHECKED}, {5.0: soon})
    return items, plan, claims


def test_a_plan_that_is_right_stands(planned):
    items, plan, claims = planned
    assert len(plan.targets) == len(TARGETS) + 1  # waiting is promised at two locations
    assert verify(items, plan, claims) == ()


def test_a_plan_with_items_nobody_asks_for_stands():
    assert verify(*a_plan_of(a_company(idle=(3, 6)))) == ()


def test_levels_other_than_those_that_were_measured_are_found_out(planned):
    items, plan, claims = planned
    level = plan.reorder_point.copy()
    level[3] -= 1
    found = verify(items, replace(plan, reorder_point=level), claims)
    assert {one.where for one in found if one.where.startswith("item")} == {"item 3"}
    assert any(one.where.startswith("target") for one in found)


@pytest.mark.parametrize("measure", CHECKED)
def test_a_wrong_measure_of_one_item_is_found_out(planned, measure):
    items, plan, claims = planned
    column = claims.measures[measure].copy()
    column[7] += 0.001
    found = verify(items, plan, Claims(claims.measures | {measure: column}, claims.response_share))
    assert [(one.where, one.measure) for one in found] == [("item 7", measure)]


@pytest.mark.parametrize("row", range(len(TARGETS)))
def test_a_target_that_claims_more_than_its_items_is_found_out(planned, row):
    items, plan, claims = planned
    claimed = list(plan.targets)
    claimed[row] = replace(claimed[row], achieved=(claimed[row].achieved or 0) + 0.001)
    (found,) = verify(items, replace(plan, targets=tuple(claimed)), claims)
    assert found.measure == str(claimed[row].target.measure)
    assert "counted out" in str(found)


def test_a_target_called_met_that_is_not_is_found_out(planned):
    items, plan, claims = planned
    claimed = list(plan.targets)
    missed = replace(claimed[0].target, target=claimed[0].achieved + 0.01)
    claimed[0] = replace(claimed[0], target=missed)
    (found,) = verify(items, replace(plan, targets=tuple(claimed)), claims)
    assert "called met" in found.where


def test_a_target_that_speaks_of_more_places_than_were_answered_for_is_found_out(planned):
    items, plan, claims = planned
    fewer = tuple(one for one in plan.targets if one.location_id != "SOUTH")
    (found,) = verify(items, replace(plan, targets=fewer), claims)
    assert "SOUTH" in found.where


def test_of_many_items_a_seeded_sample_is_counted_out(planned):
    items, plan, claims = planned
    column = claims.measures["fill_rate"] + 0.001
    wrong = Claims(claims.measures | {"fill_rate": column}, claims.response_share)
    found = verify(items, plan, wrong, sample=3, seed=5)
    rows = [one.where for one in found if one.where.startswith("item")]
    assert len(rows) == 3
    assert rows == [
        one.where
        for one in verify(items, plan, wrong, sample=3, seed=5)
        if one.where.startswith("item")
    ]
