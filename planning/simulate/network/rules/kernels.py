"""Compiled: one part in a tree of locations, played event by event.

Nothing here knows a law of stock. A location hands over what it has, piece by piece, first come,
first served; its customers and its children wait in one line. What it orders is asked of its
parent at once and travels the lane, in as many shipments as the parent needs; a root's order comes
from the supplier. Events of the same moment: reviews from the leaves upwards, then arrivals from
the root downwards, then requests, then orders that wait for no review. Locations are records of
dtype `planning.simulate.network.location.LOCATION`.
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inventory.demand import Floats
from planning.simulate.kernels import exponential, uniform
from planning.simulate.network.calendar.kernels import (
    Table,
    pop,
    push,
    roomy_calendar,
    roomy_line,
    string_up,
)

# What is counted for each location, in the order of the columns of `counted`.
PIECES, PIECES_AT_ONCE, REQUESTS, REQUESTS_AT_ONCE = 0, 1, 2, 3
CHILDREN_PIECES, CHILDREN_AT_ONCE, ORDERS, PIECES_ORDERED = 4, 5, 6, 7
READY, FILL_SEEN, LINE_FILL_SEEN, ON_HAND = 8, 9, 10, 11  # these and the next: summed over days
CUSTOMERS_WAITING, CHILDREN_WAITING, IN_TRANSIT = 12, 13, 14
COUNTED = 15

REVIEW, ARRIVAL, REQUEST, AFTER_REQUESTS = range(4)  # events of one moment, in their order
SUPPLIER, CUSTOMERS, NOBODY = -1, -1, -1  # as parent; as who waits; as row of the waiting line


@njit(cache=True, nogil=True)
def clear(location: Table, line: Table, state: Table) -> None:
    """Nothing anywhere, nobody waits, nothing is to come."""
    for at in range(len(location)):
        here = location[at]
        here.on_hand = here.position = here.customers = here.children = 0
        here.first = here.last = NOBODY
        here.due = here.unsettled = 0
        here.since = 0.0
    string_up(line, 0)
    state[0].events = state[0].waiting = state[0].free = 0


@njit(cache=True, nogil=True)
def look(here: Table, days: float, sizes: Floats, seen: Floats) -> None:
    """What a request would get from this shelf, had it come at any moment of these days."""
    if here.on_hand >= sizes[here.stop_size - 1, 0]:
        seen[FILL_SEEN] += days
        seen[LINE_FILL_SEEN] += days
        return
    given, whole = 0.0, 0.0
    for row in range(here.first_size, here.stop_size):
        given += sizes[row, 1] * min(sizes[row, 0], here.on_hand)
        whole += sizes[row, 1] * (sizes[row, 0] <= here.on_hand)
    seen[FILL_SEEN] += days * given / here.mean_size
    seen[LINE_FILL_SEEN] += days * whole


@njit(cache=True, nogil=True)
def stay(here: Table, now: float, state: Table, sizes: Floats, counted: Floats) -> None:
    """Count the days since the shelf last changed."""
    days = min(now, state[0].end) - max(here.since, state[0].begin)
    here.since = now
    if days <= 0.0:
        return
    counted[CUSTOMERS_WAITING] += days * here.customers
    counted[CHILDREN_WAITING] += days * here.children
    if here.on_hand > 0:
        counted[READY] += days
        counted[ON_HAND] += days * here.on_hand
        if here.requests_per_day > 0.0:
            look(here, days, sizes, counted)


@njit(cache=True, nogil=True)
def arrival(now: float, days: float, state: Table) -> float:
    """When what leaves now is there; in whole days a morning, a later one if it left by day."""
    if state[0].whole_days:
        return float(max(math.floor(now) + days, math.ceil(now)))
    return now + days


@njit(cache=True, nogil=True)
def ship(
    to: int,
    pieces: int,
    now: float,
    location: Table,
    calendar: Table,
    state: Table,
    counted: Floats,
) -> None:
    """Pieces leave for `to` on its lane; only between own locations are they ours on the way."""
    day = arrival(now, location[to].lead_time, state)
    push(calendar, state, day, ARRIVAL * len(location) + to, pieces)
    if location[to].parent != SUPPLIER:
        days = min(day, state[0].end) - max(now, state[0].begin)
        counted[to, IN_TRANSIT] += max(days, 0.0) * pieces


@njit(cache=True, nogil=True)
def wait(here: Table, who: int, pieces: int, line: Table, state: Table) -> None:
    """Somebody joins the end of the line."""
    row = state[0].free
    state[0].free = line[row].after
    state[0].waiting += 1
    line[row].who, line[row].pieces, line[row].after = who, pieces, NOBODY
    if here.first == NOBODY:
        here.first = row
    else:
        line[here.last].after = row
    here.last = row
    if who == CUSTOMERS:
        here.customers += pieces
    else:
        here.children += pieces


@njit(cache=True, nogil=True)
def receive(
    at: int,
    pieces: int,
    now: float,
    location: Table,
    line: Table,
    calendar: Table,
    state: Table,
    sizes: Floats,
    counted: Floats,
) -> None:
    """Pieces arrive: who came first is served first, what is left goes on the shelf."""
    here = location[at]
    stay(here, now, state, sizes, counted[at])
    while pieces > 0 and here.first != NOBODY:
        row = here.first
        who, given = line[row].who, min(pieces, line[row].pieces)
        pieces -= given
        line[row].pieces -= given
        if who == CUSTOMERS:
            here.customers -= given
        else:
            here.children -= given
            ship(who, given, now, location, calendar, state, counted)
        if line[row].pieces == 0:
            here.first = line[row].after
            line[row].after = state[0].free
            state[0].free = row
            state[0].waiting -= 1
    here.on_hand += pieces


@njit(cache=True, nogil=True)
def next_review(here: Table, now: float) -> float:
    """The first review from now on."""
    rounds = math.ceil((now - here.phase) / here.review)
    return float(max(now, here.phase + rounds * here.review))


@njit(cache=True, nogil=True)
def order(
    at: int, now: float, location: Table, calendar: Table, state: Table, counted: Floats
) -> int:
    """Order the smallest multiple of Q that brings the position above R; a root's is on its way."""
    here = location[at]
    lots = (here.reorder_point - here.position) // here.order_quantity + 1
    pieces = lots * here.order_quantity
    here.position += pieces
    if now >= state[0].begin:
        counted[at, ORDERS] += 1.0
        counted[at, PIECES_ORDERED] += pieces
    if here.parent == SUPPLIER:
        ship(at, pieces, now, location, calendar, state, counted)
    return int(pieces)


