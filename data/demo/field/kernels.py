"""Machine by machine: lives of its parts, planned services and recalls, as packed requests.

A request is one integer, day | machine | part | pieces from the highest bits down, so that plain
sorting puts requests in order of day and machine. Each machine has random numbers of its own.
"""

from typing import Any

import numpy as np
from numba import njit

PIECES_BITS, PART_BITS, MACHINE_BITS = 10, 20, 22
MOST_PIECES = 2**PIECES_BITS - 1
_ROOM = 4096  # rows kept free, more than one machine asks for between two looks


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
def _packed(day: int, machine: int, part: int, pieces: int) -> Any:
    high = (day << MACHINE_BITS) | machine
    return (((high << PART_BITS) | part) << PIECES_BITS) | min(pieces, MOST_PIECES)


@njit(cache=True, nogil=True)
def _ask(
    rows: Any, row: int, day: int, machine: int, part: int, pieces: int, successor: Any, since: Any
) -> int:
    """Write one request, for the successor where there is one by then."""
    if successor[part] >= 0 and day >= since[part]:
        part = successor[part]
    rows[row] = _packed(day, machine, part, pieces)
    return row + 1


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
def requests(
    seed: int,
    machines: Any,
    positions: Any,
    services: Any,
    campaigns: Any,
    clocks: Any,
    skip_below: Any,
    rhythm_days: Any,
    successor: Any,
    since: Any,
    weekday_zero: int,
) -> Any:
    """All requests of all machines, packed and unsorted.

    `clocks[s, d]` are operating days of season s up to day d. A part whose life begins with a
    chance below `skip_below` outlives every machine of its type.
    """
    rows = np.empty(1 << 16, dtype=np.int64)
    row = 0
    state = np.zeros(1, dtype=np.uint64)
    for machine in range(len(machines.kind)):
        state[0] = _mixed(np.uint64(seed) + _mixed(np.uint64(machine + 1)))
        kind = machines.kind[machine]
        clock = clocks[machines.season[machine]]
        installed = machines.installed[machine]
        end = machines.scrapped[machine]
        pace = machines.pace[machine]
        born = clock[installed] if installed >= 0 else float(installed)
        age_at_end = pace * (clock[end] - born)
        for position in range(positions.start[kind], positions.start[kind + 1]):
            chance = _uniform(state)
            if chance < skip_below[position]:
                continue
            age = 0.0
            while True:
                life = (-np.log(chance)) ** (1 / positions.shape[position])
                age += life * positions.scale_days[position] + 1.0
                if age >= age_at_end:
                    break
                chance = _uniform(state)
                reading = born + age / pace
                if reading < 0:
                    continue
                if row + _ROOM > len(rows):
                    rows = np.concatenate((rows, np.empty_like(rows)))
                day = np.searchsorted(clock, reading, side="right") - 1
                day = _working_day(day, weekday_zero, 0.35, state, end)
                alike = positions.pieces[position]
                pieces = _pieces(alike, positions.set_share[position], state)
                part = positions.part[position]
                row = _ask(rows, row, day, machine, part, pieces, successor, since)
                for slot in range(3):
                    other = positions.companion[position, slot]
                    if other < 0 or _uniform(state) > positions.companion_share[position, slot]:
                        continue
                    pieces = _pieces(positions.pieces[other], 0.6, state)
                    part = positions.part[other]
                    row = _ask(rows, row, day, machine, part, pieces, successor, since)
        visit = services.interval_days[kind]
        rhythm = rhythm_days[machines.customer[machine]]
        age, count = visit * (0.5 + 0.5 * _uniform(state)), 0
        while age < age_at_end:
            count += 1
            reading = born + age / pace
            age += visit * (0.85 + 0.3 * _uniform(state))
            if reading < 0:
                continue
            if row + _ROOM > len(rows):
                rows = np.concatenate((rows, np.empty_like(rows)))
            day = np.searchsorted(clock, reading, side="right") - 1
            day += rhythm - 1 - (day + machines.customer[machine]) % rhythm
            if day >= end:
                continue
            day = _working_day(day, weekday_zero, 0.0, state, end)
            for line in range(services.start[kind], services.start[kind + 1]):
                if count % services.every[line] or _uniform(state) > services.share[line]:
                    continue
                position = services.position[line]
                pieces = _pieces(positions.pieces[position], 0.5, state)
                part = positions.part[position]
                row = _ask(rows, row, day, machine, part, pieces, successor, since)
        for recall in range(campaigns.start[kind], campaigns.start[kind + 1]):
            if not campaigns.built_from[recall] <= installed < campaigns.built_to[recall]:
                continue
            day = campaigns.opens[recall] + int(_uniform(state) * campaigns.days[recall])
            if installed <= day < end:
                position = campaigns.position[recall]
                day = _working_day(day, weekday_zero, 0.0, state, end)
                pieces, part = positions.pieces[position], positions.part[position]
                row = _ask(rows, row, day, machine, part, pieces, successor, since)
    return rows[:row]
