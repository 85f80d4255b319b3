"""Known answers behind a parent: Sherbrooke, Graves, Axsäter and other projects' test suites."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from inventory.demand import Demand, DemandForecast
from inventory.echelons import Repairs, evaluate
from inventory.lead_time import LeadTime, LeadTimes
from tests.inventory.builders import a_demand, a_lead_time, curve, measured
from tests.inventory.echelon_judge import (
    backorders,
    exact_pipelines,
    moments,
    parent_backorders,
    poisson_law,
    ready_rate,
    simulated_lacks,
    with_transport,
)

FILE = Path(__file__).parents[1] / "instances" / "two_echelon.json"
CASES = {case["id"]: case for case in json.loads(FILE.read_text())}


def of_model(*models, where=lambda given: True):
    ids = [
        name for name, case in CASES.items() if case["model"] in models and where(case["inputs"])
    ]
    return pytest.mark.parametrize("name", ids)


def case(name):
    here = CASES[name]
    tolerance = here["tolerance"]

    def near(value):
        return pytest.approx(value, abs=tolerance["abs"], rel=tolerance["rel"] or 1e-15)

    return here["inputs"], here["expected"], near


def bases_of(given):
    """Bases as the fullest kind of case writes them, in the case's own time unit."""
    if isinstance(given["bases"], list):
        return given["bases"]
    year = given.get("days_per_year", 1)
    days = "days" if year > 1 else "time"
    return [
        {
            "rate": given["rate_per_base"] / year,
            "order_ship": given[f"order_ship_{days}"],
            "base_repair_prob": given["base_repair_prob"],
            "base_repair_time": given[f"base_repair_{days}"],
        }
    ] * given["bases"]


def evaluated(bases, depot_days, depot_level, levels, **how):
    """One part: a depot and its bases, repairable, one for one."""
    rates = [0.0, *(base["rate"] for base in bases)]
    days = [depot_days, *(base["order_ship"] for base in bases)]
    repairs = Repairs(
        np.ones(len(rates)),
        np.array([1.0, *(base["base_repair_prob"] for base in bases)]),
        np.array([depot_days, *(base["base_repair_time"] for base in bases)]),
    )
    return evaluate(
        Demand.of([DemandForecast(rate) for rate in rates]),
        LeadTimes.of([LeadTime(one) for one in days]),
        np.array([-1] + [0] * len(bases)),
        np.array([depot_level, *levels]) - 1,
        np.ones(len(rates), dtype=np.int64),
        repairs,
        **how,
    )


def exactly(bases, depot_days, depot_level):
    """The depot's backorders and each base's pipeline, as laws."""
    up = [base["rate"] * (1 - base["base_repair_prob"]) for base in bases]
    repair = [base["rate"] * base["base_repair_prob"] * base["base_repair_time"] for base in bases]
    transport = [base["order_ship"] for base in bases]
    return exact_pipelines(up, transport, repair, sum(up) * depot_days, [depot_level])


def depot_days_of(given):
    for name in ("depot_time", "depot_repair_days", "depot_repair_time", "depot_lead_time"):
        if name in given:
            return given[name]
    raise KeyError("depot time")


@of_model("depot_performance")
def test_what_a_depot_owes(name):
    given, expected, near = case(name)
    found = evaluated(bases_of(given), depot_days_of(given), given["S_depot"], [0] * given["bases"])
    assert found.measures.lead_time_demand_mean[0] == near(expected["pipeline"])
    assert found.measures.expected_backorders[0] == near(expected["ebo"])
    assert found.backorders_variance[0] == near(expected["vbo"])
    assert found.measures.waiting_days[0] == near(expected["wait_days"])


@of_model("vari_metric", "metric")
def test_identical_bases_behind_a_depot(name):
    given, expected, near = case(name)
    metric = CASES[name]["model"] == "metric"
    levels = [given.get("S_base", 4)] * given["bases"]
    found = evaluated(
        bases_of(given), depot_days_of(given), given["S_depot"], levels, metric=metric
    )
    one = {
        "pipeline_mean": found.measures.lead_time_demand_mean[1],
        "pipeline_var": found.measures.lead_time_demand_variance[1],
        "base_ebo": found.measures.expected_backorders[1],
        "total_ebo": found.measures.expected_backorders[1:].sum(),
        "base_on_hand": found.measures.expected_on_hand[1],
        "depot_ebo": found.measures.expected_backorders[0],
        "wait_days": found.measures.waiting_days[0],
    }
    for word, value in expected.items():
        assert one[word] == near(value), word


