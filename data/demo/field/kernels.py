"""Machine by machine: lives of its parts, planned services and recalls, as packed requests.

A request is one integer, day | machine | part | pieces from the highest bits down, so that plain
sorting puts requests in order of day and machine. Each machine has random numbers of its own.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

PIECES_BITS, PART_BITS, MACHINE_BITS = 10, 20, 22
MOST_PIECES = 2**PIECES_BITS - 1
OPEN_AT_WEEKENDS = 0.35  # of the failures on a weekend are repaired there and then
_ROOM = 8  # rows kept free, as many as one job can ask for


@njit(cache=True, nogil=True)
def _mixed(word: np.uint64) -> np.uint64:
    """A 64-bit finaliser (Stafford's variant 13, as in splitmix64)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


@njit(cache=True, nogil=True)
def _uniform(state: Any) -> float:
    """The next number of a machine's stream, within (0, 1)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    return (float(_mixed(state[0]) >> np.uint64(11)) + 0.5) * 2.0**-53


@njit(cache=True, nogil=True)
def _pieces(alike: int, set_share: float, state: Any) -> int:
    """One piece, all that are alike, or some of them."""
    if alike == 1:
        return 1
    chance = _uniform(state)
    if chance < set_share:
        return alike
    return 1 + int(_uniform(state) * alike) if chance > 0.8 else 1


@njit(cache=True, nogil=True)
def _working_day(day: int, weekday_zero: int, open_share: float, state: Any, end: int) -> int:
    """Weekends pass on to Monday unless somebody works through."""
    weekday = (day + weekday_zero) % 7
    if weekday < 5 or _uniform(state) < open_share:
        return day
    monday = day + 7 - weekday
    return monday if monday < end else day


@njit(cache=True, nogil=True)
def _day_of(clock: Any, reading: float) -> int:
    """The day on which `clock` shows `reading`."""
    day, beyond = 0, len(clock)
    while beyond - day > 1:
        middle = (day + beyond) // 2
        if clock[middle] <= reading:
            day = middle
        else:
            beyond = middle
    return day


class _Machine(NamedTuple):
    """One machine while its life is told."""

    row: int
    kind: int
    customer: int
    installed: int
    end: int  # day, exclusive
    clock: Any  # operating days of the site up to each day
    born: float  # what the clock showed when it was installed
    pace: float
    oldest: float  # operating days at the end


class Renames(NamedTuple):
    """Which part is asked for instead of another, and since when."""

    successor: Any
    since: Any


@njit(cache=True, nogil=True)
def _machine(machines: Any, row: int, clocks: Any) -> Any:
    installed, end, pace = machines.installed[row], machines.scrapped[row], machines.pace[row]
    clock = clocks[machines.season[row]]
    born = clock[installed] if installed >= 0 else float(installed)
    return _Machine(
        row,
        machines.kind[row],
        machines.customer[row],
        installed,
        end,
        clock,
        born,
        pace,
        pace * (clock[end] - born),
    )


@njit(cache=True, nogil=True)
def _ask(rows: Any, row: int, day: int, machine: int, part: int, pieces: int, names: Any) -> int:
    """Write one request, for the successor where there is one by then; the next free row."""
    if names.successor[part] >= 0 and day >= names.since[part]:
        part = names.successor[part]
    high = (day << MACHINE_BITS) | machine
    rows[row] = (((high << PART_BITS) | part) << PIECES_BITS) | min(pieces, MOST_PIECES)
    return row + 1


@njit(cache=True, nogil=True)
def _repair(
    rows: Any, row: int, day: int, machine: int, position: int, spots: Any, names: Any, state: Any
) -> int:
    """Ask for what a failure at `position` takes: the part and the consumables of the job."""
    pieces = _pieces(spots.pieces[position], spots.set_share[position], state)
    row = _ask(rows, row, day, machine, spots.part[position], pieces, names)
    for slot in range(3):
        other = spots.companion[position, slot]
        if other >= 0 and _uniform(state) < spots.companion_share[position, slot]:
            pieces = _pieces(spots.pieces[other], 0.6, state)
            row = _ask(rows, row, day, machine, spots.part[other], pieces, names)
    return row


@njit(cache=True, nogil=True)
def _failures(
    rows: Any, row: int, one: Any, spots: Any, skip_below: Any, names: Any, weekday: int, state: Any
) -> Any:
    """Each part of the machine lives, fails, is replaced and lives again; (rows, row)."""
    for position in range(spots.start[one.kind], spots.start[one.kind + 1]):
        chance = _uniform(state)
        if chance < skip_below[position]:
            continue
        age = 0.0
        while True:
            life = (-np.log(chance)) ** (1 / spots.shape[position])
            age += life * spots.scale_days[position] + 1.0
            if age >= one.oldest:
                break
            chance = _uniform(state)
            reading = one.born + age / one.pace
            if reading < 0:
                continue
            rows = _roomy(rows, row)
            day = _day_of(one.clock, reading)
            day = _working_day(day, weekday, OPEN_AT_WEEKENDS, state, one.end)
            row = _repair(rows, row, day, one.row, position, spots, names, state)
    return rows, row


@njit(cache=True, nogil=True)
def _services(
    rows: Any, row: int, one: Any, spots: Any, jobs: Any, rhythm: int, names: Any, weekday: int,
    state: Any,
) -> Any:  # fmt: skip
    """Planned jobs by operating time, done at the customer's next visit; (rows, row)."""
    interval = jobs.interval_days[one.kind]
    age, count = interval * (0.5 + 0.5 * _uniform(state)), 0
    while age < one.oldest:
        count += 1
        reading = one.born + age / one.pace
        age += interval * (0.85 + 0.3 * _uniform(state))
        if reading < 0:
            continue
        day = _day_of(one.clock, reading)
        day += rhythm - 1 - (day + one.customer) % rhythm
        if day >= one.end:
            continue
        rows = _roomy(rows, row)
        day = _working_day(day, weekday, 0.0, state, one.end)
        for line in range(jobs.start[one.kind], jobs.start[one.kind + 1]):
            if count % jobs.every[line] or _uniform(state) > jobs.share[line]:
                continue
            rows = _roomy(rows, row)
            position = jobs.position[line]
            pieces = _pieces(spots.pieces[position], 0.5, state)
            row = _ask(rows, row, day, one.row, spots.part[position], pieces, names)
    return rows, row


@njit(cache=True, nogil=True)
def _campaigns(
    rows: Any, row: int, one: Any, spots: Any, recalls: Any, names: Any, weekday: int, state: Any
) -> Any:
    """Recalls of machines built in the span; (rows, row)."""
    for recall in range(recalls.start[one.kind], recalls.start[one.kind + 1]):
        day = recalls.opens[recall] + int(_uniform(state) * recalls.days[recall])
        if not recalls.built_from[recall] <= one.installed < recalls.built_to[recall]:
            continue
        if one.installed <= day < one.end:
            rows = _roomy(rows, row)
            position = recalls.position[recall]
            day = _working_day(day, weekday, 0.0, state, one.end)
            pieces, part = spots.pieces[position], spots.part[position]
            row = _ask(rows, row, day, one.row, part, pieces, names)
    return rows, row


@njit(cache=True, nogil=True)
def _roomy(rows: Any, row: int) -> Any:
    """`rows`, or a copy twice as long when few are free."""
    if row + _ROOM <= len(rows):
        return rows
    longer = np.empty(2 * len(rows), dtype=np.int64)
    for written in range(row):
        longer[written] = rows[written]
    return longer


@njit(cache=True, nogil=True)
def requests(
    seed: int,
    machines: Any,
    plans: Any,
    clocks: Any,
    skip_below: Any,
    rhythm_days: Any,
    names: Any,
    weekday: int,
) -> Any:
    """All requests of all machines, packed and unsorted.

    `clocks[s, d]` are operating days of season s up to day d. A part whose life begins with a
    chance below `skip_below` outlives every machine of its type. Day 0 falls on `weekday`.
    """
    rows = np.empty(1 << 16, dtype=np.int64)
    row = 0
    state = np.zeros(1, dtype=np.uint64)
    spots, jobs, recalls = plans
    for machine in range(len(machines.kind)):
        state[0] = _mixed(np.uint64(seed) + _mixed(np.uint64(machine + 1)))
        one = _machine(machines, machine, clocks)
        rhythm = rhythm_days[one.customer]
        rows, row = _failures(rows, row, one, spots, skip_below, names, weekday, state)
        rows, row = _services(rows, row, one, spots, jobs, rhythm, names, weekday, state)
        rows, row = _campaigns(rows, row, one, spots, recalls, names, weekday, state)
    return rows[:row]