@njit(cache=True, nogil=True)
def ask(
    at: int,
    who: int,
    pieces: int,
    now: float,
    location: Table,
    line: Table,
    calendar: Table,
    state: Table,
    sizes: Floats,
    counted: Floats,
) -> None:
    """Somebody asks for pieces; the orders that follow from it ask further up, to the root."""
    while at != SUPPLIER:
        here = location[at]
        stay(here, now, state, sizes, counted[at])
        given = min(pieces, here.on_hand)
        here.on_hand -= given
        if who != CUSTOMERS:
            if now >= state[0].begin:
                counted[at, CHILDREN_PIECES] += pieces
                counted[at, CHILDREN_AT_ONCE] += given
            if given > 0:
                ship(who, given, now, location, calendar, state, counted)
        if given < pieces:
            wait(here, who, pieces - given, line, state)
        here.position -= pieces
        if here.position <= here.reorder_point + here.order_quantity:
            here.unsettled = 0
        if here.position > here.reorder_point:
            return
        if here.review > 0.0 or state[0].whole_days:
            expect_review(at, now, location, calendar, state)
            return
        pieces = order(at, now, location, calendar, state, counted)
        who, at = at, here.parent


@njit(cache=True, nogil=True)
def expect_review(at: int, now: float, location: Table, calendar: Table, state: Table) -> None:
    """Enter the next review, once; leaves come before their parents.

    In whole days an order that does not wait for a review leaves after the requests of the day, or
    in the night in which a child's came.
    """
    here = location[at]
    if here.due:
        return
    here.due = 1
    day, kind = now, AFTER_REQUESTS if now > math.floor(now) else REVIEW
    if here.review > 0.0:
        day, kind = next_review(here, now), REVIEW
    push(calendar, state, day, kind * len(location) + len(location) - 1 - at, 0)


@njit(cache=True, nogil=True)
def review(
    at: int,
    now: float,
    location: Table,
    line: Table,
    calendar: Table,
    state: Table,
    sizes: Floats,
    counted: Floats,
) -> None:
    """An order leaves, unless a defective piece has come back meanwhile and made it needless."""
    here = location[at]
    here.due = 0
    if here.position <= here.reorder_point:
        pieces = order(at, now, location, calendar, state, counted)
        ask(here.parent, at, pieces, now, location, line, calendar, state, sizes, counted)


