"""Laws that every measure keeps, and a second road to each number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.lead_time import LeadTime, LeadTimes
from inventory.measures import curves, measures, orders_per_day
from tests.inventory.builders import SINGLE, a_demand, a_lead_time, at, curve, measured

quick = settings(max_examples=40, deadline=None)


@st.composite
def size_laws(draw):
    pieces = sorted(draw(st.sets(st.integers(1, 9), min_size=1, max_size=4)))
    shares = np.array([draw(st.floats(0.05, 1)) for _ in pieces])
    return SizeLaw(tuple(pieces), tuple((shares / shares.sum()).tolist()))


@st.composite
def forecasts(draw):
    mean = draw(st.floats(1e-3, 4))
    sizes = draw(st.just(SINGLE) | size_laws())
    variance = draw(st.none() | st.floats(0.3 * mean, 6 * mean))
    return DemandForecast(mean, variance, draw(st.floats(0, 0.5)) * mean**2, sizes)


lead_times = st.builds(
    lambda days, spread, review: LeadTime(days, days * spread, review),
    st.floats(0.05, 8) | st.just(0.0),
    st.floats(0, 1),
    st.sampled_from([0.0, 1.0, 5.0]),
)
some_items = st.lists(st.tuples(forecasts(), lead_times), min_size=1, max_size=4)


def columns(items):
    return Demand.of([one for one, _ in items]), LeadTimes.of([one for _, one in items])


def law_by_plain_sums(demand_per_day, sizes, days, most=400):
    """P(X = x) of compound Poisson demand: the generating function, transformed back."""
    size = np.zeros(most)
    size[list(sizes.pieces)] = sizes.share
    requests = demand_per_day / sizes.mean * days
    return np.fft.ifft(np.exp(requests * (np.fft.fft(size) - 1))).real


@pytest.mark.parametrize("review", [0.0, 1.0, 6.0])
@pytest.mark.parametrize("sizes", [SINGLE, SizeLaw((1, 2, 5), (0.5, 0.3, 0.2)), SizeLaw((4,))])
def test_every_measure_is_its_definition_summed_up(sizes, review):
    rate, days, point, quantity = 0.8, 3.0, 2, 3
    nodes, weights = np.polynomial.legendre.leggauss(40)
    law = sum(
        weight / 2 * law_by_plain_sums(rate, sizes, days + review * (1 + node) / 2)
        for node, weight in zip(nodes, weights, strict=True)
    )
    x = np.arange(len(law))

    def at_most(value):
        return law[: value + 1].sum() if value >= 0 else 0.0

    levels = range(point + 1, point + quantity + 1)
    ebo = np.mean([(law * np.maximum(x - s, 0)).sum() for s in levels])
    ready = np.mean([at_most(s - 1) for s in levels])
    pairs = list(zip(sizes.pieces, sizes.share, strict=True))
    line = np.mean([sum(share * at_most(s - y) for y, share in pairs) for s in levels])
    served = [
        sum(share * sum(at_most(s - j) for j in range(1, y + 1)) for y, share in pairs)
        for s in levels
    ]
    found = measured(
        point,
        quantity,
        demand=a_demand(rate, sizes=sizes),
        lead_time=a_lead_time(days, review=review),
    )
    assert found.expected_backorders[0] == pytest.approx(ebo, abs=1e-9)
    assert found.ready_rate[0] == pytest.approx(ready, abs=1e-9)
    assert found.line_fill_rate[0] == pytest.approx(line, abs=1e-9)
    assert found.fill_rate[0] == pytest.approx(np.mean(served) / sizes.mean, abs=1e-9)
    mean = rate * (days + review / 2)
    assert found.lead_time_demand_mean[0] == pytest.approx(mean)
    on_hand = np.mean(list(levels)) - mean + ebo
    assert found.expected_on_hand[0] == pytest.approx(on_hand, abs=1e-9)
    assert found.waiting_days[0] == pytest.approx(ebo / rate, abs=1e-8)


@pytest.mark.parametrize("mean", [1e-9, 1e-3, 0.7, 40.0, 299.0, 301.0, 5000.0, 1e6])
@pytest.mark.parametrize("ratio", [1.0, 1.3, 8.0])
def test_the_law_is_scipys_from_tiny_to_huge_means(mean, ratio):
    law = stats.poisson(mean) if ratio == 1 else stats.nbinom(mean / (ratio - 1), 1 / ratio)
    found = curve(demand=a_demand(mean, variance=ratio * mean))
    point = found.first_reorder_point[0] + np.arange(len(found.ready_rate))
    assert found.ready_rate == pytest.approx(law.cdf(point), abs=2e-9 if mean > 1e5 else 1e-11)
    assert law.cdf(point[0] - 1) < 1e-15
    assert law.sf(point[-1]) < 1e-9
    assert law.sf(point[-2]) > 1e-10 or found.expected_backorders[-2] > 1e-9 * mean


@pytest.mark.parametrize(
    ("mean", "variance"),
    [(0.5, 0.4), (3.0, 1.0), (3.2, 2.9), (2.0, 0.0), (0.3, 0.01), (900.0, 300.0)],
)
def test_below_poisson_the_two_moments_are_met(mean, variance):
    found = curve(demand=a_demand(mean, variance=variance), tail=1e-13)
    chance = np.diff(found.ready_rate, prepend=0.0)
    x = found.first_reorder_point[0] + np.arange(len(chance))
    part = mean % 1
    least = part * (1 - part)  # no law on whole pieces varies less
    assert chance.sum() == pytest.approx(1, abs=1e-11)
    assert (chance * x).sum() == pytest.approx(mean, rel=1e-9)
    second = (chance * (x - mean) ** 2).sum()
    assert second == pytest.approx(max(variance, least), rel=1e-6, abs=1e-9)


@quick
@given(some_items, st.integers(1, 12))
def test_more_stock_never_serves_worse_and_each_piece_helps_less(items, quantity):
    found = curves(*columns(items), np.full(len(items), quantity))
    for item in range(len(items)):
        rows = slice(found.start[item], found.start[item + 1])
        ebo = found.expected_backorders[rows]
        assert np.all(np.isfinite(ebo))
        assert np.all(ebo >= 0)
        assert np.all(np.diff(ebo) <= 0)
        if quantity == 1:
            assert np.all(np.diff(ebo, 2) >= -1e-14)
        for rate in (found.fill_rate, found.line_fill_rate, found.ready_rate):
            assert np.all(np.diff(rate[rows]) >= 0)
            assert np.all((rate[rows] >= 0) & (rate[rows] <= 1))
        assert found.fill_rate[rows][-1] >= 1 - 1e-9
        assert ebo[-1] <= 1e-9 * found.lead_time_demand_mean[item]
        assert found.first_reorder_point[item] == -1
        assert len(ebo) >= 2


@quick
@given(some_items, st.integers(1, 12), st.integers(-15, 40))
def test_a_policy_is_the_mean_of_its_base_stock_levels(items, quantity, point):
    demand, lead_time = columns(items)
    ones = np.ones(len(items), dtype=np.int64)
    found = measures(demand, lead_time, point * ones, quantity * ones)
    steps = [measures(demand, lead_time, (point + k) * ones, ones) for k in range(quantity)]
    for name in ("expected_backorders", "fill_rate", "line_fill_rate", "ready_rate"):
        mean = np.mean([getattr(step, name) for step in steps], axis=0)
        assert getattr(found, name) == pytest.approx(mean, abs=1e-11)
    stock = point + (quantity + 1) / 2 - found.lead_time_demand_mean + found.expected_backorders
    assert found.expected_on_hand == pytest.approx(np.maximum(stock, 0), abs=1e-9)


@quick
@given(some_items, st.integers(1, 12))
def test_curves_and_measures_give_the_same_numbers(items, quantity):
    demand, lead_time = columns(items)
    found = curves(demand, lead_time, np.full(len(items), quantity))
    item = np.repeat(np.arange(len(items)), np.diff(found.start))
    point = found.first_reorder_point[item] + np.arange(len(item)) - found.start[item]
    one_by_one = measures(
        demand.take(item), lead_time.take(item), point, np.full(len(item), quantity)
    )
    for name in ("expected_backorders", "fill_rate", "line_fill_rate", "ready_rate"):
        assert getattr(found, name) == pytest.approx(getattr(one_by_one, name), abs=1e-12)


@quick
@given(some_items)
def test_an_item_alone_and_among_others_is_the_same_to_the_bit(items):
    together = curves(*columns(items), np.ones(len(items), dtype=np.int64))
    for row, item in enumerate(items):
        alone = curves(*columns([item]), np.ones(1, dtype=np.int64))
        rows = slice(together.start[row], together.start[row + 1])
        assert np.array_equal(together.expected_backorders[rows], alone.expected_backorders)
        assert np.array_equal(together.fill_rate[rows], alone.fill_rate)


@quick
@given(forecasts(), lead_times, st.integers(2, 7))
def test_counting_in_packs_changes_no_rate(forecast, lead_time, pack):
    """Requests, stock and orders `pack` times as large: all shares stay, pieces scale."""
    sizes = forecast.sizes
    # single pieces may vary less than Poisson, packs of them may not
    variance = max(
        forecast.demand_variance_per_day or 0, forecast.demand_per_day * second_over_mean(sizes)
    )
    small = DemandForecast(forecast.demand_per_day, variance, forecast.rate_variance, sizes)
    large = DemandForecast(
        forecast.demand_per_day * pack,
        variance * pack**2,
        forecast.rate_variance * pack**2,
        SizeLaw(tuple(pack * size for size in sizes.pieces), sizes.share),
    )
    lead = LeadTimes.of([lead_time])
    one, many = Demand.of([small]), Demand.of([large])
    for level in (0, 1, 3, 8):
        here = measures(one, lead, np.array([level - 1]), np.array([1]))
        there = measures(many, lead, np.array([pack * level - 1]), np.array([1]))
        assert there.fill_rate == pytest.approx(here.fill_rate, abs=1e-9)
        assert there.line_fill_rate == pytest.approx(here.line_fill_rate, abs=1e-9)
        ebo = pack * here.expected_backorders
        assert there.expected_backorders == pytest.approx(ebo, rel=1e-8, abs=1e-9)


def second_over_mean(sizes):
    return float(np.dot(np.square(sizes.pieces), sizes.share)) / sizes.mean


def test_without_demand_nothing_waits_and_nothing_is_late():
    found = curve(demand=a_demand(0.0))
    assert found.first_reorder_point.tolist() == [-1]
    assert found.expected_backorders.tolist() == [0, 0]
    assert found.fill_rate.tolist() == [0, 1]
    shelf = measured(2, 3, demand=a_demand(0.0))
    assert shelf.expected_on_hand[0] == 4
    assert shelf.orders_per_day[0] == 0
    assert np.isnan(shelf.waiting_days[0])


def test_without_lead_time_a_single_piece_is_enough():
    found = measured(0, lead_time=a_lead_time(0.0))
    assert found.fill_rate[0] == 1
    assert found.expected_backorders[0] == 0


def test_a_lead_time_that_cannot_be_gives_no_endless_curve():
    """A mean of nothing and a deviation of a day: the curve ends, and says what it can."""
    found = curve(lead_time=a_lead_time(1e-13, sd=1.0))
    assert np.all(np.isfinite(found.expected_backorders))
    assert len(found.fill_rate) < 100_000


def test_a_limit_cuts_the_curve():
    found = curve(at_most=np.array([1]))
    assert len(found.fill_rate) == 3
    far = curve(at_most=np.array([-1]), demand=a_demand(5000.0))
    assert far.first_reorder_point.tolist() == [-1]
    assert far.expected_backorders == pytest.approx([5000.0])


@pytest.mark.parametrize("point", [-1000, -7, -1, 4, 10_000])
def test_any_reorder_point_may_be_measured(point):
    found = measured(point, 4, demand=a_demand(3.0))
    if point < -4:
        assert found.expected_backorders[0] == pytest.approx(3.0 - point - 2.5)
        assert found.fill_rate[0] == 0
    if point == 10_000:
        assert found.expected_backorders[0] == 0
        assert found.ready_rate[0] == found.cycle_service_level[0] == 1


def test_cycles_without_a_stock_out_are_not_fill():
    """Poisson(2), R = 3: a cycle is good when at most 3 pieces are asked for during it."""
    found = measured(3, 10)
    assert found.cycle_service_level[0] == pytest.approx(stats.poisson.cdf(3, 2))
    assert found.fill_rate[0] > 0.97


def test_undershoot_shortens_the_cycle_that_a_large_request_opens():
    """Always 3 pieces, Q = 2: the position before ordering is R, R − 1 with equal chances."""
    sizes = SizeLaw((3,), (1.0,))
    found = measured(5, 2, demand=a_demand(2.0, sizes=sizes))
    count = stats.poisson(2 / 3)
    # u = 1 or 2 (a request of 3 takes the position 1 or 2 below R): X ≤ 4 and X ≤ 3, so N ≤ 1
    assert found.cycle_service_level[0] == pytest.approx(count.cdf(1))


def test_orders_per_day_count_orders_not_batches():
    pieces = SizeLaw((1, 5), (0.5, 0.5))
    none, ones = np.zeros(1), np.ones(1, dtype=np.int64)
    assert orders_per_day(a_demand(6.0, sizes=pieces), none, 3 * ones)[0] == pytest.approx(4 / 3)
    # reviewed once a day, base stock orders on every day with a request
    daily = orders_per_day(a_demand(6.0, sizes=pieces), np.ones(1), ones)[0]
    assert daily == pytest.approx(1 - np.exp(-2.0))


def test_wide_sizes_on_a_coarse_grid_stay_near_the_truth():
    """A law of thousands of pieces is put on a coarser grid: the mean kept, rates within 0.2 %."""
    size = np.arange(1, 4001, 13)
    share = np.exp(-size / 900.0)
    sizes = SizeLaw(tuple(size.tolist()), tuple((share / share.sum()).tolist()))
    demand = a_demand(2.5 * sizes.mean, sizes=sizes)
    found = curve(demand=demand)
    exact = law_by_plain_sums(2.5 * sizes.mean, sizes, 1.0, most=40_000)
    cdf = np.cumsum(exact)
    assert found.expected_backorders[0] == pytest.approx(2.5 * sizes.mean, rel=1e-6)
    for point in (200, 1500, 4000, 9000):
        assert found.ready_rate[at(found, point)] == pytest.approx(cdf[point], abs=0.002)


@quick
@given(some_items, st.integers(-12, 40), st.sampled_from([1, 3, 10]))
def test_the_next_piece_saves_what_backorders_fall_by(items, point, quantity):
    demand, lead_times = columns(items)
    points, quantities = np.full(len(items), point), np.full(len(items), quantity)
    now = measures(demand, lead_times, points, quantities)
    more = measures(demand, lead_times, points + 1, quantities)
    fallen = now.expected_backorders - more.expected_backorders
    assert now.next_piece_saves == pytest.approx(fallen, rel=1e-9, abs=1e-12)
