"""Compiled loops over trees of items: the best rows at given prices, and what stands near them.

Rows are candidate reorder points, ascending within a segment: one segment for a root, one per row
of its root for a leaf, and one more for a leaf whose root never lets it wait. `values` (rows ×
channels) count service; at prices a row is worth `cost − Σ price · value`: less is better. An item
without others is a root without leaves.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints

# start and first allowed row by segment, cost, values, where cost begins to rise by segment
Rows = tuple[Ints, Ints, Floats, Floats, Ints]
Shape = tuple[Ints, Ints, Ints, Ints]  # first segment, parent, leaf start, leaf by item
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
def price_tree(
    root: int, rows: Rows, shape: Shape, weights: Weights, earned: Floats,
    price: Floats, total: Floats, least: Floats,
) -> int:  # fmt: skip
    """Fill `total` and `least` by row of the root, leaves answering it; returns how many rows.

    `total` is what root and leaves are worth at their best in range. `least` is at most what any
    levels are worth; its last entry stands for every root level above the range, where leaves
    are taken never to wait.
    """
    first_segment, _, leaf_start, leaf = shape
    segment = first_segment[root]
    begin, end = rows[0][segment], rows[0][segment + 1]
    count: int = end - begin
    item_prices(root, weights, earned, price)
    allowed = rows[1][segment]
    for step in range(count):
        total[step] = np.inf
        if begin + step >= allowed:
            total[step] = worth_of(begin + step, rows, price)
        least[step] = total[step]
    under, least[count] = outside_of(root, segment, rows, weights, price)
    if allowed == begin:
        least[0] = min(least[0], under)
    for at in range(leaf_start[root], leaf_start[root + 1]):
        item = leaf[at]
        most = item_prices(item, weights, earned, price)
        for step in range(count + 1):
            behind = first_segment[item] + step
            best, _ = best_of_segment(behind, rows, price, most)
            under, above = outside_of(item, behind, rows, weights, price)
            least[step] += min(best, under, above)
            if step < count:
                total[step] += best
    return count


@njit(cache=True, nogil=True)
def room_of(rows: Rows, shape: Shape) -> int:
    """One more than the most rows that any root has."""
    most = 1
    for item in range(len(shape[1])):
        if shape[1][item] < 0:
            segment = shape[0][item]
            most = max(most, rows[0][segment + 1] - rows[0][segment])
    return most + 1


@njit(cache=True, nogil=True)
def best_rows(
    rows: Rows, shape: Shape, weights: Weights, earned: Floats, chosen: Ints, totals: Floats
) -> tuple[float, float]:
    """Choose each tree's best rows over their whole range, ties to the lower level.

    Fills `chosen` and adds Σ basis · value to `totals` (patterns × channels). Returns the cost of
    what was chosen, and a sum that no levels, in range or out of it, go below at these prices.
    """
    channels = rows[3].shape[1]
    first_segment, parent, leaf_start, leaf = shape
    price = np.empty(channels)
    room = room_of(rows, shape)
    total, least = np.empty(room), np.empty(room)
    cost_sum, least_sum = 0.0, 0.0
    for root in range(len(parent)):
        if parent[root] >= 0:
            continue
        if leaf_start[root] == leaf_start[root + 1]:
            segment = first_segment[root]
            most = item_prices(root, weights, earned, price)
            best, chosen[root] = best_of_segment(segment, rows, price, most)
            under, above = outside_of(root, segment, rows, weights, price)
            least_sum += min(best, under, above)
            continue
        count = price_tree(root, rows, shape, weights, earned, price, total, least)
        step = int(np.argmin(total[:count]))
        least_sum += np.min(least[: count + 1])
        chosen[root] = rows[0][first_segment[root]] + step
        for at in range(leaf_start[root], leaf_start[root + 1]):
            item = leaf[at]
            most = item_prices(item, weights, earned, price)
            _, chosen[item] = best_of_segment(first_segment[item] + step, rows, price, most)
    for item in range(len(parent)):
        cost_sum += rows[2][chosen[item]]
        for channel in range(channels):
            gain = weights[0][item, channel] * rows[3][chosen[item], channel]
            totals[weights[1][item], channel] += gain
    return cost_sum, least_sum


@njit(cache=True, nogil=True)
def near_rows(
    rows: Rows, shape: Shape, weights: Weights, earned: Floats, base_row: Ints, slack: float,
    item_of: Ints, row_of: Ints, loss_of: Floats,
) -> int:  # fmt: skip
    """Rows other than `base_row` with which a tree loses at most `slack` against its best.

    `loss_of` is the reduced cost: how much dearer than the bound any plan with this row is, other
    levels of the tree answering it. Roots are written before their leaves. Returns how many.
    """
    first_segment, parent, leaf_start, leaf = shape
    price = np.empty(rows[3].shape[1])
    room = room_of(rows, shape)
    total, least = np.empty(room), np.empty(room)
    found = 0
    for root in range(len(parent)):
        if parent[root] >= 0:
            continue
        count = price_tree(root, rows, shape, weights, earned, price, total, least)
        best, begin = np.min(total[:count]), rows[0][first_segment[root]]
        for step in range(count):
            if total[step] - best <= slack and begin + step != base_row[root]:
                item_of[found], row_of[found] = root, begin + step
                loss_of[found] = total[step] - best
                found += 1
        for at in range(leaf_start[root], leaf_start[root + 1]):
            item = leaf[at]
            most = item_prices(item, weights, earned, price)
            for step in range(count):
                if total[step] - best > slack:
                    continue
                segment = first_segment[item] + step
                answer, _ = best_of_segment(segment, rows, price, most)
                for row in range(rows[1][segment], rows[0][segment + 1]):
                    loss = total[step] - best + worth_of(row, rows, price) - answer
                    if loss <= slack and row != base_row[item]:
                        item_of[found], row_of[found], loss_of[found] = item, row, loss
                        found += 1
    return found


@njit(cache=True, nogil=True)
def answers(
    root: int, row: int, rows: Rows, shape: Shape, weights: Weights, earned: Floats, out: Ints
) -> None:
    """The best row of each leaf of `root` behind its row `row`."""
    first_segment, _, leaf_start, leaf = shape
    price = np.empty(rows[3].shape[1])
    step = row - rows[0][first_segment[root]]
    for at in range(leaf_start[root], leaf_start[root + 1]):
        most = item_prices(leaf[at], weights, earned, price)
        behind = first_segment[leaf[at]] + step
        _, out[at - leaf_start[root]] = best_of_segment(behind, rows, price, most)


@njit(cache=True, nogil=True)
def raise_to_floor(
    start: Ints, first_segment: Ints, values: Floats, asked: Floats, first_row: Ints
) -> None:
    """Raise each segment's first row to where its value reaches what its item asks, else its last.

    `asked` is nan where an item is free.
    """
    for item in range(len(asked)):
        if np.isnan(asked[item]):
            continue
        for segment in range(first_segment[item], first_segment[item + 1]):
            row = first_row[segment]
            while row < start[segment + 1] - 1 and values[row] < asked[item]:
                row += 1
            first_row[segment] = row


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
