"""A distribution for a point forecast: a negative binomial as wide as its own past errors."""

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats


def negative_binomial(
    mean: float, variance: float, periods: float
) -> tuple[float, float, float, float]:
    """Sum of independent negative binomial periods: its mean and variance, and r and p.

    r p^… in the parametrisation mean = r (1 − p) / p: the same p, r times `periods`.

    Args:
        mean: of one period, pieces.
        variance: of one period, above the mean.
        periods: how many.
    """
    chance = mean / variance
    return mean * periods, variance * periods, periods * mean * chance / (1 - chance), chance


def error_variance(cumulative: NDArray[np.float64], forecasts: NDArray[np.float64],
                   horizon: int) -> Floats:  # fmt: skip
    """Mean squared error of the sum of `horizon` periods, by item, over the past.

    Args:
        cumulative: pieces before each period (items × periods + 1).
        forecasts: pieces per period forecast before each period (items × periods + 1).
        horizon: periods.
    """
    ends = cumulative.shape[1] - horizon
    if ends <= 0:
        return np.zeros(len(cumulative))
    happened = cumulative[:, horizon:] - cumulative[:, :-horizon]
    return np.asarray(np.mean((happened - horizon * forecasts[:, :ends]) ** 2, axis=1))
