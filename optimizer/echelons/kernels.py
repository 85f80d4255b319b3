"""Compiled candidate rows of trees: each leaf is judged behind every level of its root."""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from inventory.echelons.kernels import (
    share_of_backorders,
    waiting_behind_batches,
    write_backorders,
    write_waits,
)
from inventory.lead_time_demand.kernels import write_law
from inventory.levels.kernels import (
    first_seen,
    roomier,
    write_curve,
    write_shortfalls,
    write_tails,
)

Stream = tuple[Floats, Floats, Floats, Ints, Ints, Floats]
Lead = tuple[Floats, Floats, Floats]
Columns = tuple[Floats, Floats, Floats, Floats]


@njit(cache=True, nogil=True)
def write_levels(
    i: int,
    arriving: Stream,
    asked: Stream,
    leads: Lead,
    waiting_mean: float,
    waiting_variance: float,
    scratch: Floats,
) -> tuple[Floats, int, int, int, float, float]:
    """Law and levels of item i behind its root.

    Returns scratch (longer if need be), base, rows, the largest request, E[X] and Var(X).

    `arriving` makes the law, the request sizes of `asked` the shortfalls.
    """
    own = arriving[4][arriving[3][i] : arriving[3][i + 1]]
    own_share = arriving[5][arriving[3][i] : arriving[3][i + 1]]
    sizes = asked[4][asked[3][i] : asked[3][i + 1]]
    shares = asked[5][asked[3][i] : asked[3][i + 1]]
    largest = sizes[-1]
    while True:
        base, rows, mean, variance = write_law(
            arriving[0][i], arriving[1][i], arriving[2][i], own, own_share,
            leads[0][i], leads[1][i], leads[2][i], waiting_mean, waiting_variance,
            scratch[0], scratch[1],
        )  # fmt: skip
        needed = abs(rows) + 2 * largest + 2
        if rows > 0 and needed <= scratch.shape[1]:
            break
        scratch = np.empty((6, needed + needed // 4))
    write_tails(scratch[0], rows, largest, scratch[2], scratch[3])
    if largest > 1:
        write_shortfalls(rows, sizes, shares, scratch[2], scratch[3], scratch[4], scratch[5])
    return scratch, base, rows, largest, mean, variance


@njit(cache=True, nogil=True)
def roomier_waits(waits: Floats, needed: int) -> Floats:
    """The same delays, with more columns if they are too few."""
    if needed <= waits.shape[1]:
        return waits
    longer = np.empty((3, 2 * needed))
    longer[:, : waits.shape[1]] = waits
    return longer


@njit(cache=True, nogil=True)
def tree_curves(
    arriving: Stream,
    asked: Stream,
    leads: Lead,
    order_quantity: Ints,
    at_most: Ints,
    at_least: Ints,
    leaf_start: Ints,
    leaf: Ints,
    parent: Ints,
    share: Floats,
    batches: Floats,
    lump: Ints,
    tail: float,
    leaf_tail: float,
    depot_tail: float,
    from_nothing: bool,
) -> tuple[Ints, Ints, Ints, Columns, Floats, Floats]:
    """Rows of every item: one segment for a root, one per row of its root for a leaf.

    `batches` is what the orders of an item's leaves add to the variance of its lead-time demand.
    A leaf has one segment more, the last: what it would be if its root never let it wait. Returns
    first segment by item, start and first reorder point by segment, the columns EBO, fill, line
    fill and ready rate by row, E[X] without waiting by item, and what waits at the root by segment.
    """
    items = len(order_quantity)
    first_segment = np.zeros(items + 1, np.int64)
    middle = np.zeros(items)
    depot_rows = np.zeros(items, np.int64)
    depot_first = np.zeros(items, np.int64)
    depot_start = np.zeros(items + 1, np.int64)
    scratch = np.empty((6, 1024))
    room = 64
    depot = (np.empty(room), np.empty(room), np.empty(room), np.empty(room))
    spread = np.empty(room)
    late = np.empty((3, room))
    late_start = np.zeros(items, np.int64)
    late_filled = 0
    filled = 0
    for i in range(items):
        depot_start[i] = filled
        if parent[i] >= 0:
            continue
        scratch, base, rows, largest, middle[i], variance = write_levels(
            i, arriving, asked, leads, 0.0, batches[i, -1], scratch
        )
        quantity = order_quantity[i]
        lowest = at_least[i]
        if not from_nothing:
            lowest = max(lowest, base + first_seen(scratch[0], rows) - quantity)
        lowest = min(lowest, at_most[i])
        highest = max(lowest, min(at_most[i], base + rows + largest - 2))
        if filled + highest - lowest + 1 > room:
            room = 2 * room + highest - lowest + 1
            depot = roomier(depot, filled, room)
            longer = np.empty(room)
            longer[:filled] = spread[:filled]
            spread = longer
        shared = leaf_start[i + 1] > leaf_start[i]
        asked_of = leaf_tail
        if shared:
            asked_of = max(tail, depot_tail) if asked[0][i] == 0.0 else tail
        last = write_curve(
            lowest, highest, quantity, base, rows, largest, scratch,
            asked_of, asked_of * max(middle[i], 1e-300), depot, filled,
        )  # fmt: skip
        if shared:
            end = filled + last - lowest + 1
            write_backorders(
                scratch[0], base, rows, lowest, quantity,
                np.empty((2, max(base + rows - lowest, 0) + 1)),
                depot[0][filled:end], spread[filled:end],
            )  # fmt: skip
        if lump[i] > 0:
            levels = last - lowest + quantity
            late = roomier_waits(late, late_filled + levels)
            late_start[i] = late_filled
            days = leads[0][i] + leads[2][i] / 2.0
            linear = arriving[1][i] * days
            rest = variance - linear - batches[i, -1]
            window = late[:, late_filled : late_filled + levels]
            while True:
                short = write_waits(
                    days,
                    middle[i],
                    linear,
                    rest,
                    batches[i],
                    lump[i],
                    lowest + 1,
                    scratch[1],
                    window,
                )
                if short == 0:
                    break
                scratch = np.empty((6, 2 * short))
            late_filled += levels
        depot_first[i] = lowest
        depot_rows[i] = last - lowest + 1
        filled += last - lowest + 1
    depot_start[items] = filled
    if len(leaf) == 0:
        alone = (depot[0][:filled], depot[1][:filled], depot[2][:filled], depot[3][:filled])
        return np.arange(items + 1), depot_start, depot_first, alone, middle, np.zeros(items)
    segments = 0
    for i in range(items):
        first_segment[i] = segments
        segments += 1 if parent[i] < 0 else depot_rows[parent[i]] + 1
    first_segment[items] = segments
    start = np.zeros(segments + 1, np.int64)
    first = np.empty(segments, np.int64)
    wait = np.zeros(segments)
    room = filled + 8 * segments + 64
    kept = (np.empty(room), np.empty(room), np.empty(room), np.empty(room))
    at = 0
    for i in range(items):
        quantity = order_quantity[i]
        if parent[i] < 0:
            rows_here = depot_rows[i]
            if at + rows_here > room:
                room = 2 * room + rows_here
                kept = roomier(kept, at, room)
            for column in range(4):
                for row in range(rows_here):
                    kept[column][at + row] = depot[column][depot_start[i] + row]
            segment = first_segment[i]
            first[segment] = depot_first[i]
            at += rows_here
            start[segment + 1] = at
            continue
        above = parent[i]
        part = share[i]
        for step in range(depot_rows[above] + 1):
            mean_wait, wait_variance = 0.0, 0.0
            if step < depot_rows[above]:
                row = depot_start[above] + step
                if lump[above] > 0:
                    rate = part * arriving[0][above]
                    sent = arriving[1][i] * rate / max(arriving[0][i], rate, 1e-300)
                    mean_wait, wait_variance = waiting_behind_batches(
                        part, rate, sent, quantity, lump[above],
                        depot_first[above] + 1 - late_start[above], late,
                        late_start[above] + step, order_quantity[above],
                    )  # fmt: skip
                else:
                    mean_wait, wait_variance = share_of_backorders(part, depot[0][row], spread[row])
            scratch, base, rows, largest, mean, _ = write_levels(
                i, arriving, asked, leads, mean_wait, wait_variance, scratch
            )
            middle[i] = mean - mean_wait
            lowest = at_least[i]
            if not from_nothing:
                lowest = max(lowest, base + first_seen(scratch[0], rows) - quantity)
            lowest = min(lowest, at_most[i])
            highest = max(lowest, min(at_most[i], base + rows + largest - 2))
            if at + highest - lowest + 1 > room:
                room = room + room // 2 + highest - lowest + 1
                kept = roomier(kept, at, room)
            last = write_curve(
                lowest, highest, quantity, base, rows, largest, scratch,
                leaf_tail, leaf_tail * max(mean, 1e-300), kept, at,
            )  # fmt: skip
            segment = first_segment[i] + step
            wait[segment] = mean_wait
            first[segment] = lowest
            at += last - lowest + 1
            start[segment + 1] = at
    columns = (kept[0][:at], kept[1][:at], kept[2][:at], kept[3][:at])
    return first_segment, start, first, columns, middle, wait
