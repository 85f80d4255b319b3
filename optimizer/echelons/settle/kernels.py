"""Levels of a root and of its depots, settled against a goal, compiled.

A level of the root is worth at least its own excess, the least of every depot behind it (own excess
and what its leaves are worth at least behind each of its levels) and what its own leaves are worth
at least. Where that reaches the goal, the level is settled: only the least of it is remembered. The
others are asked again, with finer cells for the leaves, behind those levels of the depots that are
not settled yet.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from inventory.echelons.kernels import (
    share_of_backorders,
    waiting_behind_batches,
    write_backorders,
)
from inventory.levels.kernels import write_curve
from optimizer.echelons.cells.kernels import FILL, LINE, ON_HAND, OWED, OWNED, READY
from optimizer.echelons.kernels import range_of, write_late, write_levels
from optimizer.echelons.leaves.kernels import EMPTY, Cells, Leaves, forget, is_full, leaf_least

ANY = 1 << 40

# lowest R, where a range ends, whether levels without stock count; child start, child, share of
# the parent's flow, what batches add to the variance, what they are counted in
Above = tuple[Ints, Floats, bool, Ints, Ints, Floats, Floats, Ints]
# by level: own excess, mean and variance owed, delay and its sums over levels; the lowest level
Own = tuple[Floats, Floats, Floats, Floats, Floats, int]
Room = tuple[Floats, Floats, Floats]  # laws, delays, cells


@njit(cache=True, nogil=True, error_model="numpy")
def own_excess(
    i: int, lowest: int, last: int, mean: float, kept: tuple[Floats, Floats, Floats, Floats],
    leaves: Leaves,
) -> Floats:  # fmt: skip
    """Excess of an item's own customers and stock by level.

    The first speaks for all levels under it too, which save at most its stock; one more at the end
    for all above the range: everybody is served there, and no stock is less than that of the last.
    Levels that a rule forbids are worth no end.
    """
    quantity, by = leaves[3][i], leaves[6][i]
    left = last - lowest + 1
    own = np.empty(left + 1)
    stock = 0.0
    for row in range(left):
        point = lowest + row
        on_hand = point + (quantity + 1) / 2.0 - mean + kept[0][row]
        on_hand = max(on_hand, 0.0) if point + quantity > 0 else 0.0
        stock = by[ON_HAND] * on_hand + by[OWNED] * max(point + quantity, 0)
        short = by[FILL] * (1.0 - kept[1][row]) + by[LINE] * (1.0 - kept[2][row])
        own[row] = by[OWED] * kept[0][row] + short + by[READY] * (1.0 - kept[3][row])
        if row > 0 or point <= -1:
            own[row] += stock
        if point < min(leaves[5][i], last):
            own[row] = np.inf
    own[left] = np.inf if last >= leaves[4][i] else stock
    return own


@njit(cache=True, nogil=True, error_model="numpy")
def window_sums(late: Floats, lowest: int, columns: int) -> Floats:
    """Sums, up to each base stock level, of what `waiting_behind_batches` averages over a batch."""
    sums = np.zeros((5, columns + 1))
    for j in range(columns):
        level = min(lowest + 1 + j, 0)
        sums[0, j + 1] = sums[0, j] + late[1, j]
        sums[1, j + 1] = sums[1, j] + late[2, j]
        sums[2, j + 1] = sums[2, j] + late[1, j] * level
        sums[3, j + 1] = sums[3, j] + level
        sums[4, j + 1] = sums[4, j] + float(level) * level
    return sums


@njit(cache=True, nogil=True, error_model="numpy")
def own_levels(
    i: int, waiting: float, varies: float, leaves: Leaves, above: Above, room: Room
) -> tuple[Own, Room]:
    """The levels of an item that others wait for, so much waiting for it at its own parent."""
    arriving, asked, leads, quantity, at_most, _, _ = leaves
    at_least, tail, from_nothing, _, _, _, batches, lump = above
    laws, late, cells = room
    laws, base, rows, largest, mean, variance = write_levels(
        i, arriving, asked, leads, waiting, varies + batches[i, -1], laws
    )
    lowest, highest = range_of(
        i, base, rows, largest, laws[0], quantity, at_most, at_least, from_nothing
    )
    levels = highest - lowest + 1
    kept = (np.empty(levels), np.empty(levels), np.empty(levels), np.empty(levels))
    last = write_curve(
        lowest, highest, quantity[i], base, rows, largest, laws,
        tail[i], tail[i] * max(mean, 1e-300), kept, 0,
    )  # fmt: skip
    left = last - lowest + 1
    owed, spread = np.zeros(left + 1), np.zeros(left + 1)
    write_backorders(
        laws[0], base, rows, lowest, quantity[i],
        np.empty((2, max(base + rows - lowest, 0) + 1)), owed[:left], spread[:left],
    )  # fmt: skip
    columns = 0
    if lump[i] > 0:
        columns = left - 1 + quantity[i]
        laws, late = write_late(
            i, arriving, leads, batches, lump[i], mean, variance, lowest, columns, laws, late, 0
        )
    own = own_excess(i, lowest, last, mean, kept, leaves)
    sums = window_sums(late, lowest, columns)
    return (own, owed, spread, late, sums, lowest), (laws, late, cells)


@njit(cache=True, nogil=True, error_model="numpy")
def waits_of(
    i: int, parent: int, row: int, own: Own, leaves: Leaves, above: Above
) -> tuple[float, float]:
    """Mean and variance of what waits for item i behind a level of its parent."""
    _, owed, spread, late, sums, lowest = own
    arriving, quantity, share, lump = leaves[0], leaves[3], above[5][i], above[7][parent]
    if row == len(owed) - 1:  # above the range nobody waits
        return 0.0, 0.0
    if lump == 0:
        return share_of_backorders(share, owed[row], spread[row])
    rate = share * arriving[0][parent]
    sent = arriving[1][i] * rate / max(arriving[0][i], rate, 1e-300)
    batch = quantity[parent]
    if lump > 1:
        return waiting_behind_batches(
            share, rate, sent, quantity[i], lump, lowest + 1, late, row, batch
        )
    wait = (sums[0, row + batch] - sums[0, row]) / batch
    waited = (sums[1, row + batch] - sums[1, row]) / batch
    both = (sums[2, row + batch] - sums[2, row]) / batch
    under = (sums[3, row + batch] - sums[3, row]) / batch
    square = (sums[4, row + batch] - sums[4, row]) / batch
    mean = rate * wait - share * under
    second = sent * wait + rate**2 * waited - 2.0 * rate * share * both
    second += share**2 * square - share * (1.0 - share) * under
    return max(mean, 0.0), second - mean * mean


@njit(cache=True, nogil=True, error_model="numpy")
def depot_behind(
    k: int, waiting: float, varies: float, width: float, dear: float, low: int, high: int,
    every: Ints, leaves: Leaves, above: Above, cells: Cells, room: Room,
) -> tuple[Floats, int, Room]:  # fmt: skip
    """By level of depot k, itself waiting so much, what it and its leaves are worth at least.

    Of every so many levels from row `low` to `high`; inf elsewhere. Sums end where they reach
    `dear`. Returns the lowest level too.
    """
    own, room = own_levels(k, waiting, varies, leaves, above, room)
    laws, late, scratch = room
    child_start, child = above[3], above[4]
    worth = np.full(len(own[0]), np.inf)
    for row in range(low, min(high, len(worth) - 1) + 1):
        if row % every[k] != 0:
            continue
        total = own[0][row]
        for at in range(child_start[k], child_start[k + 1]):
            if total >= dear:
                break
            mean, varying = waits_of(child[at], k, row, own, leaves, above)
            more, scratch = leaf_least(child[at], mean, varying, width, cells, leaves, scratch)
            total += more
        worth[row] = total
    return worth, own[5], (laws, late, scratch)


@njit(cache=True, nogil=True, error_model="numpy")
def still_open(worth: Floats, rest: float, goal: float) -> tuple[int, int, float]:
    """The first and last level whose worth with the rest is below the goal; the least outside."""
    first, last, least = len(worth), -1, np.inf
    for level in range(len(worth)):
        if rest + worth[level] < goal:
            first, last = min(first, level), level
    for level in range(len(worth)):
        if level < first or level > last:
            least = min(least, rest + worth[level])
    return first, last, least


@njit(cache=True, nogil=True, error_model="numpy")
def root_level(
    root: int, row: int, own: Own, width: float, goal: float, low: Ints, high: Ints,
    every: Ints, leaves: Leaves, above: Above, cells: Cells, room: Room, places: Ints,
) -> tuple[float, float, Room]:  # fmt: skip
    """What a level of the root is worth at least, and the least of what is settled behind it.

    `low` and `high` are the open levels of every child; they are narrowed. Fills `places`, the best
    level of every depot.
    """
    child_start, child = above[3], above[4]
    begin, end = child_start[root], child_start[root + 1]
    total, settled = own[0][row], np.inf
    found, worths = np.zeros(end - begin), [np.empty(0)] * (end - begin)
    for at in range(begin, end):
        i = child[at]
        if child_start[i + 1] == child_start[i]:
            laws, late, scratch = room
            waiting, varies = waits_of(i, root, row, own, leaves, above)
            more, scratch = leaf_least(i, waiting, varies, width, cells, leaves, scratch)
            room = (laws, late, scratch)
            total += more
    for at in range(begin, end):
        i = child[at]
        if child_start[i + 1] == child_start[i] or total >= goal:
            continue
        waiting, varies = waits_of(i, root, row, own, leaves, above)
        worth, lowest, room = depot_behind(
            i, waiting, varies, width, goal - total, low[at - begin], high[at - begin],
            every, leaves, above, cells, room,
        )  # fmt: skip
        best = int(np.argmin(worth))
        found[at - begin], places[at - begin] = worth[best], lowest + best
        worths[at - begin] = worth
        total += found[at - begin]
    for at in range(end - begin):
        if len(worths[at]) > 0 and total < goal:
            low[at], high[at], least = still_open(worths[at], total - found[at], goal)
            settled = min(settled, least)
    return total, settled, room


@njit(cache=True, nogil=True, error_model="numpy")
def least_of_tree(
    root: int, goal: float, widths: Floats, every: Ints, leaves: Leaves, above: Above,
    cells: Cells, room: Room, best: Ints,
) -> tuple[float, Room]:  # fmt: skip
    """What no levels of a tree are worth less than, of those looked at.

    Fills `best`, by item, with the levels of the root and its depots that are worth least as far as
    is known, where any are worth less than the goal.
    """
    child_start, child = above[3], above[4]
    begin, end = child_start[root], child_start[root + 1]
    own, room = own_levels(root, 0.0, 0.0, leaves, above, room)
    own = (own[0], own[1], own[2], own[3].copy(), own[4], own[5])
    levels = len(own[0])
    low, high = np.zeros((levels, end - begin), np.int64), np.full((levels, end - begin), ANY)
    is_open, places = np.ones(levels, np.bool_), np.zeros(end - begin, np.int64)
    settled, found = np.inf, -np.inf
    for width in widths:
        forget(cells)
        least_open = np.inf
        for row in range(levels):
            if not is_open[row] or row % every[root] != 0:
                continue
            total, outside = own[0][row], np.inf
            if total < goal:
                total, outside, room = root_level(
                    root, row, own, width, goal, low[row], high[row], every, leaves, above, cells,
                    room, places,
                )  # fmt: skip
            settled = min(settled, outside)
            if total >= goal:
                is_open[row], settled = False, min(settled, total)
            elif total < least_open:
                least_open = total
                best[root] = own[5] + row
                for at in range(end - begin):
                    best[child[begin + at]] = places[at]
        found = max(found, min(settled, least_open))
        if least_open == np.inf or is_full(cells):
            break
    return found, room


@njit(cache=True, nogil=True, error_model="numpy")
def least_of_trees(
    roots: Ints, goals: Floats, widths: Floats, most_cells: int, every: Ints, leaves: Leaves,
    above: Above, best: Ints, least: Floats,
) -> None:  # fmt: skip
    """Fill `least` by root, and `best` by item where some levels are worth less than the goal.

    Of items that others wait for, every so many levels are looked at; of all of them where it is 1.
    """
    cells = (np.full(2 * most_cells, EMPTY), np.empty(2 * most_cells), np.zeros(1, np.int64))
    room = (np.empty((6, 1024)), np.empty((3, 64)), np.empty((9, 1024)))
    for at in range(len(roots)):
        least[at], room = least_of_tree(
            roots[at], goals[at], widths, every, leaves, above, cells, room, best
        )
