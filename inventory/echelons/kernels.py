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

Where children order in batches, step 3 takes the waiting from `write_waits` (once per parent, all
levels) and `waiting_behind_batches` (per child and R) instead. A child's own order brings its
position up in the same moment in which it joins the parent's queue; taken as independent, as
`share_of_backorders` takes them, the two together would vary by far too much (25 points of fill at
worst). Seen as a delay they cannot: what a child lacks is what it was asked for during its
transport and the parent's delay before it, whatever its batches.

Where those batches are all alike, `inventory.echelons.batches` tells more than two moments do.

All scratch is passed in; one too short is answered by a negative number of rows, as in `write_law`.
"""

import numpy as np
from numba import njit

from inventory.count_laws.kernels import add_count, count_window, spread_of
from inventory.demand import Floats, Ints
from inventory.lead_time_demand.kernels import lead_time_moments, write_law

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
DELAY_PARTS = np.append((1 + _NODES) / 2, 1.0)  # where P(X(l) ≥ S) is looked at, of the lead time
DELAY_WEIGHTS = np.append(_WEIGHTS / 2, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def share_of_backorders(share: float, mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of those of a parent's backorders that are for one of those it serves.

    Each piece that waits is theirs with chance `share`, independently: f E[B], f² Var(B) +
    f (1 − f) E[B] (Graves 1985). For f = 0.25, E[B] = 2, Var(B) = 4: 0.5 and 0.625.
    """
    return share * mean, share * share * variance + share * (1.0 - share) * mean


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
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


@njit(cache=True, nogil=True, error_model="numpy")
def batch_variances(
    upwards: tuple[Floats, Floats, Floats],
    leads: tuple[Floats, Floats, Floats],
    parent: Ints,
    order_quantity: Ints,
) -> Floats:
    """What the batches of all its descendants add over a part of an item's lead time, pieces².

    By item and part: `DELAY_PARTS` of the lead time with its mean review, the last being the whole.
    """
    added = np.zeros((len(parent), len(DELAY_PARTS)))
    for i in range(len(parent)):
        above = parent[i]
        while above >= 0 and order_quantity[i] > 1:
            mean, variance = lead_time_moments(
                upwards[0][i], upwards[1][i], upwards[2][i],
                leads[0][above], leads[1][above], leads[2][above],
            )  # fmt: skip
            for k in range(len(DELAY_PARTS)):
                part = DELAY_PARTS[k]
                added[above, k] += batch_variance(order_quantity[i], mean * part, variance * part)
            above = parent[above]
    return added


@njit(cache=True, nogil=True, error_model="numpy")
def write_waits(
    days: float,
    mean: float,
    linear: float,
    rest: float,
    added: Floats,
    lump: int,
    lowest: int,
    law: Floats,
    waits: Floats,
) -> int:
    """Write the delay W at a parent whose children order in batches, by base stock from `lowest`.

    The parent owes W days' orders: looking back over its lead time of `days`, the orders since they
    first came up to its base stock S. So P(W > days − l) = P(X(l) ≥ S) with X(l) what was ordered
    in the first l days of that window: mean `mean` l / days, variance the share l / days of
    `linear`, (l / days)² of `rest`, and `added` (row of `batch_variances`), counted in lumps.
    Writes P(X ≥ S), E[W] and E[W²] to the three rows of `waits`. Returns 0, or the length that
    `law` would need.
    """
    waits[:] = 0.0
    levels = waits.shape[1]
    for part in range(len(DELAY_PARTS)):
        x = DELAY_PARTS[part]
        count = mean * x / lump
        spread = (linear * x + rest * x * x + added[part]) / lump**2
        base, rows = count_window(count, spread)
        if rows > len(law):
            return rows
        law[:rows] = 0.0
        rows = add_count(count, spread, 1.0, law, base, rows)
        left = 1.0  # P(orders ≥ next)
        following = 0
        for j in range(levels):
            needed = -(-(lowest + j) // lump)
            while following < needed and following < base + rows:
                if following >= base:
                    left -= law[following - base]
                following += 1
            chance = 0.0 if following < needed else max(left, 0.0)
            if needed <= 0:
                chance = 1.0
            if part == len(DELAY_PARTS) - 1:
                waits[0, j] = chance
            else:
                waits[1, j] += DELAY_WEIGHTS[part] * days * chance
                waits[2, j] += DELAY_WEIGHTS[part] * 2.0 * days**2 * (1.0 - x) * chance
    return 0


@njit(cache=True, nogil=True, error_model="numpy")
def waiting_behind_batches(
    share: float,
    demand_per_day: float,
    variance_per_day: float,
    quantity: int,
    lump: int,
    lowest: int,
    waits: Floats,
    first: int,
    batch: int,
) -> tuple[float, float]:
    """Mean and variance of what waits at the parent for a child that orders `quantity` at a time.

    Averaged over the parent's `batch` base stock levels from column `first` of `waits` on. The
    child lacks its demand of W days more than the uniform part of a batch that its position lacks
    anyway; and if its own order came up to S (chance `share`), what that order has beyond S in
    place of that part. The variance may be negative: what a child's own orders take away from that
    of its position.
    """
    mean_part = (quantity - 1.0) / 2.0
    square_part = (quantity - 1.0) * (2.0 * quantity - 1.0) / 6.0
    mean = 0.0
    square = 0.0
    for j in range(first, first + batch):
        level = lowest + j
        late, wait, waited = waits[0, j], waits[1, j], waits[2, j]
        found = demand_per_day * wait
        spread = variance_per_day * wait + demand_per_day**2 * (waited - wait * wait)
        if level > 0 and quantity == lump:
            beyond = float((-level) % lump)
            change = share * (beyond - mean_part)
            spread += (
                late * share * (beyond**2 - square_part - 2.0 * mean_part * (beyond - mean_part))
            )
            spread += 2.0 * change * found * (1.0 - late) - (late * change) ** 2
            found += late * change
        if level < 0:  # pieces owed before the window opened
            found -= share * level
            spread -= share * (1.0 - share) * level
        mean += found / batch
        square += (spread + found**2) / batch
    return max(mean, 0.0), square - mean**2
