"""Known answers for one item: books, papers and other projects' test suites."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from inventory.costs import cost_per_day, implied_delay_cost
from inventory.demand import SizeLaw
from tests.inventory.builders import (
    a_demand,
    a_lead_time,
    at,
    curve,
    law_from_dense,
    measured,
)

FILE = Path(__file__).parents[1] / "instances" / "single_item.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text())}


def of_model(*models):
    ids = [name for name, case in CASES.items() if case["model"] in models]
    return pytest.mark.parametrize("name", ids)


def case(name):
    """Inputs, expected answers and a comparison within the case's tolerance."""
    here = CASES[name]
    tolerance = here["tolerance"]

    def near(value):
        return pytest.approx(value, abs=tolerance["abs"], rel=tolerance["rel"] or 1e-15)

    return here["inputs"], here["expected"], near


def lead_time_demand_mean(given):
    """Mean of the case's Poisson lead-time demand, however it is written there."""
    if "lead_time_demand" in given:
        return float(re.fullmatch(r"poisson\((.*)\)", given["lead_time_demand"])[1])
    return given["rate"] * given["lead_time"]


def cost_of(found, rate, quantity, given):
    costs = cost_per_day(
        found.expected_on_hand,
        rate / quantity,
        found.expected_backorders,
        holding_cost_per_day=given["h"],
        ordering_cost=given["K"],
        delay_cost_per_day=given["b"],
    )
    return float(costs.total[0])


def sizes_of(given):
    if "pmf" in given:
        given = given["pmf"]
    if "family" not in given:
        return SizeLaw(tuple(map(int, given)), tuple(given.values()))
    size = np.arange(1, 600)
    if given["family"] == "logarithmic":
        return law_from_dense(np.where(size < 90, given["q"] ** size / size, 0))
    return law_from_dense(np.where(size < 200, given["rho"] ** (size - 1), 0))


@of_model("rQ_poisson_cost")
def test_cost_of_a_reorder_point_and_quantity(name):
    given, expected, near = case(name)
    found = measured(
        given["r"],
        given["Q"],
        demand=a_demand(given["rate"]),
        lead_time=a_lead_time(given["lead_time"]),
    )
    assert cost_of(found, given["rate"], given["Q"], given) == near(expected["cost"])


@of_model("rQ_poisson_optimal")
def test_the_cheapest_reorder_point_and_quantity(name):
    given, expected, near = case(name)
    demand, lead_time = a_demand(given["rate"]), a_lead_time(given["lead_time"])
    found = []
    for quantity in range(1, 2 * expected["Q"] + 10):
        rows = curve(quantity, demand=demand, lead_time=lead_time)
        ebo = rows.expected_backorders
        points = rows.first_reorder_point[0] + np.arange(len(ebo))
        on_hand = points + (quantity + 1) / 2 - rows.lead_time_demand_mean[0] + ebo
        cost = given["h"] * on_hand + given["b"] * ebo + given["K"] * given["rate"] / quantity
        best = int(cost.argmin())
        found.append((cost[best], quantity, int(points[best])))
    cost, quantity, point = min(found)
    assert (point, quantity) == (expected["r"], expected["Q"])
    if "cost" in expected:
        assert cost == near(expected["cost"])


@of_model("rQ_poisson_measures")
def test_measures_of_a_reorder_point_and_quantity(name):
    given, expected, near = case(name)
    found = measured(given["r"], given["Q"], demand=a_demand(lead_time_demand_mean(given)))
    assert found.expected_backorders[0] == near(expected["ebo"])
    assert found.fill_rate[0] == near(expected["fill_rate"])
    assert found.expected_on_hand[0] == near(expected["eoh"])


@of_model("base_stock_cost_curve")
def test_cost_along_the_base_stock_levels(name):
    given, expected, near = case(name)
    demand = a_demand(lead_time_demand_mean(given))
    given["K"] = 0
    cost = [cost_of(measured(level - 1, demand=demand), 0, 1, given) for level in given["S"]]
    assert cost == [near(value) for value in expected["cost"]]
    assert given["S"][int(np.argmin(cost))] == expected["S_opt"]


@of_model("implied_backorder_cost")
def test_a_ready_rate_implies_a_price_of_waiting(name):
    given, expected, near = case(name)
    implied = implied_delay_cost(given["ready_rate_target"], given["h"])
    assert implied.tolist() == [near(value) for value in expected["b"]]


@of_model("poisson_table")
def test_the_poisson_law(name):
    given, expected, near = case(name)
    found = curve(demand=a_demand(given["mean"]))
    cdf = [found.ready_rate[at(found, x)] for x in given["x"]]
    below = [found.ready_rate[at(found, x - 1)] for x in given["x"]]
    assert cdf == [near(value) for value in expected["cdf"]]
    assert np.subtract(cdf, below).tolist() == [near(value) for value in expected["pmf"]]


