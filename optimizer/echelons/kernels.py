"""Compiled candidate rows of trees: each item is judged behind every row of its parent.

Rows are written item by item, parents first. Behind each row of its parent an item has a segment of
rows of its own, and one more, the last: what it would be if its parent never let it wait. Of trees
written in full, `kept_ranges` tells which rows could matter near some prices.
"""

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from inventory.echelons.batches.kernels import behind_alike
from inventory.echelons.kernels import (
    share_of_backorders,
    waiting_behind_batches,
    write_backorders,
    write_waits,
)
from inventory.levels.kernels import (
    first_seen,
    roomier,
    write_curve,
)
from optimizer.echelons.sites.kernels import (
    Lead,
    Site,
    Stream,
    no_site,
    site_of,
    write_item_law,
    write_rates,
    write_site_law,
)
from optimizer.kernels import Rows, Shape, rows_of

Columns = tuple[Floats, Floats, Floats, Floats]
Column = NDArray[Any]
Limits = tuple[Ints, Ints, Ints, Floats, bool]  # Q, highest and lowest R, tail, without stock too
Segments = tuple[Ints, Ints, Ints, Floats]  # start, first R, step between R, what waits above
# of rows that others wait behind: mean and variance owed, R, where its delay stands; the delays
Seen = tuple[Floats, Floats, Ints, Ints, Floats]


@njit(cache=True, nogil=True)
def write_levels(
    i: int, arriving: Stream, asked: Stream, leads: Lead, waiting_mean: float,
    waiting_variance: float, scratch: Floats,
) -> tuple[Floats, int, int, int, float, float]:  # fmt: skip
    """Law and levels of item i, given what waits for it at its parent.

    `arriving` makes the law, request sizes of `asked` the shortfalls. Returns scratch (longer if
    need be), base, rows, the largest request, E[X] and Var(X).
    """
    largest = asked[4][asked[3][i + 1] - 1]
    scratch, base, rows, mean, variance = write_item_law(
        i, arriving, leads, waiting_mean, waiting_variance, 2 * largest + 2, scratch
    )
    write_rates(i, asked, rows, scratch)
    return scratch, base, rows, largest, mean, variance


@njit(cache=True, nogil=True)
def longer(column: Column, filled: int, room: int) -> Column:
    """The same column with more room."""
    if room <= len(column):
        return column
    wide = np.empty(room, column.dtype)
    wide[:filled] = column[:filled]
    return wide


@njit(cache=True, nogil=True)
def range_of(
    i: int, base: int, rows: int, largest: int, law: Floats, order_quantity: Ints,
    at_most: Ints, at_least: Ints, from_nothing: bool,
) -> tuple[int, int]:  # fmt: skip
    """Lowest and highest reorder point of item i that its law tells apart."""
    lowest = at_least[i]
    if not from_nothing:
        lowest = max(lowest, base + first_seen(law, rows) - order_quantity[i])
    lowest = min(lowest, at_most[i])
    return lowest, max(lowest, min(at_most[i], base + rows + largest - 2))


