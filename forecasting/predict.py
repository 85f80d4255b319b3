"""Predictive demand: how often an item will be asked for, how uncertain that is, how many at once.

Rates: requests come as a Poisson stream whose rate was drawn from what all items show (gamma),
and old periods count less (they fade). Sizes: those seen, faded, mixed with a lognormal law
drawn towards what all items show.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.classify import CLASSES, DemandClasses, classify
from forecasting.history import History
from forecasting.kernels import faded_counts, log_size_sums, size_laws
from forecasting.periods import Periods
from forecasting.reasons import reasons
from inventory.demand import Demand, Floats, Ints, SizeLaws

MEMORY_DAYS = 540.0  # a request this old counts 1/e
PRIOR_REQUESTS = 2.0  # of the pooled law of sizes
RARE_PER_DAY = 1 / 3650  # where nobody has ever asked for anything
METHOD = "gamma-poisson"
_NODES, _NODE_SHARES = np.polynomial.hermite_e.hermegauss(5)
_POINTS = np.column_stack((_NODES, _NODE_SHARES / _NODE_SHARES.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """What will be asked for, by item, and why that is believed."""

    demand: Demand
    demand_class: pl.Series  # words of `DemandClass`
    method: pl.Series
    events: Ints  # requests counted
    reason: pl.Series

    def __len__(self) -> int:
        return len(self.events)


def forecast(history: History, *, periods: Periods | None = None) -> Forecasts:
    """Demand of every item from its history and from what all histories have in common.

    Args:
        history: requests by item.
        periods: names the calendar in the reasons; None: reasons speak of periods.
    """
    weight = _fade(history)
    rate, rate_variance = _request_rates(history, weight)
    sizes = _sizes(history, weight)
    mean, second = sizes.mean(), sizes.second_moment()
    demand = Demand(rate * mean, rate * second, rate_variance * mean**2, sizes)
    classes = classify(history.totals())
    return Forecasts(
        demand,
        _words(classes),
        pl.repeat(METHOD, len(history), eager=True).alias("method"),
        np.diff(history.start),
        reasons(history, classes, periods),
    )


def _fade(history: History) -> Floats:
    """Weight of each period: 1 now, 1/e after `MEMORY_DAYS`."""
    age = np.cumsum(history.days[::-1])[::-1] - history.days / 2
    return np.exp(-age / MEMORY_DAYS)


def _request_rates(history: History, weight: Floats) -> tuple[Floats, Floats]:
    """Mean and variance of each item's rate, requests per day: gamma prior, Poisson evidence."""
    count = faded_counts(history.start, history.period, weight)
    lived = np.concatenate(([0.0], np.cumsum(weight * history.days * history.known)))
    exposure = lived[-1] - lived[np.minimum(history.first_period, history.periods)]
    pooled, shape = _pooled_rate(count, exposure)
    alpha, beta = shape + count, shape / pooled + exposure
    return alpha / beta, alpha / beta**2


def _pooled_rate(count: Floats, exposure: Floats) -> tuple[float, float]:
    """Mean rate of all items and the shape of the gamma their rates are drawn from (moments)."""
    total = float(exposure.sum())
    if total <= 0 or not count.any():
        return min(RARE_PER_DAY, 0.5 / total if total > 0 else RARE_PER_DAY), 0.5
    pooled = float(count.sum()) / total
    expected = pooled * exposure
    beyond_chance = float(np.sum((count - expected) ** 2 - expected))
    spread = beyond_chance / float(np.sum(expected**2))
    return pooled, float(np.clip(1 / max(spread, 1e-9), 0.1, 5.0))


def _sizes(history: History, weight: Floats) -> SizeLaws:
    """Sizes seen, faded, with `PRIOR_REQUESTS` of a lognormal law drawn towards the pooled one."""
    seen, log_mean, squares = log_size_sums(history.start, history.period, history.pieces, weight)
    total = float(seen.sum())
    pooled = float(seen @ log_mean) / total if total > 0 else 0.0
    within = float(squares.sum()) / max(total - np.count_nonzero(seen), 1.0)
    between = float(seen @ (log_mean - pooled) ** 2) / total if total > 0 else 0.0
    trust = seen / (seen + PRIOR_REQUESTS)
    centre = pooled + trust * (log_mean - pooled)
    sd = np.sqrt(max(within, 0.0) + (1 - trust) * between)
    start, size, share = size_laws(
        history.start, history.period, history.pieces, weight, PRIOR_REQUESTS,
        centre, sd, _POINTS,
    )  # fmt: skip
    return SizeLaws(start, size, share)


def _words(classes: DemandClasses) -> pl.Series:
    names = pl.Series("demand_class", [str(word) for word in CLASSES])
    return names.gather(pl.Series(classes.code))
