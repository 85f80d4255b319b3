"""Compiled: the calendar of events and the line of who waits, as tables of records that grow."""

from typing import Any

import numpy as np
from numba import njit

Table = Any  # an array of records, or one of them

WAITER = np.dtype([("who", "i8"), ("pieces", "i8"), ("after", "i8")], align=True)
EVENT = np.dtype([("day", "f8"), ("code", "i8"), ("pieces", "i8")], align=True)
STATE = np.dtype(
    [
        ("begin", "f8"),  # what happens from this day on is counted; inf: not known yet
        ("end", "f8"),
        ("whole_days", "i8"),  # 1: shipments leave by night and arrive in the morning
        ("events", "i8"),  # in the calendar
        ("waiting", "i8"),  # rows of the line in use
        ("free", "i8"),  # first row of the line not in use
    ],
    align=True,
)


@njit(cache=True, nogil=True)
def string_up(line: Table, row: int) -> None:
    """Each row not in use leads on to the next, from `row` on."""
    for free in range(row, len(line)):
        line[free].after = free + 1


@njit(cache=True, nogil=True)
def roomy_line(line: Table, needed: int, state: Table) -> Table:
    """The same line with room for `needed` more."""
    rows = len(line)
    if state[0].waiting + needed <= rows:
        return line
    longer = np.zeros(2 * rows + needed, dtype=WAITER)
    for row in range(rows):
        longer[row] = line[row]  # its last free row leads on to the first new one
    string_up(longer, rows)
    return longer


@njit(cache=True, nogil=True)
def roomy_calendar(calendar: Table, needed: int, state: Table) -> Table:
    """The same calendar with room for `needed` more."""
    rows = len(calendar)
    if state[0].events + needed <= rows:
        return calendar
    longer = np.zeros(2 * rows + needed, dtype=EVENT)
    for row in range(rows):
        longer[row] = calendar[row]
    return longer


@njit(cache=True, nogil=True)
def before(day: float, code: int, event: Table) -> bool:
    """Whether an event of that day and code comes before `event`."""
    return bool(day < event.day or (day == event.day and code < event.code))


@njit(cache=True, nogil=True)
def push(calendar: Table, state: Table, day: float, code: int, pieces: int) -> None:
    """Enter an event; the calendar is a binary heap by day, then by code."""
    row = state[0].events
    state[0].events += 1
    while row > 0:
        above = (row - 1) // 2
        if not before(day, code, calendar[above]):
            break
        calendar[row] = calendar[above]
        row = above
    calendar[row].day, calendar[row].code, calendar[row].pieces = day, code, pieces


@njit(cache=True, nogil=True)
def pop(calendar: Table, state: Table) -> tuple[float, int, int]:
    """Take out the first event: day, code, pieces."""
    first = (calendar[0].day, calendar[0].code, calendar[0].pieces)
    state[0].events -= 1
    end = state[0].events
    row = 0
    while True:
        below = 2 * row + 1
        if below >= end:
            break
        right = below + 1
        if right < end and before(calendar[right].day, calendar[right].code, calendar[below]):
            below = right
        if not before(calendar[below].day, calendar[below].code, calendar[end]):
            break
        calendar[row] = calendar[below]
        row = below
    calendar[row] = calendar[end]
    return first
