"""Whole distributions without a model: past windows of demand, and the bootstrap of Willemain."""

import numpy as np
from numpy.typing import NDArray

from forecasting.history import Totals
from forecasting.methods.kernels import bootstrap_sums, window_sums
from inventory.demand import Floats, Ints


def window_quantiles(
    totals: Totals, horizon: Ints, quantiles: Floats, *, window: int | None = None
) -> NDArray[np.float64]:
    """Quantiles of demand over `horizon` periods (items × quantiles), as past windows had it.

    Args:
        totals: pieces per period, by item.
        horizon: periods, by item.
        quantiles: shares, rising.
        window: periods to look back; None: all. Windows overlap; a history shorter than the
            horizon counts as one window.
    """
    look_back = np.iinfo(np.int64).max // 2 if window is None else window
    columns = totals.start, totals.period, totals.pieces, totals.periods
    return np.asarray(window_sums(*columns, horizon, quantiles, look_back))


def bootstrap_quantiles(
    totals: Totals, horizon: Ints, quantiles: Floats, *, draws: int = 1000, seed: int = 0
) -> NDArray[np.float64]:
    """Quantiles of demand over `horizon` periods (Willemain, Smart & Schwarz 2004).

    Periods with and without demand follow a two-state Markov chain started from the last period;
    sizes are drawn from those seen and jittered: 1 + int(x + z √x), z normal, x again if below 1.
    """
    columns = totals.start, totals.period, totals.pieces, totals.periods
    return np.asarray(bootstrap_sums(*columns, horizon, quantiles, draws, seed))
