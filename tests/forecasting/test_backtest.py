"""Backtests: quantiles of the very law, scores by hand, and no look into the future."""

import numpy as np
import polars as pl
import pytest
from scipy.stats import nbinom, poisson

from forecasting.backtest import CHOSEN, METHODS, QUANTILES, backtest
from forecasting.backtest.kernels import asked_between, past_error_variance
from forecasting.backtest.methods import Predicted, of_law
from forecasting.backtest.scores import Cases, score, summed
from inventory.demand import Demand, DemandForecast
from tests.forecasting.builders import a_history


def many(seed=6, items=300, periods=36):
    rng = np.random.default_rng(seed)
    count = rng.poisson(rng.gamma(0.8, 0.5, items)[:, None], (items, periods))
    item, period = np.nonzero(count)
    pieces = count[item, period] + rng.poisson(1.0, len(item))
    return a_history(item, period, pieces, items=items, periods=periods)


def test_quantiles_are_those_of_the_law_the_plan_uses():
    demand = Demand.of([DemandForecast(0.1), DemandForecast(0.1, 0.1, 0.002)])
    predicted = of_law(demand, np.array([30.0, 30.0]), QUANTILES)
    assert predicted.quantile[0].tolist() == poisson.ppf(QUANTILES, 3.0).tolist()
    mean, variance = 3.0, 3.0 + 0.002 * 900
    law = nbinom(mean**2 / (variance - mean), mean / variance)
    assert predicted.quantile[1].tolist() == law.ppf(QUANTILES).tolist()
    assert predicted.up_to[1] == pytest.approx(law.cdf(predicted.quantile[1]))
    assert predicted.below[1] == pytest.approx(law.cdf(predicted.quantile[1] - 1))


def test_scores_of_one_case_are_those_of_paper_and_pencil():
    history = a_history([0], [0], [2], known=np.ones(12, dtype=bool))
    one = np.ones(1)
    cases = Cases.of(history, np.array([0]), 7 * one, np.array([2]), 10 * one, 2 * one)
    row = np.array([[5.0, 7.0]])
    predicted = Predicted(row, row * 0 + 0.3, row * 0 + 0.9, np.array([6.0]))
    sums = score(cases, predicted, np.array([0.5, 0.9])).row(0, named=True)
    assert sums["pinball_0.5"] == pytest.approx(0.5 * 2)
    assert sums["scaled_pinball_0.5"] == pytest.approx(0.5)
    assert (sums["reached_0.5"], sums["reached_0.9"]) == (0.0, 1.0)
    assert (sums["stock_0.9"], sums["served_0.5"]) == (0.0, 5.0)
    assert sums["squares"] == pytest.approx((1 / 4) ** 2)


def test_windows_hold_what_was_asked_in_them():
    history = a_history([0, 0, 1], [2, 5, 3], [4, 7, 9], items=2)
    asked = asked_between(
        history.start, history.period, history.pieces, np.array([2, 4]), np.array([5, 6])
    )
    assert asked.tolist() == [4.0, 0.0]


def test_past_errors_are_those_of_every_window_after_the_warm_up():
    history = a_history([0, 0], [4, 8], [3, 6], first_period=np.zeros(1, dtype=np.int64))
    forecasts = np.full((13, 1), 0.5)
    variance = past_error_variance(
        forecasts, history.start, history.period, history.pieces, history.first_period,
        10, np.array([2]),
    )  # fmt: skip
    table = np.bincount([4, 8], [3, 6], minlength=12)
    errors = [table[t : t + 2].sum() - 1.0 for t in range(3, 9)]
    assert variance[0] == pytest.approx(np.mean(np.square(errors)))


@pytest.mark.parametrize("method", METHODS)
def test_no_method_looks_past_its_origin(method):
    history = many()
    horizon = np.full(len(history), 3)
    settled = backtest(history, horizon=horizon, origins=[24], methods=[method])
    row = np.repeat(np.arange(len(history)), np.diff(history.start))
    later = history.period >= 27
    kept = a_history(
        row[~later], history.period[~later], history.pieces[~later],
        items=len(history), periods=36, known=history.known, first_period=history.first_period,
    )  # fmt: skip
    assert settled.equals(backtest(kept, horizon=horizon, origins=[24], methods=[method]))


def test_the_product_is_calibrated_and_beats_the_baselines_where_rates_are_steady():
    history = many(items=1500)
    scores = backtest(history, horizon=np.full(1500, 3), origins=range(24, 34, 3))
    table = summed(scores, QUANTILES, ["method"])
    ours = table.row(by_predicate=pl.col("method") == CHOSEN, named=True)
    assert ours["scaled_pinball"] == table["scaled_pinball"].min()
    for share in (0.5, 0.9, 0.99):
        assert ours[f"calibration_{share:g}"] == pytest.approx(share, abs=0.02)


def test_items_whose_horizon_does_not_fit_are_left_out():
    history = many(items=10)
    horizon = np.array([3] * 5 + [10**6] * 5)
    scores = backtest(history, horizon=horizon, origins=[30], methods=[CHOSEN])
    assert scores["cases"].sum() <= 5
