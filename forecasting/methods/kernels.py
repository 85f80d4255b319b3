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
    longest = 1
    for item in range(items):
        longest = max(longest, periods[item] + 1)
    kept = (1.0 - weight) ** np.arange(longest + 1)
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
                probability *= kept[period[row] - seen + 1]
                probability += weight
                seen = period[row] + 1
        probability *= kept[periods[item] - seen]
        sizes[item], probabilities[item] = size, probability
    return sizes, probabilities


@njit(cache=True, nogil=True)
def smooth_levels(start, period, pieces, periods, weight, from_mean):  # type: ignore[no-untyped-def]
    """Exponentially smoothed level by item, from the first period or the mean of all on."""
    items = len(start) - 1
    levels = np.zeros(items)
    for item in range(items):
        level, seen = 0.0, 1
        if from_mean:
            seen = 0
            for row in range(start[item], start[item + 1]):
                level += pieces[row] / periods[item]
        for row in range(start[item], start[item + 1]):
            if period[row] < seen:
                level = pieces[row]
                continue
            level *= (1 - weight) ** (period[row] - seen + 1)
            level += weight * pieces[row]
            seen = period[row] + 1
        levels[item] = level * (1 - weight) ** max(periods[item] - seen, 0)
    return levels


@njit(cache=True, nogil=True)
def last_windows(start, period, pieces, periods, window):  # type: ignore[no-untyped-def]
    """Pieces of the last `window` periods by item."""
    sums = np.zeros(len(start) - 1)
    for item in range(len(sums)):
        for row in range(start[item], start[item + 1]):
            if period[row] >= periods[item] - window:
                sums[item] += pieces[row]
    return sums


@njit(cache=True, nogil=True)
def smoothed(values, count, weight):  # type: ignore[no-untyped-def]
    """Level after smoothing, and the sum of squared one-step errors."""
    level, squares = values[0], 0.0
    for k in range(1, count):
        error = values[k] - level
        squares += error * error
        level += weight * error
    return level, squares


@njit(cache=True, nogil=True)
def best_weight(values, count, low, high):  # type: ignore[no-untyped-def]
    """The weight in low … high of least squared error: a grid, then golden section around it.

    The middle where the error is the same for all.
    """
    steps = 20
    best = (low + high) / 2
    if low == high or count < 3:
        return best
    least = smoothed(values, count, best)[1]
    for k in range(steps + 1):
        weight = low + (high - low) * k / steps
        _, squares = smoothed(values, count, weight)
        if squares < least * (1 - 1e-12):
            best, least = weight, squares
    width = (high - low) / steps
    left, right, golden = max(low, best - width), min(high, best + width), 0.6180339887498949
    for _ in range(60):
        inner = right - golden * (right - left)
        outer = left + golden * (right - left)
        if smoothed(values, count, inner)[1] < smoothed(values, count, outer)[1]:
            right = outer
        else:
            left = inner
    for weight in ((left + right) / 2, low, high):
        squares = smoothed(values, count, weight)[1]
        if squares < least * (1 - 1e-15):
            best, least = weight, squares
    return best


