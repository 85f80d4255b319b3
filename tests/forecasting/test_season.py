"""Seasons: found where they are, left alone where they are not."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecasting import PeriodKind, Periods, forecast, season
from tests.forecasting.builders import a_history

FOUR_YEARS = Periods(PeriodKind.MONTH, date(2021, 4, 1), 48)
SUMMER = np.array([0.4, 0.4, 0.6, 0.8, 1.0, 1.6, 2.2, 2.0, 1.2, 0.8, 0.6, 0.4])


def two_sites(seed=3, items=400):
    """Site 0 has a summer, site 1 none; the same items at both."""
    rng = np.random.default_rng(seed)
    site = np.repeat([0, 1], items)
    month = (3 + np.arange(48)) % 12
    rate = np.where(site[:, None] == 0, 0.3 * SUMMER[month][None, :], 0.3)
    count = rng.poisson(rate)
    item, period = np.nonzero(count)
    pieces = count[item, period]
    history = a_history(item, period, pieces, items=2 * items, periods=48,
                        first_period=np.zeros(2 * items, dtype=np.int64))  # fmt: skip
    return replace(history, location=site)


def test_a_site_with_a_summer_gets_it_and_a_flat_one_does_not():
    profile = season.profiles(two_sites(), FOUR_YEARS)
    assert profile[0] == pytest.approx(SUMMER, abs=0.4)
    assert np.all(profile[1] == 1.0)


@pytest.mark.parametrize("closed", [39, 45])
def test_the_forecast_follows_the_months_ahead(closed):
    history = two_sites().until(closed)
    periods = Periods(PeriodKind.MONTH, FOUR_YEARS.first, closed)
    demand = forecast(history, periods=periods, horizon_days=30.0).demand
    ratio = demand.demand_per_day[:400].sum() / demand.demand_per_day[400:].sum()
    month = (3 + closed) % 12
    assert ratio == pytest.approx(SUMMER[month], rel=0.35)


def test_the_reason_names_the_season_where_it_matters():
    forecasts = forecast(two_sites(), periods=FOUR_YEARS, horizon_days=30.0)
    assert "season of the site: × 0." not in forecasts.reason[450]
    assert "season of the site: × " in forecasts.reason[0]


def test_two_years_are_too_few_to_believe_in_seasons():
    history = two_sites().until(24)
    periods = Periods(PeriodKind.MONTH, FOUR_YEARS.first, 24)
    assert np.all(season.profiles(history, periods) == 1.0)


def test_chance_alone_makes_no_season():
    rng = np.random.default_rng(12)
    item = np.repeat(np.arange(500), 20)
    history = a_history(item, rng.integers(0, 48, len(item)), np.ones(len(item), dtype=np.int64),
                        items=500, periods=48)  # fmt: skip
    assert np.all(season.profiles(history, FOUR_YEARS) == 1.0)