@of_model("metric_and_vari_metric")
def test_unequal_bases_behind_a_depot(name):
    given, expected, near = case(name)
    levels = [base["S"] for base in given["bases"]]
    arguments = (given["bases"], given["depot_time"], given["S_depot"], levels)
    simple, full = evaluated(*arguments, metric=True), evaluated(*arguments)
    for word, found in (
        ("metric_base_ebo", simple.measures.expected_backorders),
        ("varimetric_base_ebo", full.measures.expected_backorders),
        ("varimetric_fill_rate", full.measures.fill_rate),
    ):
        assert found[1:].tolist() == [near(value) for value in expected[word]]


@of_model("metric_pipelines")
def test_pipelines_along_the_depot_levels(name):
    given, expected, near = case(name)
    for level, owed, pipeline in zip(
        given["S_depot"], expected["depot_ebo"], expected["base_pipeline"], strict=True
    ):
        found = evaluated(bases_of(given), depot_days_of(given), level, [0] * given["bases"])
        assert found.measures.expected_backorders[0] == near(owed)
        assert found.measures.lead_time_demand_mean[1] == near(pipeline)


@of_model("exact_two_echelon")
def test_the_judge_is_exact_and_the_evaluation_keeps_its_moments(name):
    given, expected, near = case(name)
    owed, pipelines = exactly(given["bases"], given["depot_time"], given["S_depot"])
    assert moments(owed) == (near(expected["depot_ebo"]), near(expected["depot_vbo"]))
    levels = [base["S"] for base in given["bases"]]
    found = evaluated(given["bases"], given["depot_time"], given["S_depot"], levels)
    for i, (law, level) in enumerate(zip(pipelines, levels, strict=True)):
        mean, variance = expected["pipeline_mean"][i], expected["pipeline_var"][i]
        assert backorders(law, level) == near(expected["base_ebo"][i])
        assert ready_rate(law, level) == near(expected["base_fill_rate"][i])
        assert moments(law) == (near(mean), near(variance))
        assert found.measures.lead_time_demand_mean[i + 1] == near(mean)
        assert found.measures.lead_time_demand_variance[i + 1] == near(variance)
        assert found.measures.fill_rate[i + 1] == pytest.approx(
            expected["base_fill_rate"][i], abs=0.02
        )


@of_model("compare_methods")
def test_three_methods_side_by_side(name):
    given, expected, near = case(name)
    base = {
        "rate": given["rate_per_outlet"],
        "order_ship": given["transport_time"],
        "base_repair_prob": 0.0,
        "base_repair_time": 0.0,
    }
    bases, days, level = [base] * given["outlets"], given["depot_lead_time"], given["S_depot"]
    levels = [given["S_outlet"]] * given["outlets"]
    simple = evaluated(bases, days, level, levels, metric=True).measures.expected_backorders
    full = evaluated(bases, days, level, levels).measures.expected_backorders
    exact = sum(backorders(law, given["S_outlet"]) for law in exactly(bases, days, level)[1])
    assert simple[1:].sum() == near(expected["total_ebo_metric"])
    assert full[1:].sum() == near(expected["total_ebo_varimetric"])
    assert exact == near(expected["total_ebo_exact"])


def curves_by_depot_level(given, units, how):
    """By depot level 0 … units the EBO of one base at levels 0 … units."""
    bases, days = bases_of(given), depot_days_of(given)
    for depot_level in range(units + 1):
        if how == "exact":
            law = exactly(bases, days, depot_level)[1][0]
            yield [backorders(law, level) for level in range(units + 1)]
        else:
            base_levels = range(units + 1)
            found = [
                evaluated(bases, days, depot_level, [s] * len(bases), metric=how == "metric")
                for s in base_levels
            ]
            yield [one.measures.expected_backorders[1] for one in found]


