"""Croston's method and its heirs: sizes and intervals smoothed apart (SBA, SBJ, TSB)."""

from typing import Literal

import numpy as np

from forecasting.history import Totals
from forecasting.methods.kernels import smooth_intervals, smooth_probability
from inventory.demand import Floats

IntervalStart = Literal["naive", "mean"]
ProbabilityStart = Literal["first", "mean", "half"]


def croston(
    totals: Totals,
    *,
    smoothing: float = 0.1,
    interval_smoothing: float | None = None,
    start: IntervalStart = "naive",
) -> Floats:
    """Pieces per period: smoothed size / smoothed interval (Croston 1972); 0 without demand.

    Sizes start at the first demand and are smoothed from the second on.

    Args:
        totals: pieces per period, by item.
        smoothing: weight of the newest size.
        interval_smoothing: weight of the newest interval; None: `smoothing`.
        start: the interval level begins with the first interval, counted from before the first
            period (`naive`), or with the mean of all of them (`mean`).
    """
    weight = smoothing if interval_smoothing is None else interval_smoothing
    size, interval = smooth_intervals(
        totals.start, totals.period, totals.pieces, smoothing, weight, start == "mean"
    )
    return np.asarray(size / interval, dtype=np.float64)


def sba(
    totals: Totals,
    *,
    smoothing: float = 0.1,
    interval_smoothing: float | None = None,
    start: IntervalStart = "naive",
) -> Floats:
    """Croston × (1 − α/2), α the interval's weight (Syntetos & Boylan 2005)."""
    weight = smoothing if interval_smoothing is None else interval_smoothing
    plain = croston(totals, smoothing=smoothing, interval_smoothing=weight, start=start)
    return (1 - weight / 2) * plain


def sbj(
    totals: Totals,
    *,
    smoothing: float = 0.1,
    interval_smoothing: float | None = None,
    start: IntervalStart = "naive",
) -> Floats:
    """Croston × (1 − α/(2 − α)), α the interval's weight (Shale, Boylan & Johnston 2006)."""
    weight = smoothing if interval_smoothing is None else interval_smoothing
    plain = croston(totals, smoothing=smoothing, interval_smoothing=weight, start=start)
    return (1 - weight / (2 - weight)) * plain


def tsb(
    totals: Totals,
    *,
    smoothing: float = 0.1,
    probability_smoothing: float = 0.1,
    start: ProbabilityStart = "mean",
) -> Floats:
    """Pieces per period: smoothed size × probability of demand (Teunter, Syntetos & Babai 2011).

    The probability is smoothed in every period, so it falls while nobody asks.

    Args:
        totals: pieces per period, by item.
        smoothing: weight of the newest size.
        probability_smoothing: weight of the newest period.
        start: the probability begins with whether the first period had demand (`first`), with
            the share of periods that had (`mean`), or at one half with the first period smoothed
            in (`half`).
    """
    code = {"first": 0, "mean": 1, "half": 2}[start]
    size, probability = smooth_probability(
        totals.start, totals.period, totals.pieces, totals.periods,
        smoothing, probability_smoothing, code,
    )  # fmt: skip
    return np.asarray(size * probability, dtype=np.float64)
