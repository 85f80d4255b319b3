"""The point forecast for an error told as a share of the training mean's: not the mean.

One-step forecasts f of an item are sometimes judged by Σ (y − f)² / W over a window, where
W = Σ (y − m)² is the error of m, the mean of the history before the window, and this ratio is
averaged over items. Futures in which W is small, the silent ones, weigh most in that average. The
point that makes its expectation least is therefore not E[y] but (Gneiting 2011)

    f = E[y / W] / E[1 / W],    1 / W = ∫ exp(−sW) ds,

expectations under the predictive law; and E[exp(−sW)] is one backward pass of the hidden rates,
since W is a sum over periods. What of W has happened by now is known. This is a figure for that
measure alone: plans, bias and every other score are made of the mean.
"""

from dataclasses import replace

import numpy as np

from forecasting import rates, sizes
from forecasting.history import History
from forecasting.relative.kernels import weighed_points
from inventory.demand import Floats


def weighed_point(
    history: History, training_mean: Floats, error_so_far: Floats, periods_left: int
) -> Floats:
    """Pieces in the next period, as the measure above wants them, by item.

    Args:
        history: what had closed.
        training_mean: m, pieces per period before the window, by item.
        error_so_far: Σ (y − m)² over the periods of the window that had closed, by item.
        periods_left: of the window, the next one included; 1 or more.
    """
    totals = history.totals()
    begin = np.zeros(len(history), dtype=np.int64)
    model = rates.learn(totals, begin, days=float(history.days.mean()))
    by_period = replace(
        history, start=totals.start, period=totals.period, pieces=totals.pieces.astype(np.int64)
    )
    law = sizes.laws(by_period, sizes.Evidence.of(by_period), sizes.learn(by_period))
    return np.asarray(
        weighed_points(
            rates.believe(totals, begin, model), model.asked, np.ascontiguousarray(model.change.T),
            training_mean, error_so_far, periods_left, law.start, law.pieces, law.share,
        )
    )  # fmt: skip
