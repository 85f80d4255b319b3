import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.lead_time import LeadTime, LeadTimes
from inventory.measures import orders_per_day
from optimizer.quantities import order_quantities
from tests.optimizer.problems import some_items

WHOLE = np.ones(1, dtype=np.int64)


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0.001, 3),
    st.sampled_from([SizeLaw(), SizeLaw((1, 4), (0.5, 0.5)), SizeLaw((2, 3, 10), (0.2, 0.5, 0.3))]),
    st.sampled_from([0.0, 1.0, 7.0]),
    st.floats(0, 100),
    st.floats(0.001, 1),
    st.integers(1, 4),
    st.integers(1, 12),
)
def test_the_quantity_costs_what_the_cheapest_of_all_allowed_ones_costs(
    rate, sizes, review, ordering_cost, holding, multiple, minimum
):
    demand = Demand.of([DemandForecast(rate, None, 0.0, sizes)])
    items = some_items(
        [rate], 5.0, [1.0],
        demand=demand,
        lead_times=LeadTimes.of([LeadTime(5.0, 0.0, review)]),
        holding_cost_per_day=np.array([holding]),
        ordering_cost=np.array([ordering_cost]),
        order_multiple=multiple * WHOLE,
        minimum_order_quantity=minimum * WHOLE,
    )  # fmt: skip
    (chosen,) = order_quantities(items)
    smallest = -(-minimum // multiple) * multiple
    most = int(2 * np.sqrt(2 * ordering_cost * rate / holding)) + smallest + 2 * multiple
    allowed = np.arange(smallest, most + 1, multiple)
    times = np.array([review])

    def cost(quantity):
        orders = orders_per_day(demand, times, quantity * WHOLE)[0]
        return ordering_cost * orders + holding * quantity / 2

    assert chosen % multiple == 0
    assert chosen >= minimum
    assert cost(chosen) <= min(cost(quantity) for quantity in allowed) * (1 + 1e-9)


def test_without_an_ordering_cost_or_a_holding_cost_the_smallest_is_taken():
    items = some_items(
        [1.0, 1.0], 5.0, [1.0, 0.0],
        ordering_cost=np.array([0.0, 50.0]),
        order_multiple=np.array([4, 4]),
        minimum_order_quantity=np.array([6, 6]),
    )  # fmt: skip
    assert order_quantities(items).tolist() == [8, 8]
