"""Compiled loops over trees of items: the best rows at given prices, and what stands near them.

Rows are candidate reorder points, ascending within a segment: one segment for a root, one per row
of its parent for every other item, and for trees in full one more, the last, for a parent that
never lets it wait. `values` (rows × channels) count service; at prices a row is worth
`cost − Σ price · value`: less is better. Parents stand before their children; an item without
others is a root without children.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inventory.demand import Floats, Ints

Flags = NDArray[np.bool_]
# start and first allowed row by segment, cost, values, where cost begins to rise by segment
Rows = tuple[Ints, Ints, Floats, Floats, Ints]
Shape = tuple[Ints, Ints, Ints, Ints]  # first segment, parent, child start, child by item
Weights = tuple[Floats, Ints, Floats, Floats, Floats]  # basis, pattern, beneath, beyond, ceiling


@njit(cache=True, nogil=True)
def item_prices(item: int, weights: Weights, earned: Floats, price: Floats) -> float:
    """Fill in what one unit of value in each channel earns at an item; return the most it can."""
    most = 0.0
    for channel in range(len(price)):
        price[channel] = earned[weights[1][item], channel] * weights[0][item, channel]
        most += price[channel] * max(weights[4][channel], 0.0)  # no money spent is less than none
        if price[channel] < 0.0:
            most = np.inf
    return most


@njit(cache=True, nogil=True)
def rising_from(start: Ints, cost: Floats) -> Ints:
    """By segment, the first row from which on cost never falls."""
    rising = start[1:] - 1
    for segment in range(len(rising)):
        row = rising[segment]
        while row > start[segment] and cost[row - 1] <= cost[row]:
            row -= 1
        rising[segment] = row
    return rising


@njit(cache=True, nogil=True)
def worth_of(row: int, rows: Rows, price: Floats) -> float:
    """Cost less what service earns."""
    worth: float = rows[2][row]
    for channel in range(len(price)):
        worth -= price[channel] * rows[3][row, channel]
    return worth


@njit(cache=True, nogil=True)
def best_of_segment(segment: int, rows: Rows, price: Floats, most: float) -> tuple[float, int]:
    """The least worth and its row, ties to the lower level.

    `most` is what all service there can be earns: rows that cost more than the best and all that
    end the search.
    """
    best, best_row = np.inf, rows[1][segment]
    rising = rows[4][segment]
    for row in range(rows[1][segment], rows[0][segment + 1]):
        worth = rows[2][row]
        if row >= rising and worth - most >= best:
            break
        for channel in range(len(price)):
            worth -= price[channel] * rows[3][row, channel]
        if worth < best:
            best, best_row = worth, row
    return best, best_row


@njit(cache=True, nogil=True)
def outside_of(
    item: int, segment: int, rows: Rows, weights: Weights, price: Floats
) -> tuple[float, float]:
    """What levels under and above a segment's range are worth at least.

    Above: every value ends at its ceiling, so all further pieces together gain at most Σ price ·
    (ceiling − value of the last row), while the first of them alone costs `beyond` (holding; inf
    where a rule ends the range). Under: the first row costs at most `beneath` more than any level
    below it, and no service is better there.
    """
    start, first_row = rows[0], rows[1]
    last = start[segment + 1] - 1
    above = worth_of(last, rows, price) + weights[3][item]
    for channel in range(len(price)):
        rest = weights[4][channel] - rows[3][last, channel]
        if rest > 0.0:
            above -= price[channel] * rest
    under = np.inf
    if first_row[segment] == start[segment]:
        under = worth_of(start[segment], rows, price) - weights[2][item]
    return under, above


@njit(cache=True, nogil=True)
def rows_of(item: int, rows: Rows, shape: Shape) -> tuple[int, int]:
    """Where the rows of an item begin and end, over all its segments."""
    return rows[0][shape[0][item]], rows[0][shape[0][item + 1]]


@njit(cache=True, nogil=True)
def price_shared(
    item: int, rows: Rows, shape: Shape, weights: Weights, price: Floats,
    total: Floats, best: Floats, pick: Ints, outside: Floats,
) -> None:  # fmt: skip
    """Fill `total` by row and the others by segment of an item, its children answering each row.

    What is outside stands for combinations with a level above or below somebody's range: a row of
    the item and some of those below, or a level of the item outside, above which children are
    taken never to wait.
    """
    first_segment, _, child_start, child = shape
    begin, end = rows_of(item, rows, shape)
    least, further = np.empty(end - begin), np.full(end - begin, np.inf)
    for segment in range(first_segment[item], first_segment[item + 1]):
        for row in range(rows[0][segment], rows[0][segment + 1]):
            own = worth_of(row, rows, price)
            total[row] = own if row >= rows[1][segment] else np.inf
            least[row - begin] = own
    never = 0.0
    for at in range(child_start[item], child_start[item + 1]):
        below = first_segment[child[at]]
        for step in range(end - begin):
            answer = min(best[below + step], outside[below + step])
            total[begin + step] += best[below + step]
            least[step] += answer
            further[step] = min(further[step], outside[below + step] - answer)
        last = first_segment[child[at] + 1] - 1
        never += min(best[last], outside[last])
    for segment in range(first_segment[item], first_segment[item + 1]):
        low, high = rows[0][segment], rows[0][segment + 1]
        own = worth_of(low, rows, price)
        under, above = outside_of(item, segment, rows, weights, price)
        away = min(under - own + least[low - begin], above + never)
        best[segment], pick[segment] = np.inf, rows[1][segment]
        for row in range(rows[1][segment], high):
            if total[row] < best[segment]:
                best[segment], pick[segment] = total[row], row
            away = min(away, least[row - begin] + further[row - begin])
        outside[segment] = away


@njit(cache=True, nogil=True)
def price_all(
    rows: Rows, shape: Shape, weights: Weights, earned: Floats,
    total: Floats, best: Floats, pick: Ints, outside: Floats,
) -> None:  # fmt: skip
    """From the leaves up, the least worth of every segment with all that hangs on it.

    `total` is by row, filled where others wait for an item. Fills by segment `best` (within the
    ranges), `pick`, the row that is best, ties to the lower level, and `outside`: what no levels go
    below of which one at least is outside its range.
    """
    first_segment, parent, child_start, _ = shape
    price = np.empty(rows[3].shape[1])
    for item in range(len(parent) - 1, -1, -1):
        most = item_prices(item, weights, earned, price)
        if child_start[item + 1] > child_start[item]:
            price_shared(item, rows, shape, weights, price, total, best, pick, outside)
            continue
        for segment in range(first_segment[item], first_segment[item + 1]):
            best[segment], pick[segment] = best_of_segment(segment, rows, price, most)
            under, above = outside_of(item, segment, rows, weights, price)
            outside[segment] = min(under, above)


@njit(cache=True, nogil=True)
def segment_behind(item: int, chosen: Ints, rows: Rows, shape: Shape) -> int:
    """The segment of an item behind the chosen row of its parent."""
    first_segment, parent, _, _ = shape
    above = parent[item]
    segment: int = first_segment[item]
    if above >= 0:
        segment += chosen[above] - rows[0][first_segment[above]]
    return segment


@njit(cache=True, nogil=True)
def service_at_best(root_of: Ints, weights: Weights, earned: Floats, out: Floats) -> None:
    """Add to `out`, by root, what service earns at most: Σ price · ceiling over a tree."""
    price = np.empty(earned.shape[1])
    for item in range(len(root_of)):
        item_prices(item, weights, earned, price)
        for channel in range(len(price)):
            if weights[4][channel] > -np.inf:
                out[root_of[item]] += price[channel] * weights[4][channel]


@njit(cache=True, nogil=True)
def best_rows(
    rows: Rows, shape: Shape, weights: Weights, earned: Floats, dropped: Floats,
    chosen: Ints, totals: Floats,
) -> tuple[float, float, float]:  # fmt: skip
    """Choose each tree's best rows over their whole range, ties to the lower level.

    `dropped` is by root what levels left out are worth at least. Fills `chosen` and adds
    Σ basis · value to `totals` (patterns × channels). Returns the cost of what was chosen, a sum
    that no levels, in range or out of it, go below at these prices, and the same without `dropped`.
    """
    channels, segments = rows[3].shape[1], len(rows[1])
    best, outside = np.empty(segments), np.empty(segments)
    total, pick = np.empty(len(rows[2])), np.empty(segments, np.int64)
    price_all(rows, shape, weights, earned, total, best, pick, outside)
    cost_sum, least_sum, held_sum = 0.0, 0.0, 0.0
    for item in range(len(chosen)):
        segment = segment_behind(item, chosen, rows, shape)
        chosen[item] = pick[segment]
        if shape[1][item] < 0:
            held_sum += min(best[segment], outside[segment])
            least_sum += min(best[segment], outside[segment], dropped[item])
        cost_sum += rows[2][chosen[item]]
        for channel in range(channels):
            gain = weights[0][item, channel] * rows[3][chosen[item], channel]
            totals[weights[1][item], channel] += gain
    return cost_sum, least_sum, held_sum


@njit(cache=True, nogil=True)
def losses(
    rows: Rows, shape: Shape, weights: Weights, earned: Floats, total: Floats, best: Floats,
    most: float, loss: Floats,
) -> None:  # fmt: skip
    """By row, what its tree loses with it against its best, other levels answering it.

    Inf where that is more than `most`, and behind a parent that never lets an item wait.
    """
    first_segment, parent, child_start, _ = shape
    price = np.empty(rows[3].shape[1])
    for item in range(len(parent)):
        item_prices(item, weights, earned, price)
        shared = child_start[item + 1] > child_start[item]
        begin, end = 0, 0
        if parent[item] >= 0:
            begin, end = rows_of(parent[item], rows, shape)
        for segment in range(first_segment[item], first_segment[item + 1]):
            above = begin + segment - first_segment[item]
            lost = 0.0
            if parent[item] >= 0:
                lost = loss[above] if above < end else np.inf
            for row in range(rows[0][segment], rows[0][segment + 1]):
                loss[row] = np.inf
                if lost <= most and row >= rows[1][segment]:
                    own = total[row] if shared else worth_of(row, rows, price)
                    loss[row] = lost + own - best[segment]
                    if loss[row] > most:
                        loss[row] = np.inf


@njit(cache=True, nogil=True)
def near_rows(
    rows: Rows, shape: Shape, weights: Weights, earned: Floats, base_row: Ints, slack: float,
    dropped: Floats, item_of: Ints, row_of: Ints, loss_of: Floats,
) -> tuple[int, float]:  # fmt: skip
    """Rows other than `base_row` with which a tree loses at most `slack` against its best.

    `loss_of` is the reduced cost: how much dearer than the bound any plan with this row is, other
    levels of the tree answering it. Parents are written before their children. Returns how many,
    and the least that a tree loses with levels that were left out (`dropped`, as in `best_rows`).
    """
    segments = len(rows[1])
    best, outside = np.empty(segments), np.empty(segments)
    total, pick = np.empty(len(rows[2])), np.empty(segments, np.int64)
    loss = np.empty(len(rows[2]))
    price_all(rows, shape, weights, earned, total, best, pick, outside)
    losses(rows, shape, weights, earned, total, best, slack, loss)
    found, left_out = 0, np.inf
    for item in range(len(base_row)):
        if shape[1][item] < 0:
            left_out = min(left_out, max(dropped[item] - best[shape[0][item]], 0.0))
        begin, end = rows_of(item, rows, shape)
        for row in range(begin, end):
            if loss[row] <= slack and loss[row] < np.inf and row != base_row[item]:
                item_of[found], row_of[found], loss_of[found] = item, row, loss[row]
                found += 1
    return found, left_out


@njit(cache=True, nogil=True)
def raise_to_floor(
    start: Ints, first_segment: Ints, values: Floats, asked: Floats, first_row: Ints, short: Flags
) -> None:
    """Raise each segment's first row to where its value reaches what its item asks, else its last.

    `asked` is nan where an item is free; `short` becomes true where not even the last row reaches.
    """
    for item in range(len(asked)):
        if np.isnan(asked[item]):
            continue
        for segment in range(first_segment[item], first_segment[item + 1]):
            row = first_row[segment]
            while row < start[segment + 1] - 1 and values[row] < asked[item]:
                row += 1
            first_row[segment] = row
            short[segment] |= values[row] < asked[item]


@njit(cache=True, nogil=True)
def raise_parents(start: Ints, shape: Shape, short: Flags, first_row: Ints) -> None:
    """Raise first rows to where no segment behind them is `short` of its floor, else to the last.

    From the leaves up: more stock at a parent never serves worse, so what lies above the first such
    row is as good. A segment without one is short itself.
    """
    first_segment, parent, child_start, child = shape
    for item in range(len(parent) - 1, -1, -1):
        begin = start[first_segment[item]]
        for segment in range(first_segment[item], first_segment[item + 1]):
            row, lacks = first_row[segment], True
            while True:
                lacks = False
                for at in range(child_start[item], child_start[item + 1]):
                    lacks |= short[first_segment[child[at]] + row - begin]
                if not lacks or row >= start[segment + 1] - 1:
                    break
                row += 1
            first_row[segment] = row
            short[segment] |= lacks


@njit(cache=True, nogil=True)
def aligned(
    start: Ints,
    first_point: Ints,
    other_start: Ints,
    other_first_point: Ints,
    other_values: Floats,
    out: Floats,
) -> None:
    """Values of another set of rows, read at the reorder points of this one.

    Under the other range a share is 0; above it, its last value stands.
    """
    for segment in range(len(start) - 1):
        low, high = other_start[segment], other_start[segment + 1] - 1
        shift = first_point[segment] - other_first_point[segment] - start[segment] + low
        for row in range(start[segment], start[segment + 1]):
            at = row + shift
            out[row] = 0.0 if at < low else other_values[min(at, high)]


@njit(cache=True, nogil=True)
def worth_of_pieces(
    rows: Rows, segment: Ints, weights: Weights, earned: Floats, payer: Ints, payment: Floats,
    row: Ints, paying: Ints, last_piece: Floats, next_piece: Floats,
) -> None:  # fmt: skip
    """What prices pay for each item's last and next piece, and which promise pays most for them.

    `payer` and `payment` (patterns × channels) name the promise that pays most for a unit;
    `segment` is the one that each item's row stands in.
    """
    values = rows[3]
    for item in range(len(row)):
        at, here = weights[1][item], row[item]
        has_last = here > rows[0][segment[item]]
        has_next = here < rows[0][segment[item] + 1] - 1
        last_piece[item] = 0.0 if has_last else np.nan
        next_piece[item] = 0.0 if has_next else np.nan
        most, paying[item] = 0.0, -1
        for channel in range(values.shape[1]):
            weight = weights[0][item, channel]
            if has_next:
                gain = weight * (values[here + 1, channel] - values[here, channel])
                next_piece[item] += earned[at, channel] * gain
            if has_last:
                gain = weight * (values[here, channel] - values[here - 1, channel])
                last_piece[item] += earned[at, channel] * gain
                if payment[at, channel] * gain > most:
                    most, paying[item] = payment[at, channel] * gain, payer[at, channel]
