"""What every level of one item is worth, compiled: backorders and the three shortfalls.

A shortfall is one minus a rate; working with shortfalls from the far end backwards keeps them
exact where they are small, and monotone.
"""

import numpy as np
from numba import njit

from inventory.lead_time_demand.kernels import write_law

UNSEEN = 1e-16  # levels below which X falls with less than this are no candidates


@njit(cache=True, nogil=True)
def grown(values, size):
    """A longer copy."""
    longer = np.empty(size, values.dtype)
    longer[: len(values)] = values
    return longer


@njit(cache=True, nogil=True)
def tails(law, rows, largest, excess, beyond):
    """From the law of X: `beyond[j]` = P(X > x), `excess[j]` = E[(X − x)⁺], j = x − base + largest.

    Both are padded by `largest` rows on either side.
    """
    top = rows + largest
    for j in range(top - 1, top + largest):
        excess[j] = 0.0
        beyond[j] = 0.0
    for j in range(top - 2, largest - 1, -1):
        beyond[j] = beyond[j + 1] + law[j + 1 - largest]
        excess[j] = excess[j + 1] + beyond[j]
    below = excess[largest]
    for j in range(largest):
        beyond[j] = 1.0
        excess[j] = below + (largest - j)


@njit(cache=True, nogil=True)
def lines_short(j, pieces, share, beyond):
    """1 − line fill rate of the level at row j: Σ_y P(Y = y) P(X > S − y)."""
    short = 0.0
    for k in range(len(pieces)):
        short += share[k] * beyond[j - pieces[k]]
    return short


@njit(cache=True, nogil=True)
def pieces_short(j, pieces, share, mean_size, excess):
    """1 − fill rate of the level at row j: Σ_y P(Y = y) (EBO(S − y) − EBO(S)) / E[Y]."""
    short = 0.0
    for k in range(len(pieces)):
        short += share[k] * (excess[j - pieces[k]] - excess[j])
    return short / mean_size


@njit(cache=True, nogil=True)
def write_levels(law, rows, pieces, share, excess, beyond, lines, fill):
    """All four measures by level: row j speaks of the level S = base + j − largest.

    `excess` holds EBO(S), `beyond[j - 1]` 1 − ready rate, `lines` and `fill` the other shortfalls.
    """
    largest = pieces[-1]
    tails(law, rows, largest, excess, beyond)
    if largest == 1:
        return
    mean_size = 0.0
    for k in range(len(pieces)):
        mean_size += share[k] * pieces[k]
    top = rows + 2 * largest
    line = 0.0
    piece = 0.0
    for j in range(top - 1, largest - 1, -1):
        line = max(line, lines_short(j, pieces, share, beyond))
        piece = max(piece, pieces_short(j, pieces, share, mean_size, excess))
        lines[j] = min(1.0, line)
        fill[j] = min(1.0, piece)


@njit(cache=True, nogil=True)
def first_seen(law, rows):
    """The first row at which P(X ≤ x) is no longer negligible."""
    total = 0.0
    for row in range(rows):
        total += law[row]
        if total >= UNSEEN:
            return row
    return rows - 1


@njit(cache=True, nogil=True)
def curves_of(
    demand_per_day,
    variance_per_day,
    rate_variance,
    size_start,
    pieces,
    share,
    lead_time_days,
    lead_time_variance,
    review_days,
    order_quantity,
    at_most,
    tail,
):
    """Ragged curves of all items in one pass; see `inventory.measures.curves`."""
    items = len(demand_per_day)
    start = np.zeros(items + 1, np.int64)
    first = np.empty(items, np.int64)
    mean = np.empty(items)
    variance = np.empty(items)
    scratch = np.empty((6, 1024))
    kept = np.empty((4, 16 * items + 64))
    rows_kept = 0
    for i in range(items):
        sizes = pieces[size_start[i] : size_start[i + 1]]
        shares = share[size_start[i] : size_start[i + 1]]
        largest = sizes[-1]
        while True:
            base, rows, mean[i], variance[i] = write_law(
                demand_per_day[i],
                variance_per_day[i],
                rate_variance[i],
                sizes,
                shares,
                lead_time_days[i],
                lead_time_variance[i],
                review_days[i],
                scratch[0],
                scratch[1],
            )
            needed = abs(rows) + 2 * largest + 2
            if rows > 0 and needed <= scratch.shape[1]:
                break
            scratch = np.empty((6, 2 * needed))
        law, excess, beyond, lines, fill = (
            scratch[0],
            scratch[2],
            scratch[3],
            scratch[4],
            scratch[5],
        )
        write_levels(law, rows, sizes, shares, excess, beyond, lines, fill)
        quantity = order_quantity[i]
        lowest = max(-1, base + first_seen(law, rows) - quantity)
        lowest = min(lowest, at_most[i])
        highest = max(lowest, min(at_most[i], max(base + rows + largest, lowest + 1)))
        while rows_kept + highest - lowest + 1 > kept.shape[1]:
            longer = np.empty((4, 2 * kept.shape[1]))
            longer[:, :rows_kept] = kept[:, :rows_kept]
            kept = longer
        first[i] = lowest
        end = highest
        enough = tail * mean[i]
        ebo = 0.0
        ready = 0.0
        line = 0.0
        piece = 0.0
        top = rows + 2 * largest
        shift = largest - base
        # the highest row is summed over its whole batch; each row below exchanges one level
        for reorder_point in range(highest, lowest - 1, -1):
            if reorder_point == highest:
                for level in range(highest + 1, highest + quantity + 1):
                    j = level + shift
                    if j >= top:
                        break
                    if j < largest:
                        ebo += excess[largest] + (largest - j)
                        ready += 1.0
                        line += 1.0
                        piece += 1.0
                    else:
                        ebo += excess[j]
                        ready += beyond[j - 1]
                        if largest > 1:
                            line += lines[j]
                            piece += fill[j]
            else:
                j = reorder_point + 1 + shift
                out = j + quantity
                if quantity == 1:
                    ebo = 0.0
                    ready = 0.0
                    line = 0.0
                    piece = 0.0
                elif out < top:
                    if out < largest:
                        ebo -= excess[largest] + (largest - out)
                        ready -= 1.0
                        line -= 1.0
                        piece -= 1.0
                    else:
                        ebo -= excess[out]
                        ready -= beyond[out - 1]
                        if largest > 1:
                            line -= lines[out]
                            piece -= fill[out]
                if j < largest:
                    ebo += excess[largest] + (largest - j)
                    ready += 1.0
                    line += 1.0
                    piece += 1.0
                elif j < top:
                    ebo += excess[j]
                    ready += beyond[j - 1]
                    if largest > 1:
                        line += lines[j]
                        piece += fill[j]
            if largest == 1:
                line = ready
                piece = ready
            row = rows_kept + reorder_point - lowest
            kept[0, row] = ebo / quantity
            kept[1, row] = 1.0 - piece / quantity
            kept[2, row] = 1.0 - line / quantity
            kept[3, row] = 1.0 - ready / quantity
            worst = max(ready, line, piece) / quantity
            if worst <= tail and ebo / quantity <= enough:
                end = reorder_point
        end = max(end, min(lowest + 1, highest))
        rows_kept += end - lowest + 1
        start[i + 1] = rows_kept
    return start, first, kept[:, :rows_kept].copy(), mean, variance


