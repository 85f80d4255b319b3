"""Laws of request sizes written into ragged columns, compiled."""

import numpy as np
from numba import njit

from inventory.count_laws.kernels import add_count, count_window
from inventory.demand import Floats, Ints

LEFT_OUT = 1e-10  # chance of sizes beyond the last one kept
MOST_SIZES = 256  # of one item; a longer law is put on a coarser grid, its mean kept


@njit(cache=True, nogil=True, error_model="numpy")
def logarithmic_law(q: float, law: Floats) -> int:
    """Write P(Y = 1 + x) = −q^y / (y ln(1 − q)); return the rows written."""
    chance = -q / np.log1p(-q)
    law[0] = chance
    left = 1.0 - chance
    row = 1
    while row < len(law) and left > LEFT_OUT and chance > LEFT_OUT * (1.0 - q):
        chance *= q * row / (row + 1.0)
        law[row] = chance
        left -= chance
        row += 1
    return row


@njit(cache=True, nogil=True, error_model="numpy")
def fitted_law(mean: float, variance: float, law: Floats) -> int:
    """Write the two-moment law of Y − 1 (mean and variance of Y); return the rows written."""
    _, rows = count_window(mean - 1.0, variance)
    rows = min(rows + int(mean), len(law))
    law[:rows] = 0.0
    written = add_count(mean - 1.0, variance, 1.0, law, 0, rows)
    over = 0.0
    while written > 1 and over + law[written - 1] < LEFT_OUT:
        over += law[written - 1]
        written -= 1
    return written


@njit(cache=True, nogil=True, error_model="numpy")
def coarsened(law: Floats, rows: int) -> tuple[int, int]:
    """Thin out a law to at most MOST_SIZES rows; returns the grid and the rows left.

    The first half of them stays, those beyond move to multiples of the grid, split between two
    neighbours so that the mean stays.
    """
    kept = MOST_SIZES // 2
    grid = max(1, -(-(rows - kept) // kept))
    if grid == 1:
        return 1, rows
    last = kept
    for row in range(kept, rows):
        chance = law[row]
        law[row] = 0.0
        low = (row - kept) // grid
        upper = (row - kept - low * grid) / grid
        law[kept + low] += chance * (1.0 - upper)
        if upper > 0.0:
            law[kept + low + 1] += chance * upper
        last = kept + low + 1
    return grid, last + 1


@njit(cache=True, nogil=True, error_model="numpy")
def size_laws_of(mean: Floats, variance: Floats, q: Floats) -> tuple[Ints, Ints, Floats]:
    """Start, pieces and share of every item's sizes.

    Logarithmic with parameter `q` where it is above 0, else the fit of `mean` and `variance`.
    """
    items = len(mean)
    start = np.zeros(items + 1, np.int64)
    room = 16 * items + 2 * MOST_SIZES
    pieces = np.empty(room, np.int64)
    share = np.empty(room)
    law = np.zeros(4096)
    for i in range(items):
        spread = variance[i] / max(mean[i] - 1.0, 1e-9)
        needed = 600 + int(mean[i] + 12.0 * np.sqrt(variance[i]) + 50.0 * spread)
        if q[i] > 0.0:
            needed = 600 + int(40.0 / (1.0 - q[i]))
        if needed > len(law):
            law = np.zeros(needed)
        written = logarithmic_law(q[i], law) if q[i] > 0.0 else 0
        if written == 0:
            written = fitted_law(mean[i], variance[i], law) if mean[i] > 1.0 else 1
            if mean[i] <= 1.0:
                law[0] = 1.0
        grid, written = coarsened(law, written)
        at = start[i]
        if at + MOST_SIZES + 2 > room:
            room *= 2
            pieces = np.concatenate((pieces[:at], np.empty(room - at, np.int64)))
            share = np.concatenate((share[:at], np.empty(room - at)))
        total = 0.0
        for row in range(written):
            if law[row] > 0.0:
                pieces[at] = 1 + row + max(0, row - MOST_SIZES // 2) * (grid - 1)
                share[at] = law[row]
                total += law[row]
                at += 1
        share[start[i] : at] /= total
        start[i + 1] = at
    return start, pieces[: start[items]].copy(), share[: start[items]].copy()
