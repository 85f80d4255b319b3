"""Compiled loops of the efficient curve: corners of each segment once, then one price at a time.

One channel is priced, so what is best at a price stands on the lower convex hull of a segment's
(value, cost), and slopes along the hull only grow: a search by halves finds it.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inventory.demand import Floats, Ints

Flags = NDArray[np.bool_]
Corners = tuple[Ints, Ints, Floats, Floats, Floats]  # begin by segment; row, cost, value, slope
Edges = tuple[Floats, Floats, Floats]  # beneath by segment; beyond by item; ceiling − last value
Shape = tuple[Ints, Ints, Ints, Ints]  # first segment, parent, child start, child by item


@njit(cache=True, nogil=True)
def corners_of(start: Ints, first_row: Ints, cost: Floats, value: Floats, whole: Flags) -> Corners:
    """The corners of every segment, and the price at which the next one is better.

    A row that serves no better than a cheaper one is none. Of a segment that is `whole` every row
    counts, at infinite cost where rules forbid it: others wait behind each.
    """
    begins = np.zeros(len(start), np.int64)
    found = np.empty(len(cost), np.int64)
    count = 0
    for segment in range(len(start) - 1):
        begins[segment] = count
        if whole[segment]:
            for every in range(start[segment], start[segment + 1]):
                found[count] = every
                count += 1
            continue
        for row in range(first_row[segment], start[segment + 1]):
            while count > begins[segment] and not _stays(
                cost, value, found, begins[segment], count, row
            ):
                count -= 1
            if count == begins[segment] or value[row] > value[found[count - 1]]:
                found[count] = row
                count += 1
    begins[len(start) - 1] = count
    rows = found[:count].copy()
    slope, paid = np.full(count, np.inf), cost[rows]
    for segment in range(len(start) - 1):
        if whole[segment]:
            paid[begins[segment] : begins[segment] + first_row[segment] - start[segment]] = np.inf
            continue
        for at in range(begins[segment], begins[segment + 1] - 1):
            here, there = rows[at], rows[at + 1]
            slope[at] = (cost[there] - cost[here]) / (value[there] - value[here])
    return begins, rows, paid, value[rows], slope


@njit(cache=True, nogil=True)
def _stays(cost: Floats, value: Floats, found: Ints, begin: int, count: int, row: int) -> bool:
    """Whether the last corner is still one when `row` follows it."""
    last = found[count - 1]
    if cost[row] < cost[last] and value[row] >= value[last]:
        return False
    if count - begin < 2 or value[row] <= value[last]:
        return True
    before = found[count - 2]
    rise = (cost[last] - cost[before]) * (value[row] - value[last])
    return bool(rise < (cost[row] - cost[last]) * (value[last] - value[before]))


@njit(cache=True, nogil=True)
def best_corner(segment: int, corners: Corners, price: float) -> int:
    """The corner of a segment that is worth least, ties to the lower level."""
    low, high = corners[0][segment], corners[0][segment + 1] - 1
    slope = corners[4]
    while low < high:
        middle = (low + high) // 2
        if slope[middle] < price:
            low = middle + 1
        else:
            high = middle
    return int(low)


@njit(cache=True, nogil=True)
def above_of(item: int, segment: int, corners: Corners, edges: Edges, price: float) -> float:
    """What levels above a segment's range are worth at least.

    All further pieces gain at most price × (ceiling − last value), the first costs `beyond`.
    """
    last = corners[0][segment + 1] - 1
    return float(corners[2][last] - price * (corners[3][last] + edges[2][segment]) + edges[1][item])


@njit(cache=True, nogil=True)
def least_of(
    item: int, segment: int, worth: float, corners: Corners, edges: Edges, price: float
) -> float:
    """What no level of a segment is worth less than, its range and beyond; `worth` is the best.

    Under the range a level saves at most `beneath`, and serves no better.
    """
    first = corners[0][segment]
    under = corners[2][first] - price * corners[3][first] - edges[0][segment]
    return float(min(worth, above_of(item, segment, corners, edges, price), under))


@njit(cache=True, nogil=True)
def price_shared(
    item: int, corners: Corners, edges: Edges, shape: Shape, price: float,
    best: Floats, least: Floats, pick: Ints,
) -> None:  # fmt: skip
    """Fill best, least and pick of the segments of an item that others wait for.

    All its rows are corners, so that its steps are its children's.
    """
    first_segment, _, child_start, child = shape
    segments = range(first_segment[item], first_segment[item + 1])
    begin, end = corners[0][segments.start], corners[0][segments.stop]
    total, bound = np.empty(end - begin), np.empty(end - begin)
    for step in range(end - begin):
        total[step] = corners[2][begin + step] - price * corners[3][begin + step]
        bound[step] = total[step]
    never = 0.0
    for at in range(child_start[item], child_start[item + 1]):
        below = first_segment[child[at]]
        for step in range(end - begin):
            total[step] += best[below + step]
            bound[step] += least[below + step]
        never += least[first_segment[child[at] + 1] - 1]
    for segment in segments:
        low, high = corners[0][segment] - begin, corners[0][segment + 1] - begin
        pick[segment] = begin + low + int(np.argmin(total[low:high]))
        best[segment] = total[pick[segment] - begin]
        under = bound[low] - edges[0][segment]
        above = never + above_of(item, segment, corners, edges, price)
        least[segment] = min(np.min(bound[low:high]), under, above)


@njit(cache=True, nogil=True)
def priced(corners: Corners, edges: Edges, shape: Shape, prices: Floats, chosen: Ints) -> float:
    """Choose each tree's corners at `prices` (by item); what no levels are worth less than."""
    first_segment, parent, child_start, _ = shape
    segments = len(corners[0]) - 1
    best, least, pick = np.empty(segments), np.empty(segments), np.empty(segments, np.int64)
    for item in range(len(parent) - 1, -1, -1):
        price = prices[item]
        if child_start[item + 1] > child_start[item]:
            price_shared(item, corners, edges, shape, price, best, least, pick)
            continue
        for segment in range(first_segment[item], first_segment[item + 1]):
            at = best_corner(segment, corners, price)
            worth = corners[2][at] - price * corners[3][at]
            best[segment], pick[segment] = worth, at
            least[segment] = least_of(item, segment, worth, corners, edges, price)
    found = 0.0
    for item in range(len(parent)):
        segment = first_segment[item]
        if parent[item] >= 0:
            above = parent[item]
            segment += chosen[above] - corners[0][first_segment[above]]
        else:
            found += least[segment]
        chosen[item] = pick[segment]
    return found


@njit(cache=True, nogil=True)
def summed(
    chosen: Ints, pattern: Ints, cost: Floats, held: Floats, late: Floats, basis: Floats,
    values: Floats, stock: Floats, holding: Floats, delay: Floats, served: Floats,
) -> None:  # fmt: skip
    """Add what the chosen rows hold (money), cost and deliver, by pattern."""
    for item in range(len(chosen)):
        at, row = pattern[item], chosen[item]
        stock[at] += held[item]
        holding[at] += cost[row]
        delay[at] += late[item]
        for channel in range(served.shape[1]):
            served[at, channel] += basis[item, channel] * values[row, channel]
