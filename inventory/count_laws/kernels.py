"""Laws of a whole number known by mean and variance, compiled; `add_count` is the door.

Variance equal to the mean: Poisson. Above: negative binomial. Below: the mixture of two binomials
of Adan, van Eenige & Resing (1995). All are written as weighted sums into a row of chances, so
that mixtures cost nothing extra. `spread` is variance / mean − 1 throughout. The recursion of
Poisson and negative binomial is p(n) = (ratio + slope / n) p(n − 1).
"""

import numpy as np
from numba import njit

from inventory.demand import Floats

NEGLIGIBLE = 1e-14  # what the rows written leave out, relative to 1 and to the mean
LARGEST_SPREAD = 1e3  # of a count with a smaller mean: more is no lead time anybody has seen
LOWEST_LOG = -600.0  # a start below e^-600 would underflow on the way: begin at the mode instead


@njit(cache=True, nogil=True, error_model="numpy")
def spread_of(mean: float, variance: float) -> float:
    """Variance / mean − 1; 0 within rounding of Poisson, and bounded so that laws stay finite."""
    spread = variance / mean - 1.0
    if abs(spread) < 1e-9:
        return 0.0
    return min(spread, max(LARGEST_SPREAD, mean))


@njit(cache=True, nogil=True, error_model="numpy")
def recursion(mean: float, spread: float) -> tuple[float, float, float]:
    """Ratio, slope and log P(N = 0) of the Poisson or negative binomial law."""
    if spread <= 0.0:
        return 0.0, mean, -mean
    log_none = -mean * np.log1p(spread) / spread
    return spread / (1.0 + spread), (mean - spread) / (1.0 + spread), log_none


@njit(cache=True, nogil=True, error_model="numpy")
def add_upwards(mean: float, spread: float, weight: float, law: Floats, rows: int) -> int:
    """Add a Poisson or negative binomial law from P(N = 0) up; return the rows written."""
    ratio, slope, log_none = recursion(mean, spread)
    chance = weight * np.exp(log_none)
    law[0] += chance
    enough = NEGLIGIBLE * weight * mean
    step = ratio + slope
    count = 1
    while count < rows:
        chance *= step
        law[count] += chance
        count += 1
        step = ratio + slope / count
        # the tail is at most geometric with the larger of this step and the last one
        if chance <= enough and step < 1.0:
            left = 1.0 - max(step, ratio)
            if chance <= enough * left * left and chance <= NEGLIGIBLE * weight * left:
                break
    return count


@njit(cache=True, nogil=True, error_model="numpy")
def add_from_mode(
    mean: float, spread: float, weight: float, law: Floats, base: int, rows: int
) -> int:
    """Add a Poisson or negative binomial law of large mean, from its mode both ways, normalised.

    `law[0]` stands for the value `base`; return the rows written.
    """
    ratio, slope, _ = recursion(mean, spread)
    mode = min(max(int(mean - spread), base), base + rows - 1)
    total = chance = 1.0
    last = mode
    while last < base + rows - 1:
        step = ratio + slope / (last + 1)
        chance *= step
        total += chance
        last += 1
        if step < 1.0 and chance < 1e-18 * (1.0 - step) ** 2:
            break
    chance = 1.0
    first = mode
    while first > base and chance > 1e-22:
        chance /= ratio + slope / first
        total += chance
        first -= 1
    top = weight / total
    law[mode - base] += top
    chance = top
    for count in range(mode + 1, last + 1):
        chance *= ratio + slope / count
        law[count - base] += chance
    chance = top
    for count in range(mode, first, -1):
        chance /= ratio + slope / count
        law[count - 1 - base] += chance
    return last + 1 - base


