"""The simulation: right on known answers, repeatable, and the judge of what the laws promise."""

from dataclasses import fields, replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.errors import OutOfRange
from inventory.lead_time import LeadTime, LeadTimes
from inventory.policy import ReorderPolicy
from planning.simulate import SimulationSettings, simulate
from planning.verify import recompute
from tests.planning.known import KNOWN, item_of

LONG = SimulationSettings(seed=7, replications=40_000, requests=25.0)
MEASURES = (
    "fill_rate",
    "line_fill_rate",
    "ready_rate",
    "expected_on_hand",
    "expected_backorders",
    "waiting_days",
    "orders_per_day",
)
LUMPY = SizeLaw((1, 2, 7), (0.6, 0.3, 0.1))


def played(items, settings=LONG, **more):
    demand = Demand.of([demand for demand, _, _ in items])
    lead_times = LeadTimes.of([lead_time for _, lead_time, _ in items])
    reorder_point = np.array([policy.reorder_point for _, _, policy in items])
    order_quantity = np.array([policy.order_quantity for _, _, policy in items])
    return simulate(demand, lead_times, reorder_point, order_quantity, settings, **more)


def a_few_items():
    return [
        (DemandForecast(0.1), LeadTime(20), ReorderPolicy(3, 1)),
        (DemandForecast(0.2, None, 0.02, LUMPY), LeadTime(14, 0, 7), ReorderPolicy(8, 3)),
        (DemandForecast(0.3, None, 0.0, LUMPY), LeadTime(10, 5, 1), ReorderPolicy(9, 10)),
        (DemandForecast(0.0), LeadTime(10), ReorderPolicy(2, 1)),
    ]


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["id"])
def test_known_answers_lie_inside_the_interval(case):
    measures = played([item_of(case)]).measures.row(0, named=True)
    for measure, expected in case["expected"].items():
        slack = case["tolerance"]["abs"] + case["tolerance"]["rel"] * abs(expected)
        assert abs(measures[measure] - expected) <= measures[f"{measure}_half_width"] + slack


@pytest.mark.parametrize("row", range(3))
def test_an_uncertain_rate_lead_time_or_review_gives_the_measures_of_the_plain_sums(row):
    item = a_few_items()[row]
    measures, answer = played([item]).measures.row(0, named=True), recompute(*item)
    for measure in MEASURES:
        off = abs(measures[measure] - getattr(answer, measure))
        assert off <= measures[f"{measure}_half_width"], measure


def test_the_same_seed_gives_the_same_figures_and_another_seed_gives_others():
    short = replace(LONG, replications=50)
    again = played(a_few_items(), short).measures
    assert_frame_equal(played(a_few_items(), short).measures, again, check_exact=True)
    other = played(a_few_items(), replace(short, seed=8)).measures
    assert (other["fill_rate"][:3] != again["fill_rate"][:3]).all()


def test_neither_order_nor_blocks_change_an_item_that_keeps_its_stream(monkeypatch):
    short = replace(LONG, replications=50)
    straight = played(a_few_items(), short).measures
    monkeypatch.setattr("planning.simulate.run.BLOCK", 2)
    names = np.array([3, 2, 1, 0])
    turned = played(a_few_items()[::-1], short, streams=names).measures
    assert_frame_equal(turned.reverse(), straight, check_exact=True)


def test_an_item_nobody_asks_for_keeps_its_stock_and_promises_nothing():
    measures = played(a_few_items()[3:], replace(LONG, replications=50)).measures
    assert measures["expected_on_hand"].item() == 3
    assert measures["orders_per_day"].item() == 0
    assert measures.select("fill_rate", "line_fill_rate", "waiting_days").row(0) == pytest.approx(
        (np.nan,) * 3, nan_ok=True
    )


def test_a_rate_that_is_all_but_unknown_is_played_to_the_end():
    wild = DemandForecast(0.01, rate_variance=1.0)
    measures = played([(wild, LeadTime(10), ReorderPolicy(0, 1))], replace(LONG, replications=50))
    assert not measures.measures.select(pl.all().is_nan()).to_series().any()


def test_together_the_shares_are_weighted_by_what_is_asked_for():
    items = a_few_items()
    result = played(items, replace(LONG, replications=200))
    rate = np.array([demand.demand_per_day for demand, _, _ in items])
    requests = np.array([demand.demand_per_day / demand.sizes.mean for demand, _, _ in items])
    fill = result.measures["fill_rate"].to_numpy()[:3]
    line = result.measures["line_fill_rate"].to_numpy()[:3]
    assert result.summary["fill_rate"] == pytest.approx(fill @ rate[:3] / rate.sum())
    assert result.summary["line_fill_rate"] == pytest.approx(line @ requests[:3] / requests.sum())
    on_hand = result.measures["expected_on_hand"].sum()
    assert result.summary["expected_on_hand"] == pytest.approx(on_hand)


def test_no_items_make_no_result_but_no_trouble_either():
    result = played([])
    assert result.measures.height == 0
    assert result.summary["fill_rate"] is None


@pytest.mark.parametrize("setting", [field.name for field in fields(SimulationSettings)][1:])
def test_a_length_that_makes_no_interval_is_refused(setting):
    with pytest.raises(OutOfRange):
        SimulationSettings(**{setting: 0})
