"""Predictive demand: finite whatever the history, and right where the truth is known."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import PeriodKind, Periods, forecast
from tests.forecasting.builders import a_history

requests = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 11), st.integers(1, 10**9)), max_size=60
)


def assert_sensible(forecasts):
    demand = forecasts.demand
    for column in ("demand_per_day", "demand_variance_per_day", "rate_variance"):
        assert np.isfinite(getattr(demand, column)).all()
    assert (demand.demand_per_day > 0).all()
    assert (demand.rate_variance >= 0).all()
    assert (demand.demand_variance_per_day > 0).all()
    for row in range(len(demand)):
        demand.sizes.item(row)  # checks itself
    assert forecasts.reason.null_count() == 0
    assert forecasts.demand_class.null_count() == 0


@settings(max_examples=80, deadline=None)
@given(requests, st.lists(st.integers(0, 12), min_size=4, max_size=4))
def test_no_history_gives_nan_infinity_or_a_negative(rows, first):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    assert_sensible(forecast(a_history(*columns, items=4, first_period=np.array(first))))


@settings(max_examples=60, deadline=None)
@given(requests, st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_no_groups_of_similar_items_give_nan_infinity_or_a_negative(rows, alike):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    assert_sensible(forecast(a_history(*columns, items=4), alike=np.array(alike)))


def test_no_items_in_no_groups_are_no_forecasts():
    assert len(forecast(a_history(items=0), alike=np.zeros(0, dtype=np.int64))) == 0


def test_what_dear_parts_have_in_common_is_expected_of_a_dear_part_nobody_asked_for():
    rng = np.random.default_rng(8)
    dear = np.arange(600) % 2
    count = rng.poisson(np.where(dear, 0.5, 6.0))
    item = np.repeat(np.arange(600), count)
    pieces = np.where(dear[item] == 1, 1, 5 + rng.poisson(5, len(item)))
    history = a_history(item, rng.integers(0, 24, len(item)), pieces, items=602, periods=24)
    alike = np.append(dear, [0, 1])
    together, apart = forecast(history).demand, forecast(history, alike=alike).demand
    assert together.demand_per_day[600] == together.demand_per_day[601]
    assert apart.demand_per_day[601] < 0.5 * together.demand_per_day[601]
    assert apart.sizes.mean()[600] > 4
    assert apart.sizes.mean()[601] < 2.5


@pytest.mark.parametrize(
    ("period", "pieces", "periods"),
    [
        ([], [], 12),
        ([], [], 0),
        ([0], [1], 1),
        ([11], [1], 12),
        ([0], [10**12], 12),
        (range(12), [1] * 12, 12),
        ([5] * 500, [3] * 500, 12),
    ],
    ids=["silence", "no period", "one period", "last period", "huge", "always", "all at once"],
)
def test_degenerate_histories_are_forecast_sensibly(period, pieces, periods):
    assert_sensible(forecast(a_history([0] * len(period), period, pieces, periods=periods)))


def test_no_items_are_no_forecasts():
    assert len(forecast(a_history(items=0))) == 0


def test_an_item_nobody_asked_for_is_expected_less_than_any_that_was_and_more_than_nothing():
    rate = forecast(a_history([0, 1, 1], [3, 3, 9], [1, 1, 1], items=3)).demand.demand_per_day
    assert 0 < rate[2] < rate[0] < rate[1]


def test_many_items_together_are_forecast_at_what_they_ask_for():
    rng = np.random.default_rng(3)
    rates = rng.gamma(0.7, 1.0, 3000)
    count = rng.poisson(rates * 36)
    item = np.repeat(np.arange(3000), count)
    period, pieces = rng.integers(0, 36, len(item)), rng.geometric(0.5, len(item))
    demand = forecast(a_history(item, period, pieces, items=3000, periods=36)).demand
    assert demand.demand_per_day.sum() * 30 == pytest.approx(2 * rates.sum(), rel=0.05)
    assert np.corrcoef(demand.demand_per_day, rates)[0, 1] > 0.95


def test_the_reason_names_class_requests_and_the_last_month():
    periods = Periods.closed(PeriodKind.MONTH, date(2024, 1, 1), date(2024, 12, 31))
    history = a_history([0, 0], [0, 8], [1, 9], items=2, known=np.ones(12, bool))
    forecasts = forecast(history, periods=periods)
    assert forecasts.reason[0].startswith(
        "lumpy, 2 requests in 12 months, last in Sep 2024: memory of "
    )
    assert forecasts.reason[1].startswith("no request in 12 months")


def four_sites(seed=9, parts=200, periods=36):
    """Half of the parts are asked for everywhere every third month, half almost never."""
    rng = np.random.default_rng(seed)
    part = np.repeat(np.arange(parts), 4)
    busy = rng.random((4 * parts, periods)) < np.where(part % 2 == 0, 0.33, 0.01)[:, None]
    busy[[0, 4]] = False  # the first site of parts 0 and 1 was never asked
    item, period = np.nonzero(busy)
    ones = np.ones(len(item), dtype=np.int64)
    first = np.zeros(4 * parts, dtype=np.int64)
    return a_history(item, period, ones, items=4 * parts, periods=periods, part=part,
                     first_period=first)  # fmt: skip


def test_a_silent_site_borrows_from_the_same_part_elsewhere():
    rate = forecast(four_sites()).demand.demand_per_day
    assert rate[0] > 1.1 * rate[4]


def test_monthly_totals_are_not_spread_wider_than_they_are():
    rng = np.random.default_rng(2)
    item, period = np.divmod(np.arange(300 * 36), 36)
    pieces = rng.poisson(20.0, len(item)) + 1
    history = a_history(item, period, pieces, items=300, periods=36)
    demand = forecast(history).demand
    per_month = demand.demand_variance_per_day * 30
    assert demand.demand_per_day.mean() * 30 == pytest.approx(21, rel=0.03)
    assert per_month.mean() < 2 * pieces.var()


def test_two_requests_a_month_are_requests_and_keep_their_sizes():
    item, period = np.divmod(np.arange(200 * 36), 36)
    twice = np.repeat(item, 2), np.repeat(period, 2), np.full(2 * len(item), 10)
    demand = forecast(a_history(*twice, items=200, periods=36)).demand
    assert demand.demand_per_day.mean() * 30 == pytest.approx(20, rel=0.06)
    assert demand.sizes.mean().mean() == pytest.approx(10, rel=0.05)


def test_the_later_the_horizon_the_less_is_known_of_the_rate():
    history = four_sites()
    near, far = (forecast(history, horizon_days=days).demand for days in (30.0, 900.0))
    assert (far.rate_variance * 900**2).mean() > (near.rate_variance * 30**2).mean()
