"""A site whose depot serves batches of one size alone, against the exact law of what it lacks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.demand import Demand, DemandForecast
from inventory.echelons import evaluate
from inventory.echelons.batches.kernels import add_with_phase, behind_alike
from inventory.lead_time import LeadTime, LeadTimes
from tests.inventory.batch_law import lack_law
from tests.inventory.echelon_judge import fill_rates, moments, with_transport

# rates, Q, depot lead time and level: where two moments are off by 5 to 12 points
HARD = [
    ((0.12, 0.48), 10, 8.0, 2),
    ((0.4, 1.6), 10, 2.0, 4),
    ((1.2, 4.8), 10, 0.5, 2),
    ((3.0, 3.0), 10, 2.0, 10),
    ((1.0, 1.0), 10, 8.0, 16),
    ((0.05, 0.05), 3, 8.0, 1),
    ((0.3, 0.3, 0.3, 0.3, 0.3), 10, 8.0, 10),
]


def behind(rates, quantity, days, depot, sites, *, depot_quantity=1):
    """Measures of a depot with base stock levels up to `depot` and of its sites at R = `sites`."""
    count = len(rates)
    return evaluate(
        Demand.of([DemandForecast(rate) for rate in (0.0, *rates)]),
        LeadTimes.of([LeadTime(days), *[LeadTime(1.0)] * count]),
        np.array([-1] + [0] * count),
        np.array([depot - depot_quantity] + [sites] * count),
        np.array([depot_quantity] + [quantity] * count),
    ).measures


@pytest.mark.parametrize(("rates", "quantity", "days", "level"), HARD)
def test_the_fill_rate_is_within_three_points_of_the_exact_one(rates, quantity, days, level):
    for site in {0, len(rates) - 1}:
        lacks = with_transport([lack_law(rates, quantity, days, level, site)], rates[site])
        (true,) = fill_rates(lacks)
        for top in np.flatnonzero((true >= 0.5) & (true <= 0.999)):
            if top >= quantity - 1:
                found = behind(rates, quantity, days, level, top - quantity)
                assert found.fill_rate[site + 1] == pytest.approx(true[top], abs=0.03)


@pytest.mark.parametrize(("rates", "quantity", "days", "level"), HARD)
def test_what_sites_lack_on_average_is_what_the_exact_law_says(rates, quantity, days, level):
    found = behind(rates, quantity, days, level, 3)
    for site in {0, len(rates) - 1}:
        true = moments(lack_law(rates, quantity, days, level, site))[0]
        lacked = found.lead_time_demand_mean[site + 1] - rates[site] + (quantity - 1) / 2
        assert lacked == pytest.approx(true, rel=0.02, abs=0.01)


def test_a_depot_that_orders_in_batches_is_the_average_over_its_levels():
    rates, quantity = (0.3, 0.7), 10
    levels = [behind(rates, quantity, 4.0, top, 2).fill_rate for top in (3, 4, 5)]
    together = behind(rates, quantity, 4.0, 5, 2, depot_quantity=3).fill_rate
    assert together[1:] == pytest.approx(np.mean(levels, axis=0)[1:], abs=0.005)


def test_a_depot_with_more_than_it_needs_never_makes_a_site_wait():
    plenty = behind((0.3, 0.7), 10, 4.0, 500, 2)
    assert plenty.lead_time_demand_mean[1:] == pytest.approx([0.3, 0.7], abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=30).filter(lambda law: sum(law) > 0.1),
    st.integers(2, 12),
    st.floats(-1, 1),
)
def test_a_phase_on_top_of_a_law_is_their_convolution(chances, quantity, tilt):
    law = np.array(chances) / sum(chances)
    steps = np.arange(quantity) - (quantity - 1) / 2
    phase = 0.7 / quantity + 0.7 * tilt * (quantity + 1) / 6 * steps / (steps @ steps)
    found = np.zeros(len(law) + quantity - 1)
    add_with_phase(0.7, 0.7 * tilt * (quantity + 1) / 6, quantity, law, len(law), found)
    assert np.all(phase >= -1e-15)
    assert found == pytest.approx(np.convolve(law, phase), abs=1e-13)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.floats(0.05, 3.0), min_size=1, max_size=4),
    st.integers(2, 12),
    st.floats(0.5, 12.0),
    st.integers(-3, 30),
)
def test_a_level_more_at_a_site_serves_better_and_saves_less(rates, quantity, days, depot):
    """What the ranges of levels rest on, whatever the depot holds."""
    found = [behind(rates, quantity, days, depot, top) for top in range(-1, 12)]
    owed = np.array([one.expected_backorders[1:] for one in found])
    ready = np.array([one.ready_rate[1:] for one in found])
    on_hand = np.array([one.expected_on_hand[1:] for one in found])
    assert np.all(np.diff(owed, axis=0) <= 1e-12)
    assert np.all(np.diff(owed, n=2, axis=0) >= -1e-9)
    assert np.all(np.diff(ready, axis=0) >= -1e-12)
    assert np.all(np.diff(on_hand, axis=0) >= ready[:-1] - 1e-9)


def test_only_sites_of_two_echelons_with_one_batch_for_all_are_meant():
    parent = np.array([-1, 0, 0, -1, 3, 4, -1, 6, 6])
    lump = np.array([5, 0, 0, 5, 5, 0, 1, 0, 0])
    quantity = np.array([1, 5, 5, 1, 5, 5, 1, 5, 4])
    assert behind_alike(parent, lump, quantity).tolist() == [0, 1, 1, 0, 0, 0, 0, 0, 0]
