"""Laws of a network at given levels, and the judges against it."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.echelons import Repairs, evaluate, flows
from inventory.echelons.kernels import batch_variance, write_backorders
from inventory.errors import BrokenNetwork
from inventory.lead_time import LeadTime, LeadTimes
from inventory.measures import measures
from tests.inventory.builders import SINGLE
from tests.inventory.echelon_judge import fill_rates, simulated_lacks, with_transport

quick = settings(max_examples=25, deadline=None)
ONE_DEPOT = np.array([-1, 0, 0, 0])


def a_network(rates, days, points, *, parent=ONE_DEPOT, quantity=1, sizes=SINGLE, repairs=None):
    """Items with these rates, lanes and reorder points; quantities may be one for all."""
    quantities = np.broadcast_to(quantity, len(rates))
    return evaluate(
        Demand.of([DemandForecast(rate, None, 0.0, sizes) for rate in rates]),
        LeadTimes.of([LeadTime(one) for one in days]),
        np.asarray(parent),
        np.asarray(points),
        np.array(quantities, dtype=np.int64),
        repairs,
    )


def test_a_depot_that_never_runs_out_leaves_the_lane_alone():
    behind = a_network([0.0, 0.2, 0.5, 1.0], [9.0, 2.0, 3.0, 1.0], [200, 1, 2, 3])
    alone = a_network([0.2, 0.5, 1.0], [2.0, 3.0, 1.0], [1, 2, 3], parent=[-1, -1, -1])
    for field in fields(alone.measures):
        found = getattr(behind.measures, field.name)[1:]
        assert found == pytest.approx(getattr(alone.measures, field.name), abs=1e-9)


def test_a_depot_without_stock_adds_its_own_lead_time():
    """R = −1 at the depot: every request waits the whole way, Poisson as before."""
    behind = a_network([0.0, 0.2, 0.5, 1.0], [9.0, 2.0, 3.0, 1.0], [-1, 3, 6, 9])
    alone = a_network([0.2, 0.5, 1.0], [11.0, 12.0, 10.0], [3, 6, 9], parent=[-1, -1, -1])
    found = behind.measures.lead_time_demand_mean[1:]
    assert found == pytest.approx(alone.measures.lead_time_demand_mean)
    assert behind.measures.fill_rate[1:] == pytest.approx(alone.measures.fill_rate, abs=1e-9)


@quick
@given(
    st.integers(-1, 12),
    st.lists(st.integers(-1, 6), min_size=3, max_size=3),
    st.sampled_from([1, 3, 10]),
    st.sampled_from([SINGLE, SizeLaw((1, 4), (0.7, 0.3))]),
)
def test_more_at_the_depot_never_serves_a_site_worse(depot, sites, quantity, sizes):
    quantities = np.array([1, quantity, quantity, quantity])
    rates, days = [0.1, 0.2, 0.4, 0.8], [6.0, 1.0, 2.0, 1.0]
    less = a_network(rates, days, [depot, *sites], quantity=quantities, sizes=sizes)
    more = a_network(rates, days, [depot + 1, *sites], quantity=quantities, sizes=sizes)
    for found in (less, more):
        assert np.all(np.isfinite(found.measures.expected_backorders))
        assert np.all((found.measures.fill_rate >= 0) & (found.measures.fill_rate <= 1))
    shorter = more.measures.expected_backorders - less.measures.expected_backorders
    tolerance = 1e-9 if quantity == 1 else 0.01 * quantity
    assert np.all(shorter <= tolerance)


def test_sites_that_order_in_very_different_batches_wait_for_what_the_depot_owes():
    """Over a small part of the lead time such orders vary so much that their law is the longest."""
    quantity = np.array([1, 500, 1000])
    found = a_network(
        [0.0, 100.0, 100.0], [30.0, 3.0, 3.0], [3000, 300, 300],
        parent=np.array([-1, 0, 0]), quantity=quantity,
    ).measures  # fmt: skip
    waiting = found.lead_time_demand_mean[1:] - 300.0
    assert waiting.sum() == pytest.approx(found.expected_backorders[0], rel=0.01)


def test_no_variance_is_shown_below_nothing():
    """Behind batches of a depot that owes little the two moments of a site need not be a law's."""
    found = a_network(
        [0.0, 100.0, 100.0], [30.0, 3.0, 3.0], [5500, 300, 300],
        parent=np.array([-1, 0, 0]), quantity=np.array([1, 50, 20]),
    ).measures  # fmt: skip
    assert np.all(found.lead_time_demand_variance >= 0)


