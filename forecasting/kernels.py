"""Scalar loops over ragged histories, compiled; their meaning is explained by their callers."""

import numpy as np
from numba import njit

PIECES_BITS = 40  # a request's key is its period above, its pieces below


@njit(cache=True, nogil=True)
def sort_requests(item, period, pieces, items):  # type: ignore[no-untyped-def]
    """Group requests by item, rising by period and pieces: the same whatever the row order."""
    start = np.zeros(items + 1, np.int64)
    for row in range(len(item)):
        start[item[row] + 1] += 1
    for row in range(items):
        start[row + 1] += start[row]
    place = start[:-1].copy()
    key = np.empty(len(item), np.int64)
    for row in range(len(item)):
        key[place[item[row]]] = (period[row] << PIECES_BITS) | pieces[row]
        place[item[row]] += 1
    for row in range(items):
        sort_short(key, start[row], start[row + 1])
    return start, key >> PIECES_BITS, key & ((1 << PIECES_BITS) - 1)


@njit(cache=True, nogil=True)
def sort_short(values, first, last):  # type: ignore[no-untyped-def]
    """Sort values[first:last] in place; by insertion where few, which most histories are."""
    if last - first > 32:
        values[first:last].sort()
        return
    for row in range(first + 1, last):
        value, place = values[row], row
        while place > first and values[place - 1] > value:
            values[place] = values[place - 1]
            place -= 1
        values[place] = value


@njit(cache=True, nogil=True)
def earliest_of_part(start, period, part, parts):  # type: ignore[no-untyped-def]
    """By item, the first period in which any item of its part has a row; 0 where none has."""
    never = np.iinfo(np.int64).max
    first = np.full(parts, never)
    for item in range(len(start) - 1):
        if start[item] < start[item + 1]:
            first[part[item]] = min(first[part[item]], period[start[item]])
    out = np.zeros(len(part), np.int64)
    for item in range(len(part)):
        if first[part[item]] != never:
            out[item] = first[part[item]]
    return out


@njit(cache=True, nogil=True)
def period_totals(start, period, pieces):  # type: ignore[no-untyped-def]
    """Requests summed by period within an item: new start, period, total."""
    items = len(start) - 1
    total_start = np.zeros(items + 1, np.int64)
    total_period = np.empty(len(period), np.int64)
    total = np.empty(len(period), np.float64)
    rows = 0
    for item in range(items):
        for row in range(start[item], start[item + 1]):
            if row == start[item] or period[row] != period[row - 1]:
                total_period[rows] = period[row]
                total[rows] = 0.0
                rows += 1
            total[rows - 1] += pieces[row]
        total_start[item + 1] = rows
    return total_start, total_period[:rows], total[:rows]


@njit(cache=True, nogil=True)
def interval_and_size_spread(start, period, pieces):  # type: ignore[no-untyped-def]
    """Mean interval between demands, and CV² (n − 1) of their totals; nan without demand."""
    items = len(start) - 1
    interval, cv2 = np.full(items, np.nan), np.full(items, np.nan)
    for item in range(items):
        first, last = start[item], start[item + 1]
        if first == last:
            continue
        interval[item] = (period[last - 1] + 1) / (last - first)
        mean = 0.0
        for row in range(first, last):
            mean += (pieces[row] - mean) / (row - first + 1)
        squares = 0.0
        for row in range(first, last):
            squares += (pieces[row] - mean) ** 2
        cv2[item] = squares / (max(last - first - 1, 1) * mean * mean)
    return interval, cv2


@njit(cache=True, nogil=True)
def take_back(item, pieces):  # type: ignore[no-untyped-def]
    """Lower requests by the returns after them, newest first; rows are in order of time."""
    left = pieces.copy()
    for row in range(len(left)):
        owed, at = -left[row], row - 1
        if owed <= 0:
            continue
        left[row] = 0
        while owed > 0 and at >= 0 and item[at] == item[row]:
            taken = min(owed, left[at])
            left[at] -= taken
            owed -= taken
            at -= 1
    return left


@njit(cache=True, nogil=True)
def without_hidden(start, period, periods, hidden_start, hidden_period):  # type: ignore[no-untyped-def]
    """The clock of each item with its hidden periods taken out: new periods and their number.

    A hidden period with demand was seen after all and stays.
    """
    clock, count = period.copy(), periods.copy()
    for item in range(len(periods)):
        row = start[item]
        gone = 0
        for hidden in range(hidden_start[item], hidden_start[item + 1]):
            if hidden > hidden_start[item] and hidden_period[hidden] == hidden_period[hidden - 1]:
                continue
            while row < start[item + 1] and period[row] < hidden_period[hidden]:
                clock[row] -= gone
                row += 1
            seen = row < start[item + 1] and period[row] == hidden_period[hidden]
            if not seen and 0 <= hidden_period[hidden] < periods[item]:
                gone += 1
        while row < start[item + 1]:
            clock[row] -= gone
            row += 1
        count[item] -= gone
    return clock, count


@njit(cache=True, nogil=True)
def cut_outliers(item, pieces, factor, spread, least_spread, least):  # type: ignore[no-untyped-def]
    """Pieces with the one request of an item that stands far out lowered; rows are by item."""
    left = pieces.copy()
    first = 0
    while first < len(item):
        last, most, largest, second = first, 0, first, 0
        while last < len(item) and item[last] == item[first]:
            if pieces[last] > most:
                most, second, largest = pieces[last], most, last
            else:
                second = max(second, pieces[last])
            last += 1
        if last - first >= least and most > factor * second:
            mean = square = 0.0
            for row in range(first, last):
                if row != largest:
                    size = np.log(pieces[row])
                    mean += size / (last - first - 1)
                    square += size * size / (last - first - 1)
            deviation = max(np.sqrt(max(square - mean * mean, 0.0)), least_spread)
            if np.log(most) > mean + spread * deviation:
                left[largest] = np.int64(factor * second)
        first = last
    return left
