"""Seasons: a profile of the twelve months for each site, used only where it has earned its place.

All items of a site are pooled, since one item's history is far too thin. A profile has earned its
place when, made without the last twelve months, it tells those better than no season at all.
"""

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History
from forecasting.periods import PeriodKind, Periods
from inventory.demand import Floats, Ints

MONTHS = 12
FEWEST_YEARS = 3
PRIOR_EVENTS = 30.0  # of a flat year, in each month
EARNED = 10.0  # gain in log likelihood of the last year, in nats
LEAST_SWING = 1.2  # between the strongest and the weakest month


def profiles(history: History, periods: Periods) -> NDArray[np.float64]:
    """Factors by location and month of the year, January first; 1 where nothing is earned."""
    locations = int(history.location.max(initial=0)) + 1
    flat = np.ones((locations, MONTHS))
    years = history.periods // MONTHS
    if periods.kind is not PeriodKind.MONTH or years < FEWEST_YEARS or not history.known.all():
        return flat
    counts = _busy_items(history, locations)[:, history.periods - years * MONTHS :]
    by_year = counts.reshape(locations, years, MONTHS)
    early, last = _profile(by_year[:, :-1]), by_year[:, -1]
    gain = np.sum(last * np.log(early), axis=1)
    swing = early.max(axis=1) / early.min(axis=1)
    earned = (gain > EARNED) & (swing > LEAST_SWING)
    # The last of `by_year` ends with the last closed month, not with December.
    next_month = (periods.first.month - 1 + history.periods) % MONTHS
    whole = np.roll(_profile(by_year), next_month, axis=1)
    return np.where(earned[:, None], whole, flat)


def ahead(profile: NDArray[np.float64], location: Ints, horizon: Ints, next_month: int) -> Floats:
    """Mean factor over each item's next `horizon` months, `next_month` (0 January) first."""
    steps = np.arange(int(horizon.max(initial=1)))
    months = (next_month + steps) % MONTHS
    sums = np.cumsum(profile[:, months], axis=1)
    return np.asarray(sums[location, horizon - 1] / horizon, dtype=np.float64)


def _busy_items(history: History, locations: int) -> NDArray[np.float64]:
    """How many items of each site were asked for in each period."""
    totals = history.totals()
    row = np.repeat(np.arange(len(history)), np.diff(totals.start))
    period = totals.period + np.minimum(history.first_period, history.periods)[row]
    cell = history.location[row] * history.periods + period
    counts = np.bincount(cell, minlength=locations * history.periods)
    return counts.reshape(locations, history.periods).astype(np.float64)


def _profile(by_year: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of each month in its year, over all years, drawn to flat; mean 1 (sites × months)."""
    level = by_year.mean(axis=2).sum(axis=1)[:, None]
    factor = (by_year.sum(axis=1) + PRIOR_EVENTS) / (level + PRIOR_EVENTS)
    return np.asarray(factor / factor.mean(axis=1, keepdims=True), dtype=np.float64)