@njit(cache=True, nogil=True)
def excess_at(level, base, rows, largest, excess):
    """E[(X − S)⁺] at any level, however far outside what was written."""
    j = level - base + largest
    if j < 0:
        return excess[0] - j
    if j >= rows + 2 * largest:
        return 0.0
    return excess[j]


@njit(cache=True, nogil=True)
def cycles_short(reorder_point, quantity, base, rows, pieces, share, excess):
    """1 − cycle service level: a cycle opens when a request takes the position to R or below.

    Σ_u P(u < Y ≤ u + Q) P(X > R − u) / E[min(Y, Q)], u the undershoot.
    """
    short = 0.0
    openings = 0.0
    largest = pieces[-1]
    for k in range(len(pieces)):
        size = pieces[k]
        least = max(0, size - quantity)
        openings += share[k] * (size - least)
        high = excess_at(reorder_point - size + 1, base, rows, largest, excess)
        low = excess_at(reorder_point - least + 1, base, rows, largest, excess)
        short += share[k] * (high - low)
    return short / openings


@njit(cache=True, nogil=True)
def measures_of(
    demand_per_day,
    variance_per_day,
    rate_variance,
    size_start,
    pieces,
    share,
    lead_time_days,
    lead_time_variance,
    review_days,
    reorder_point,
    order_quantity,
):
    """Measures of each item at its own policy; rows: see `inventory.measures.measures`."""
    items = len(demand_per_day)
    found = np.empty((7, items))
    scratch = np.empty((6, 1024))
    for i in range(items):
        sizes = pieces[size_start[i] : size_start[i + 1]]
        shares = share[size_start[i] : size_start[i + 1]]
        largest = sizes[-1]
        while True:
            base, rows, found[5, i], found[6, i] = write_law(
                demand_per_day[i],
                variance_per_day[i],
                rate_variance[i],
                sizes,
                shares,
                lead_time_days[i],
                lead_time_variance[i],
                review_days[i],
                scratch[0],
                scratch[1],
            )
            needed = abs(rows) + 2 * largest + 2
            if rows > 0 and needed <= scratch.shape[1]:
                break
            scratch = np.empty((6, 2 * needed))
        law, excess, beyond, lines, fill = (
            scratch[0],
            scratch[2],
            scratch[3],
            scratch[4],
            scratch[5],
        )
        write_levels(law, rows, sizes, shares, excess, beyond, lines, fill)
        quantity = order_quantity[i]
        low = reorder_point[i] + 1
        high = reorder_point[i] + quantity
        empty = max(0, min(high, base) - low + 1)  # levels at which nothing is ever on the shelf
        ebo = empty * (excess[largest] + base - low - (empty - 1) / 2.0)
        ready = float(empty)
        line = ready
        piece = ready
        for level in range(low + empty, min(high, base + rows + largest - 1) + 1):
            j = level - base + largest
            ebo += excess[j]
            ready += beyond[j - 1]
            if largest > 1:
                line += lines[j]
                piece += fill[j]
        if largest == 1:
            line = ready
            piece = ready
        found[0, i] = ebo / quantity
        found[1, i] = min(1.0, ready / quantity)
        found[2, i] = min(1.0, piece / quantity)
        found[3, i] = min(1.0, line / quantity)
        found[4, i] = min(
            1.0, cycles_short(reorder_point[i], quantity, base, rows, sizes, shares, excess)
        )
    return found
