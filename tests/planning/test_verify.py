"""The second opinion agrees with published and enumerated answers."""

import pytest

from inventory.demand import DemandForecast, SizeLaw
from inventory.lead_time import LeadTime
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