@njit(cache=True, nogil=True)
def bring_back(
    at: int,
    pieces: int,
    now: float,
    location: Table,
    calendar: Table,
    state: Table,
    stream: NDArray[np.uint64],
) -> None:
    """The defective pieces: each condemned, or repaired here, or further up, at last at the root.

    A piece in repair counts as on order where it is repaired.
    """
    returned = 0
    for _ in range(pieces):
        returned += uniform(stream) < location[at].repairable_share
    while returned > 0:
        repaired = returned
        if location[at].parent != SUPPLIER:
            repaired = 0
            for _ in range(returned):
                repaired += uniform(stream) < location[at].local_repair_share
        if repaired > 0:
            location[at].position += repaired
            day = arrival(now, location[at].repair_time, state)
            push(calendar, state, day, ARRIVAL * len(location) + at, repaired)
        returned -= repaired
        at = location[at].parent


@njit(cache=True, nogil=True)
def size_of(here: Table, chance: float, sizes: Floats) -> int:
    """How many pieces a request asks for."""
    for row in range(here.first_size, here.stop_size - 1):
        chance -= sizes[row, 1]
        if chance < 0.0:
            return int(sizes[row, 0])
    return int(sizes[here.stop_size - 1, 0])


@njit(cache=True, nogil=True)
def expect_request(
    at: int,
    now: float,
    location: Table,
    calendar: Table,
    state: Table,
    sizes: Floats,
    records: Floats,
    stream: NDArray[np.uint64],
) -> None:
    """Enter the next request of a location's customers, if there is one."""
    here, kind = location[at], REQUEST * len(location)
    if here.requests_per_day > 0.0:
        day = now + exponential(stream) / here.requests_per_day
        pieces = size_of(here, uniform(stream), sizes)
        push(calendar, state, day, kind + at, pieces)
    elif here.record < here.stop_record:
        push(calendar, state, records[here.record, 0], kind + at, int(records[here.record, 1]))
        here.record += 1


@njit(cache=True, nogil=True)
def count_request(here: Table, pieces: int, counted: Floats) -> None:
    """What customers ask for, and what of it is there."""
    counted[PIECES] += pieces
    counted[PIECES_AT_ONCE] += min(pieces, here.on_hand)
    counted[REQUESTS] += 1.0
    counted[REQUESTS_AT_ONCE] += pieces <= here.on_hand


@njit(cache=True, nogil=True)
def settled(location: Table) -> bool:
    """Whether every position has come into its range."""
    waiting = 0
    for at in range(len(location)):
        waiting += location[at].unsettled
    return waiting == 0


@njit(cache=True, nogil=True)
def play(
    location: Table,
    line: Table,
    calendar: Table,
    state: Table,
    sizes: Floats,
    records: Floats,
    streams: NDArray[np.uint64],
    warm: float,
    patience: float,
    length: float,
    counted: Floats,
) -> tuple[Table, Table]:
    """Play the calendar to the end; line and calendar as they grew.

    While the beginning is not known, it is set once every position is in its range, or `patience`
    days are over: `warm` days later counting begins, and lasts `length` days. `streams` holds each
    location's random numbers for requests and for repairs.
    """
    locations = len(location)
    while state[0].events > 0:
        line = roomy_line(line, locations + 1, state)
        calendar = roomy_calendar(calendar, state[0].waiting + 3 * locations + 3, state)
        now, code, pieces = pop(calendar, state)
        kind, at = code // locations, code % locations
        if now > state[0].end or (now == state[0].end and kind != REVIEW):
            break
        if kind == ARRIVAL:
            receive(at, pieces, now, location, line, calendar, state, sizes, counted)
        elif kind == REQUEST:
            if now >= state[0].begin:
                count_request(location[at], pieces, counted[at])
            if location[at].repairable_share > 0.0:
                bring_back(at, pieces, now, location, calendar, state, streams[at, 1:])
            ask(at, CUSTOMERS, pieces, now, location, line, calendar, state, sizes, counted)
            stream = streams[at, :1]
            expect_request(at, now, location, calendar, state, sizes, records, stream)
        else:
            at = locations - 1 - at
            review(at, now, location, line, calendar, state, sizes, counted)
        if state[0].begin == math.inf and (now > patience or settled(location)):
            state[0].begin = now + warm
            state[0].end = state[0].begin + length
    for at in range(locations):
        stay(location[at], state[0].end, state, sizes, counted[at])
    return line, calendar
