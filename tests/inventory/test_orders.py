"""How often an item orders: what the law of a review period says, without writing it whole."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.lead_time import LeadTimes
from inventory.measures import measures, orders_per_day

WHOLE = np.ones(1, dtype=np.int64)
SIZES = (
    SizeLaw(),
    SizeLaw((1, 2), (0.8, 0.2)),
    SizeLaw((5, 10, 40), (0.5, 0.3, 0.2)),
    SizeLaw((1, 700), (0.99, 0.01)),
)


@settings(max_examples=60, deadline=None)
@given(
    requests=st.floats(1e-5, 50),
    spread=st.floats(0, 3),
    sizes=st.sampled_from(SIZES),
    days=st.sampled_from([1.0, 7.0, 30.0]),
    quantity=st.sampled_from([1, 2, 7, 50, 1200]),
)
def test_an_order_holds_what_the_whole_law_of_a_review_says(
    requests, spread, sizes, days, quantity
):
    rate = requests / days
    demand = Demand.of([DemandForecast(rate, None, spread * rate / days, sizes)])
    none = np.zeros(1)
    period = LeadTimes(np.array([days]), none, none)
    law = measures(demand, period, (quantity - 1) * WHOLE, WHOLE)
    within = (law.lead_time_demand_mean - law.expected_backorders)[0]
    orders = orders_per_day(demand, np.array([days]), quantity * WHOLE)[0]
    assert orders == pytest.approx(within / (quantity * days), rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("mean", [1e-9, 0.01, 3.0, 900.0])
@pytest.mark.parametrize("quantity", [1, 5, 1000])
def test_single_pieces_are_counted_by_plain_sums(mean, quantity):
    demand = Demand.of([DemandForecast(mean)])
    pieces = np.arange(1, 3000)
    within = np.minimum(pieces, quantity) @ stats.poisson.pmf(pieces, mean)
    orders = orders_per_day(demand, np.ones(1), quantity * WHOLE)[0]
    assert orders == pytest.approx(within / quantity, rel=1e-11)


def test_demand_more_even_than_poisson_is_counted_by_its_own_law():
    demand = Demand.of([DemandForecast(2.5, 0.25)])  # between the neighbours 2 and 3, half each
    assert orders_per_day(demand, np.ones(1), 3 * WHOLE)[0] == pytest.approx(2.5 / 3)
    assert orders_per_day(demand, np.ones(1), 2 * WHOLE)[0] == pytest.approx(2 / 2)
