"""What a leaf is worth at least behind whatever makes it wait, cell by cell, compiled.

The bound of a cell is found once and remembered. A leaf whose law is not written exactly (sizes on
a coarser grid, pieces that vary less than Poisson) is taken to be worth nothing: that is never too
much.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from inventory.lead_time_demand.kernels import MOST_STEPS, compound_rows, size_moments
from optimizer.echelons.cells.kernels import ON_HAND, OWNED, cell_least, nodes_of
from optimizer.echelons.sites.kernels import Lead, Stream

HALF = 1 << 19
EMPTY = -1
MARGIN = 1e-9  # by which cells are wider, for rounding
NOTHING = 1e-12  # pieces

# key, bound and, in one row, how many are known
Cells = tuple[Ints, Floats, Ints]
# what arrives, what is asked for, lead times, Q, highest and lowest R, weights of the excess
Leaves = tuple[Stream, Stream, Lead, Ints, Ints, Ints, Floats]


@njit(cache=True, nogil=True, error_model="numpy")
def forget(cells: Cells) -> None:
    """Begin again with no cell known."""
    cells[0][:] = EMPTY
    cells[2][0] = 0


@njit(cache=True, nogil=True, error_model="numpy")
def is_full(cells: Cells) -> bool:
    """Whether no further cell can be remembered."""
    return bool(2 * (cells[2][0] + 1) > len(cells[0]))


@njit(cache=True, nogil=True, error_model="numpy")
def place_of(cells: Cells, key: int) -> tuple[int, bool]:
    """Where a cell stands or would stand, and whether it is known."""
    keys = cells[0]
    mask = len(keys) - 1
    at = (key * 6364136223846793005 >> 13) & mask
    while keys[at] != EMPTY and keys[at] != key:
        at = (at + 1) & mask
    return at, keys[at] == key


@njit(cache=True, nogil=True, error_model="numpy")
def reaching(
    i: int, waiting: float, varies: float, arriving: Stream, leads: Lead
) -> tuple[float, float]:
    """Mean and variance ratio of a leaf's lead-time demand at the middle of its review."""
    days = leads[0][i] + leads[2][i] / 2.0
    demand, linear, square = arriving[0][i], arriving[1][i], arriving[2][i]
    mean = demand * days + waiting
    variance = (demand**2 + square) * leads[1][i] + linear * days + square * days**2 + varies
    return mean, variance / max(mean, NOTHING)


@njit(cache=True, nogil=True, error_model="numpy")
def nothing_asked(weights: Floats, first: int, quantity: int) -> float:
    """The least excess of a leaf in whose lead time nothing is asked for."""
    stock = 0.0
    for level in range(first + 1, first + quantity + 1):
        stock += max(level, 0) / quantity
    least: float = weights[ON_HAND] * stock + weights[OWNED] * max(first + quantity, 0)
    return least


@njit(cache=True, nogil=True, error_model="numpy")
def is_exact(pieces: Ints, share: Floats, mean: float, ratio: float, points: int) -> bool:
    """Whether the law of these pieces is written as it is, not on a coarser grid."""
    if pieces[-1] == 1:
        return True
    rows = compound_rows(2.0 * mean, 2.0 * mean * ratio, pieces, share)
    return rows * min(len(pieces), int(pieces[-1])) * points <= MOST_STEPS


@njit(cache=True, nogil=True, error_model="numpy")
def bound_of(
    i: int, x: int, y: int, width: float, leaves: Leaves, scratch: Floats
) -> tuple[float, Floats]:
    """What leaf i is worth at least in cell (x, y) of this width; scratch too, maybe longer."""
    arriving, asked, leads, quantity, at_most, first, weights = leaves
    pieces = arriving[4][arriving[3][i] : arriving[3][i + 1]]
    share = arriving[5][arriving[3][i] : arriving[3][i + 1]]
    wanted = asked[4][asked[3][i] : asked[3][i + 1]]
    wanted_share = asked[5][asked[3][i] : asked[3][i + 1]]
    unwaited = arriving[0][i] * (leads[0][i] + leads[2][i] / 2.0)
    low, high = max(np.exp(x * width), unwaited), max(np.exp((x + 1) * width), unwaited)
    narrow, wide = np.exp(y * width), np.exp((y + 1) * width)
    nodes = nodes_of(
        arriving[0][i], arriving[1][i], arriving[2][i], leads[0][i], leads[2][i],
        size_moments(pieces, share)[0],
    )  # fmt: skip
    if not is_exact(pieces, share, high, wide, len(nodes)):
        return 0.0, scratch
    cell = (low * (1.0 - MARGIN), high * (1.0 + MARGIN), narrow * (1.0 - MARGIN),
            wide * (1.0 + MARGIN))  # fmt: skip
    return cell_least(
        cell, nodes, pieces, share, wanted, wanted_share,
        weights[i], first[i], at_most[i], quantity[i], scratch,
    )  # fmt: skip


@njit(cache=True, nogil=True, error_model="numpy")
def leaf_least(
    i: int, waiting: float, varies: float, width: float, cells: Cells, leaves: Leaves,
    scratch: Floats,
) -> tuple[float, Floats]:  # fmt: skip
    """What leaf i is worth at least, so much waiting for it at its parent.

    Returns scratch too, longer if need be. When no further cell can be remembered: 0.
    """
    mean, ratio = reaching(i, waiting, varies, leaves[0], leaves[2])
    if mean <= NOTHING:
        return nothing_asked(leaves[6][i], leaves[5][i], leaves[3][i]), scratch
    if ratio <= NOTHING:
        return 0.0, scratch
    x, y = int(np.floor(np.log(mean) / width)), int(np.floor(np.log(ratio) / width))
    key = (i * 2 * HALF + x + HALF) * 2 * HALF + y + HALF
    at, known = place_of(cells, key)
    if not known:
        if is_full(cells):
            return 0.0, scratch
        cells[1][at], scratch = bound_of(i, x, y, width, leaves, scratch)
        cells[0][at] = key
        cells[2][0] += 1
    return cells[1][at], scratch
