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
    low: float, high: float, narrow: float, wide: float, shift: float, more: float,
    mean_size: float, size_ratio: float,
) -> tuple[float, float]:  # fmt: skip
    """Spread and mean in requests of the law that stands for a cell at one point of the review.

    The cell: means from `low` to `high`, variance ratios from `narrow` to `wide`, both in pieces;
    at the point, `shift` is added to the mean and `more` to the variance. `size_ratio` is
    Var(Y) / E[Y]. The spread is negative where the cell reaches below Poisson.
    """
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
def cell_least(
    low: float, high: float, narrow: float, wide: float, nodes: Nodes,
    pieces: Ints, share: Floats, asked: Ints, asked_share: Floats,
    weights: Floats, first: int, last: int, quantity: int, scratch: Floats,
) -> tuple[float, Floats]:  # fmt: skip
    """What a leaf is worth at least anywhere in a cell; and scratch, longer if need be.

    The least over levels nobody may take (R < `first`) speaks only for what Z may be above 0.
    """
    mean_size, second = size_moments(pieces, share)
    ratio = second / mean_size - mean_size
    largest = max(pieces[-1], asked[-1])
    bottom = min(first, -quantity) + 1
    top_rows = 0
    for n in range(len(nodes)):
        spread, requests = least_clusters(
            low, high, narrow, wide, nodes[n, 1], nodes[n, 2], mean_size, ratio
        )
        if pieces[-1] == 1 and spread < -1e-9:
            return 0.0, scratch
        spread = max(spread, 0.0)
        if pieces[-1] == 1:
            base, rows = count_window(requests, requests * (1.0 + spread))
            rows += base
        else:
            of_sizes = second + spread * mean_size**2
            rows = compound_rows(requests * mean_size, requests * of_sizes, pieces, share)
        top_rows = max(top_rows, rows)
    levels = max(top_rows + largest, first + 1) + quantity + 2 - bottom
    needed = max(top_rows, levels) + 3 * largest + 4
    if needed > scratch.shape[1]:
        scratch = np.empty((9, needed + needed // 4))
    law, node, mixed, sums = scratch[0], scratch[1], scratch[6], scratch[7]
    mixed[:top_rows] = 0.0
    mean_mixed, freely, unlike, filled = 0.0, 0.0, 0.0, 1
    for n in range(len(nodes)):
        spread, requests = least_clusters(
            low, high, narrow, wide, nodes[n, 1], nodes[n, 2], mean_size, ratio
        )
        spread = max(spread, 0.0)
        law[:top_rows] = 0.0
        if requests <= 0.0:
            law[0] = 1.0
            rows = 1
        elif pieces[-1] == 1:
            rows = add_count(requests, requests * (1.0 + spread), 1.0, law, 0, top_rows)
        else:
            rows = add_compound(requests, spread, 1.0, pieces, share, law, node, top_rows)
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
        per_request = np.log1p(spread) / spread if spread > 0.0 else 1.0
        further = max((high + nodes[n, 1]) / mean_size - requests, 0.0) * per_request
        unlike = max(unlike, -np.expm1(-further))
    write_excess(
        mixed, 0, filled, mean_mixed, asked, asked_share, weights, bottom, levels, scratch, sums
    )  # fmt: skip
    kept = least_over(sums, bottom, levels, first, last, quantity, weights[OWNED])
    return max((1.0 - unlike) * kept + unlike * min(freely, kept), 0.0), scratch