@njit(cache=True, nogil=True, error_model="numpy")
def add_binomial(
    trials: int, success: float, weight: float, law: Floats, base: int, rows: int
) -> int:
    """Add a binomial law, from its mode both ways, normalised; return the rows written."""
    deviation = np.sqrt(trials * success * (1.0 - success))
    mode = min(int((trials + 1) * success), trials)
    first = max(base, mode - int(11.0 * deviation) - 40, 0)
    last = min(base + rows - 1, mode + int(11.0 * deviation) + 40, trials)
    mode = min(max(mode, first), last)
    if success >= 1.0:
        law[mode - base] += weight
        return mode - base + 1
    odds = success / (1.0 - success)
    chance = weight
    law[mode - base] += chance
    total = chance
    begin = mode - base
    for count in range(mode + 1, last + 1):
        chance *= (trials - count + 1) / count * odds
        total += chance
    chance = weight
    for count in range(mode, first, -1):
        chance *= count / ((trials - count + 1) * odds)
        total += chance
    top = weight * weight / total
    law[begin] += top - weight
    chance = top
    for count in range(mode + 1, last + 1):
        chance *= (trials - count + 1) / count * odds
        law[count - base] += chance
    chance = top
    for count in range(mode, first, -1):
        chance *= count / ((trials - count + 1) * odds)
        law[count - 1 - base] += chance
    return last + 1 - base


@njit(cache=True, nogil=True, error_model="numpy")
def two_binomials(mean: float, variance: float) -> tuple[int, float, float]:
    """Trials k, success p and weight of Bin(k, p) against Bin(k + 1, p), for variance < mean.

    With a = (variance − mean) / mean² and k such that −1/k ≤ a ≤ −1/(k + 1): weight =
    (1 + a(1 + k) + √(−a k(1 + k) − k)) / (1 + a), p = mean / (k + 1 − weight) (Adan, van Eenige &
    Resing 1995). A variance that no law on whole numbers can have is raised to the least possible,
    that of the two neighbours of the mean.
    """
    part = mean - np.floor(mean)
    least = part * (1.0 - part)
    if variance <= least * (1.0 + 1e-12) + 1e-10 * mean:  # nearer, 1 + a is rounding alone
        return int(mean), 1.0, 1.0 - part
    a = (variance - mean) / (mean * mean)
    trials = max(1, int(np.floor(-1.0 / a * (1.0 + 1e-12))))
    root = np.sqrt(max(0.0, -a * trials * (1.0 + trials) - trials))
    weight = min(max((1.0 + a * (1.0 + trials) + root) / (1.0 + a), 0.0), 1.0)
    return trials, min(1.0, mean / (trials + 1.0 - weight)), weight


@njit(cache=True, nogil=True, error_model="numpy")
def add_count(
    mean: float, variance: float, weight: float, law: Floats, base: int, rows: int
) -> int:
    """Add `weight` times the law of this mean and variance to `law`; return the rows written.

    `law[x - base]` stands for P(N = x), for `rows` values; `count_window` gives base and rows.
    """
    if mean <= 0.0:
        law[0] += weight
        return 1
    spread = spread_of(mean, variance)
    if spread < 0.0:
        trials, success, first = two_binomials(mean, variance)
        low = add_binomial(trials, success, weight * first, law, base, rows) if first > 0.0 else 0
        if first < 1.0:
            high = add_binomial(trials + 1, success, weight * (1.0 - first), law, base, rows)
            low = max(low, high)
        return low
    if base == 0 and recursion(mean, spread)[2] > LOWEST_LOG:
        return add_upwards(mean, spread, weight, law, rows)
    return add_from_mode(mean, spread, weight, law, base, rows)


@njit(cache=True, nogil=True, error_model="numpy")
def count_window(mean: float, variance: float) -> tuple[int, int]:
    """Where the mass of a count lies: its first value and a number of rows that is enough."""
    if mean <= 0.0:
        return 0, 1
    spread = max(0.0, spread_of(mean, variance))
    deviation = np.sqrt(mean * (1.0 + spread))
    base = max(0, int(mean - 10.0 * deviation) - 2) if mean > 300.0 else 0
    return base, int(mean + 11.0 * deviation + 45.0 * spread) + 53 - base
