"""Compiled recursions of the point methods; their meaning is explained by their callers."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def smooth_intervals(start, period, pieces, size_weight, interval_weight, from_mean):  # type: ignore[no-untyped-def]
    """Smoothed size and interval by item; 0 and 1 without demand."""
    items = len(start) - 1
    sizes, intervals = np.zeros(items), np.ones(items)
    for item in range(items):
        first, last = start[item], start[item + 1]
        if first == last:
            continue
        size = pieces[first]
        interval = period[first] + 1.0
        if from_mean:
            interval = (period[last - 1] + 1) / (last - first)
        for row in range(first + 1, last):
            size += size_weight * (pieces[row] - size)
            interval += interval_weight * (period[row] - period[row - 1] - interval)
        sizes[item], intervals[item] = size, interval
    return sizes, intervals


@njit(cache=True, nogil=True)
def smooth_probability(start, period, pieces, periods, size_weight, weight, code):  # type: ignore[no-untyped-def]
    """Smoothed size and probability of demand by item; 0 without demand."""
    items = len(start) - 1
    sizes, probabilities = np.zeros(items), np.zeros(items)
    for item in range(items):
        first, last = start[item], start[item + 1]
        if first == last:
            continue
        size = pieces[first]
        for row in range(first + 1, last):
            size += size_weight * (pieces[row] - size)
        probability, seen = 1.0 * (period[first] == 0), 1
        if code == 1:
            probability = (last - first) / periods[item]
        elif code == 2:
            probability, seen = 0.5, 0
        for row in range(first, last):
            if period[row] >= seen:
                probability *= (1 - weight) ** (period[row] - seen + 1)
                probability += weight
                seen = period[row] + 1
        probability *= (1 - weight) ** (periods[item] - seen)
        sizes[item], probabilities[item] = size, probability
    return sizes, probabilities
