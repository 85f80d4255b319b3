"""Published and enumerated answers for several items under one budget or one target."""

import json
from pathlib import Path

import numpy as np
import pytest

from inventory.demand import Demand, SizeLaws
from inventory.lead_time import LeadTimes
from inventory.service import Measure, Per, ServiceTarget
from optimizer import BestService, Money, solve
from tests.optimizer.problems import some_items

INSTANCES = Path(__file__).parents[1] / "instances" / "multi_item.json"
CASES = {case["id"]: case for case in json.loads(INSTANCES.read_text())}
LEFT_OUT = {
    "marginal_quotients": "prints the steps of a greedy purchase, no plan",
}


def cases(*models):
    return [pytest.param(case, id=name) for name, case in CASES.items() if case["model"] in models]


def items_of(case):
    """Items of a case; pipelines are demand of one day, and money counts all that is owned."""
    given = case["inputs"]
    if "pipeline_means" in given:
        rate, days = given["pipeline_means"], 1.0
    elif "failure_rate_per_hour" in given:
        rate, days = given["failure_rate_per_hour"], given["repair_hours"]
    elif "failure_rate" in given:
        rate, days = given["failure_rate"], given["repair_time"]
    elif "rates" in given:
        rate, days = given["rates"], given["lead_time"]
    else:
        rate, days = [mean for mean, _ in given["lead_time_demand_mean_var"]], 1.0
    cost = np.asarray(given["unit_cost"], dtype=float)
    items = some_items(
        rate, days, cost, holding_cost_per_day=np.zeros(len(cost)), owned_cost_per_day=cost
    )
    if "lead_time_demand_mean_var" in given:
        mean, variance = np.array(given["lead_time_demand_mean_var"], dtype=float).T
        items = some_items(
            mean, 1.0, cost, holding_cost_per_day=np.zeros(len(cost)), owned_cost_per_day=cost,
            demand=Demand(mean, mean, variance - mean, SizeLaws.single_pieces(len(cost))),
            lead_times=LeadTimes(np.ones(len(cost)), np.zeros(len(cost)), np.zeros(len(cost))),
        )  # fmt: skip
    return items


def near(case, value):
    return pytest.approx(value, **case["tolerance"])


def money(items, plan):
    return float((items.unit_cost * (plan.reorder_point + 1)).sum())


@pytest.mark.parametrize("case", cases("min_ebo_budget_exact"))
def test_a_budget_buys_the_fewest_backorders(case):
    items, expected = items_of(case), case["expected"]
    plan = solve(
        items, [], goal=BestService(case["inputs"]["budget"], counts=Money.OWNED_VALUE), gap=0
    )
    rate = items.demand.demand_per_day.sum()
    assert (plan.reorder_point + 1).tolist() == expected["stock"]
    assert plan.goal.achieved * rate == near(case, expected["ebo"])
    assert money(items, plan) == expected["cost"]


@pytest.mark.parametrize("case", cases("max_fill_rate_budget_exact"))
def test_a_budget_buys_the_best_fill_rate(case):
    items, expected = items_of(case), case["expected"]
    goal = BestService(case["inputs"]["budget"], Measure.FILL_RATE, counts=Money.OWNED_VALUE)
    plan = solve(items, [], goal=goal, gap=0)
    assert (plan.reorder_point + 1).tolist() == expected["stock"]
    assert plan.goal.achieved == pytest.approx(expected["fill_rate"], abs=1e-12)


@pytest.mark.parametrize("case", cases("min_cost_ebo_target_exact"))
def test_a_target_of_backorders_costs_least(case):
    items = items_of(case)
    days = case["inputs"]["ebo_target"] / items.demand.demand_per_day.sum()
    plan = solve(items, [ServiceTarget(Measure.WAITING_DAYS, days)], gap=0)
    assert plan.cost_per_day.holding == pytest.approx(case["expected"]["cost"], abs=1e-9)
    assert plan.gap == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("case", cases("min_cost_aggregate_fill_rate"))
def test_a_target_of_the_fill_rate_costs_least(case):
    items, expected = items_of(case), case["expected"]
    plan = solve(items, [ServiceTarget(Measure.FILL_RATE, case["inputs"]["target"])], gap=0)
    assert plan.cost_per_day.holding == pytest.approx(expected["cost"], abs=1e-9)
    assert plan.targets[0].achieved == near(case, expected["fill_rate"])


@pytest.mark.parametrize("case", cases("item_approach_fill_rate"))
def test_item_by_item_is_a_target_per_item(case):
    items, expected = items_of(case), case["expected"]
    each = ServiceTarget(Measure.FILL_RATE, case["inputs"]["target_each_item"], per=Per.ITEM)
    plan = solve(items, [each], gap=0)
    assert (plan.reorder_point + 1).tolist() == expected["stock"]
    assert plan.cost_per_day.holding == pytest.approx(expected["cost"])


@pytest.mark.parametrize(
    "case", cases("efficient_curve_marginal_analysis", "undominated_allocations_fill_rate")
)
def test_every_point_of_an_efficient_curve_is_what_its_budget_buys(case):
    items = items_of(case)
    fill = "fill_rate_numerator" in case["expected"]["points"][0]
    rate = items.demand.demand_per_day.sum()
    for point in case["expected"]["points"]:
        measure = Measure.FILL_RATE if fill else Measure.WAITING_DAYS
        goal = BestService(point["cost"], measure, counts=Money.OWNED_VALUE)
        plan = solve(items, [], goal=goal, gap=0)
        asked = point["fill_rate_numerator"] if fill else point["ebo"]
        assert plan.goal.achieved * rate == near(case, asked)
        assert money(items, plan) <= point["cost"]


def test_what_is_left_out_is_named():
    tested = {
        "min_ebo_budget_exact", "max_fill_rate_budget_exact", "min_cost_ebo_target_exact",
        "min_cost_aggregate_fill_rate", "item_approach_fill_rate",
        "fleet_availability", "efficient_curve_marginal_analysis",
        "undominated_allocations_fill_rate",
    }  # fmt: skip
    assert {case["model"] for case in CASES.values()} == tested | set(LEFT_OUT)
