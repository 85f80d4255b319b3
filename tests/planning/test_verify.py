"""The second opinion agrees with published and enumerated answers."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.lead_time import LeadTime, LeadTimes
from inventory.measures import measures
from inventory.policy import ReorderPolicy
from planning.verify import recompute
from tests.planning.known import KNOWN, item_of


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["id"])
def test_known_answers_come_out_of_the_plain_sums(case):
    answer = recompute(*item_of(case))
    for measure, expected in case["expected"].items():
        tolerance = case["tolerance"]["abs"] + case["tolerance"]["rel"] * abs(expected)
        assert getattr(answer, measure) == pytest.approx(expected, abs=tolerance), measure


def test_a_shelf_that_is_only_ever_owed_hands_over_nothing_at_once():
    answer = recompute(DemandForecast(0.1), LeadTime(20), ReorderPolicy(-4, 2))
    assert answer.fill_rate == 0
    assert answer.expected_on_hand == 0
    assert answer.expected_backorders == pytest.approx(2 + 2.5)


def test_an_uncertain_rate_and_an_uncertain_lead_time_of_the_same_spread_count_alike():
    sizes = SizeLaw((1, 4), (0.75, 0.25))
    rate = recompute(DemandForecast(0.2, None, 0.01, sizes), LeadTime(10), ReorderPolicy(4, 3))
    lead = recompute(DemandForecast(0.2, None, 0.0, sizes), LeadTime(10, 5), ReorderPolicy(4, 3))
    assert rate.fill_rate == pytest.approx(lead.fill_rate)
    assert rate.expected_backorders == pytest.approx(lead.expected_backorders)


def test_nothing_is_promised_where_nothing_is_asked_for():
    answer = recompute(DemandForecast(0.0), LeadTime(20), ReorderPolicy(1, 3))
    assert answer.expected_on_hand == 3
    assert answer.fill_rate != answer.fill_rate


@settings(max_examples=25, deadline=None)
@given(
    rate=st.floats(0.001, 2.0),
    uncertainty=st.floats(0.0, 1.5),
    sizes=st.sampled_from([SizeLaw(), SizeLaw((1, 2, 7), (0.6, 0.3, 0.1)), SizeLaw((3,), (1.0,))]),
    overdispersed=st.sampled_from([None, 1.3]),
    lead_time=st.builds(
        lambda days, spread, review: LeadTime(days, spread * days, review),
        st.floats(0.1, 60),
        st.floats(0, 2),
        st.sampled_from([0.0, 1.0, 30.0]),
    ),
    policy=st.builds(ReorderPolicy, st.integers(-4, 60), st.sampled_from([1, 3, 20])),
)
def test_the_laws_of_the_plan_and_the_plain_sums_agree(
    rate, uncertainty, sizes, overdispersed, lead_time, policy
):
    implied = rate * (sizes.variance + sizes.mean**2) / sizes.mean
    variance = overdispersed and overdispersed * implied
    demand = DemandForecast(rate, variance, uncertainty * rate**2, sizes)
    quick = measures(
        Demand.of([demand]),
        LeadTimes.of([lead_time]),
        np.array([policy.reorder_point]),
        np.array([policy.order_quantity]),
    )
    slow = recompute(demand, lead_time, policy)
    for field in fields(slow):
        expected = getattr(slow, field.name)
        assert getattr(quick, field.name)[0] == pytest.approx(expected, rel=1e-6, abs=1e-7), field


def test_demand_that_varies_less_than_poisson_needs_less_stock():
    steady, random = DemandForecast(0.2, 0.1), DemandForecast(0.2)
    policy = ReorderPolicy(4, 1)
    calm = recompute(steady, LeadTime(10), policy)
    assert calm.fill_rate > recompute(random, LeadTime(10), policy).fill_rate
    assert calm.expected_on_hand == pytest.approx(5 - 2 + calm.expected_backorders)
