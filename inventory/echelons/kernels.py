"""What a level is worth behind a parent, compiled: Graves (1985), VARI-METRIC (Sherbrooke 1986).

How a pricing kernel uses these, part by part, from the top down:

1. The parent's law. Pool what it serves (`flow` columns of `inventory.echelons.Flows`: demand, its
   variance, rate variance, lead time with repair folded in). Its children's batches add
   `batch_variance` of each child over the parent's lead time; `lump` is the size that all its
   requests are multiples of (1 where they differ). Then
   `base, rows = write_parent_law(..., law, node)`.
2. `write_backorders(law, base, rows, lowest, quantity, sums, mean, variance)` gives mean and
   variance of its backorders at every reorder point from `lowest` up, in one go.
3. For each of those and each child with share f of the parent's flow:
   `waiting_mean, waiting_variance = share_of_backorders(f, mean, variance)`; then
   `write_law(..., waiting_mean, waiting_variance, law, node)` of `inventory.lead_time_demand` and
   `write_tails` (and `write_shortfalls` where sizes exceed 1) of `inventory.levels` give EBO and
   rates of the child at every level. METRIC is `waiting_variance = waiting_mean` (means only).

All scratch is passed in; nothing here allocates but `evaluate_of`. A scratch too short is answered
by a negative number of rows, as in `write_law`.
"""

import numpy as np
from numba import njit

from inventory.count_laws.kernels import spread_of
from inventory.demand import Floats, Ints
from inventory.lead_time_demand.kernels import lead_time_moments, write_law


@njit(cache=True, nogil=True)
def share_of_backorders(share: float, mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of those of a parent's backorders that are for one of those it serves.

    Each piece that waits is theirs with chance `share`, independently: f E[B], f² Var(B) +
    f (1 − f) E[B] (Graves 1985). For f = 0.25, E[B] = 2, Var(B) = 4: 0.5 and 0.625.
    """
    return share * mean, share * share * variance + share * (1.0 - share) * mean


@njit(cache=True, nogil=True)
def batch_variance(quantity: int, mean: float, variance: float) -> float:
    """What ordering in batches adds to the variance of pieces ordered over a while, pieces².

    `mean` and `variance` are of the demand D over that while. Orders are Q ⌊(U + D) / Q⌋ with U
    uniform on 0 … Q − 1, so their variance is Var(D) + E[r (Q − r)], r = D mod Q (the renewal of
    Q-orders, Svoronos & Zipkin 1988). As r (Q − r) repeats itself, its mean follows from the
    generating function of D at the Q-th roots of one: (Q² − 1)/6 − Σ_k φ(k) / (2 sin²(πk/Q)).
    For Q = 2 and Poisson demand of mean 1: (1 − e^−2)/2 = 0.4323.
    """
    if quantity <= 1 or mean <= 0.0:
        return 0.0
    spread = max(0.0, spread_of(mean, variance))
    added = (quantity * quantity - 1.0) / 6.0
    for k in range(1, quantity // 2 + 1):
        angle = 2.0 * np.pi * k / quantity
        less = 1.0 - np.cos(angle)
        turn = np.sin(angle)
        if spread > 0.0:
            size = 0.5 * np.log((1.0 + spread * less) ** 2 + (spread * turn) ** 2)
            phase = np.arctan2(spread * turn, 1.0 + spread * less)
            wave = np.exp(-mean / spread * size) * np.cos(mean / spread * phase)
        else:
            wave = np.exp(-mean * less) * np.cos(mean * turn)
        both = 1.0 if 2 * k == quantity else 2.0
        added -= both * wave / less  # 2 sin²(πk/Q) = 1 − cos(2πk/Q)
    return max(0.0, added)


@njit(cache=True, nogil=True)
def write_parent_law(
    demand_per_day: float,
    variance_per_day: float,
    rate_variance: float,
    lead_time_days: float,
    lead_time_variance: float,
    review_days: float,
    waiting_mean: float,
    waiting_variance: float,
    batches_variance: float,
    lump: Ints,
    whole: Floats,
    law: Floats,
    node: Floats,
) -> tuple[int, int, float, float]:
    """Write the law of what a parent owes its lead time; returns as `write_law` does.

    A two-moment law on multiples of `lump[0]` (`lump` and `whole` are arrays of one row, the size
    and its share 1). `waiting_*` is what it waits for itself at a parent of its own,
    `batches_variance` the sum of `batch_variance` over its children.
    """
    return write_law(
        demand_per_day, variance_per_day, rate_variance, lump, whole,
        lead_time_days, lead_time_variance, review_days,
        waiting_mean, waiting_variance + batches_variance, law, node,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def write_backorders(
    law: Floats,
    base: int,
    rows: int,
    lowest: int,
    quantity: int,
    sums: Floats,
    mean: Floats,
    variance: Floats,
) -> None:
    """Mean and variance of the backorders at R = lowest, lowest + 1, … (as many as `mean` has).

    With E(S) = E[(X − S)⁺] the mean square at S is E(S) + 2 Σ_{k > S} E(k); both are averaged over
    S = R + 1 … R + Q. `sums` is scratch of two rows and max(base + rows − lowest, 0) + 1 columns.
    """
    span = max(base + rows - lowest, 0) + 1
    beyond = excess = once = twice = 0.0
    for j in range(span - 1, -1, -1):
        level = lowest + j
        twice += once  # Σ_{k > S} Σ_{l > k} E(l)
        once += excess  # Σ_{k > S} E(k)
        if level < base:
            beyond = 1.0
        elif level + 1 - base < rows:
            beyond += law[level + 1 - base]
        excess += beyond
        sums[0, j] = once
        sums[1, j] = twice
    for row in range(len(mean)):
        found = (sums[0, row] if row < span else 0.0) - (
            sums[0, row + quantity] if row + quantity < span else 0.0
        )
        square = (sums[1, row] if row < span else 0.0) - (
            sums[1, row + quantity] if row + quantity < span else 0.0
        )
        mean[row] = found / quantity
        variance[row] = max(0.0, (found + 2.0 * square) / quantity - mean[row] ** 2)


@njit(cache=True, nogil=True)
def batch_variances(
    upwards: tuple[Floats, Floats, Floats],
    leads: tuple[Floats, Floats, Floats],
    parent: Ints,
    order_quantity: Ints,
) -> Floats:
    """By item, what the batches of all its descendants add over its own lead time, pieces²."""
    added = np.zeros(len(parent))
    for i in range(len(parent)):
        above = parent[i]
        while above >= 0 and order_quantity[i] > 1:
            mean, variance = lead_time_moments(
                upwards[0][i], upwards[1][i], upwards[2][i],
                leads[0][above], leads[1][above], leads[2][above],
            )  # fmt: skip
            added[above] += batch_variance(order_quantity[i], mean, variance)
            above = parent[above]
    return added
