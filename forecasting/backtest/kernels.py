"""Backtests, compiled: what was asked for in a window, quantiles of laws, past errors."""

import numpy as np
from numba import njit

from inventory.lead_time_demand.kernels import write_law

ROUNDING = 1e-12  # of a sum of chances


@njit(cache=True, nogil=True)
def asked_between(start, period, pieces, first, last):  # type: ignore[no-untyped-def]
    """Pieces asked for in periods first … last − 1, by item."""
    sums = np.zeros(len(first))
    for item in range(len(first)):
        for row in range(start[item], start[item + 1]):
            if first[item] <= period[row] < last[item]:
                sums[item] += pieces[row]
    return sums


@njit(cache=True, nogil=True)
def law_quantiles(rate, variance, uncertainty, start, pieces, share, days, quantiles):  # type: ignore[no-untyped-def]
    """Quantiles of the demand of `days` days (items × quantiles), P(X < them) and P(X ≤ them)."""
    items, wanted = len(rate), len(quantiles)
    quantile = np.zeros((items, wanted))
    below, up_to = np.zeros((items, wanted)), np.ones((items, wanted))
    law, node = np.empty(4096), np.empty(4096)
    for item in range(items):
        sizes, parts = pieces[start[item] : start[item + 1]], share[start[item] : start[item + 1]]
        rows = -1
        while rows < 0:
            base, rows, _, _ = write_law(
                rate[item], variance[item], uncertainty[item], sizes, parts,
                days[item], 0.0, 0.0, 0.0, 0.0, law, node,
            )  # fmt: skip
            if rows < 0:
                law, node = np.empty(-rows + 64), np.empty(-rows + 64)
        chance, k = 0.0, 0
        for x in range(rows):
            before = chance
            chance += law[x]
            while k < wanted and (chance >= quantiles[k] - ROUNDING or x == rows - 1):
                quantile[item, k], below[item, k], up_to[item, k] = base + x, before, chance
                k += 1
            if k == wanted:
                break
    return quantile, below, up_to


@njit(cache=True, nogil=True)
def past_error_variance(forecasts, start, period, pieces, first, origin, horizon):  # type: ignore[no-untyped-def]
    """Mean squared error of sums over `horizon`, by item, over every window before `origin`.

    `forecasts[t]` are pieces per period forecast when t periods had closed; the first third of an
    item's history, three periods at least, only warms up. nan where no window fits.
    """
    items = len(first)
    out = np.full(items, np.nan)
    level = np.empty(origin + 1)
    for item in range(items):
        level[:] = 0.0
        for row in range(start[item], start[item + 1]):
            if period[row] < origin:
                level[period[row] + 1] += pieces[row]
        for t in range(origin):
            level[t + 1] += level[t]
        length = horizon[item]
        begin = first[item] + max(3, (origin - first[item]) // 3)
        squares, windows = 0.0, 0
        for t in range(begin, origin - length + 1):
            error = level[t + length] - level[t] - length * forecasts[t, item]
            squares += error * error
            windows += 1
        if windows > 0:
            out[item] = squares / windows
    return out
