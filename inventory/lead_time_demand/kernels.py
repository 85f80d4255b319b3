"""The law of lead-time demand of one item, compiled.

`write_law` is the door: it fills `law[x - base]` with P(X = x), X the pieces asked for in L + U
days, U uniform on [0, T]. The number of requests is Poisson, negative binomial (rate or lead time
vary) or, for single pieces that vary less than Poisson, a mixture of two binomials; the pieces
follow by Panjer's recursion. All terms are positive, so nothing cancels; a start that would
underflow is kept on a scale of its own or moved to the mode.

Everything is written until what is left out is below `NEGLIGIBLE`, relative to 1 and to the mean.
"""

import numpy as np
from numba import njit

NEGLIGIBLE = 1e-14
LOWEST_LOG = -600.0  # starts below e^-600 are rescaled or moved to the mode
RESCALE = 1e200
MOST_NODES = 16  # of one Gauss-Legendre panel


def _gauss_legendre() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights on [0, 1] for 1 … MOST_NODES points; those of n start at n(n − 1)/2."""
    rules = [np.polynomial.legendre.leggauss(points) for points in range(1, MOST_NODES + 1)]
    nodes = np.concatenate([(1 + node) / 2 for node, _ in rules])
    return nodes, np.concatenate([weight / 2 for _, weight in rules])


NODES, WEIGHTS = _gauss_legendre()


@njit(cache=True, nogil=True)
def stream(demand_per_day, variance_per_day, rate_variance, pieces, share):
    """Moments of sizes and stream: E[Y], E[Y²], σ² raised to what sizes above 1 imply."""
    mean_size = 0.0
    second = 0.0
    for k in range(len(pieces)):
        mean_size += share[k] * pieces[k]
        second += share[k] * float(pieces[k]) * pieces[k]
    if pieces[-1] > 1:
        variance_per_day = max(variance_per_day, demand_per_day * second / mean_size)
    return mean_size, second, variance_per_day


@njit(cache=True, nogil=True)
def panels_and_nodes(requests_in_lead_time, requests_in_review):
    """How finely U has to be averaged for an error of about 1e-10 in any probability."""
    if requests_in_review == 0.0:
        return 1, 1
    width = requests_in_review / max(1.0, 0.7 * np.sqrt(requests_in_lead_time))
    panels = 1
    longest = max(4.0, 2.0 * np.sqrt(requests_in_lead_time + requests_in_review))
    if requests_in_review > longest:
        panels = int(np.ceil(requests_in_review / longest))
        return panels, MOST_NODES
    for points in range(1, MOST_NODES):
        # error of Gauss-Legendre: width^2n (n!)^4 C(2n, n) / ((2n + 1) (2n)!^3)
        error = 1.0
        for k in range(1, points + 1):
            error *= (width * k) ** 2 / ((2.0 * k) * (2.0 * k - 1.0)) ** 2
        if error / (2 * points + 1) < 1e-10:
            return 1, points
    return 1, MOST_NODES


@njit(cache=True, nogil=True)
def window(mean, variance, spread, mean_size, largest):
    """Where the mass of X lies: a first piece `base` and a number of rows that is enough."""
    deviation = np.sqrt(max(variance, mean))
    base = 0
    if largest == 1 and mean > 300.0:
        base = max(0, int(mean - 10.0 * deviation) - 2)
    top = mean + 11.0 * deviation + 45.0 * largest + 45.0 * spread * mean_size
    return base, int(top) - base + 8


@njit(cache=True, nogil=True)
def add_upwards(mean, spread, weight, law, rows):
    """Add a Poisson (spread 0) or negative binomial law, from P(N = 0) up; return rows written."""
    ratio = spread / (1.0 + spread)
    slope = (mean - spread) / (1.0 + spread)
    log_start = -mean
    if spread > 0.0:
        log_start = -mean * np.log1p(spread) / spread
    chance = np.exp(log_start)
    law[0] += weight * chance
    least = NEGLIGIBLE * min(1.0, mean)
    count = 1
    while count < rows:
        chance *= ratio + slope / count
        law[count] += weight * chance
        count += 1
        step = max(ratio, ratio + slope / count)
        if step < 1.0 and chance * step < least * (1.0 - step):
            if chance * step < NEGLIGIBLE * mean * (1.0 - step) ** 2:
                break
    return count


@njit(cache=True, nogil=True)
def add_from_mode(mean, spread, weight, law, base, rows):
    """Add a Poisson or negative binomial law of large mean: from its mode both ways, normalised."""
    ratio = spread / (1.0 + spread)
    slope = (mean - spread) / (1.0 + spread)
    mode = min(max(int(mean - spread), base), base + rows - 1)
    total = 1.0
    chance = 1.0
    count = mode + 1
    while count < base + rows:
        step = ratio + slope / count
        chance *= step
        total += chance
        if step < 1.0 and chance < 1e-18 * (1.0 - step) ** 2:
            break
        count += 1
    last = min(count, base + rows - 1)
    chance = 1.0
    count = mode
    while count > base and chance > 1e-22:
        chance /= ratio + slope / count
        total += chance
        count -= 1
    first = count
    chance = weight / total
    law[mode - base] += chance
    for count in range(mode + 1, last + 1):
        chance *= ratio + slope / count
        law[count - base] += chance
    chance = weight / total
    for count in range(mode, first, -1):
        chance /= ratio + slope / count
        law[count - 1 - base] += chance
    return last + 1 - base


@njit(cache=True, nogil=True)
def add_binomial(trials, success, weight, law, base, rows):
    """Add a binomial law, from its mode both ways, normalised."""
    if weight <= 0.0:
        return 0
    if success >= 1.0:
        law[min(max(trials - base, 0), rows - 1)] += weight
        return min(max(trials - base, 0), rows - 1) + 1
    odds = success / (1.0 - success)
    mode = min(int((trials + 1) * success), trials)
    first = max(base, mode - int(11.0 * np.sqrt(trials * success * (1.0 - success))) - 40, 0)
    last = min(base + rows - 1, mode + int(11.0 * np.sqrt(trials * success)) + 40, trials)
    mode = min(max(mode, first), last)
    total = 1.0
    chance = 1.0
    for count in range(mode + 1, last + 1):
        chance *= (trials - count + 1) / count * odds
        total += chance
    chance = 1.0
    for count in range(mode, first, -1):
        chance *= count / ((trials - count + 1) * odds)
        total += chance
    chance = weight / total
    law[mode - base] += chance
    for count in range(mode + 1, last + 1):
        chance *= (trials - count + 1) / count * odds
        law[count - base] += chance
    chance = weight / total
    for count in range(mode, first, -1):
        chance *= count / ((trials - count + 1) * odds)
        law[count - 1 - base] += chance
    return last + 1 - base


@njit(cache=True, nogil=True)
def add_below_poisson(mean, variance, weight, law, base, rows):
    """Add the two-moment fit for variance < mean (Adan, van Eenige & Resing 1995).

    A mixture of two binomials of k and k + 1 trials. A variance that no law on whole pieces can
    have is raised to the least possible, that of the two neighbours of the mean.
    """
    part = mean - np.floor(mean)
    variance = max(variance, part * (1.0 - part))
    excess = (variance - mean) / (mean * mean)
    if excess > -1e-9:
        return add_from_mode(mean, 0.0, weight, law, base, rows)
    trials = max(1, int(np.floor(-1.0 / excess * (1.0 + 1e-12))))
    root = np.sqrt(max(0.0, -excess * trials * (1.0 + trials) - trials))
    first = 1.0
    if excess > -1.0:
        first = (1.0 + excess * (1.0 + trials) + root) / (1.0 + excess)
    first = min(max(first, 0.0), 1.0)
    success = min(1.0, mean / (trials + 1.0 - first))
    low = add_binomial(trials, success, weight * first, law, base, rows)
    high = add_binomial(trials + 1, success, weight * (1.0 - first), law, base, rows)
    return max(low, high)


@njit(cache=True, nogil=True)
def add_single(mean, variance, weight, law, base, rows):
    """Add the law of a number of single pieces with this mean and variance; return rows written."""
    if mean <= 0.0:
        law[0] += weight
        return 1
    spread = variance / mean - 1.0
    if spread < -1e-9:
        return add_below_poisson(mean, variance, weight, law, base, rows)
    spread = max(0.0, spread)
    log_start = -mean
    if spread > 1e-9:
        log_start = -mean * np.log1p(spread) / spread
    else:
        spread = 0.0
    if base == 0 and log_start > LOWEST_LOG:
        return add_upwards(mean, spread, weight, law, rows)
    return add_from_mode(mean, spread, weight, law, base, rows)


@njit(cache=True, nogil=True)
def add_compound(mean, spread, weight, pieces, share, mean_size, law, node, rows):
    """Add the law of the pieces of a Poisson or negative binomial number of requests (Panjer).

    `node` is scratch for this law alone. Starts that would underflow are written on a scale of
    their own, which is taken back while the recursion climbs. Returns rows written.
    """
    if mean <= 0.0:
        law[0] += weight
        return 1
    ratio = spread / (1.0 + spread)
    slope = (mean - spread) / (1.0 + spread)
    log_start = -mean
    if spread > 1e-12:
        log_start = -mean * np.log1p(spread) / spread
    log_scale = min(0.0, log_start - LOWEST_LOG)
    node[0] = np.exp(log_start - log_scale)
    first = 0
    largest = pieces[-1]
    block_top = node[0]
    next_check = largest
    least = NEGLIGIBLE * min(1.0, mean * mean_size)
    x = 1
    while x < rows:
        chance = 0.0
        per_piece = slope / x
        for k in range(len(pieces)):
            size = pieces[k]
            if size > x:
                break
            chance += (ratio + per_piece * size) * share[k] * node[x - size]
        node[x] = chance
        block_top = max(block_top, chance)
        if chance > RESCALE and log_scale < 0.0:
            down = max(log_scale, -np.log(RESCALE))
            factor = np.exp(down)
            for back in range(first, x + 1):
                node[back] *= factor
            while node[first] < 1e-250:
                node[first] = 0.0
                first += 1
            block_top *= factor
            log_scale -= down
        x += 1
        if x > next_check:
            step = max(ratio, ratio + slope * mean_size / x)
            if log_scale == 0.0 and step < 1.0:
                tail = largest * block_top * step / (1.0 - step)
                if tail < least and tail * largest < NEGLIGIBLE * mean * mean_size * (1.0 - step):
                    break
            block_top = 0.0
            next_check = x + largest - 1
    scale = weight * np.exp(log_scale)
    for row in range(first, x):
        law[row] += scale * node[row]
    return x


@njit(cache=True, nogil=True)
def write_law(
    demand_per_day,
    variance_per_day,
    rate_variance,
    pieces,
    share,
    lead_time_days,
    lead_time_variance,
    review_days,
    law,
    node,
):
    """Write P(X = x) to `law[x - base]`; return base, rows, E[X] and the averaged variance.

    `rows` is −(rows needed) when the scratch is too short; nothing is written then.
    """
    mean_size, second, variance_per_day = stream(
        demand_per_day, variance_per_day, rate_variance, pieces, share
    )
    single = pieces[-1] == 1
    steady = rate_variance * lead_time_variance + demand_per_day**2 * lead_time_variance
    longest = lead_time_days + review_days
    mean = demand_per_day * (lead_time_days + review_days / 2)
    variance = variance_per_day * (lead_time_days + review_days / 2) + steady
    variance += rate_variance * (
        lead_time_days**2 + lead_time_days * review_days + review_days**2 / 3
    )
    top_mean = demand_per_day * longest
    if top_mean <= 0.0:
        if len(law) < 2:
            return 0, -2, 0.0, 0.0
        law[0] = 1.0
        return 0, 1, 0.0, 0.0
    top_variance = variance_per_day * longest + rate_variance * longest**2 + steady
    size_variance = second - mean_size**2
    top_requests = top_mean / mean_size
    top_spread = (top_variance - top_requests * size_variance) / (mean_size**2 * top_requests) - 1.0
    base, needed = window(top_mean, top_variance, max(0.0, top_spread), mean_size, pieces[-1])
    if base > 0 and review_days > 0.0:
        low_mean = demand_per_day * lead_time_days
        low_variance = (
            variance_per_day * lead_time_days + rate_variance * lead_time_days**2 + steady
        )
        low_base, _ = window(low_mean, low_variance, 0.0, mean_size, pieces[-1])
        needed += base - min(base, low_base)
        base = min(base, low_base)
    if needed > len(law):
        return base, -needed, mean, variance
    law[:needed] = 0.0
    panels, points = panels_and_nodes(
        demand_per_day * lead_time_days / mean_size, demand_per_day * review_days / mean_size
    )
    start = points * (points - 1) // 2
    rows = needed
    written = 1
    for panel in range(panels - 1, -1, -1):
        for point in range(points - 1, -1, -1):
            days = lead_time_days + review_days * (panel + NODES[start + point]) / panels
            weight = WEIGHTS[start + point] / panels
            node_mean = demand_per_day * days
            node_variance = variance_per_day * days + rate_variance * days**2 + steady
            if single:
                done = add_single(node_mean, node_variance, weight, law, base, rows)
            else:
                requests = node_mean / mean_size
                spread = 0.0
                if requests > 0.0:
                    spread = (node_variance - requests * size_variance) / mean_size**2
                    spread = max(0.0, spread / requests - 1.0)
                if spread < 1e-9:
                    spread = 0.0
                done = add_compound(
                    requests, spread, weight, pieces, share, mean_size, law, node, rows
                )
            written = max(written, done)
    return base, written, mean, variance
