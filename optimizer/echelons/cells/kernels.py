"""What no levels of a tree of three echelons go below at some prices, compiled.

Every level of the root and, behind each, every level of those it serves that serve others again is
looked at. What a leaf adds behind them is not: it is bounded from below, cell by cell.

**Excess** is cost and, at its price, what service falls short of its best: never below nothing, and
a sum over S of a function of S − X. So where X' = X + Z, Z ≥ 0 independent of X,

    excess(R, X') = E[excess(R − Z, X)] ≥ the least of excess(·, X) over all levels.

A negative binomial (Poisson is its edge) of mean M and spread s is a sum of clusters; those of k
come at the rate M / (1 + s) · (s / (1 + s))^(k − 1) / k. A law with a smaller s and a smaller
M / (1 + s) has fewer of each, so what is left over is such a Z, also where requests have sizes. A
cell is a range of means and of variance ratios; its law is that with the least s and the least
M / (1 + s) in it. No wait in the cell is worth less than the best level under that law.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inventory.count_laws.kernels import LARGEST_SPREAD, add_count, count_window
from inventory.demand import Floats, Ints
from inventory.lead_time_demand.kernels import (
    NODES,
    WEIGHTS,
    add_compound,
    compound_rows,
    panels_and_points,
    size_moments,
)
from inventory.levels.kernels import write_shortfalls, write_tails

Nodes = NDArray[np.float64]
Cell = tuple[float, float, float, float]  # means from, to; ratios of variance to mean from, to
ON_HAND, OWED, FILL, LINE, READY, OWNED = range(6)  # columns of what an excess is made of


@njit(cache=True, nogil=True, error_model="numpy")
def nodes_of(
    demand: float, variance: float, rate_variance: float, lead_days: float, review_days: float,
    mean_size: float,
) -> Nodes:  # fmt: skip
    """Weight, mean and variance less those at the middle of the review, by point of the review.

    As many points as without waiting: the more waits, the fewer the law itself needs.
    """
    panels, points = panels_and_points(
        demand * lead_days / mean_size, demand * review_days / mean_size
    )
    start = points * (points - 1) // 2
    low, high = np.sqrt(lead_days), np.sqrt(lead_days + review_days)
    middle = lead_days + review_days / 2.0
    found = np.empty((panels * points, 3))
    for step in range(panels * points):
        begin = (low + (high - low) * (step // points) / panels) ** 2
        length = (low + (high - low) * (step // points + 1) / panels) ** 2 - begin
        point = start + step % points
        days = begin + length * NODES[point]
        found[step, 0] = WEIGHTS[point] * length / review_days if review_days > 0.0 else 1.0
        found[step, 1] = demand * (days - middle)
        found[step, 2] = (variance + rate_variance * (days + middle)) * (days - middle)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def least_clusters(
    cell: Cell, node: Floats, mean_size: float, size_ratio: float
) -> tuple[float, float]:
    """Spread and mean in requests of the law that stands for a cell at one point of the review.

    `node` is a row of `nodes_of`, `size_ratio` is Var(Y) / E[Y]. The spread is negative where the
    cell reaches below Poisson.
    """
    low, high, narrow, wide = cell
    shift, more = node[1], node[2]
    spread = np.inf
    for mean in (low, high):
        rest = narrow * mean + more - size_ratio * (mean + shift)
        spread = min(spread, rest / (mean_size * (mean + shift)) - 1.0)
    spread = min(spread, LARGEST_SPREAD)
    least = max(spread, 0.0)
    rate = np.inf
    turn = shift - 2.0 * (more - size_ratio * shift) / max(wide - size_ratio, 1e-300)
    for mean in (low, high, min(max(turn, low), high)):
        rest = wide * mean + more - size_ratio * (mean + shift)
        requests = (mean + shift) / mean_size
        if rest > 0.0:
            rate = min(rate, (mean + shift) ** 2 / rest)
        rate = min(rate, requests)
    return spread, rate * (1.0 + least)


@njit(cache=True, nogil=True, error_model="numpy")
def write_excess(
    law: Floats, base: int, rows: int, mean: float, pieces: Ints, share: Floats,
    weights: Floats, lowest: int, levels: int, scratch: Floats, out: Floats,
) -> None:  # fmt: skip
    """Sums of the excess of single levels from S = `lowest` on: out[k] is that of the first k."""
    largest = pieces[-1]
    write_tails(law, rows, largest, scratch[2], scratch[3])
    last = rows + 2 * largest - 1
    if largest > 1:
        write_shortfalls(
            largest, last, pieces, share, scratch[2], scratch[3], scratch[4], scratch[5]
        )  # fmt: skip
    out[0] = 0.0
    for k in range(levels):
        level = lowest + k
        j = level - base + largest
        owed, ready, line, fill = 0.0, 0.0, 0.0, 0.0
        if j < largest:
            owed, ready, line, fill = scratch[2, largest] + (largest - j), 1.0, 1.0, 1.0
        elif j <= last:
            owed, ready = scratch[2, j], scratch[3, j - 1]
            line, fill = ready, ready
            if largest > 1:
                line, fill = scratch[4, j], scratch[5, j]
        on_hand = max(level - mean + owed, 0.0) if level > 0 else 0.0
        found = weights[ON_HAND] * on_hand + weights[OWED] * owed + weights[FILL] * fill
        out[k + 1] = out[k] + found + weights[LINE] * line + weights[READY] * ready


@njit(cache=True, nogil=True, error_model="numpy")
def least_over(
    sums: Floats, lowest: int, levels: int, first: int, last: int, quantity: int, owned: float
) -> float:
    """The least excess of R = `first` … `last`; `sums` as `write_excess` wrote them."""
    least = np.inf
    high = min(last, lowest + levels - 1 - quantity)
    for point in range(first, max(high, first) + 1):
        k = point + 1 - lowest
        found = (sums[k + quantity] - sums[k]) / quantity
        least = min(least, found + owned * max(point + quantity, 0))
    return least


@njit(cache=True, nogil=True, error_model="numpy")
def rows_of_cell(cell: Cell, nodes: Nodes, pieces: Ints, share: Floats) -> int:
    """Rows of the longest law at any point of the review; −1: pieces vary less than Poisson."""
    mean_size, second = size_moments(pieces, share)
    most = 0
    for n in range(len(nodes)):
        spread, requests = least_clusters(cell, nodes[n], mean_size, second / mean_size - mean_size)
        if pieces[-1] == 1 and spread < -1e-9:
            return -1
        spread = max(spread, 0.0)
        if pieces[-1] == 1:
            base, rows = count_window(requests, requests * (1.0 + spread))
            rows += base
        else:
            of_sizes = second + spread * mean_size**2
            rows = compound_rows(requests * mean_size, requests * of_sizes, pieces, share)
        most = max(most, rows)
    return most


@njit(cache=True, nogil=True, error_model="numpy")
def write_cell_law(
    requests: float, spread: float, pieces: Ints, share: Floats, law: Floats, node: Floats,
    most: int,
) -> int:  # fmt: skip
    """Write the law of so many requests at one point of the review; returns its rows."""
    law[:most] = 0.0
    if requests <= 0.0:
        law[0] = 1.0
        return 1
    if pieces[-1] == 1:
        return int(add_count(requests, requests * (1.0 + spread), 1.0, law, 0, most))
    return int(add_compound(requests, spread, 1.0, pieces, share, law, node, most))


@njit(cache=True, nogil=True, error_model="numpy")
def chance_of_more(high: float, requests: float, spread: float) -> float:
    """The chance that Z is above 0: that a law of up to `high` requests has further clusters."""
    per_request = np.log1p(spread) / spread if spread > 0.0 else 1.0
    return float(-np.expm1(-max(high - requests, 0.0) * per_request))


@njit(cache=True, nogil=True, error_model="numpy")
def cell_least(
    cell: Cell, nodes: Nodes, pieces: Ints, share: Floats, asked: Ints, asked_share: Floats,
    weights: Floats, first: int, last: int, quantity: int, scratch: Floats,
) -> tuple[float, Floats]:  # fmt: skip
    """What a leaf is worth at least anywhere in a cell; and scratch, longer if need be.

    The least over levels nobody may take (R < `first`) speaks only for what Z may be above 0.
    """
    mean_size, second = size_moments(pieces, share)
    most = rows_of_cell(cell, nodes, pieces, share)
    if most < 0:
        return 0.0, scratch
    largest, bottom = max(pieces[-1], asked[-1]), min(first, -quantity) + 1
    levels = max(most + largest, first + 1) + quantity + 2 - bottom
    needed = max(most, levels) + 3 * largest + 4
    if needed > scratch.shape[1]:
        scratch = np.empty((9, needed + needed // 4))
    law, node, mixed, sums = scratch[0], scratch[1], scratch[6], scratch[7]
    mixed[:most] = 0.0
    mean_mixed, freely, unlike, filled = 0.0, 0.0, 0.0, 1
    for n in range(len(nodes)):
        spread, requests = least_clusters(cell, nodes[n], mean_size, second / mean_size - mean_size)
        spread = max(spread, 0.0)
        rows = write_cell_law(requests, spread, pieces, share, law, node, most)
        for x in range(rows):
            mixed[x] += nodes[n, 0] * law[x]
        filled = max(filled, rows)
        mean = requests * mean_size
        mean_mixed += nodes[n, 0] * mean
        write_excess(
            law, 0, rows, mean, asked, asked_share, weights, bottom, levels, scratch, sums
        )  # fmt: skip
        freely += nodes[n, 0] * least_over(
            sums, bottom, levels, -quantity, last, quantity, weights[OWNED]
        )
        high = (cell[1] + nodes[n, 1]) / mean_size
        unlike = max(unlike, chance_of_more(high, requests, spread))
    write_excess(
        mixed, 0, filled, mean_mixed, asked, asked_share, weights, bottom, levels, scratch, sums
    )  # fmt: skip
    kept = least_over(sums, bottom, levels, first, last, quantity, weights[OWNED])
    return max((1.0 - unlike) * kept + unlike * min(freely, kept), 0.0), scratch
