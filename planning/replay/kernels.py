"""Compiled: recorded requests of many items, played period by period.

Within a period deliveries come first, then the requests in their order, then the review.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints

# What is counted, in the order of the columns of `counted`.
REQUESTS, REQUESTS_AT_ONCE, PIECES, PIECES_AT_ONCE = 0, 1, 2, 3
ON_HAND_DAYS, BACKORDER_DAYS, ORDERS, PIECES_ORDERED = 4, 5, 6, 7
END_ON_HAND, END_BACKORDERS, END_ON_ORDER = 8, 9, 10
COLUMNS = 11

MULTIPLES = -1  # as order-up-to level: order multiples of the order quantity


@njit(cache=True, nogil=True)
def stay(net: int, days: float, counted: Floats) -> None:
    """Let `days` pass at the same net stock."""
    if net > 0:
        counted[ON_HAND_DAYS] += days * net
    else:
        counted[BACKORDER_DAYS] -= days * net


@njit(cache=True, nogil=True)
def pass_to(
    until: int, now: int, net: int, day: Ints, queue: Ints, first: int, last: int, counted: Floats
) -> tuple[int, int]:
    """Go to the beginning of period `until`, taking in what arrives; net stock and queue head."""
    while first < last and queue[first, 0] <= until:
        arrival = max(queue[first, 0], now)
        stay(net, day[arrival] - day[now], counted)
        now = arrival
        net += queue[first, 1]
        first += 1
    stay(net, day[until] - day[now], counted)
    return net, first


@njit(cache=True, nogil=True)
def put(queue: Ints, first: int, last: int, arrival: int, pieces: int) -> None:
    """Enter a delivery behind all that arrive no later."""
    row = last
    while row > first and queue[row - 1, 0] > arrival:
        queue[row] = queue[row - 1]
        row -= 1
    queue[row, 0], queue[row, 1] = arrival, pieces


@njit(cache=True, nogil=True)
def review_after(period: int, review: int) -> int:
    """The period at whose end a request of `period` is reviewed."""
    if review <= 1:
        return period
    return period + (review - 1 - period % review)


@njit(cache=True, nogil=True)
def to_order(position: int, reorder_point: int, order_quantity: int, up_to: int) -> int:
    """Up to S, or the smallest multiple of Q that brings the position above R."""
    if up_to != MULTIPLES:
        return up_to - position
    return ((reorder_point - position) // order_quantity + 1) * order_quantity


@njit(cache=True, nogil=True)
def play_item(
    day: Ints,
    period: Ints,
    pieces: Ints,
    reorder_point: int,
    order_quantity: int,
    up_to: int,
    lead_time: int,
    review: int,
    net: int,
    queue: Ints,
    last: int,
    counted: Floats,
) -> None:
    """Play one item; `queue` holds its open orders (period, pieces), sorted, with room for more."""
    periods = len(day) - 1
    position = net
    for row in range(last):
        position += queue[row, 1]
    first, now, row = 0, 0, 0
    due = review_after(0, review) if position <= reorder_point else periods
    while row < len(period) or due < periods:
        here = period[row] if row < len(period) else periods
        here = min(here, due)
        net, first = pass_to(here, now, net, day, queue, first, last, counted)
        before = net
        while row < len(period) and period[row] == here:
            size = pieces[row]
            counted[REQUESTS] += 1
            counted[PIECES] += size
            counted[REQUESTS_AT_ONCE] += size <= net
            counted[PIECES_AT_ONCE] += min(size, max(net, 0))
            net -= size
            position -= size
            row += 1
        # Requests spread over the period: half of it at the stock before, half at that after.
        half = (day[here + 1] - day[here]) / 2.0
        stay(before, half, counted)
        stay(net, half, counted)
        now = here + 1
        if position <= reorder_point and due == periods:
            due = review_after(here, review)
        if due == here:
            order = to_order(position, reorder_point, order_quantity, up_to)
            arrival = here + max(lead_time, 1) if review == 0 else here + 1 + lead_time
            put(queue, first, last, arrival, order)
            last += 1
            position += order
            due = periods
            counted[ORDERS] += 1
            counted[PIECES_ORDERED] += order
    while last > first and queue[last - 1, 0] >= periods:
        last -= 1  # comes after the last day
    net, first = pass_to(periods, now, net, day, queue, first, last, counted)
    counted[END_ON_HAND] = max(net, 0)
    counted[END_BACKORDERS] = max(-net, 0)
    counted[END_ON_ORDER] = position - net


@njit(cache=True, nogil=True)
def play_items(
    day: Ints,
    start: Ints,
    period: Ints,
    pieces: Ints,
    reorder_point: Ints,
    order_quantity: Ints,
    up_to: Ints,
    lead_time: Ints,
    review: Ints,
    net: Ints,
    open_start: Ints,
    open_period: Ints,
    open_pieces: Ints,
    counted: Floats,
) -> None:
    """Play every item; the requests of item i are rows `start[i]:start[i + 1]`, in their order.

    `net` is the stock at the beginning, less backorders; open orders are ragged like the requests
    and sorted by period. `counted` (items × COLUMNS) receives what happened.
    """
    most = 0
    for item in range(len(start) - 1):
        rows = start[item + 1] - start[item] + open_start[item + 1] - open_start[item]
        most = max(most, rows)
    queue = np.empty((most + 2, 2), dtype=np.int64)
    for item in range(len(start) - 1):
        asked = slice(start[item], start[item + 1])
        opening = open_start[item + 1] - open_start[item]
        for row in range(opening):
            queue[row, 0] = open_period[open_start[item] + row]
            queue[row, 1] = open_pieces[open_start[item] + row]
        play_item(
            day,
            period[asked],
            pieces[asked],
            reorder_point[item],
            order_quantity[item],
            up_to[item],
            lead_time[item],
            review[item],
            net[item],
            queue,
            opening,
            counted[item],
        )
