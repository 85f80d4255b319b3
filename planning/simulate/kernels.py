"""Compiled: one item played event by event, with random numbers of its own.

Nothing here knows a law of stock: requests, reviews, deliveries and a clock are all there is.
"""

import math

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints

# What one replication counts, in the order of its columns.
PIECES, PIECES_AT_ONCE, REQUESTS, REQUESTS_AT_ONCE = 0, 1, 2, 3
READY, ON_HAND, BACKORDERS, ORDERS = 4, 5, 6, 7
COUNTED = 8
# After the sums of these, their squares, and two products for the shares.
SQUARES = COUNTED
PIECES_PRODUCT, REQUESTS_PRODUCT = 2 * COUNTED, 2 * COUNTED + 1
COLUMNS = 2 * COUNTED + 2

_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11))
_TO_UNIT = 2.0**-53
_RARE = 1e-9  # requests per protection interval; rarer ones find the same full shelf


@njit(cache=True, nogil=True)
def mixed(word: np.uint64) -> np.uint64:
    """Every bit of `word` spread over all others (the finaliser of SplitMix64, Steele 2014)."""
    word = (word ^ (word >> _SHIFTS[0])) * _MIX_1
    word = (word ^ (word >> _SHIFTS[1])) * _MIX_2
    return word ^ (word >> _SHIFTS[2])


@njit(cache=True, nogil=True)
def uniform(stream: np.ndarray) -> float:
    """The next number of the stream, strictly between 0 and 1."""
    stream[0] += _STEP
    return (float(mixed(stream[0]) >> _SHIFTS[3]) + 0.5) * _TO_UNIT


@njit(cache=True, nogil=True)
def exponential(stream: np.ndarray) -> float:
    """An exponential number of mean 1."""
    return -math.log(uniform(stream))


@njit(cache=True, nogil=True)
def normal(stream: np.ndarray) -> float:
    """A standard normal number (Marsaglia's polar method)."""
    while True:
        x, y = 2.0 * uniform(stream) - 1.0, 2.0 * uniform(stream) - 1.0
        square = x * x + y * y
        if 0.0 < square < 1.0:
            return x * math.sqrt(-2.0 * math.log(square) / square)