def best_splits(given, units, how):
    """The least total EBO of 0 … units pieces, and the depot level of the best split."""
    bases = len(bases_of(given))
    best = [(np.inf, -1)] * (units + 1)
    for depot_level, ebo in enumerate(curves_by_depot_level(given, units, how)):
        gains = sorted((now - then for now, then in pairwise(ebo) for _ in range(bases)))[::-1]
        total = bases * ebo[0]
        for pieces in range(units + 1 - depot_level):
            best[depot_level + pieces] = min(best[depot_level + pieces], (total, depot_level))
            total -= gains[pieces] if pieces < len(gains) else 0.0
    return best


@of_model("metric_best_split", "best_split_exact")
def test_the_best_split_between_depot_and_bases(name):
    given, expected, near = case(name)
    how = "metric" if CASES[name]["model"] == "metric_best_split" else "exact"
    best = best_splits(given, max(given["total_units"]), how)
    for units, total, depot in zip(
        given["total_units"], expected["total_ebo"], expected["S_depot"], strict=True
    ):
        assert best[units][0] == pytest.approx(total, abs=max(1e-10, near(total).abs))
        assert best[units][1] == depot


@of_model("vari_metric_two_items_budget")
def test_two_items_share_a_budget(name):
    """Marginal analysis on the lower hulls of both items' total-stock curves."""
    given, expected, near = case(name)
    steps = []
    for number, item in enumerate(given["items"], start=1):
        ebo = [total for total, _ in best_splits(item, 30, "vari_metric")]
        hull = [0]
        for units in range(1, len(ebo)):
            while len(hull) > 1 and (ebo[hull[-1]] - ebo[units]) * (hull[-1] - hull[-2]) >= (
                ebo[hull[-2]] - ebo[hull[-1]]
            ) * (units - hull[-1]):
                hull.pop()
            hull.append(units)
        for low, high in pairwise(hull):
            cost = (high - low) * item["unit_cost"]
            steps.append(((ebo[low] - ebo[high]) / cost, high - low, cost, number))
    steps.sort(reverse=True)
    spent = np.cumsum([cost for _, _, cost, _ in steps])
    twice = [k for k, (_, units, _, _) in enumerate(steps[:29], start=1) if units == 2]
    assert twice == expected["steps_buying_two_units"]
    assert steps[11][0] * 1000 == near(expected["delta_step12_per_1000"])
    assert steps[18][0] * 1000 == near(expected["delta_step19_per_1000"])
    assert spent[11] == near(expected["cumulative_cost_step12"])
    assert spent[27] == near(expected["cumulative_cost_step28"])
    assert steps[28][3] == expected["item_bought_at_step29"]


def one_for_one_cost(given, depot_levels, level, prices):
    """Exact cost of a depot with these base stocks (averaged) and identical stores."""
    rates = [given["rate_per_retailer"]] * given["retailers"]
    owed_mean = sum(rates) * given["depot_lead_time"]
    transport = [given["transport_time"]] * len(rates)
    owed, laws = exact_pipelines(rates, transport, [0.0] * len(rates), owed_mean, depot_levels)
    depot_stock = np.mean(depot_levels) - owed_mean + moments(owed)[0]
    waiting = backorders(laws[0], level)
    stock = level - moments(laws[0])[0] + waiting
    h0, h, beta = prices
    return h0 * depot_stock + len(rates) * (h * stock + beta * waiting), depot_stock, waiting, stock


@of_model("two_echelon_RQ_cost", where=lambda given: given["Q_retailer"] == 1)
def test_batches_at_the_depot_alone(name):
    given, expected, near = case(name)
    for policy in ("DS", "SZ"):
        points = given[f"policy_{policy}"]
        first = points["R_depot"] + 1
        levels = range(first, first + given["Q_depot_in_batches"])
        prices = (given["h0"], given["h"], given["beta"])
        cost = one_for_one_cost(given, levels, points["R_retailer"] + 1, prices)[0]
        assert cost == near(expected[f"cost_policy_{policy}"])


