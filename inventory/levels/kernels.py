"""What every level of one item is worth, compiled: backorders and the three shortfalls.

A shortfall is one minus a rate. Summed from the far end backwards, backorders and shortfalls are
exact where they are small, monotone, and backorders convex.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from inventory.lead_time_demand.kernels import size_moments, write_law

UNSEEN = 1e-16  # levels at which P(X < S) is below this are no candidates
Stream = tuple[Floats, Floats, Floats]  # μ, σ², ω² by item
Sizes = tuple[Ints, Ints, Floats]  # start, pieces, share
Leads = tuple[Floats, Floats, Floats]  # mean, variance, review by item
Waiting = tuple[Floats, Floats]  # mean and variance of what waits at the parent, by item


@njit(cache=True, nogil=True, error_model="numpy")
def write_tails(law: Floats, rows: int, largest: int, excess: Floats, beyond: Floats) -> None:
    """From the law of X: `beyond[j]` = P(X > x), `excess[j]` = E[(X − x)⁺], j = x − base + largest.

    Both are padded by `largest` rows on either side.
    """
    top = rows + largest
    for j in range(top - 1, top + largest):
        excess[j] = 0.0
        beyond[j] = 0.0
    over = 0.0
    waiting = 0.0
    for j in range(top - 2, largest - 1, -1):
        over += law[j + 1 - largest]
        waiting += over
        beyond[j] = over
        excess[j] = waiting
    for j in range(largest):
        beyond[j] = 1.0
        excess[j] = waiting + (largest - j)


@njit(cache=True, nogil=True, error_model="numpy")
def write_shortfalls(
    first: int,
    last: int,
    pieces: Ints,
    share: Floats,
    excess: Floats,
    beyond: Floats,
    line: Floats,
    fill: Floats,
) -> None:
    """Shortfalls of line fill and fill of the levels S = base + j − largest, j = first … last.

    Σ_y P(Y = y) P(X > S − y) and Σ_y P(Y = y) (EBO(S − y) − EBO(S)) / E[Y].
    """
    mean_size, _ = size_moments(pieces, share)
    line[first : last + 1] = 0.0
    fill[first : last + 1] = 0.0
    for k in range(len(pieces)):
        part, size = share[k], pieces[k]
        for j in range(first, last + 1):
            line[j] += part * beyond[j - size]
            fill[j] += part * excess[j - size]
    line_short = 0.0
    fill_short = 0.0
    for j in range(last, first - 1, -1):
        line_short = max(line_short, line[j])
        fill_short = max(fill_short, (fill[j] - excess[j]) / mean_size)
        line[j] = min(1.0, line_short)
        fill[j] = min(1.0, fill_short)


@njit(cache=True, nogil=True, error_model="numpy")
def write_item(
    i: int, stream: Stream, arriving: Sizes, asked: Sizes, leads: Leads, waiting: Waiting,
    scratch: Floats,
) -> tuple[Floats, int, int, float, float]:  # fmt: skip
    """Law and levels of item i; returns the scratch (longer if need be), base, rows, moments of X.

    The sizes `arriving` make the law, those `asked` for by customers the shortfalls. Rows of
    `scratch`: 0 law, 1 working space, 2 EBO(S), 3 P(X > x), each at j = level − base + largest
    size asked for; 4 and 5 are left for the shortfalls of line fill and fill (`write_shortfalls`).
    """
    sizes = arriving[1][arriving[0][i] : arriving[0][i + 1]]
    shares = arriving[2][arriving[0][i] : arriving[0][i + 1]]
    wanted = asked[1][asked[0][i] : asked[0][i + 1]]
    largest = wanted[-1]
    while True:
        base, rows, mean, variance = write_law(
            stream[0][i], stream[1][i], stream[2][i], sizes, shares,
            leads[0][i], leads[1][i], leads[2][i], waiting[0][i], waiting[1][i],
            scratch[0], scratch[1],
        )  # fmt: skip
        needed = abs(rows) + 2 * largest + 2
        if rows > 0 and needed <= scratch.shape[1]:
            break
        scratch = np.empty((6, needed + needed // 4))
    write_tails(scratch[0], rows, largest, scratch[2], scratch[3])
    return scratch, base, rows, mean, variance


@njit(cache=True, nogil=True, error_model="numpy")
def add_level(sums: Floats, times: float, j: int, rows: int, largest: int, scratch: Floats) -> None:
    """Add `times` EBO and the shortfalls of ready, line and piece fill of the level at row j."""
    if j >= rows + 2 * largest:
        return
    if j < largest:  # below the window nothing is ever on the shelf
        sums[0] += times * (scratch[2, largest] + (largest - j))
        sums[1] += times
        sums[2] += times
        sums[3] += times
        return
    ready = times * scratch[3, j - 1]
    sums[0] += times * scratch[2, j]
    sums[1] += ready
    if largest > 1:
        sums[2] += times * scratch[4, j]
        sums[3] += times * scratch[5, j]
    else:
        sums[2] += ready
        sums[3] += ready


@njit(cache=True, nogil=True, error_model="numpy")
def add_batch(
    sums: Floats, low: int, high: int, base: int, rows: int, largest: int, scratch: Floats
) -> None:
    """Add the levels low … high."""
    empty = max(0, min(high, base) - low + 1)
    sums[0] += empty * (scratch[2, largest] + base - low - (empty - 1) / 2.0)
    for k in range(1, 4):
        sums[k] += empty
    for level in range(low + empty, min(high, base + rows + largest) + 1):
        add_level(sums, 1.0, level - base + largest, rows, largest, scratch)


@njit(cache=True, nogil=True, error_model="numpy")
def first_seen(law: Floats, rows: int) -> int:
    """The first row at which P(X ≤ x) is no longer negligible."""
    total = 0.0
    for row in range(rows):
        total += law[row]
        if total >= UNSEEN:
            return row
    return rows - 1


@njit(cache=True, nogil=True, error_model="numpy")
def first_enough(rows: int, largest: int, scratch: Floats, tail: float, enough: float) -> int:
    """The first row j at which no shortfall exceeds `tail` and EBO does not exceed `enough`.

    Shortfalls and EBO only fall with the level, so that no batch of levels from there on is worse.
    """
    low, high = largest, rows + 2 * largest - 1
    while low < high:
        j = (low + high) // 2
        short = scratch[3, j - 1]
        if largest > 1:
            short = max(short, scratch[4, j], scratch[5, j])
        if scratch[2, j] <= enough and short <= tail:
            high = j
        else:
            low = j + 1
    return low


@njit(cache=True, nogil=True, error_model="numpy")
def write_curve(
    lowest: int,
    highest: int,
    quantity: int,
    base: int,
    rows: int,
    largest: int,
    scratch: Floats,
    tail: float,
    enough: float,
    kept: tuple[Floats, Floats, Floats, Floats],
    offset: int,
) -> int:
    """Write EBO, fill, line fill and ready rate for R = lowest … highest; return the last R.

    From the top down: each row exchanges one level with the one above. The last R is the first
    at which no shortfall exceeds `tail` and EBO does not exceed `enough`.
    """
    sums = np.zeros(4)
    ebo, fill, line, ready = kept
    shift = largest - base + 1
    far = first_enough(rows, largest, scratch, tail, enough) - shift
    highest = max(min(highest, far), min(lowest + 1, highest))
    last = highest
    add_batch(sums, highest + 1, highest + quantity, base, rows, largest, scratch)
    for reorder_point in range(highest, lowest - 1, -1):
        j = reorder_point + shift
        if quantity > 1 or j < largest:
            if quantity == 1:
                for k in range(4):
                    sums[k] = 0.0
                add_level(sums, 1.0, j, rows, largest, scratch)
            elif reorder_point < highest:
                add_level(sums, -1.0, j + quantity, rows, largest, scratch)
                add_level(sums, 1.0, j, rows, largest, scratch)
            waiting, not_ready = sums[0] / quantity, sums[1] / quantity
            not_line, not_piece = sums[2] / quantity, sums[3] / quantity
        else:
            waiting, not_ready = scratch[2, j], scratch[3, j - 1]
            not_line, not_piece = not_ready, not_ready
            if largest > 1:
                not_line, not_piece = scratch[4, j], scratch[5, j]
        row = offset + reorder_point - lowest
        ebo[row] = waiting
        fill[row] = max(0.0, 1.0 - not_piece)
        line[row] = max(0.0, 1.0 - not_line)
        ready[row] = max(0.0, 1.0 - not_ready)
        if waiting <= enough and max(not_ready, not_line, not_piece) <= tail:
            last = reorder_point
    return max(last, min(lowest + 1, highest))


@njit(cache=True, nogil=True, error_model="numpy")
def roomier(
    kept: tuple[Floats, Floats, Floats, Floats], filled: int, room: int
) -> tuple[Floats, Floats, Floats, Floats]:
    """The same four columns with more room."""
    longer = (np.empty(room), np.empty(room), np.empty(room), np.empty(room))
    for row in range(filled):
        longer[0][row] = kept[0][row]
        longer[1][row] = kept[1][row]
        longer[2][row] = kept[2][row]
        longer[3][row] = kept[3][row]
    return longer


@njit(cache=True, nogil=True, error_model="numpy")
def curves_of(
    stream: Stream, sizes: Sizes, leads: Leads, order_quantity: Ints, at_most: Ints, tail: float
) -> tuple[Ints, Ints, tuple[Floats, Floats, Floats, Floats], Floats, Floats]:
    """Ragged curves of all items in one pass; see `inventory.measures.curves`.

    Returns start, first reorder point, the four columns, mean and variance of X.
    """
    items = len(order_quantity)
    start = np.zeros(items + 1, np.int64)
    first = np.empty(items, np.int64)
    mean = np.empty(items)
    variance = np.empty(items)
    nothing = np.zeros(items)
    waiting = (nothing, nothing)
    scratch = np.empty((6, 1024))
    room = 24 * min(items, 1000) + 64
    kept = (np.empty(room), np.empty(room), np.empty(room), np.empty(room))
    for i in range(items):
        scratch, base, rows, mean[i], variance[i] = write_item(
            i, stream, sizes, sizes, leads, waiting, scratch
        )
        largest = sizes[1][sizes[0][i + 1] - 1]
        if largest > 1:
            write_shortfalls(
                largest, rows + 2 * largest - 1, sizes[1][sizes[0][i] : sizes[0][i + 1]],
                sizes[2][sizes[0][i] : sizes[0][i + 1]], scratch[2], scratch[3], scratch[4],
                scratch[5],
            )  # fmt: skip
        quantity = order_quantity[i]
        lowest = max(-1, base + first_seen(scratch[0], rows) - quantity)
        lowest = min(lowest, at_most[i])
        highest = max(lowest, min(at_most[i], base + rows + largest - 2))
        filled = start[i]
        if filled + highest - lowest + 1 > room:
            # as many rows per item as so far, and some more
            room = int(1.05 * filled / (i + 1) * items) + room // 4 + highest - lowest + 1
            kept = roomier(kept, filled, room)
        last = write_curve(
            lowest, highest, quantity, base, rows, largest, scratch,
            tail, tail * mean[i], kept, filled,
        )  # fmt: skip
        first[i] = lowest
        start[i + 1] = filled + last - lowest + 1
    end = start[items]
    columns = (kept[0][:end], kept[1][:end], kept[2][:end], kept[3][:end])
    return start, first, columns, mean, variance


@njit(cache=True, nogil=True, error_model="numpy")
def excess_at(level: int, base: int, rows: int, largest: int, excess: Floats) -> float:
    """E[(X − S)⁺] at any level, however far outside what was written."""
    j = level - base + largest
    at: float = excess[min(max(j, 0), rows + 2 * largest - 1)]
    return at - min(j, 0)


@njit(cache=True, nogil=True, error_model="numpy")
def squared_backorders(
    reorder_point: int, quantity: int, base: int, rows: int, law: Floats
) -> float:
    """E[B²], averaged over S = R + 1 … R + Q."""
    square = 0.0
    for row in range(max(0, reorder_point + 2 - base), rows):
        high = base + row - reorder_point - 1  # backorders at the lowest level, where positive
        if high > 0:
            low = max(high - quantity, 0)
            # Σ b² for b = low + 1 … high
            whole = high * (high + 1.0) * (2.0 * high + 1.0)
            square += law[row] * (whole - low * (low + 1.0) * (2.0 * low + 1.0)) / 6.0
    return square / quantity


@njit(cache=True, nogil=True, error_model="numpy")
def cycles_short(
    reorder_point: int,
    quantity: int,
    base: int,
    rows: int,
    pieces: Ints,
    share: Floats,
    excess: Floats,
) -> float:
    """1 − cycle service level: a cycle opens when a request takes the position to R or below.

    Σ_u P(u < Y ≤ u + Q) P(X > R − u) / E[min(Y, Q)], u the undershoot.
    """
    short, openings = 0.0, 0.0
    largest = pieces[-1]
    for k in range(len(pieces)):
        size = pieces[k]
        least = max(0, size - quantity)
        openings += share[k] * (size - least)
        high = excess_at(reorder_point - size + 1, base, rows, largest, excess)
        low = excess_at(reorder_point - least + 1, base, rows, largest, excess)
        short += share[k] * (high - low)
    return float(short / openings)


@njit(cache=True, nogil=True, error_model="numpy")
def measure_item(
    i: int, stream: Stream, arriving: Sizes, asked: Sizes, leads: Leads, waiting: Waiting,
    reorder_point: int, quantity: int, scratch: Floats, found: Floats,
) -> Floats:  # fmt: skip
    """Write the measures of item i at its policy to column i of `found`; return the scratch.

    Rows: EBO, shortfalls of ready rate, line fill, fill and cycles, mean and variance of X,
    variance of backorders, what EBO falls by with one piece more.
    """
    scratch, base, rows, found[5, i], found[6, i] = write_item(
        i, stream, arriving, asked, leads, waiting, scratch
    )
    sizes = asked[1][asked[0][i] : asked[0][i + 1]]
    shares = asked[2][asked[0][i] : asked[0][i + 1]]
    sums = np.zeros(4)
    low, high, largest = reorder_point + 1, reorder_point + quantity, sizes[-1]
    if largest > 1:
        first = max(low - base, 0) + largest
        last = max(first - 1, min(high - base + largest, rows + 2 * largest - 1))
        write_shortfalls(
            first, last, sizes, shares, scratch[2], scratch[3], scratch[4], scratch[5]
        )  # fmt: skip
    add_batch(sums, low, high, base, rows, largest, scratch)
    found[0, i] = sums[0] / quantity
    for k in range(1, 4):
        found[k, i] = min(1.0, sums[k] / quantity)
    short = cycles_short(reorder_point, quantity, base, rows, sizes, shares, scratch[2])
    found[4, i] = min(1.0, short)
    square = squared_backorders(reorder_point, quantity, base, rows, scratch[0])
    found[7, i] = max(0.0, square - found[0, i] ** 2)
    lowest = excess_at(low, base, rows, largest, scratch[2])
    added = excess_at(high + 1, base, rows, largest, scratch[2])
    found[8, i] = (lowest - added) / quantity
    return scratch


@njit(cache=True, nogil=True, error_model="numpy")
def measures_of(
    stream: Stream, sizes: Sizes, leads: Leads, reorder_point: Ints, order_quantity: Ints
) -> Floats:
    """Measures of every item at its policy, each on its own; rows as in `measure_item`."""
    items = len(order_quantity)
    found = np.zeros((9, items))
    nothing = np.zeros(items)
    scratch = np.empty((6, 1024))
    for i in range(items):
        scratch = measure_item(
            i, stream, sizes, sizes, leads, (nothing, nothing),
            reorder_point[i], order_quantity[i], scratch, found,
        )  # fmt: skip
    return found
