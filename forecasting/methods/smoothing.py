"""Simple exponential smoothing, averages and the honest baselines, over columns of histories."""

from typing import Literal

import numpy as np

from forecasting.history import Totals
from forecasting.methods.kernels import last_windows, smooth_levels
from inventory.demand import Floats


def exponential_smoothing(
    totals: Totals, *, smoothing: float = 0.1, start: Literal["first", "mean"] = "first"
) -> Floats:
    """Pieces per period: the level after smoothing every period in.

    Args:
        totals: pieces per period, by item.
        smoothing: weight of the newest period.
        start: the level begins with the first period, or with the mean of all (then the first
            is smoothed in too).
    """
    columns = totals.start, totals.period, totals.pieces, totals.periods
    return np.asarray(smooth_levels(*columns, smoothing, start == "mean"))


def moving_average(totals: Totals, *, window: int = 12) -> Floats:
    """Mean of the last `window` periods, or of all where there are fewer; 0 without a period."""
    total = last_windows(totals.start, totals.period, totals.pieces, totals.periods, window)
    return np.asarray(total / np.maximum(np.minimum(window, totals.periods), 1), dtype=np.float64)


def seasonal_naive(totals: Totals, *, season: int = 12, ahead: int = 1) -> Floats:
    """The period one season before the one forecast; 0 where the history does not reach there."""
    return _at(totals, totals.periods + (ahead - 1) % season - season)


def naive(totals: Totals) -> Floats:
    """The last period again."""
    return _at(totals, totals.periods - 1)


def zero(totals: Totals) -> Floats:
    """Nothing, ever: what wins every contest judged by absolute errors."""
    return np.zeros(len(totals))


def _at(totals: Totals, period: np.ndarray) -> Floats:
    """Pieces of each item in one period of its own."""
    row = np.repeat(np.arange(len(totals)), np.diff(totals.start))
    wanted = totals.period == period[row]
    return np.bincount(row[wanted], totals.pieces[wanted], minlength=len(totals)).astype(np.float64)