@njit(cache=True, nogil=True)
def thinned(kept: Columns, at: int, count: int, most: int, stride: int) -> tuple[int, int, int]:
    """Keep about `most` of the rows written at `at`, evenly, the highest among them.

    Every `stride`-th row at most. Returns the first row kept, the step between rows and how many
    there are.
    """
    if count > most:
        stride = max(stride, -(-(count - 1) // max(most - 1, 1)))
    skipped = (count - 1) % stride
    left = (count - 1) // stride + 1
    if stride > 1:
        for column in range(4):
            for row in range(left):
                kept[column][at + row] = kept[column][at + skipped + row * stride]
    return skipped, stride, left


@njit(cache=True, nogil=True)
def waiting_for(
    i: int, above: int, row: int, arriving: Stream, order_quantity: Ints, share: Floats,
    lump: Ints, seen: Seen,
) -> tuple[float, float]:  # fmt: skip
    """Mean and variance of what waits for item i behind row `row` of its parent."""
    owed, spread, point, late_at, late = seen
    if lump[above] == 0:
        return share_of_backorders(share[i], owed[row], spread[row])
    rate = share[i] * arriving[0][above]
    sent = arriving[1][i] * rate / max(arriving[0][i], rate, 1e-300)
    return waiting_behind_batches(
        share[i], rate, sent, order_quantity[i], lump[above],
        point[row] + 1 - late_at[row], late, late_at[row], order_quantity[above],
    )  # fmt: skip


@njit(cache=True, nogil=True)
def write_late(
    i: int, arriving: Stream, leads: Lead, batches: Floats, lump: int, mean: float,
    variance: float, lowest: int, levels: int, scratch: Floats, late: Floats, filled: int,
) -> tuple[Floats, Floats]:  # fmt: skip
    """The delay at item i, whose children order in batches, for `levels` base stocks on.

    `variance` is of X with what batches add. Returns scratch and `late`, longer if need be.
    """
    if filled + levels > late.shape[1]:
        wide = np.empty((3, 2 * (filled + levels)))
        wide[:, :filled] = late[:, :filled]
        late = wide
    days = leads[0][i] + leads[2][i] / 2.0
    linear = arriving[1][i] * days
    rest = variance - linear - batches[i, -1]
    window = late[:, filled : filled + levels]
    while True:
        short = write_waits(
            days, mean, linear, rest, batches[i], lump, lowest + 1, scratch[1], window
        )
        if short == 0:
            return scratch, late
        scratch = np.empty((6, 2 * short))


@njit(cache=True, nogil=True)
def more_segments(columns: Segments, filled: int, count: int) -> Segments:
    """The columns by segment with room for `count` more."""
    start, first, step, wait = columns
    if filled + count < len(first):
        return columns
    ample = 2 * (filled + count)
    return (
        longer(start, filled + 1, ample + 1), longer(first, filled, ample),
        longer(step, filled, ample), longer(wait, filled, ample),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def more_seen(seen: Seen, held: int, count: int) -> Seen:
    """What is remembered, with room for `count` rows more."""
    owed, spread, point, late_at, late = seen
    if held + count <= len(owed):
        return seen
    ample = 2 * (held + count)
    return (
        longer(owed, held, ample), longer(spread, held, ample),
        longer(point, held, ample), longer(late_at, held, ample), late,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def write_segment(
    i: int, arriving: Stream, asked: Stream, leads: Lead, limits: Limits, waiting: float,
    varies: float, scratch: Floats, kept: Columns, at: int,
) -> tuple[Floats, Columns, int, int, int, int, float, float]:  # fmt: skip
    """Write the rows of item i behind one row of its parent, from row `at` on.

    Returns scratch and the columns (longer if need be), base and rows of its law, lowest and last
    reorder point, E[X] and Var(X).
    """
    scratch, base, rows, _, mean, variance = write_levels(
        i, arriving, asked, leads, waiting, varies, scratch
    )
    kept, lowest, last = write_rows(i, asked, base, rows, mean, 0, limits, scratch, kept, at)
    return scratch, kept, base, rows, lowest, last, mean, variance


@njit(cache=True, nogil=True)
def write_site(
    i: int, above: int, row: int, arriving: Stream, asked: Stream, leads: Lead, limits: Limits,
    share: Floats, seen: Seen, site: Site, scratch: Floats, kept: Columns, at: int,
) -> tuple[Floats, Columns, int, int, float]:  # fmt: skip
    """The same for a site whose depot serves batches of its Q alone, behind row `row` of it.

    Returns scratch, the columns, lowest and last reorder point, and what waits on average.
    """
    quantity, place = limits[0], seen[3][row]
    scratch, base, rows, waiting = write_site_law(
        i, above, arriving, asked, leads, share[i], quantity[i],
        seen[2][row] + 1 - place, seen[4], place, quantity[above], site, scratch,
    )  # fmt: skip
    kept, lowest, last = write_rows(
        i, asked, base, rows, site[3] + waiting, quantity[i] - 1, limits, scratch, kept, at
    )
    return scratch, kept, lowest, last, waiting


@njit(cache=True, nogil=True)
def write_rows(
    i: int, asked: Stream, base: int, rows: int, mean: float, lacking: int, limits: Limits,
    scratch: Floats, kept: Columns, at: int,
) -> tuple[Columns, int, int]:  # fmt: skip
    """Write the rows of the law in `scratch`; returns the columns, lowest and last reorder point.

    `lacking` is what the law already counts of a batch that the position lacks: Q − 1 where it is
    of all that R + Q lacks, else 0.
    """
    order_quantity, at_most, at_least, tail, from_nothing = limits
    largest = asked[4][asked[3][i + 1] - 1]
    lowest, highest = range_of(
        i, base, rows - lacking, largest, scratch[0], order_quantity, at_most, at_least,
        from_nothing,
    )  # fmt: skip
    room = len(kept[0])
    if at + highest - lowest + 1 > room:
        kept = roomier(kept, at, room + room // 2 + highest - lowest + 1)
    last = write_curve(
        lowest + lacking, highest + lacking, order_quantity[i] - lacking, base, rows, largest,
        scratch, tail[i], tail[i] * max(mean, 1e-300), kept, at,
    )  # fmt: skip
    return kept, lowest, last - lacking


@njit(cache=True, nogil=True)
def write_seen(
    law: Floats, base: int, rows: int, lowest: int, last: int, quantity: int, most: int,
    apart: int, kept: Columns, at: int, seen: Seen, held: int, filled: int,
) -> tuple[Seen, int, int, int]:  # fmt: skip
    """Thin the rows written at `at` and remember, from `held` on, what those left owe.

    Returns what is remembered, the first row kept, the step between rows and how many there are.
    """
    span = last - lowest + 1
    now, varying = np.empty(span), np.empty(span)
    sums = np.empty((2, max(base + rows - lowest, 0) + 1))
    write_backorders(law, base, rows, lowest, quantity, sums, now, varying)
    skipped, stride, left = thinned(kept, at, span, most, apart)
    seen = more_seen(seen, held, left)
    owed, spread, point, late_at, _ = seen
    for row in range(left):
        owed[held + row] = now[skipped + row * stride]
        spread[held + row] = varying[skipped + row * stride]
        point[held + row] = lowest + skipped + row * stride
        late_at[held + row] = filled + skipped + row * stride
    return seen, skipped, stride, left


@njit(cache=True, nogil=True)
def tree_curves(
    arriving: Stream, asked: Stream, leads: Lead, limits: Limits, child_start: Ints, parent: Ints,
    share: Floats, batches: Floats, lump: Ints, most: Ints, apart: Ints,
) -> tuple[Ints, Ints, Ints, Ints, Columns, Floats, Floats]:  # fmt: skip
    """Rows of every item: one segment for a root, one per row of its parent (and one) for others.

    `batches` is what the orders of all below an item add to the variance of its lead-time demand;
    an item that others wait for keeps about `most` rows a segment, each so far `apart` from the
    next or further.
    Returns first segment by item, then start, first reorder point and step between reorder points
    by segment, the columns EBO, fill, line fill and ready rate by row, E[X] without waiting by
    item, and what waits at the parent by segment.
    """
    order_quantity = limits[0]
    items = len(order_quantity)
    first_segment, middle = np.zeros(items + 1, np.int64), np.zeros(items)
    row_begin = np.zeros(items + 1, np.int64)
    held_begin = np.zeros(items, np.int64)  # where the rows of shared items are remembered
    scratch = np.empty((6, 1024))
    by_segment = (np.zeros(65, np.int64), np.empty(64, np.int64), np.empty(64, np.int64),
                  np.empty(64))  # fmt: skip
    room = 24 * min(items, 1000) + 64
    kept = (np.empty(room), np.empty(room), np.empty(room), np.empty(room))
    seen = (np.empty(64), np.empty(64), np.empty(64, np.int64), np.empty(64, np.int64),
            np.empty((3, 64)))  # fmt: skip
    held = filled = segments = at = 0
    alike, site = behind_alike(parent, lump, order_quantity), no_site()
    for i in range(items):
        above = parent[i]
        count = 1
        if above >= 0:
            count = row_begin[above + 1] - row_begin[above] + 1
        if alike[i]:
            highest = seen[2][held_begin[above] + count - 2] + order_quantity[above]
            scratch, site = site_of(
                i, above, arriving, leads, share[i], batches[above], order_quantity[i], highest,
                scratch,
            )  # fmt: skip
        by_segment = more_segments(by_segment, segments, count)
        first_segment[i], row_begin[i], held_begin[i] = segments, at, held
        for behind in range(count):
            waiting, varies = 0.0, 0.0
            if alike[i] and behind < count - 1:
                scratch, kept, lowest, last, waiting = write_site(
                    i, above, held_begin[above] + behind, arriving, asked, leads, limits, share,
                    seen, site, scratch, kept, at,
                )  # fmt: skip
                by_segment[1][segments], by_segment[2][segments] = lowest, 1
                by_segment[3][segments] = waiting
                at, segments = at + last - lowest + 1, segments + 1
                by_segment[0][segments] = at
                continue
            if above >= 0 and behind < count - 1:
                waiting, varies = waiting_for(
                    i, above, held_begin[above] + behind, arriving, order_quantity, share, lump,
                    seen,
                )  # fmt: skip
            scratch, kept, base, rows, lowest, last, mean, variance = write_segment(
                i, arriving, asked, leads, limits, waiting, varies + batches[i, -1], scratch, kept,
                at,
            )  # fmt: skip
            middle[i] = mean - waiting
            skipped, stride, left = 0, 1, last - lowest + 1
            if child_start[i + 1] > child_start[i]:
                levels = left - 1 + order_quantity[i]
                seen, skipped, stride, left = write_seen(
                    scratch[0], base, rows, lowest, last, order_quantity[i], most[i], apart[i],
                    kept, at, seen, held, filled,
                )  # fmt: skip
                held += left
                if lump[i] > 0:
                    owed, spread, point, late_at, late = seen
                    scratch, late = write_late(
                        i, arriving, leads, batches, lump[i], mean, variance,
                        lowest, levels, scratch, late, filled,
                    )  # fmt: skip
                    seen = (owed, spread, point, late_at, late)
                    filled += levels
            by_segment[3][segments] = waiting
            by_segment[1][segments], by_segment[2][segments] = lowest + skipped, stride
            at += left
            segments += 1
            by_segment[0][segments] = at
        row_begin[i + 1] = at
    first_segment[items] = segments
    start, first, step, wait = by_segment
    columns = (kept[0][:at], kept[1][:at], kept[2][:at], kept[3][:at])
    return (
        first_segment, start[: segments + 1], first[:segments], step[:segments], columns,
        middle, wait[:segments],
    )  # fmt: skip


@njit(cache=True, nogil=True)
def kept_ranges(
    rows: Rows, shape: Shape, root: Ints, loss: Floats, limit: Floats, pick: Ints, held: Ints,
    beneath: Floats, low: Ints, high: Ints, nearest: Floats,
) -> None:  # fmt: skip
    """Fill `low` and `high` by segment, the rows to keep, and `nearest`, what is dropped loses.

    Kept is from the first to the last row that loses at most `limit` (by item), with the row of
    `held`, or, where the parent's row is kept for the sake of its neighbours, the best one. What is
    dropped speaks for the levels under the range too, which save at most `beneath` (by item).
    """
    first_segment, parent, _, _ = shape
    kept = np.zeros(len(loss), np.bool_)
    for item in range(len(parent)):
        begin, end = 0, 0
        if parent[item] >= 0:
            begin, end = rows_of(parent[item], rows, shape)
        for segment in range(first_segment[item], first_segment[item + 1]):
            low[segment], high[segment] = 0, -1
            above = begin + segment - first_segment[item]
            if parent[item] >= 0 and (above >= end or not kept[above]):
                continue
            first, last = pick[segment], pick[segment]
            for row in range(rows[0][segment], rows[0][segment + 1]):
                if loss[row] <= limit[item] or row == held[item]:
                    first, last = min(first, row), max(last, row)
            low[segment], high[segment] = first, last
            for row in range(rows[0][segment], rows[0][segment + 1]):
                kept[row] = first <= row <= last
                if not kept[row]:
                    nearest[root[item]] = min(nearest[root[item]], loss[row] - beneath[item])


@njit(cache=True, nogil=True)
def kept_rows(low: Ints, counts: Ints, rows: int) -> tuple[Ints, Ints]:
    """The rows kept, one segment after the other, and by old row its new place."""
    row = np.empty(counts.sum(), np.int64)
    place = np.full(rows, -1, np.int64)
    at = 0
    for segment in range(len(low)):
        for step in range(counts[segment]):
            row[at] = low[segment] + step
            place[row[at]] = at
            at += 1
    return row, place