@of_model("two_echelon_RQ_cost", where=lambda given: given["Q_retailer"] > 1)
def test_batches_at_the_stores_too(name):
    """The judge for batches: the published cost lies inside its interval (plus rounding)."""
    given, expected, near = case(name)
    rates = [given["rate_per_retailer"]] * given["retailers"]
    quantity = given["Q_retailer"]
    for policy in ("DS", "SZ"):
        points = given[f"policy_{policy}"]
        first = points["R_depot"] + 1
        levels = quantity * np.arange(first, first + given["Q_depot_in_batches"])
        days = given["depot_lead_time"]
        lacks = simulated_lacks(
            rates, [quantity] * len(rates), days, levels, runs=400_000, seed=11
        ).mean(axis=(0, 2))
        top = points["R_retailer"] + quantity
        waiting = levels.mean() - sum(rates) * days
        cost = []
        for lack, law in zip(
            lacks, with_transport(lacks, rates[0] * given["transport_time"]), strict=True
        ):
            owed = len(rates) * (moments(lack)[0] - (quantity - 1) / 2)
            late = backorders(law, top)
            stock = top - moments(law)[0] + late
            store = given["h"] * stock + given["beta"] * late
            cost.append(given["h0"] * (waiting + owed) + len(rates) * store)
        error = 3.6 * np.std(cost, ddof=1) / len(cost) ** 0.5
        wanted = expected[f"cost_policy_{policy}"]
        assert error < 0.005 * wanted
        assert np.mean(cost) == pytest.approx(wanted, abs=error + near(wanted).abs)


def hub(given):
    return {
        "rate_per_retailer": given["rate_per_store"],
        "retailers": given["stores"],
        "depot_lead_time": given["hub_lead"],
        "transport_time": given["transit"],
    }


@of_model("hub_batch_exact")
def test_a_hub_that_orders_in_batches(name):
    given, expected, near = case(name)
    levels = range(given["R_hub"] + 1, given["R_hub"] + given["Q_hub"] + 1)
    prices = (given["h0"], given["h"], given["b"])
    cost, depot, waiting, stock = one_for_one_cost(hub(given), levels, given["S_store"], prices)
    assert cost == near(expected["cost"])
    assert depot == near(expected["hub_on_hand"])
    assert waiting == near(expected["store_backorders_each"])
    assert stock == near(expected["store_on_hand_each"])


@of_model("hub_batch_optimal")
def test_the_cheapest_hub(name):
    given, expected, near = case(name)
    prices = (given["h0"], given["h"], given["b"])
    found = {
        (point, level): one_for_one_cost(
            hub(given), range(point + 1, point + given["Q_hub"] + 1), level, prices
        )[0]
        for point in range(3, 12)
        for level in range(1, 6)
    }
    best = min(found, key=found.get)
    assert best == (expected["R_hub"], expected["S_store"])
    assert found[best] == near(expected["cost"])


@of_model("hub_wait_distribution")
def test_how_long_a_hub_lets_wait(name):
    """P(W ≤ t) is the response share: the fill rate at lead time L − t."""
    given, expected, near = case(name)
    demand = a_demand(given["hub_rate"])
    for days, word in ((0, "P_wait_0"), (1, "P_wait_le_1"), (2, "P_wait_le_2")):
        lead_time = a_lead_time(given["hub_lead"] - days)
        found = measured(given["R_hub"], given["Q_hub"], demand=demand, lead_time=lead_time)
        assert found.fill_rate[0] == near(expected[word])
    found = measured(
        given["R_hub"], given["Q_hub"], demand=demand, lead_time=a_lead_time(given["hub_lead"])
    )
    assert found.waiting_days[0] == near(expected["mean_wait"])
    ebo = curve(demand=demand, lead_time=a_lead_time(given["hub_lead"]), tail=1e-13)
    here = ebo.expected_backorders[given["R_hub"] + 1 :]
    square = np.mean([here[k] + 2 * here[k + 1 :].sum() for k in range(given["Q_hub"])])
    mean = here[: given["Q_hub"]].mean()
    assert (square - mean**2 - mean) / given["hub_rate"] ** 2 == near(expected["var_wait"])


def test_a_parent_without_stock_owes_all_that_was_asked():
    assert parent_backorders(poisson_law(3.0), 0).tolist() == poisson_law(3.0).tolist()


def test_every_case_in_the_file_is_used():
    tested = {
        name
        for test in list(globals().values())
        for mark in getattr(test, "pytestmark", [])
        for name in mark.args[1]
    }
    assert tested == set(CASES)
