"""Sizes of requests, compiled: faded evidence, laws on whole pieces, laws made narrower."""

import math

import numpy as np
from numba import njit

USUAL = 256  # pieces below which logs are looked up
CLOSE = 0.05  # a mean so near a whole number is that number
SAME = 1e-3  # pieces by which the largest size of two laws differs when there is nothing to choose


@njit(cache=True, nogil=True)
def evidence(start, period, pieces, keep):  # type: ignore[no-untyped-def]
    """Faded sums, a row each item: weight, Σ log size, Σ log² size, busy periods, n, n².

    All requests of one period weigh the same; each earlier period with demand weighs `keep` of
    the one after it. The last three count periods with demand, and the n requests in each.
    """
    items = len(start) - 1
    sums = np.zeros((items, 6))
    logs = np.log(np.maximum(np.arange(USUAL), 1))  # most requests ask for few pieces
    for item in range(items):
        weight, busy = 1.0, 0.0
        for row in range(start[item + 1] - 1, start[item] - 1, -1):
            log_size = logs[pieces[row]] if pieces[row] < USUAL else np.log(pieces[row])
            sums[item, 0] += weight
            sums[item, 1] += weight * log_size
            sums[item, 2] += weight * log_size * log_size
            busy += 1.0
            if row == start[item] or period[row - 1] != period[row]:
                sums[item, 3] += weight
                sums[item, 4] += weight * busy
                sums[item, 5] += weight * busy * busy
                weight *= keep
                busy = 0.0
    return sums


@njit(cache=True, nogil=True)
def write_laws(start, period, pieces, keep, most, smooth, centre, spread, slices):  # type: ignore[no-untyped-def]
    """Laws of sizes: the last `most` requests, faded, and `smooth` requests' weight of a lognormal.

    `slices` are upper ends and shares of slices of the standard normal law. Returns the columns
    of `SizeLaws`.
    """
    items, extra = len(start) - 1, len(slices) + 1
    law_start = np.zeros(items + 1, np.int64)
    room = extra * items
    for item in range(items):
        room += min(most, start[item + 1] - start[item])
    sizes, shares = np.empty(room, np.int64), np.empty(room)
    size, share = np.empty(most + extra, np.int64), np.empty(most + extra)
    rows = 0
    for item in range(items):
        count, weight, total = 0, 1.0, smooth[item]
        first = max(start[item], start[item + 1] - most)
        for row in range(start[item + 1] - 1, first - 1, -1):
            size[count], share[count] = pieces[row], weight
            total += weight
            count += 1
            if row > first and period[row - 1] != period[row]:
                weight *= keep
        count = add_lognormal(centre[item], spread[item], slices, smooth[item], size, share, count)
        rows = merge(size, share, count, total, sizes, shares, rows)
        law_start[item + 1] = rows
    return law_start, sizes[:rows], shares[:rows]


@njit(cache=True, nogil=True)
def add_lognormal(centre, spread, slices, weight, size, share, count):  # type: ignore[no-untyped-def]
    """Append a lognormal law on whole pieces: each of its slices at the slice's mean.

    The heaviest slice makes up for the rounding of the rest.
    """
    middle = np.argmax(slices[:, 1])
    mean = np.exp(min(centre + 0.5 * spread * spread, 27.0))
    left, before = mean, 0.0
    for k in range(len(slices)):
        up_to = 0.5 * math.erfc((spread - slices[k, 0]) * math.sqrt(0.5))
        drawn = mean * (up_to - before) / slices[k, 1]
        before = up_to
        if k != middle:
            size[count], share[count] = max(1, round(drawn)), weight * slices[k, 1]
            left -= slices[k, 1] * size[count]
            count += 1
    left = max(1.0, left / slices[middle, 1])
    low = int(left)
    upper = left - low if left - low > CLOSE else 0.0
    size[count], share[count] = low, weight * slices[middle, 1] * (1.0 - upper)
    size[count + 1], share[count + 1] = low + 1, weight * slices[middle, 1] * upper
    return count + 2


@njit(cache=True, nogil=True)
def merge(size, share, count, total, sizes, shares, rows):  # type: ignore[no-untyped-def]
    """Append one law, rising by size, equal sizes joined, shares divided by `total`."""
    for k in range(1, count):
        of, part, place = size[k], share[k], k
        while place > 0 and size[place - 1] > of:
            size[place], share[place] = size[place - 1], share[place - 1]
            place -= 1
        size[place], share[place] = of, part
    here = rows
    for k in range(count):
        if share[k] == 0.0:
            continue
        if rows > here and sizes[rows - 1] == size[k]:
            shares[rows - 1] += share[k] / total
        else:
            sizes[rows], shares[rows] = size[k], share[k] / total
            rows += 1
    return rows


@njit(cache=True, nogil=True)
def narrow(start, pieces, share, wanted):  # type: ignore[no-untyped-def]
    """Scale each law down until E[Y²] / E[Y] is at most `wanted`; single pieces where that is 1.

    Returns the columns of the new laws.
    """
    items = len(start) - 1
    law_start = np.zeros(items + 1, np.int64)
    sizes, shares = np.empty(len(pieces), np.int64), np.empty(len(pieces))
    size, part = np.empty(len(pieces), np.int64), np.empty(len(pieces))
    rows = 0
    for item in range(items):
        first, count = start[item], start[item + 1] - start[item]
        low = widest(pieces, share, first, count, wanted[item])
        for k in range(count):
            size[k] = max(1, round(pieces[first + k] * low))
            part[k] = share[first + k]
        rows = merge(size, part, count, 1.0, sizes, shares, rows)
        law_start[item + 1] = rows
    return law_start, sizes[:rows], shares[:rows]


@njit(cache=True, nogil=True)
def widest(pieces, share, first, count, wanted):  # type: ignore[no-untyped-def]
    """The largest factor, by halving, at which `ratio_at` is at most `wanted`; 0 where none is.

    Halving ends where a single size separates both ends of the interval, and by one piece: what
    lies between them rounds like one of the two.
    """
    low, high = 0.0, 1.0
    ratio, above = ratio_at(pieces, share, first, count, high)
    if ratio <= wanted:
        return high
    below = float(count)
    for _ in range(24):
        if above - below <= 1.0 or (high - low) * pieces[first + count - 1] < SAME:
            break
        middle = (low + high) / 2
        ratio, together = ratio_at(pieces, share, first, count, middle)
        if ratio > wanted:
            high, above = middle, together
        else:
            low, below = middle, together
    return low


@njit(cache=True, nogil=True)
def ratio_at(pieces, share, first, count, factor):  # type: ignore[no-untyped-def]
    """E[Y²] / E[Y] when every size is scaled by `factor` and rounded, 1 piece at least.

    Returns the sum of the sizes then, too.
    """
    mean = square = together = 0.0
    for k in range(first, first + count):
        scaled = max(1.0, np.rint(pieces[k] * factor))
        part = share[k] * scaled
        mean += part
        square += part * scaled
        together += scaled
    return square / mean, together
