"""How good the forecasts would have been: rolling origins, judged where the stock is decided.

At each origin every method sees only what had closed by then and predicts the demand of each
item's next horizon (its lead time). Judged are quantiles (pinball loss), whether they hold what
they say (calibration, randomised where whole pieces tie), bias and squared error of the mean, and
the stock and service that the same policy would have had: a base stock at each quantile.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
import polars as pl

from forecasting.backtest.kernels import asked_between
from forecasting.backtest.methods import (
    BOOTSTRAP,
    CHOSEN,
    EMPIRICAL,
    POINTS,
    Predicted,
    chosen,
    of_windows,
    past_points,
    with_own_errors,
)
from forecasting.backtest.scores import Cases, score
from forecasting.history import History
from forecasting.periods import Periods
from inventory.demand import Floats, Ints

QUANTILES = np.array([0.5, 0.8, 0.9, 0.95, 0.99])
METHODS = (CHOSEN, *POINTS, EMPIRICAL, BOOTSTRAP)


def backtest(
    history: History,
    *,
    horizon: Ints,
    origins: Iterable[int],
    periods: Periods | None = None,
    unit_cost: Floats | None = None,
    alike: Ints | None = None,
    methods: Sequence[str] = METHODS,
    seed: int = 0,
) -> pl.DataFrame:
    """Scores summed by origin, method and demand class (columns: see `scores.score`).

    Args:
        history: requests by item.
        horizon: periods ahead, by item.
        origins: how many periods had closed; an item counts where its horizon fits.
        periods: the calendar of the history, for seasons; None: without.
        unit_cost: money per piece; None: 1.
        alike: groups of similar items, as `forecast` has them; None: all are alike.
        methods: names, of `METHODS`.
        seed: of the bootstrap.
    """
    origins = sorted(origins)
    points = past_points(history, [name for name in methods if name in POINTS])
    cost = np.ones(len(history)) if unit_cost is None else unit_cost
    scale = _mean_demand(history, origins[0] if origins else 0)
    reach = np.minimum(horizon, max(history.periods, 1))  # nothing is judged further ahead
    tables = []
    for origin in origins:
        until = history.until(origin)
        cases = _cases(history, until, origin, horizon, cost, scale)
        for name in methods:
            if name == CHOSEN:
                known = periods and replace(periods, count=origin)
                predicted = chosen(until, reach, QUANTILES, periods=known, alike=alike)
            elif name in POINTS:
                predicted = with_own_errors(until, points[name], origin, reach, QUANTILES)
            else:
                drawn = seed + origin if name == BOOTSTRAP else None
                predicted = of_windows(until, reach, QUANTILES, seed=drawn)
            tables.append(_named(score(cases, predicted, QUANTILES), origin, name))
    return pl.concat(tables) if tables else pl.DataFrame()


def _cases(
    history: History, until: History, origin: int, horizon: Ints, cost: Floats, scale: Floats
) -> Cases:
    """What happened after `origin`, for the items whose horizon fits into the history."""
    first = np.full(len(history), origin)
    asked = asked_between(history.start, history.period, history.pieces, first, first + horizon)
    fits = (origin + horizon <= history.periods) & (history.first_period < origin)
    return Cases.of(until, np.flatnonzero(fits), asked, horizon, cost, scale)


def _mean_demand(history: History, closed: int) -> Floats:
    """Pieces per period before the first origin, by item; nan where there were none."""
    begin = np.zeros(len(history), dtype=np.int64)
    end = np.full(len(history), closed)
    asked = asked_between(history.start, history.period, history.pieces, begin, end)
    lived = np.maximum(closed - history.first_period, 1)
    return np.where(asked > 0, asked / lived, np.nan)


def _named(scores: pl.DataFrame, origin: int, method: str) -> pl.DataFrame:
    return scores.select(pl.lit(origin).alias("origin"), pl.lit(method).alias("method"), pl.all())


__all__ = ["CHOSEN", "METHODS", "QUANTILES", "Predicted", "backtest"]