@njit(cache=True, nogil=True)
def gamma(stream: np.ndarray, mean: float, variance: float) -> float:
    """A gamma number of that mean and variance (Marsaglia & Tsang 2000)."""
    if mean <= 0.0 or variance <= 0.0:
        return mean
    shape = mean * mean / variance
    boost = 1.0
    if shape < 1.0:
        boost = uniform(stream) ** (1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(stream)
        v = (1.0 + c * x) ** 3
        if v > 0.0 and math.log(uniform(stream)) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v * boost * variance / mean


@njit(cache=True, nogil=True)
def request_size(stream: np.ndarray, pieces: Ints, share: Floats) -> int:
    """How many pieces the next request asks for."""
    left = uniform(stream)
    for row in range(len(pieces) - 1):
        left -= share[row]
        if left < 0.0:
            return int(pieces[row])
    return int(pieces[-1])


@njit(cache=True, nogil=True)
def longer(queue: np.ndarray, first: int, waiting: int) -> np.ndarray:
    """The same queue with twice the room, its first entry in front."""
    room = len(queue)
    new = np.empty((2 * room, 2))
    for row in range(waiting):
        new[row] = queue[(first + row) % room]
    return new


@njit(cache=True, nogil=True)
def play(
    stream: np.ndarray,
    requests_per_day: float,
    pieces: Ints,
    share: Floats,
    lead_time: float,
    review: float,
    reorder_point: int,
    order_quantity: int,
    begin: float,
    end: float,
    counted: Floats,
) -> None:
    """Play one item from day 0 and count what happens from day `begin` to day `end`.

    It starts somewhere in its order cycle with nothing on the way. `counted` receives pieces and
    requests, those served at once, and the mean per day of ready, on hand, backorders, orders.
    """
    counted[:] = 0.0
    position = reorder_point + 1 + int(uniform(stream) * order_quantity)
    net = position  # on hand less backorders
    queue, first, waiting = np.empty((16, 2)), 0, 0  # day of arrival, pieces
    now = 0.0
    request_day = exponential(stream) / requests_per_day if requests_per_day > 0.0 else math.inf
    review_day = math.inf
    while now < end:
        delivery_day = queue[first, 0] if waiting else math.inf
        then = min(request_day, review_day, delivery_day, end)
        seen = then - max(now, begin)
        if seen > 0.0:
            if net > 0:
                counted[READY] += seen
                counted[ON_HAND] += seen * net
            else:
                counted[BACKORDERS] -= seen * net
        now = then
        if then >= end:
            break
        if then == delivery_day:
            net += int(queue[first, 1])
            first, waiting = (first + 1) % len(queue), waiting - 1
            continue
        if then == request_day:
            size = request_size(stream, pieces, share)
            if now >= begin:
                counted[PIECES] += size
                counted[PIECES_AT_ONCE] += min(size, max(net, 0))
                counted[REQUESTS] += 1.0
                counted[REQUESTS_AT_ONCE] += 1.0 if size <= net else 0.0
            net -= size
            position -= size
            request_day = now + exponential(stream) / requests_per_day
            if position > reorder_point:
                continue
            if review > 0.0:
                if review_day == math.inf:
                    review_day = (math.floor(now / review) + 1.0) * review
                continue
        # Here an order is due: at once after a request, or at a review.
        lots = (reorder_point - position) // order_quantity + 1
        position += lots * order_quantity
        review_day = math.inf
        if waiting == len(queue):
            queue, first = longer(queue, first, waiting), 0
        last = (first + waiting) % len(queue)
        queue[last, 0], queue[last, 1] = now + lead_time, lots * order_quantity
        waiting += 1
        if now >= begin:
            counted[ORDERS] += 1.0
    for column in range(READY, COUNTED):
        counted[column] /= end - begin


@njit(cache=True, nogil=True)
def play_items(
    seed: int,
    streams: Ints,
    demand_per_day: Floats,
    rate_variance: Floats,
    size_start: Ints,
    pieces: Ints,
    share: Floats,
    lead_time_mean: Floats,
    lead_time_variance: Floats,
    review_days: Floats,
    reorder_point: Ints,
    order_quantity: Ints,
    replications: int,
    requests: float,
    sums: Floats,
) -> None:
    """Play every item `replications` times, each until it expects `requests` requests.

    A replication draws its rate and its lead time once. `sums` (items × COLUMNS) receives the sums
    over the replications of what they counted, of its squares, and of the two products.
    """
    stream = np.empty(1, dtype=np.uint64)
    counted = np.empty(COUNTED)
    for item in range(len(streams)):
        rows = slice(size_start[item], size_start[item + 1])
        size = 0.0
        for row in range(size_start[item], size_start[item + 1]):
            size += pieces[row] * share[row]
        own = mixed(mixed(np.uint64(seed) + _STEP) + np.uint64(streams[item]) * _STEP)
        for replication in range(replications):
            stream[0] = mixed(own + np.uint64(replication) * _STEP)
            rate = gamma(stream, demand_per_day[item], rate_variance[item]) / size
            lead = gamma(stream, lead_time_mean[item], lead_time_variance[item])
            warm = lead + review_days[item] * (1.0 + uniform(stream))
            if demand_per_day[item] > 0.0:
                rate = max(rate, _RARE / (warm + 1.0))
            length = requests / rate if rate > 0.0 else 1.0
            play(
                stream,
                rate,
                pieces[rows],
                share[rows],
                lead,
                review_days[item],
                reorder_point[item],
                order_quantity[item],
                warm,
                warm + length,
                counted,
            )
            for column in range(COUNTED):
                sums[item, column] += counted[column]
                sums[item, SQUARES + column] += counted[column] ** 2
            sums[item, PIECES_PRODUCT] += counted[PIECES] * counted[PIECES_AT_ONCE]
            sums[item, REQUESTS_PRODUCT] += counted[REQUESTS] * counted[REQUESTS_AT_ONCE]