@of_model("loss_poisson", "loss_negative_binomial")
def test_expected_excess_and_surplus(name):
    given, expected, near = case(name)
    variance = given["sd"] ** 2 if "sd" in given else None
    found = measured(given["x"] - 1, demand=a_demand(given["mean"], variance=variance))
    assert found.expected_backorders[0] == near(expected["E_excess"])
    assert found.expected_on_hand[0] == near(expected["E_surplus"])


@of_model("loss2_poisson", "loss2_negative_binomial")
def test_second_order_loss(name):
    given, expected, near = case(name)
    variance = None
    if "r" in given:
        given["mean"] = given["r"] * (1 - given["p"]) / given["p"]
        variance = given["mean"] / given["p"]
    found = curve(demand=a_demand(given["mean"], variance=variance), tail=1e-12)
    # ½ E[B (B − 1)] at S is the sum of the backorders at all higher levels
    beyond = found.expected_backorders[at(found, given["x"]) :].sum()
    assert beyond == near(expected["half_factorial_second_loss"])


@of_model("lead_time_demand_compound_poisson")
def test_moments_of_lumpy_lead_time_demand(name):
    given, expected, near = case(name)
    sizes = sizes_of(given["order_size_pmf"])
    demand = a_demand(given["customers_per_year"] * sizes.mean, sizes=sizes)
    found = curve(demand=demand, lead_time=a_lead_time(given["lead_time_years"]))
    assert found.lead_time_demand_mean[0] == near(expected["mean"])
    assert found.lead_time_demand_variance[0] == near(expected["variance"])


@of_model("rQ_compound_optimal")
def test_the_cheapest_policy_for_lumpy_requests(name):
    given, expected, near = case(name)
    sizes = sizes_of(given["order_size_pmf"])
    rate = given["customers_per_year"] * sizes.mean
    demand, lead_time = a_demand(rate, sizes=sizes), a_lead_time(given["lead_time_years"])
    found = {
        (point, quantity): cost_of(
            measured(point, quantity, demand=demand, lead_time=lead_time), rate, quantity, given
        )
        for quantity in range(60, 90)
        for point in range(20, 31)
    }
    best = min(found, key=found.get)
    assert best == (expected["r"], expected["Q"])
    assert found[best] == near(expected["cost"])
    ready = curve(demand=demand, lead_time=lead_time).ready_rate
    critical = given["b"] / (given["b"] + given["h"])
    # row 0 is R = −1, so row S has ready rate P(X ≤ S − 1): the first row above is S + 1
    assert int(np.argmax(ready >= critical)) - 1 == expected["S_base_stock"]


@of_model("lead_time_demand_moments")
def test_a_lead_time_that_varies_adds_variance(name):
    given, expected, near = case(name)
    demand = a_demand(given["demand_mean"], variance=given["demand_var"])
    lead_time = a_lead_time(given["lead_mean"], sd=given["lead_var"] ** 0.5)
    found = curve(demand=demand, lead_time=lead_time)
    assert found.lead_time_demand_mean[0] == near(expected["mean"])
    assert found.lead_time_demand_variance[0] == near(expected["variance"])


@of_model("base_stock_compound")
def test_base_stock_under_lumpy_requests(name):
    given, expected, near = case(name)
    sizes = sizes_of(given["order_size"])
    demand = a_demand(given["lead_time_customers"] * sizes.mean, sizes=sizes)
    found = measured(given["S"] - 1, demand=demand)
    assert found.expected_backorders[0] == near(expected["ebo"])
    assert found.expected_on_hand[0] == near(expected["eoh"])
    assert found.ready_rate[0] == near(expected["ready_rate"])
    assert measured(given["S"], demand=demand).ready_rate[0] == near(expected["prob_no_backorder"])
    assert found.fill_rate[0] == near(expected["fill_rate"])
    assert found.line_fill_rate[0] == near(expected["line_fill_rate"])


@of_model("nb_equals_poisson_logarithmic")
def test_logarithmic_requests_of_a_poisson_stream_are_negative_binomial(name):
    given, expected, near = case(name)
    sizes = sizes_of({"family": "logarithmic", "q": given["log_q"]})
    for demand in (
        a_demand(given["lead_time_customers"] * sizes.mean, sizes=sizes),
        a_demand(expected["nb_mean"], variance=expected["nb_variance"]),
    ):
        found = curve(demand=demand)
        assert found.lead_time_demand_mean[0] == near(expected["nb_mean"])
        assert found.lead_time_demand_variance[0] == near(expected["nb_variance"])
        pmf = np.diff(found.ready_rate)[:6]
        assert pmf.tolist() == [near(value) for value in expected["pmf_0_to_5"]]