def test_parts_in_one_call_do_not_disturb_each_other():
    rates, days, points = [0.0, 0.3, 0.9, 0.9], [6.0, 1.0, 2.0, 1.0], [5, 2, 3, 0]
    quantity = np.array([2, 3, 10, 10])
    alone = a_network(rates, days, points, quantity=quantity)
    copies = np.concatenate([np.where(ONE_DEPOT < 0, -1, 4 * k) for k in range(3)])
    together = a_network(
        rates * 3, days * 3, points * 3, parent=copies, quantity=np.tile(quantity, 3)
    )
    found = together.measures.expected_backorders.reshape(3, 4)
    assert np.all(found == alone.measures.expected_backorders)


def test_the_order_of_rows_changes_nothing():
    rates, days, points = [0.0, 0.3, 0.9, 0.6], [6.0, 1.0, 2.0, 1.0], [2, 2, 3, 0]
    straight = a_network(rates, days, points)
    turned = a_network(rates[::-1], days[::-1], points[::-1], parent=[3, 3, 3, -1])
    found = turned.measures.fill_rate[::-1]
    assert found == pytest.approx(straight.measures.fill_rate, abs=1e-14)


def test_backorders_of_a_depot_are_shared_in_proportion_to_demand():
    found = a_network([0.5, 0.2, 0.3, 1.0], [9.0, 1.0, 1.0, 1.0], [3, 1, 1, 1])
    owed = found.measures.expected_backorders[0]
    assert found.customers_backorders[0] == pytest.approx(owed * 0.25)
    assert found.replenished_per_day.tolist() == [1.5, 0, 0, 0]
    waits = found.measures.lead_time_demand_mean[1:] - [0.2, 0.3, 1.0]
    assert waits.sum() == pytest.approx(owed * 0.75)


def test_three_levels_pass_the_wait_on():
    """A van behind a field store behind a depot, none of them with anything: the whole way."""
    found = a_network([0.0, 0.0, 0.4], [10.0, 3.0, 1.0], [-1, -1, 2], parent=[-1, 0, 1])
    assert found.measures.lead_time_demand_mean.tolist() == pytest.approx([4.0, 5.2, 5.6])
    assert found.measures.lead_time_demand_variance == pytest.approx([4.0, 5.2, 5.6])


def test_repair_on_the_spot_takes_its_share_out_of_the_flow():
    repairs = Repairs(np.full(2, 0.8), np.array([1.0, 0.5]), np.array([20.0, 5.0]))
    demand = Demand.of([DemandForecast(0.0), DemandForecast(1.0)])
    lanes = LeadTimes.of([LeadTime(30.0, 6.0), LeadTime(2.0, 1.0)])
    up = flows(demand, lanes, np.array([-1, 0]), np.array([1, 1]), repairs)
    # of one piece a day 0.4 are repaired here, 0.4 at the depot, 0.2 condemned and bought
    assert up.upwards.demand_per_day == pytest.approx([0.2, 0.6])
    assert up.arriving.demand_per_day == pytest.approx([0.6, 1.0])
    assert up.lead_times.mean_days == pytest.approx([(0.4 * 20 + 0.2 * 30) / 0.6, 0.4 * 5 + 1.2])
    assert up.lead_times.variance_days == pytest.approx([(1 / 3) ** 2 * 36, 0.36])
    assert up.share.tolist() == [0, 1]


def test_lumpy_children_one_for_one_bring_their_sizes_to_the_depot():
    demand = Demand.of(
        [
            DemandForecast(0.0),
            DemandForecast(1.0, None, 0.0, SizeLaw((2,), (1.0,))),
            DemandForecast(1.5, None, 0.0, SizeLaw((1, 2), (0.5, 0.5))),
        ]
    )
    lanes = LeadTimes.of([LeadTime(1.0)] * 3)
    up = flows(demand, lanes, np.array([-1, 0, 0]), np.ones(3, dtype=np.int64))
    # half a request for 2 and one of 1 or 2 a day: a third of 1, two thirds of 2
    assert up.arriving.sizes.item(0).pieces == (1, 2)
    assert up.arriving.sizes.item(0).share == pytest.approx((1 / 3, 2 / 3))
    assert up.arriving.demand_variance_per_day[0] == pytest.approx(2 + 2.5)


