"""The law of lead-time demand of one item, compiled; `write_law` is the door.

X is the pieces asked for in L + U days, U uniform on [0, T], plus what waits at a parent (a mean
and a variance; none in one echelon). The number of requests is a law of `count_laws`; the pieces
follow by Panjer's recursion (1981), with positive terms only, so that nothing cancels.
"""

import numpy as np
from numba import njit

from inventory.count_laws.kernels import (
    LOWEST_LOG,
    NEGLIGIBLE,
    add_count,
    count_window,
    recursion,
    spread_of,
)
from inventory.demand import Floats, Ints

RESCALE = 1e200
MOST_NODES = 16  # of one Gauss-Legendre panel
MOST_STEPS = 1e6  # of the recursion, about a millisecond; beyond it sizes are put on a coarser grid


def _gauss_legendre() -> tuple[Floats, Floats]:
    """Nodes and weights on [0, 1] for 1 … MOST_NODES points; those of n start at n(n − 1)/2."""
    rules = [np.polynomial.legendre.leggauss(points) for points in range(1, MOST_NODES + 1)]
    nodes = np.concatenate([(1 + node) / 2 for node, _ in rules])
    return nodes, np.concatenate([weight / 2 for _, weight in rules])


NODES, WEIGHTS = _gauss_legendre()


@njit(cache=True, nogil=True, error_model="numpy")
def panels_and_points(in_lead_time: float, in_review: float) -> tuple[int, int]:
    """How finely U is averaged for an error of about 1e-10, from the requests expected in L and T.

    A probability changes slowly with the exposure: its n-th derivative by the expected requests is
    below C(n, n/2) and falls with the root of their number. Gauss-Legendre with n points errs by
    w^2n (n!)^4 / ((2n + 1) (2n)!^3) times the 2n-th derivative. Long reviews are cut into panels
    of equal length on the scale of the root, where every Poisson law is equally wide.
    """
    if in_review <= 0.0:
        return 1, 1
    stretch = np.sqrt(in_lead_time + in_review) - np.sqrt(in_lead_time)
    if in_review > 4.0 and stretch > 1.0:
        return int(np.ceil(stretch / 2.0)), MOST_NODES
    width = in_review / max(1.0, 0.7 * np.sqrt(in_lead_time))
    error = 1.0
    for points in range(1, MOST_NODES):
        error *= (width * points) ** 2 / (2.0 * points * (2.0 * points - 1.0)) ** 2
        if error < 5e-11 * (2 * points + 1):
            return 1, points
    return 1, MOST_NODES


@njit(cache=True, nogil=True, error_model="numpy")
def add_compound(
    mean: float,
    spread: float,
    weight: float,
    pieces: Ints,
    share: Floats,
    law: Floats,
    node: Floats,
    rows: int,
) -> int:
    """Add the law of the pieces of `mean` requests (Poisson or negative binomial); Panjer.

    `node` is scratch for this law alone. A start that would underflow is written on a scale of its
    own, which is taken back while the recursion climbs. Returns the rows written.
    """
    ratio, slope, log_none = recursion(mean, spread)
    log_scale = min(0.0, log_none - LOWEST_LOG)
    mean_size, _ = size_moments(pieces, share)
    enough = NEGLIGIBLE * min(1.0, mean * mean_size)
    first, x, largest = 0, 1, pieces[-1]
    block_top = node[0] = np.exp(log_none - log_scale)
    next_check = largest
    fitting = 0
    while x < rows:
        by_request = 0.0
        by_piece = 0.0
        while fitting < len(pieces) and pieces[fitting] <= x:
            fitting += 1
        for k in range(fitting - 1, -1, -1):  # the newest chance last: others need not wait for it
            size = pieces[k]
            part = share[k] * node[x - size]
            by_request += part
            by_piece += size * part
        chance = ratio * by_request + slope / x * by_piece
        node[x] = chance
        block_top = max(block_top, chance)
        if chance > RESCALE and log_scale < 0.0:
            down = max(log_scale, -np.log(RESCALE))
            for back in range(first, x + 1):
                node[back] *= np.exp(down)
            block_top *= np.exp(down)
            log_scale -= down
            while node[first] < 1e-250:
                node[first] = 0.0
                first += 1
        x += 1
        if x > next_check:
            # every later block of `largest` rows is below this one times `step`
            step = max(ratio, ratio + slope * mean_size / x)
            left = 1.0 - step
            if left > 0.0:
                tail = largest * block_top * np.exp(log_scale)
                if tail <= enough * left and tail * largest <= enough * left * left:
                    break
            block_top = 0.0
            next_check = x + largest - 1
    scale = weight * np.exp(log_scale)
    for row in range(first, x):
        law[row] += scale * node[row]
    return x