@njit(cache=True, nogil=True)
def aggregate(start, period, pieces, periods, bucket, every, low, high):  # type: ignore[no-untyped-def]
    """Smoothed bucket totals / bucket, for one bucket or the mean over 1 … mean interval."""
    items = len(start) - 1
    forecasts = np.zeros(items)
    longest = 1
    for item in range(items):
        longest = max(longest, periods[item])
    values = np.empty(longest)
    for item in range(items):
        first, last = start[item], start[item + 1]
        if first == last:
            continue
        most = bucket
        if bucket == 0:
            most = max(1, int(np.round((period[last - 1] + 1) / (last - first))))
        most = min(most, periods[item])
        total, least = 0.0, 1 if every else most
        for length in range(least, most + 1):
            count = periods[item] // length
            dropped = periods[item] - count * length
            values[:count] = 0.0
            for row in range(first, last):
                if period[row] >= dropped:
                    values[(period[row] - dropped) // length] += pieces[row]
            weight = best_weight(values, count, low, high)
            total += smoothed(values, count, weight)[0] / length
        forecasts[item] = total / (most - least + 1)
    return forecasts


@njit(cache=True, nogil=True)
def croston_refitted(start, period, pieces, low, high):  # type: ignore[no-untyped-def]
    """Size / interval, each smoothed with the weight of its own least squared error."""
    items = len(start) - 1
    forecasts = np.zeros(items)
    for item in range(items):
        first, count = start[item], start[item + 1] - start[item]
        if count == 0:
            continue
        sizes, gaps = pieces[first : first + count].copy(), np.empty(count)
        for k in range(count):
            before = period[first + k - 1] if k > 0 else -1
            gaps[k] = period[first + k] - before
        size = smoothed(sizes, count, best_weight(sizes, count, low, high))[0]
        forecasts[item] = size / smoothed(gaps, count, best_weight(gaps, count, low, high))[0]
    return forecasts


@njit(cache=True, nogil=True)
def write_quantiles(values, count, quantiles, out):  # type: ignore[no-untyped-def]
    """The least of `values` that the wanted share of them does not exceed."""
    ordered = np.sort(values[:count])
    for k in range(len(quantiles)):
        out[k] = ordered[max(0, min(count - 1, int(np.ceil(quantiles[k] * count - 1e-9)) - 1))]


@njit(cache=True, nogil=True)
def window_sums(start, period, pieces, periods, horizon, quantiles, look_back):  # type: ignore[no-untyped-def]
    """Quantiles of the sums of overlapping windows, by item."""
    items = len(start) - 1
    out = np.zeros((items, len(quantiles)))
    longest = 1
    for item in range(items):
        longest = max(longest, periods[item])
    level, sums = np.zeros(longest + 1), np.empty(longest + 1)
    for item in range(items):
        count = periods[item]
        level[: count + 1] = 0.0
        for row in range(start[item], start[item + 1]):
            level[period[row] + 1] = pieces[row]
        for t in range(count):
            level[t + 1] += level[t]
        length = max(1, min(horizon[item], count))
        first = min(max(0, count - look_back), max(count - length, 0))
        windows = 0
        for t in range(first, count - length + 1):
            sums[windows] = level[t + length] - level[t]
            windows += 1
        if windows > 0:
            write_quantiles(sums, windows, quantiles, out[item])
    return out


@njit(cache=True, nogil=True)
def next_uniform(state):  # type: ignore[no-untyped-def]
    """A number in (0, 1) and the state after it (splitmix64): the same on every machine."""
    state = state + np.uint64(0x9E3779B97F4A7C15)
    mixed = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed = mixed ^ (mixed >> np.uint64(31))
    return (float(mixed >> np.uint64(11)) + 0.5) / 9007199254740992.0, state


@njit(cache=True, nogil=True)
def bootstrap_sums(start, period, pieces, periods, horizon, quantiles, draws, seed):  # type: ignore[no-untyped-def]
    """Quantiles of bootstrapped sums, by item; every item has a stream of its own."""
    items = len(start) - 1
    out = np.zeros((items, len(quantiles)))
    sums = np.empty(draws)
    for item in range(items):
        first, count = start[item], start[item + 1] - start[item]
        if count == 0:
            continue
        follows, busy_before = 0, count - (period[first + count - 1] == periods[item] - 1)
        for row in range(first + 1, first + count):
            follows += period[row] == period[row - 1] + 1
        quiet_before = periods[item] - 1 - busy_before
        stay = (follows + 0.5) / (busy_before + 1.0)
        wake = (count - follows - (period[first] == 0) + 0.5) / (max(quiet_before, 0) + 1.0)
        state = np.uint64(seed) + np.uint64(item) * np.uint64(0xD1342543DE82EF95)
        for draw in range(draws):
            busy = period[first + count - 1] == periods[item] - 1
            total = 0.0
            for _ in range(horizon[item]):
                chance, state = next_uniform(state)
                busy = chance < (stay if busy else min(wake, 1.0))
                if busy:
                    pick, state = next_uniform(state)
                    one, state = next_uniform(state)
                    two, state = next_uniform(state)
                    normal = np.sqrt(-2.0 * np.log(one)) * np.cos(2.0 * np.pi * two)
                    size = pieces[first + min(int(pick * count), count - 1)]
                    jittered = 1.0 + np.floor(size + normal * np.sqrt(size))
                    total += jittered if jittered > 1.0 else size
            sums[draw] = total
        write_quantiles(sums, draws, quantiles, out[item])
    return out