def test_items_in_a_circle_are_refused():
    with pytest.raises(BrokenNetwork, match="circle"):
        a_network([1.0, 1.0], [1.0, 1.0], [0, 0], parent=[1, 0])


@quick
@given(st.integers(2, 9), st.floats(0.05, 30))
def test_batches_add_the_variance_that_counting_gives(quantity, mean):
    """Var(Q ⌊(U + D) / Q⌋) summed out over Poisson D and uniform U."""
    demand = np.arange(int(mean + 12 * mean**0.5 + 30))
    chance = np.exp(demand * np.log(mean) - mean - np.cumsum(np.log(np.maximum(demand, 1))))
    ordered = (demand[:, None] + np.arange(quantity)) // quantity * quantity
    weight = chance[:, None] / quantity
    first, second = (weight * ordered).sum(), (weight * ordered**2).sum()
    added = batch_variance(quantity, mean, mean)
    assert mean + added == pytest.approx(second - first**2, abs=1e-8)


@quick
@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=9), st.integers(-6, 3), st.integers(1, 5))
def test_backorders_at_all_levels_are_those_of_the_law(chances, lowest, quantity):
    law = np.array(chances) / sum(chances)
    base, x = 2, np.arange(2, 2 + len(law))
    mean, variance = np.empty(12), np.empty(12)
    write_backorders(law, base, len(law), lowest, quantity, np.empty((2, 40)), mean, variance)
    for row in range(12):
        levels = range(lowest + row + 1, lowest + row + quantity + 1)
        owed = [np.maximum(x - level, 0) for level in levels]
        first = np.mean([law @ one for one in owed])
        second = np.mean([law @ one**2 for one in owed])
        assert mean[row] == pytest.approx(first, abs=1e-10)
        assert variance[row] == pytest.approx(second - first**2, abs=1e-9)


@pytest.mark.parametrize(
    ("rates", "quantity", "sizes", "within"),
    [
        ((1.0, 1.0, 1.0, 1.0, 1.0), 3, SINGLE, 0.02),
        ((0.4, 1.0, 1.6), 10, SINGLE, 0.04),
        ((1.0, 1.0, 1.0, 1.0, 1.0), 1, SizeLaw((1, 2, 5), (0.6, 0.25, 0.15)), 0.025),
    ],
)
def test_fill_behind_a_depot_is_near_the_simulated_one(rates, quantity, sizes, within):
    depot = int(sum(rates) * 4)
    lacks = simulated_lacks(
        rates, [quantity] * len(rates), 4.0, [depot], runs=20_000, seed=3, sizes=sizes
    )[0]
    level = np.arange(quantity, quantity + 14)
    for site in {0, len(rates) - 1}:
        truth = fill_rates(with_transport(lacks[:, site], rates[site], sizes), sizes).mean(axis=0)
        for one in level[(truth[level] > 0.5) & (truth[level] < 0.999)]:
            found = a_network(
                [0.0, *rates],
                [4.0] + [1.0] * len(rates),
                [depot - 1] + [one - quantity] * len(rates),
                parent=[-1] + [0] * len(rates),
                quantity=np.array([1] + [quantity] * len(rates)),
                sizes=sizes,
            )
            assert found.measures.fill_rate[site + 1] == pytest.approx(truth[one], abs=within)


def test_an_item_without_a_parent_measures_as_alone():
    sizes = SizeLaw((1, 3), (0.5, 0.5))
    demand = Demand.of([DemandForecast(0.7, None, 0.01, sizes)])
    lead_time = LeadTimes.of([LeadTime(5.0, 1.0, 1.0)])
    point, quantity = np.array([4]), np.array([2])
    found = evaluate(demand, lead_time, np.array([-1]), point, quantity).measures
    alone = measures(demand, lead_time, point, quantity)
    for field in fields(alone):
        assert getattr(found, field.name) == pytest.approx(getattr(alone, field.name)), field.name
