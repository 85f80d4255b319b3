"""Compiled: many parts, each played many times, with random numbers of their own.

Every location has streams of its own for what differs from replication to replication, for its
requests and for its repairs, so that nothing that happens elsewhere changes what it draws.
"""

import math

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from planning.simulate.kernels import gamma, mixed, uniform
from planning.simulate.network.calendar.kernels import EVENT, STATE, WAITER, Table
from planning.simulate.network.rules.kernels import (
    CHILDREN_AT_ONCE,
    CHILDREN_PIECES,
    CHILDREN_WAITING,
    COUNTED,
    CUSTOMERS_WAITING,
    FILL_SEEN,
    LINE_FILL_SEEN,
    ORDERS,
    PIECES,
    PIECES_AT_ONCE,
    READY,
    REQUESTS,
    REQUESTS_AT_ONCE,
    SUPPLIER,
    clear,
    expect_request,
    play,
    settled,
)

# What one replication counted becomes, in the order of the columns: counts, then means per day.
BACKORDERS = COUNTED
MEASURED = COUNTED + 1
# After the sums of these, their squares, and three products for the shares.
SQUARES = MEASURED
PIECES_PRODUCT = 2 * MEASURED
REQUESTS_PRODUCT, CHILDREN_PRODUCT = PIECES_PRODUCT + 1, PIECES_PRODUCT + 2
COLUMNS = PIECES_PRODUCT + 3

OF_START, OF_REQUESTS, OF_REPAIRS = 1, 2, 3  # the streams of a location
_STEP = np.uint64(0x9E3779B97F4A7C15)
_RARE = 1e-9  # requests while warming up; rarer ones find the same full shelf
_NEVER = 1e-9  # share of a tree's pieces below which a flow is rounding
_PATIENCE = 10.0  # times the days counted: how long a position may take to fall into its range


@njit(cache=True, nogil=True)
def stream_of(seed: int, name: int, replication: int, purpose: int) -> np.uint64:
    """Where a stream of random numbers begins."""
    own = mixed(mixed(np.uint64(seed) + _STEP) + np.uint64(name) * _STEP)
    return mixed(mixed(own + np.uint64(replication) * _STEP) + np.uint64(purpose) * _STEP)


@njit(cache=True, nogil=True)
def describe(location: Table, sizes: Floats) -> None:
    """Fill in what follows from the figures: mean sizes, what is ordered, in which steps."""
    asked, repaired = np.zeros(len(location)), np.zeros(len(location))
    returned = np.zeros(len(location))
    for at in range(len(location)):
        here = location[at]
        here.mean_size, here.step = 0.0, 0
        for row in range(here.first_size, here.stop_size):
            here.mean_size += sizes[row, 0] * sizes[row, 1]
            if here.demand_per_day > 0.0 and sizes[row, 1] > 0.0:
                here.step = math.gcd(here.step, int(sizes[row, 0]))
        asked[at] = here.demand_per_day
        returned[at] = here.demand_per_day * here.repairable_share
    for at in range(len(location) - 1, -1, -1):
        here, parent = location[at], location[at].parent
        mended = returned[at] if parent == SUPPLIER else returned[at] * here.local_repair_share
        repaired[at] += mended
        here.ordered_per_day = max(asked[at] - repaired[at], 0.0)
        if here.ordered_per_day < _NEVER * asked[at]:
            here.ordered_per_day = 0.0
        if repaired[at] > 0.0:
            here.step = 1
        if parent != SUPPLIER:
            asked[parent] += asked[at]
            repaired[parent] += repaired[at]
            returned[parent] += returned[at] - mended
            if here.step > 0:
                quantity = here.order_quantity
                ordered = here.step if here.step % quantity == 0 else quantity
                location[parent].step = math.gcd(location[parent].step, ordered)


