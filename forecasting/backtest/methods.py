"""The forecasts a backtest compares: the product's own, and well-started baselines.

Every method answers with a `Predicted`: quantiles of lead-time demand, and its mean.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.backtest.kernels import law_quantiles, past_error_variance
from forecasting.history import History, Totals
from forecasting.methods.aggregation import adida, imapa
from forecasting.methods.croston import croston, sba, sbj, tsb
from forecasting.methods.smoothing import (
    exponential_smoothing,
    moving_average,
    seasonal_naive,
    zero,
)
from forecasting.methods.windows import bootstrap_quantiles, window_quantiles
from forecasting.periods import Periods
from forecasting.predict import forecast
from inventory.demand import Demand, Floats, Ints, SizeLaws

CHOSEN = "chosen"
Point = Callable[[Totals], Floats]
POINTS: dict[str, Point] = {
    "exponential smoothing": lambda totals: exponential_smoothing(totals, start="mean"),
    "moving average": moving_average,
    "croston": lambda totals: croston(totals, start="mean"),
    "sba": lambda totals: sba(totals, start="mean"),
    "sbj": lambda totals: sbj(totals, start="mean"),
    "tsb": tsb,
    "adida": lambda totals: adida(totals, smoothing=0.1),
    "imapa": lambda totals: imapa(totals, smoothing=0.1),
    "seasonal naive": seasonal_naive,
    "zero": zero,
}
EMPIRICAL, BOOTSTRAP = "past windows", "bootstrap"
BOOTSTRAP_DRAWS = 400


@dataclass(frozen=True, slots=True, eq=False)
class Predicted:
    """Lead-time demand as one method saw it: a row for each item."""

    quantile: NDArray[np.float64]  # items × quantiles, pieces
    below: NDArray[np.float64]  # P(X < quantile)
    up_to: NDArray[np.float64]  # P(X ≤ quantile)
    mean: Floats


def of_law(demand: Demand, days: Floats, quantiles: Floats) -> Predicted:
    """Quantiles of the law the optimizer plans with, over `days` days by item."""
    quantile, below, up_to = law_quantiles(
        demand.demand_per_day, demand.demand_variance_per_day, demand.rate_variance,
        demand.sizes.start, demand.sizes.pieces, demand.sizes.share, days, quantiles,
    )  # fmt: skip
    return Predicted(quantile, below, up_to, demand.demand_per_day * days)


def chosen(
    history: History,
    horizon: Ints,
    quantiles: Floats,
    *,
    periods: Periods | None = None,
    alike: Ints | None = None,
) -> Predicted:
    """The product's own forecast over `horizon` periods by item."""
    length = float(history.days.mean()) if history.periods else 30.0
    days = horizon.astype(np.float64) * length
    demand = forecast(history, periods=periods, horizon_days=days, alike=alike).demand
    return of_law(demand, days, quantiles)


def past_points(history: History, names: list[str]) -> dict[str, NDArray[np.float64]]:
    """Every point method's forecast when 0, 1, … periods had closed ((periods + 1) × items)."""
    tables = {name: np.zeros((history.periods + 1, len(history))) for name in names}
    for closed in range(1, history.periods + 1):
        totals = history.until(closed).totals()
        for name in names:
            tables[name][closed] = POINTS[name](totals)
    return tables


def with_own_errors(
    history: History, forecasts: NDArray[np.float64], origin: int, horizon: Ints, quantiles: Floats
) -> Predicted:
    """A point forecast made a law: negative binomial, as wide as its own errors were.

    Never narrower than Poisson; Poisson where no past window fits.
    """
    mean = forecasts[origin] * horizon
    variance = past_error_variance(
        forecasts, history.start, history.period, history.pieces, history.first_period,
        origin, horizon,
    )  # fmt: skip
    wide = np.fmax(variance, mean)
    one = np.ones(len(mean))
    law = Demand(mean, wide, np.zeros(len(mean)), SizeLaws.single_pieces(len(mean)))
    return of_law(law, one, quantiles)


def of_windows(
    history: History, horizon: Ints, quantiles: Floats, *, seed: int | None
) -> Predicted:
    """Past windows, or with a seed their bootstrap; the law jumps from one quantile to the next."""
    totals = history.totals()
    if seed is None:
        quantile = window_quantiles(totals, horizon, quantiles)
    else:
        quantile = bootstrap_quantiles(totals, horizon, quantiles, draws=BOOTSTRAP_DRAWS, seed=seed)
    shares = np.broadcast_to(quantiles, quantile.shape)
    return Predicted(quantile, shares, shares, moving_average(totals, window=10**9) * horizon)