@of_model("base_stock_nb")
def test_base_stock_under_negative_binomial_demand(name):
    given, expected, near = case(name)
    law = given["lead_time_demand"]
    demand = a_demand(law["mean"], variance=law["variance"])
    found = measured(given["S"] - 1, demand=demand)
    assert found.expected_backorders[0] == near(expected["ebo"])
    assert found.expected_on_hand[0] == near(expected["eoh"])
    assert found.ready_rate[0] == near(expected["ready_rate"])
    assert measured(given["S"], demand=demand).ready_rate[0] == near(expected["prob_no_backorder"])


@of_model("base_stock_poisson")
def test_base_stock_under_poisson_demand(name):
    given, expected, near = case(name)
    demand, lead_time = a_demand(given["rate"]), a_lead_time(given["lead_time"])
    found = measured(given["S"] - 1, demand=demand, lead_time=lead_time)
    above = measured(given["S"], demand=demand, lead_time=lead_time)
    assert found.expected_backorders[0] == near(expected["ebo"])
    assert found.expected_on_hand[0] == near(expected["eoh"])
    assert found.fill_rate[0] == near(expected["fill_rate"])
    assert above.ready_rate[0] == near(expected["prob_no_backorder"])
    assert found.waiting_days[0] == near(expected["mean_wait"])


@of_model("base_stock_compound", "base_stock_nb", "base_stock_poisson", "rQ_backorder_variance")
def test_the_variance_of_backorders_follows_from_the_curve(name):
    given, expected, near = case(name)
    if "lead_time_demand" in given and "r" in given:
        level, quantity, demand = given["r"] + 1, given["Q"], a_demand(lead_time_demand_mean(given))
    elif "lead_time_demand" in given:
        law = given["lead_time_demand"]
        level, quantity = given["S"], 1
        demand = a_demand(law["mean"], variance=law["variance"])
    elif "rate" in given:
        level, quantity = given["S"], 1
        demand = a_demand(given["rate"] * given["lead_time"])
    else:
        sizes = sizes_of(given["order_size"])
        level, quantity = given["S"], 1
        demand = a_demand(given["lead_time_customers"] * sizes.mean, sizes=sizes)
    # E[B²] at S = EBO(S) + 2 Σ EBO at all higher levels
    found = curve(demand=demand, tail=1e-13)
    ebo = found.expected_backorders[at(found, level - 1) :]
    second = np.mean([ebo[s] + 2 * ebo[s + 1 :].sum() for s in range(quantity)])
    mean = np.mean(ebo[:quantity])
    assert second - mean**2 == near(expected["var_bo"])
    if "sd_wait_days" in expected:
        assert second == near(expected["ebo2"])
        sd = np.sqrt(second - mean**2 - mean) / given["rate"] * 365
        assert sd == near(expected["sd_wait_days"])


@of_model("periodic_RS_poisson")
def test_order_up_to_at_reviews(name):
    given, expected, near = case(name)
    review = given["review_interval"]
    demand, lead_time = a_demand(given["rate"]), a_lead_time(given["lead_time"], review=review)
    found = measured(given["S"] - 1, demand=demand, lead_time=lead_time)
    assert found.expected_backorders[0] == near(expected["ebo"])
    assert found.expected_on_hand[0] == near(expected["eoh"])
    assert found.fill_rate[0] == near(expected["fill_rate"])
    assert found.orders_per_day[0] == near(expected["order_rate"])
    costs = cost_per_day(
        found.expected_on_hand,
        found.orders_per_day,
        found.expected_backorders,
        holding_cost_per_day=given["h"],
        ordering_cost=given["K"],
        delay_cost_per_day=given["b"],
    )
    assert costs.total[0] == near(expected["cost"])


@of_model("min_S_fill_rate", "min_r_fill_rate")
def test_the_least_level_that_keeps_a_fill_rate(name):
    given, expected, near = case(name)
    found = curve(given.get("Q", 1), demand=a_demand(lead_time_demand_mean(given)))
    row = int(np.argmax(found.fill_rate >= given["target"]))
    point = int(found.first_reorder_point[0]) + row
    assert point == (expected["r"] if "r" in expected else expected["S"] - 1)
    assert found.fill_rate[row] == near(expected["fill_rate"])


def test_every_case_in_the_file_is_used():
    tested = {
        name
        for test in list(globals().values())
        for mark in getattr(test, "pytestmark", [])
        for name in mark.args[1]
    }
    assert tested == set(CASES)
