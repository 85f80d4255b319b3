"""Temporal aggregation: histories smoothed in longer buckets (ADIDA, IMAPA); Croston refitted."""

import numpy as np

from forecasting.history import Totals
from forecasting.methods.kernels import aggregate, croston_refitted
from inventory.demand import Floats

WEIGHTS = (0.1, 0.3)  # bounds of a smoothing weight that is fitted


def adida(totals: Totals, *, bucket: int | None = None, smoothing: float | None = None) -> Floats:
    """Pieces per period: smoothed totals of buckets / their length (Nikolopoulos et al. 2011).

    An incomplete bucket is dropped at the start; the level starts at the first bucket.

    Args:
        totals: pieces per period, by item.
        bucket: periods; None: the mean interval between demands, rounded half to even.
        smoothing: None: the weight in 0.1 … 0.3 of least one-step squared error, by item.
    """
    return _aggregate(totals, bucket or 0, smoothing, False)


def imapa(totals: Totals, *, smoothing: float | None = None) -> Floats:
    """Mean of ADIDA over buckets of 1 … mean interval (Petropoulos & Kourentzes 2015)."""
    return _aggregate(totals, 0, smoothing, True)


def croston_optimised(totals: Totals) -> Floats:
    """Croston with the weights of sizes and of intervals each fitted in 0.1 … 0.3, by item."""
    return np.asarray(croston_refitted(totals.start, totals.period, totals.pieces, *WEIGHTS))


def _aggregate(totals: Totals, bucket: int, smoothing: float | None, every: bool) -> Floats:
    low, high = WEIGHTS if smoothing is None else (smoothing, smoothing)
    return np.asarray(
        aggregate(
            totals.start, totals.period, totals.pieces, totals.periods, bucket, every, low, high
        )
    )
