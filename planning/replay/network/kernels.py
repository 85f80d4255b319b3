"""Compiled: the recorded requests of many parts, played day by day on the rules of networks.

Mornings are whole days: what is under way arrives, parents before their children. Requests come at
noon. Nights are the next whole day: reviews, leaves before their parents, so that what the children
order is in the parent's order of the same night; then shipments leave. Orders that wait for no
review leave after noon.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from planning.simulate.network.calendar.kernels import (
    EVENT,
    STATE,
    WAITER,
    Table,
    push,
    roomy_calendar,
    roomy_line,
)
from planning.simulate.network.kernels import OF_REPAIRS, stream_of
from planning.simulate.network.rules.kernels import (
    ARRIVAL,
    COUNTED,
    CUSTOMERS,
    clear,
    expect_request,
    expect_review,
    play,
    wait,
)

NOON = 0.5
# Beside what the rules count: how it stands at the end.
END_ON_HAND, END_BACKORDERS, END_OWED_TO_CHILDREN, END_ON_ORDER = range(COUNTED, COUNTED + 4)
COLUMNS = COUNTED + 4


@njit(cache=True, nogil=True)
def begin(
    net: Ints,
    open_start: Ints,
    opening: Floats,
    location: Table,
    line: Table,
    calendar: Table,
    state: Table,
) -> None:
    """Put the locations where they begin; orders that are due leave on the first day."""
    for at in range(len(location)):
        here = location[at]
        here.on_hand = max(net[at], 0)
        here.position = net[at]
        if net[at] < 0:
            wait(here, CUSTOMERS, -net[at], line, state)
        for row in range(open_start[at], open_start[at + 1]):
            here.position += int(opening[row, 1])
            push(
                calendar, state, opening[row, 0], ARRIVAL * len(location) + at, int(opening[row, 1])
            )
        if here.position <= here.reorder_point:
            expect_review(at, NOON, location, calendar, state)


@njit(cache=True, nogil=True)
def end(location: Table, counted: Floats) -> None:
    """Count what is there at the end."""
    for at in range(len(location)):
        here = location[at]
        counted[at, END_ON_HAND] = here.on_hand
        counted[at, END_BACKORDERS] = here.customers
        counted[at, END_OWED_TO_CHILDREN] = here.children
        counted[at, END_ON_ORDER] = here.position - here.on_hand + here.customers + here.children


@njit(cache=True, nogil=True)
def play_trees(
    seed: int,
    days: float,
    start: Ints,
    locations: Table,
    records: Floats,
    record_start: Ints,
    net: Ints,
    opening: Floats,
    open_start: Ints,
    counted: Floats,
) -> None:
    """Play every tree once, from day 0 to the night of the last of `days`.

    Tree t is rows `start[t]:start[t + 1]` of `locations` (dtype LOCATION). `records` and `opening`
    (open orders) have rows of day and pieces, ragged by location; `net` is the stock at the
    beginning less what is owed. `counted` (locations × COLUMNS) receives what happened.
    """
    line, calendar = np.zeros(64, dtype=WAITER), np.zeros(64, dtype=EVENT)
    state, sizes = np.zeros(1, dtype=STATE), np.zeros((0, 2))
    for part in range(len(start) - 1):
        first, stop = start[part], start[part + 1]
        location = locations[first:stop]
        clear(location, line, state)
        state[0].begin, state[0].end, state[0].whole_days = 0.0, days, 1
        streams = np.zeros((stop - first, 2), dtype=np.uint64)
        line = roomy_line(line, stop - first, state)
        needed = 2 * (stop - first) + open_start[stop] - open_start[first]
        calendar = roomy_calendar(calendar, needed, state)
        begin(
            net[first:stop],
            open_start[first : stop + 1],
            opening,
            location,
            line,
            calendar,
            state,
        )
        for at in range(stop - first):
            streams[at, 1] = stream_of(seed, location[at].name, 0, OF_REPAIRS)
            location[at].record = record_start[first + at]
            location[at].stop_record = record_start[first + at + 1]
            stream = streams[at, :1]
            expect_request(at, 0.0, location, calendar, state, sizes, records, stream)
        line, calendar = play(
            location,
            line,
            calendar,
            state,
            sizes,
            records,
            streams,
            0.0,
            0.0,
            days,
            counted[first:stop],
        )
        end(location, counted[first:stop])