@njit(cache=True, nogil=True)
def fill_shelf(here: Table, chance: float) -> None:
    """Put a location somewhere in its order cycle, as reached from its highest position.

    Below zero that position would be pieces owed; it starts as many whole orders higher as it
    takes, and comes into its range with the first requests.
    """
    quantity = here.order_quantity
    step = math.gcd(quantity, here.step) if here.step > 0 else 1
    here.position = here.reorder_point + quantity - step * int(chance * (quantity // step))
    if here.position < 0:
        here.position -= here.position // quantity * quantity
        above = here.position > here.reorder_point + quantity
        here.unsettled = above and here.ordered_per_day > 0.0
    here.on_hand = here.position


@njit(cache=True, nogil=True)
def draw(seed: int, replication: int, location: Table, streams: np.ndarray) -> None:
    """Draw what holds for one replication."""
    stream = np.empty(1, dtype=np.uint64)
    for at in range(len(location)):
        here = location[at]
        stream[0] = stream_of(seed, here.name, replication, OF_START)
        streams[at, 0] = stream_of(seed, here.name, replication, OF_REQUESTS)
        streams[at, 1] = stream_of(seed, here.name, replication, OF_REPAIRS)
        here.phase = uniform(stream) * here.review
        fill_shelf(here, uniform(stream))
        here.lead_time = gamma(stream, here.lead_time_mean, here.lead_time_variance)
        rate = gamma(stream, here.demand_per_day, here.rate_variance)
        here.requests_per_day = rate / here.mean_size


@njit(cache=True, nogil=True)
def warm_up(location: Table) -> float:
    """Days after which no shelf remembers how it started: the longest way down from a supplier."""
    longest, way = 0.0, np.zeros(len(location))
    for at in range(len(location)):
        here = location[at]
        way[at] = max(here.lead_time + 2.0 * here.review, here.repair_time)
        if here.parent != SUPPLIER:
            way[at] += way[here.parent]
        longest = max(longest, way[at])
    return longest


@njit(cache=True, nogil=True)
def length_of(location: Table, requests: float, warm: float) -> float:
    """Days in which a location with customers expects `requests` requests on average."""
    asking, total = 0, 0.0
    for at in range(len(location)):
        here = location[at]
        if here.demand_per_day > 0.0:
            here.requests_per_day = max(here.requests_per_day, _RARE / (warm + 1.0))
            asking, total = asking + 1, total + here.requests_per_day
    return requests * asking / total if asking > 0 else 1.0


@njit(cache=True, nogil=True)
def replicate(
    counted_from: float,
    requests: float,
    location: Table,
    line: Table,
    calendar: Table,
    state: Table,
    sizes: Floats,
    records: Floats,
    streams: np.ndarray,
    counted: Floats,
) -> tuple[Table, Table]:
    """Play one replication, as drawn, and count it per day.

    `requests` is how many each location with customers expects on average, or, where requests are
    recorded, how many days are played; then counting begins on day `counted_from`, else that is -1.
    """
    warm = warm_up(location)
    if counted_from < 0.0:
        length = length_of(location, requests, warm)
        state[0].begin = warm if settled(location) else math.inf
        state[0].end = state[0].begin + length
    else:
        length = requests - counted_from
        state[0].begin, state[0].end = counted_from, requests
    for at in range(len(location)):
        expect_request(at, 0.0, location, calendar, state, sizes, records, streams[at, :1])
    line, calendar = play(
        location,
        line,
        calendar,
        state,
        sizes,
        records,
        streams,
        warm,
        _PATIENCE * length,
        length,
        counted,
    )
    for at in range(len(location)):
        for column in range(ORDERS, COUNTED):
            counted[at, column] /= length
        counted[at, BACKORDERS] = counted[at, CUSTOMERS_WAITING] + counted[at, CHILDREN_WAITING]
    return line, calendar


@njit(cache=True, nogil=True)
def add(counted: Floats, sums: Floats) -> None:
    """Add what one replication counted, its squares and its products."""
    for column in range(MEASURED):
        sums[column] += counted[column]
        sums[SQUARES + column] += counted[column] ** 2
    sums[PIECES_PRODUCT] += counted[PIECES] * counted[PIECES_AT_ONCE]
    sums[REQUESTS_PRODUCT] += counted[REQUESTS] * counted[REQUESTS_AT_ONCE]
    sums[CHILDREN_PRODUCT] += counted[CHILDREN_PIECES] * counted[CHILDREN_AT_ONCE]


@njit(cache=True, nogil=True)
def add_together(counted: Floats, location: Table, sums: Floats) -> None:
    """Add the locations of one replication up, shares weighted by what customers ask for."""
    together = np.zeros(MEASURED)
    for at in range(len(counted)):
        for column in range(MEASURED):
            weight = 1.0
            if column in (READY, FILL_SEEN):
                weight = location[at].share_of_pieces
            elif column == LINE_FILL_SEEN:
                weight = location[at].share_of_requests
            together[column] += weight * counted[at, column]
    add(together, sums)


@njit(cache=True, nogil=True)
def play_trees(
    seed: int,
    start: Ints,
    locations: Table,
    sizes: Floats,
    records: Floats,
    record_start: Ints,
    counted_from: float,
    replications: int,
    requests: float,
    sums: Floats,
    together: Floats,
) -> None:
    """Play every tree `replications` times.

    Tree t is rows `start[t]:start[t + 1]` of `locations` (dtype LOCATION). `sizes` has rows of
    pieces and share, `records` of day and pieces; those of row i are `record_start[i]` to
    `record_start[i + 1]`. With `counted_from` -1 requests are drawn. `sums` (locations × COLUMNS)
    and `together` (trees × COLUMNS) receive the sums over the replications.
    """
    line, calendar = np.zeros(64, dtype=WAITER), np.zeros(64, dtype=EVENT)
    state = np.zeros(1, dtype=STATE)
    for part in range(len(start) - 1):
        first, stop = start[part], start[part + 1]
        location = locations[first:stop]
        streams = np.zeros((stop - first, 2), dtype=np.uint64)
        counted = np.zeros((stop - first, MEASURED))
        describe(location, sizes)
        for replication in range(replications):
            clear(location, line, state)
            counted[:] = 0.0
            for at in range(stop - first):
                location[at].record = record_start[first + at]
                location[at].stop_record = record_start[first + at + 1]
            draw(seed, replication, location, streams)
            line, calendar = replicate(
                counted_from,
                requests,
                location,
                line,
                calendar,
                state,
                sizes,
                records,
                streams,
                counted,
            )
            for at in range(stop - first):
                add(counted[at], sums[first + at])
            add_together(counted, location, together[part])
