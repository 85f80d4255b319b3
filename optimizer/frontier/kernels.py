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
Shape = tuple[Ints, Ints, Ints, Ints]  # first segment, parent, leaf start, leaf by item


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
def priced(
    corners: Corners, edges: Edges, shape: Shape, prices: Floats, room: int, chosen: Ints
) -> float:
    """Choose each tree's corners at `prices` (by item); what no levels are worth less than.

    A root that others wait for has all its rows as corners, so that its steps are theirs.
    """
    first_segment, parent, leaf_start, leaf = shape
    total, bound = np.empty(room), np.empty(room)
    least = 0.0
    for root in range(len(parent)):
        if parent[root] >= 0:
            continue
        segment = first_segment[root]
        if leaf_start[root] == leaf_start[root + 1]:
            at = best_corner(segment, corners, prices[root])
            worth = corners[2][at] - prices[root] * corners[3][at]
            chosen[root] = at
            least += least_of(root, segment, worth, corners, edges, prices[root])
            continue
        begin, steps = corners[0][segment], corners[0][segment + 1] - corners[0][segment]
        for step in range(steps):
            total[step] = corners[2][begin + step] - prices[root] * corners[3][begin + step]
            bound[step] = total[step]
        bound[0] = min(bound[0], total[0] - edges[0][segment])
        bound[steps] = above_of(root, segment, corners, edges, prices[root])
        for one in range(leaf_start[root], leaf_start[root + 1]):
            item = leaf[one]
            for step in range(steps + 1):
                behind = first_segment[item] + step
                at = best_corner(behind, corners, prices[item])
                worth = corners[2][at] - prices[item] * corners[3][at]
                bound[step] += least_of(item, behind, worth, corners, edges, prices[item])
                if step < steps:
                    total[step] += worth
        step = int(np.argmin(total[:steps]))
        least += np.min(bound[: steps + 1])
        chosen[root] = begin + step
        for one in range(leaf_start[root], leaf_start[root + 1]):
            item = leaf[one]
            chosen[item] = best_corner(first_segment[item] + step, corners, prices[item])
    return least


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