@njit(cache=True, nogil=True, error_model="numpy")
def common_divisor(pieces: Ints) -> int:
    """The largest number that divides every size."""
    divisor = int(pieces[0])
    for k in range(1, len(pieces)):
        size = pieces[k]
        while size > 0:
            divisor, size = size, divisor % size
    return divisor


@njit(cache=True, nogil=True, error_model="numpy")
def on_grid(pieces: Ints, share: Floats, grid: int) -> tuple[Ints, Floats]:
    """Sizes in units of `grid`, split between two neighbours so that each mean stays.

    Requests for 0 units are left out; the shares of the others sum to 1.
    """
    parts = np.zeros(pieces[-1] // grid + 2)
    for k in range(len(pieces)):
        low = pieces[k] // grid
        upper = pieces[k] / grid - low
        parts[low] += share[k] * (1.0 - upper)
        parts[low + 1] += share[k] * upper
    units = np.empty(len(parts), np.int64)
    shares = np.empty(len(parts))
    filled = 0
    for unit in range(1, len(parts)):
        if parts[unit] > 0.0:
            units[filled] = unit
            shares[filled] = parts[unit] / (1.0 - parts[0])
            filled += 1
    return units[:filled], shares[:filled]


@njit(cache=True, nogil=True, error_model="numpy")
def spread_over_pieces(
    coarse: Floats, written: int, base: int, grid: int, exact: bool, law: Floats
) -> int:
    """Put a law on multiples of `grid` back on pieces; return the rows written.

    Exact where every size is a multiple; else each chance is laid under a hat two grids wide,
    which keeps the mean. X = 0 stays where it is.
    """
    for row in range(written):
        x = row * grid
        if exact or base + row == 0:
            law[x] += coarse[row]
            continue
        for away in range(1 - grid, grid):
            law[x + away] += coarse[row] * (grid - abs(away)) / grid**2
    return written * grid if exact else (written + 1) * grid


@njit(cache=True, nogil=True, error_model="numpy")
def grid_for(pieces: Ints, share: Floats, rows: float, nodes: int) -> tuple[int, bool]:
    """The grid the recursion runs on, and whether it is exact.

    Exact is the common divisor of the sizes. Beyond MOST_STEPS it is widened, but never so far
    that splitting sizes adds more than a hundredth to E[Y²].
    """
    grid = common_divisor(pieces) if pieces[0] > 1 else 1
    if rows / grid * min(len(pieces), pieces[-1] // grid) * nodes <= MOST_STEPS:
        return grid, True
    _, second = size_moments(pieces, share)
    wide = grid
    while True:
        wide *= 2
        added = 0.0
        for k in range(len(pieces)):
            offset = pieces[k] % wide
            added += share[k] * offset * (wide - offset)
        if added > 0.01 * second or wide > pieces[-1]:
            wide //= 2
            break
        if rows / wide * min(len(pieces), pieces[-1] // wide + 1) * nodes <= MOST_STEPS:
            break
    return wide, wide == grid


@njit(cache=True, nogil=True, error_model="numpy")
def too_many(pieces: Ints, share: Floats, mean: float, rows: float, sizes: int, nodes: int) -> bool:
    """Whether a law is so wide, and made of so many requests, that two moments tell it all.

    Far beyond MOST_STEPS, and with a squared skewness, E[Y³]² / (requests · E[Y²]³), below 1/400.
    """
    mean_size, second = size_moments(pieces, share)
    third = 0.0
    for k in range(len(pieces)):
        third += share[k] * float(pieces[k]) ** 3
    alike = mean / mean_size * second**3 > 400.0 * third**2
    return alike and rows * sizes * nodes > 4.0 * MOST_STEPS


@njit(cache=True, nogil=True, error_model="numpy")
def size_moments(pieces: Ints, share: Floats) -> tuple[float, float]:
    """E[Y] and E[Y²]."""
    mean = 0.0
    second = 0.0
    for k in range(len(pieces)):
        mean += share[k] * pieces[k]
        second += share[k] * float(pieces[k]) * pieces[k]
    return mean, second


@njit(cache=True, nogil=True, error_model="numpy")
def requests_spread(mean: float, variance: float, mean_size: float, second: float) -> float:
    """Spread of the number of requests that gives X its variance; 0 where sizes alone give more."""
    requests = mean / mean_size
    of_requests = (variance - requests * (second - mean_size**2)) / mean_size**2
    return max(0.0, spread_of(requests, of_requests))


@njit(cache=True, nogil=True, error_model="numpy")
def compound_rows(mean: float, variance: float, pieces: Ints, share: Floats) -> int:
    """A number of rows from X = 0 on that holds the mass of a compound law."""
    mean_size, second = size_moments(pieces, share)
    spread = requests_spread(mean, variance, mean_size, second)
    deviation = np.sqrt(mean / mean_size * (second + spread * mean_size**2))
    return int(mean + 11.0 * deviation + 45.0 * (pieces[-1] + spread * mean_size)) + 8


@njit(cache=True, nogil=True, error_model="numpy")
def add_mixture(
    stream: tuple[float, float, float, float, float],
    units: Ints,
    share: Floats,
    lead_time_days: float,
    review_days: float,
    panels: int,
    points: int,
    law: Floats,
    node: Floats,
    base: int,
    rows: int,
) -> int:
    """Add the law of X in units, averaged over the review; return the rows written.

    `stream` is the mean of X without exposure and per day, and its variance's constant, linear and
    quadratic coefficients in days of exposure, all in units.
    """
    waiting, per_day, constant, linear, quadratic = stream
    mean_size, second = size_moments(units, share)
    start = points * (points - 1) // 2
    low, high = np.sqrt(lead_time_days), np.sqrt(lead_time_days + review_days)
    written = 1
    for step in range(panels * points):
        point = start + step % points
        begin = (low + (high - low) * (step // points) / panels) ** 2
        length = (low + (high - low) * (step // points + 1) / panels) ** 2 - begin
        days = begin + length * NODES[point]
        weight = WEIGHTS[point] * length / review_days if review_days > 0.0 else 1.0
        mean = waiting + per_day * days
        variance = constant + (linear + quadratic * days) * days
        if units[-1] == 1:
            done = add_count(mean, variance, weight, law, base, rows)
        elif mean <= 0.0:
            law[0] += weight
            done = 1
        else:
            spread = requests_spread(mean, variance, mean_size, second)
            done = add_compound(mean / mean_size, spread, weight, units, share, law, node, rows)
        written = max(written, done)
    return written


@njit(cache=True, nogil=True, error_model="numpy")
def lead_time_moments(
    demand_per_day: float,
    variance_per_day: float,
    rate_variance: float,
    lead_time_days: float,
    lead_time_variance: float,
    review_days: float,
) -> tuple[float, float]:
    """E[X] and Var(X), averaged over the review."""
    days = lead_time_days + review_days / 2.0
    squared_days = lead_time_days * (lead_time_days + review_days) + review_days**2 / 3.0
    variance = variance_per_day * days + rate_variance * squared_days
    variance += (demand_per_day**2 + rate_variance) * lead_time_variance
    return demand_per_day * days, variance


@njit(cache=True, nogil=True, error_model="numpy")
def write_law(
    demand_per_day: float,
    variance_per_day: float,
    rate_variance: float,
    pieces: Ints,
    share: Floats,
    lead_time_days: float,
    lead_time_variance: float,
    review_days: float,
    waiting_mean: float,
    waiting_variance: float,
    law: Floats,
    node: Floats,
) -> tuple[int, int, float, float]:
    """Write P(X = x) to `law[x - base]`; return base, rows, E[X] and the averaged Var(X).

    X includes what waits at a parent (`waiting_mean`, `waiting_variance`). With sizes above 1 a
    variance below what they imply is taken for what they imply. Where the scratch `law` and `node`
    are too short nothing is written and rows is −(rows needed).
    """
    mean, variance = lead_time_moments(
        demand_per_day, variance_per_day, rate_variance,
        lead_time_days, lead_time_variance, review_days,
    )  # fmt: skip
    mean_size = size_moments(pieces, share)[0]
    mean += waiting_mean
    variance += waiting_variance
    longest = lead_time_days + review_days
    top_mean = waiting_mean + demand_per_day * longest
    if top_mean <= 0.0:
        law[0] = 1.0
        return 0, 1, 0.0, 0.0
    constant = waiting_variance + (demand_per_day**2 + rate_variance) * lead_time_variance
    top_variance = constant + (variance_per_day + rate_variance * longest) * longest
    panels, points = panels_and_points(
        (top_mean - demand_per_day * review_days) / mean_size,
        demand_per_day * review_days / mean_size,
    )
    first_days = lead_time_days + review_days * NODES[points * (points - 1) // 2] / panels**2
    first_mean = waiting_mean + demand_per_day * first_days
    first_variance = constant + (variance_per_day + rate_variance * first_days) * first_days
    grid, exact, units, shares = 1, True, pieces, share
    if pieces[-1] > 1:
        rows = compound_rows(top_mean, top_variance, pieces, share)
        grid, exact = grid_for(pieces, share, rows, panels * points)
        if grid > 1:
            units, shares = on_grid(pieces, share, grid)
        if too_many(pieces, share, top_mean, rows / grid, len(units), panels * points):
            grid, exact, units, shares = 1, True, np.ones(1, np.int64), np.ones(1)
            second = size_moments(pieces, share)[1]
            variance_per_day = max(variance_per_day, demand_per_day * second / mean_size)
            top_variance = max(top_variance, top_mean * second / mean_size)
    if units[-1] == 1:
        base, rows = count_window(top_mean / grid, top_variance / grid**2)
        low, low_rows = count_window(first_mean / grid, first_variance / grid**2)
        rows = max(base + rows, low + low_rows) - min(base, low)
        base = min(base, low)
    else:
        base = 0
        rows = compound_rows(top_mean / grid, top_variance / grid**2, units, shares)
    if (rows + 1) * grid > len(law):
        return base * grid, -(rows + 1) * grid, mean, variance
    stream = (
        waiting_mean / grid,
        demand_per_day / grid,
        constant / grid**2,
        variance_per_day / grid**2,
        rate_variance / grid**2,
    )
    for row in range((rows + 1) * grid):
        law[row] = 0.0
    chances = law if grid == 1 else np.zeros(rows)
    written = add_mixture(
        stream, units, shares, lead_time_days, review_days, panels, points,
        chances, node, base, rows,
    )  # fmt: skip
    if grid > 1:
        written = spread_over_pieces(chances, written, base, grid, exact, law)
    return base * grid, written, mean, variance
