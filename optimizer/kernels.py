"""Compiled loops over items: the best row of each at given prices, and what stands near it.

Rows are candidate reorder points, ascending within an item; `values` (rows × channels) grow with
the row. At prices, a row is worth `cost − Σ price · value`: less is better.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints


@njit(cache=True, nogil=True)
def best_rows(
    first_row: Ints,
    last_row: Ints,
    cost: Floats,
    values: Floats,
    basis: Floats,
    pattern: Ints,
    earned: Floats,
    beneath: Floats,
    beyond: Floats,
    ceiling: Floats,
    chosen: Ints,
    totals: Floats,
) -> tuple[float, float]:
    """Choose each item's best row over its whole range, ties to the lower level.

    Fills `chosen` and adds Σ basis · value to `totals` (patterns × channels). Returns the cost of
    what was chosen, and a sum that no choice of any levels, in the range or out of it, goes below
    at these prices.

    Out of the range, above: every value ends at its `ceiling`, so all further pieces together
    gain at most Σ price · (ceiling − value of the last row), while the first of them alone costs
    `beyond` (holding; inf where a rule ends the range). Below: the first row costs at most
    `beneath` more than any level under it, and no value is better there.
    """
    channels = values.shape[1]
    price = np.empty(channels)
    cost_sum, least_sum = 0.0, 0.0
    for item in range(len(first_row)):
        at = pattern[item]
        for channel in range(channels):
            price[channel] = earned[at, channel] * basis[item, channel]
        best, best_row, worth, lowest = np.inf, first_row[item], 0.0, 0.0
        for row in range(first_row[item], last_row[item] + 1):
            worth = cost[row]
            for channel in range(channels):
                worth -= price[channel] * values[row, channel]
            if row == first_row[item]:
                lowest = worth - beneath[item]
            if worth < best:
                best, best_row = worth, row
        further = worth + beyond[item]
        for channel in range(channels):
            rest = ceiling[channel] - values[last_row[item], channel]
            if rest > 0.0:
                further -= price[channel] * rest
            totals[at, channel] += basis[item, channel] * values[best_row, channel]
        chosen[item] = best_row
        cost_sum += cost[best_row]
        least_sum += min(best, lowest, further)
    return cost_sum, least_sum


@njit(cache=True, nogil=True)
def near_rows(
    first_row: Ints,
    last_row: Ints,
    cost: Floats,
    values: Floats,
    basis: Floats,
    pattern: Ints,
    earned: Floats,
    base_row: Ints,
    slack: float,
    item_of: Ints,
    row_of: Ints,
    loss_of: Floats,
) -> int:
    """Rows other than `base_row` that lose at most `slack` against their item's best.

    Returns how many were written.
    `loss_of` is the reduced cost: how much dearer any plan with this row is than the bound.
    """
    channels = values.shape[1]
    price = np.empty(channels)
    count = 0
    for item in range(len(first_row)):
        for channel in range(channels):
            price[channel] = earned[pattern[item], channel] * basis[item, channel]
        best, before = np.inf, count
        for row in range(first_row[item], last_row[item] + 1):
            worth = cost[row]
            for channel in range(channels):
                worth -= price[channel] * values[row, channel]
            best = min(best, worth)
            item_of[count], row_of[count], loss_of[count] = item, row, worth
            count += 1
        kept = before
        for at in range(before, count):
            if loss_of[at] - best <= slack and row_of[at] != base_row[item]:
                item_of[kept], row_of[kept] = item, row_of[at]
                loss_of[kept] = loss_of[at] - best
                kept += 1
        count = kept
    return count


@njit(cache=True, nogil=True)
def raise_to_floor(last_row: Ints, values: Floats, asked: Floats, first_row: Ints) -> None:
    """Raise each item's first row to where its value reaches `asked` (nan: free), else its last."""
    for item in range(len(asked)):
        if not np.isnan(asked[item]):
            row = first_row[item]
            while row < last_row[item] and values[row] < asked[item]:
                row += 1
            first_row[item] = row


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
    for item in range(len(start) - 1):
        low, high = other_start[item], other_start[item + 1] - 1
        shift = first_point[item] - other_first_point[item] - start[item] + low
        for row in range(start[item], start[item + 1]):
            at = row + shift
            out[row] = 0.0 if at < low else other_values[min(at, high)]


@njit(cache=True, nogil=True)
def worth_of_pieces(
    lowest_row: Ints,
    last_row: Ints,
    values: Floats,
    basis: Floats,
    pattern: Ints,
    earned: Floats,
    payer: Ints,
    payment: Floats,
    row: Ints,
    paying: Ints,
    last_piece: Floats,
    next_piece: Floats,
) -> None:
    """What prices pay for each item's last and next piece, and which promise pays most for them.

    `payer` and `payment` (patterns × channels) name the promise that pays most for a unit.
    """
    channels = values.shape[1]
    for item in range(len(row)):
        at, here = pattern[item], row[item]
        has_last, has_next = here > lowest_row[item], here < last_row[item]
        last_piece[item] = 0.0 if has_last else np.nan
        next_piece[item] = 0.0 if has_next else np.nan
        most, paying[item] = 0.0, -1
        for channel in range(channels):
            weight = basis[item, channel]
            if has_next:
                gain = weight * (values[here + 1, channel] - values[here, channel])
                next_piece[item] += earned[at, channel] * gain
            if has_last:
                gain = weight * (values[here, channel] - values[here - 1, channel])
                last_piece[item] += earned[at, channel] * gain
                if payment[at, channel] * gain > most:
                    most, paying[item] = payment[at, channel] * gain, payer[at, channel]
