"""The promise is honest: what the laws say is what the simulated planner sees."""

import numpy as np
import pytest

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.lead_time import LeadTime, LeadTimes
from inventory.measures import measures
from planning.simulate import SimulationSettings, simulate

WIDEST = 0.003  # half a 99.9 % interval, as a share
SETTINGS = SimulationSettings(seed=2026, replications=90_000, requests=30.0)
SINGLE = SizeLaw()
LUMPY = SizeLaw((1, 2, 5, 12), (0.55, 0.25, 0.15, 0.05))

# demand per day, its rate variance, lead time: what the law takes for certain and what not
WORLDS = {
    "all known": (0.15, 0.0, LeadTime(20)),
    "a review a day": (0.15, 0.0, LeadTime(20, 0, 1)),
    "a review a month": (0.15, 0.0, LeadTime(20, 0, 30)),
    "rate uncertain": (0.15, 0.006, LeadTime(20, 0, 1)),
    "lead time uncertain": (0.15, 0.0, LeadTime(20, 8)),
    "a rate hardly known": (0.02, 0.0004, LeadTime(45, 0, 7)),
}


def judged(sizes, rate, rate_variance, lead_time, level, quantity, seen=None):
    """Promised and simulated fill of one item; `seen` is the lead time that really rules."""
    demand = Demand.of([DemandForecast(rate * sizes.mean, None, rate_variance, sizes)])
    policy = np.array([level]), np.array([quantity])
    promised = measures(demand, LeadTimes.of([lead_time]), *policy)
    found = simulate(demand, LeadTimes.of([seen or lead_time]), *policy, SETTINGS).measures
    return promised, found.row(0, named=True)


def levels(sizes, rate, lead_time):
    """A reorder point where some requests wait and most do not."""
    mean = rate * sizes.mean * (lead_time.mean_days + lead_time.review_period_days / 2)
    return int(1.3 * mean + sizes.mean)


@pytest.mark.parametrize("quantity", [1, 3, 10])
@pytest.mark.parametrize("sizes", [SINGLE, LUMPY], ids=["single", "lumpy"])
@pytest.mark.parametrize("world", WORLDS)
def test_the_promise_is_honest(world, sizes, quantity):
    rate, rate_variance, lead_time = WORLDS[world]
    spread = rate_variance * sizes.mean**2
    level = levels(sizes, rate, lead_time)
    promised, found = judged(sizes, rate, spread, lead_time, level, quantity)
    for measure in ("fill_rate", "line_fill_rate", "ready_rate"):
        width = found[f"{measure}_half_width"]
        assert width <= WIDEST, (measure, width)
        assert abs(getattr(promised, measure)[0] - found[measure]) <= width, measure
    for measure in ("expected_on_hand", "expected_backorders", "waiting_days", "orders_per_day"):
        width = found[f"{measure}_half_width"]
        assert abs(getattr(promised, measure)[0] - found[measure]) <= width, measure


@pytest.mark.parametrize("sizes", [SINGLE, LUMPY], ids=["single", "lumpy"])
def test_a_promise_that_forgets_the_review_is_found_out(sizes):
    told, real = LeadTime(20), LeadTime(20, 0, 2)
    promised, found = judged(sizes, 0.15, 0.0, told, levels(sizes, 0.15, told), 3, seen=real)
    assert promised.fill_rate[0] > found["fill_rate"] + found["fill_rate_half_width"]


def test_when_rate_and_lead_time_are_both_uncertain_the_fit_costs_less_than_half_a_point():
    # their product is no gamma number, so the law is a two-moment fit here
    lead_time = LeadTime(20, 8, 1)
    promised, found = judged(LUMPY, 0.15, 0.006 * LUMPY.mean**2, lead_time, 12, 3)
    assert abs(promised.fill_rate[0] - found["fill_rate"]) <= 0.005
