"""Life tables of orders and the drifting pace of whoever delivers them, compiled.

An order's life is counted in *relative age*: 0 when it is placed, 1 on the day it is due, 2 when it
is as late as it was meant to take. How long lives last is a shape (hazards by bin of age) times a
pace that drifts, and now and then jumps, with the day an order was placed.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints

LEAST_EXPOSURE = 1e-12
LOWEST_LOG, LOG_STEP, LOG_POINTS = -5.0, 0.005, 2000  # ages from 0.007 to 148
ODD_SHARE = 0.02  # of orders that tell nothing about the pace, whatever became of them


@njit(cache=True, nogil=True, error_model="numpy")
def bin_of(edges: Floats, age: float) -> int:
    """The bin an age falls into; the last one has no end."""
    at = int(np.searchsorted(edges, age, side="right")) - 1
    return min(max(at, 0), len(edges) - 2)


@njit(cache=True, nogil=True, error_model="numpy")
def lived_by(edges: Floats, hazard: Floats) -> Floats:
    """Accumulated hazard at ages e^(LOWEST_LOG + i · LOG_STEP), looked up without a search."""
    total, k = 0.0, 0
    found = np.empty(LOG_POINTS)
    for one in range(LOG_POINTS):
        age = np.exp(LOWEST_LOG + one * LOG_STEP)
        while k < len(hazard) - 1 and edges[k + 1] <= age:
            total += hazard[k] * (edges[k + 1] - edges[k])
            k += 1
        found[one] = total + hazard[k] * (age - edges[k])
    return found


@njit(cache=True, nogil=True, error_model="numpy", inline="always")
def looked_up(lived: Floats, log_age: float) -> float:
    """Accumulated hazard at an age given by its logarithm."""
    place = (log_age - LOWEST_LOG) / LOG_STEP
    if place <= 0.0:
        return 0.0 if log_age < LOWEST_LOG - 1.0 else float(lived[0])
    at = int(place)
    if at >= LOG_POINTS - 1:
        return float(lived[LOG_POINTS - 1])
    part = place - at
    return float(lived[at] * (1.0 - part) + lived[at + 1] * part)


@njit(cache=True, nogil=True, error_model="numpy")
def log_of(age: float) -> float:
    """Logarithm of an age; far below every other for 0."""
    return np.log(age) if age > 1e-12 else -50.0


@njit(cache=True, nogil=True, error_model="numpy")
def count_lives(
    edges: Floats, begin: Floats, sure: Floats, spread: Floats, arrived: Ints, weight: Floats
) -> tuple[Floats, Floats]:
    """Arrivals in each bin and time lived through it, in relative age, weighted.

    An order arrives somewhere in [sure, sure + spread], anywhere there alike; one that has not
    arrived was last seen at `sure`.
    """
    bins = len(edges) - 1
    arrivals, exposure = np.zeros(bins), np.zeros(bins)
    for one in range(len(begin)):
        low_end = max(begin[one], 0.0)
        width = spread[one] if arrived[one] else 0.0
        end = max(sure[one] + width, low_end)
        for k in range(bin_of(edges, low_end), bin_of(edges, end) + 1):
            upper = edges[k + 1] if k < bins - 1 else np.inf
            low, high = max(edges[k], low_end), min(upper, end)
            lived = max(high - low, 0.0)
            if arrived[one]:
                inside_low, inside_high = max(low, sure[one]), min(high, end)
                if width > 0.0 and inside_high > inside_low:
                    arrivals[k] += weight[one] * (inside_high - inside_low) / width
                    gone = 0.5 * (inside_low + inside_high - 2.0 * sure[one]) / width
                    lived -= gone * (inside_high - inside_low)
                elif width == 0.0 and k == bin_of(edges, end):
                    arrivals[k] += weight[one]
            exposure[k] += weight[one] * lived
    return arrivals, exposure


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_paces(
    edges: Floats,
    hazard: Floats,
    paces: Floats,
    begin: Floats,
    sure: Floats,
    spread: Floats,
    arrived: Ints,
) -> tuple[Floats, float]:
    """Likelihood of what became of each order (rows) at each pace (columns), largest 1.

    Also the logarithm of what was divided by, all rows together.
    """
    lived = lived_by(edges, hazard)
    log_paces = np.log(paces)
    found = np.empty((len(sure), len(paces)))
    divided = 0.0
    for one in range(len(sure)):
        best = 0.0
        log_begin, log_sure = log_of(begin[one]), log_of(sure[one])
        log_late = log_of(sure[one] + max(spread[one], 1e-3))
        for state in range(len(paces)):
            before = looked_up(lived, log_begin - log_paces[state])
            chance = np.exp(before - looked_up(lived, log_sure - log_paces[state]))
            if arrived[one]:
                chance -= np.exp(before - looked_up(lived, log_late - log_paces[state]))
            found[one, state] = max(chance, 0.0)
            best = max(best, found[one, state])
        if best <= 0.0:
            best, found[one, :] = 1e-300, 1e-300
        divided += np.log(best)
        for state in range(len(paces)):
            found[one, state] = (1.0 - ODD_SHARE) * found[one, state] / best + ODD_SHARE
    return found, divided


@njit(cache=True, nogil=True, error_model="numpy")
def _a_day_later(belief: Floats, drift: float, jump: float, anywhere: Floats) -> Floats:
    """Belief about the pace a day later (the same a day before: the chain is symmetric)."""
    states = len(belief)
    after = np.empty(states)
    for state in range(states):
        below = belief[max(state - 1, 0)]
        above = belief[min(state + 1, states - 1)]
        moved = (1.0 - drift) * belief[state] + 0.5 * drift * (below + above)
        after[state] = (1.0 - jump) * moved + jump * anywhere[state]
    return after


@njit(cache=True, nogil=True, error_model="numpy")
def follow_pace(
    likelihood: Floats, day: Ints, days: int, drift: float, jump: float, anywhere: Floats
) -> tuple[Floats, float]:
    """Belief about the pace of orders placed on each day, from all orders before and after.

    Also the logarithm of how likely all of it was together (evidence).

    Forward-backward over a hidden Markov chain (Rabiner 1989); `day` is the row of the day each
    order was placed on, ascending.
    """
    states = likelihood.shape[1]
    told = np.ones((days, states))
    evidence = 0.0
    for one in range(len(day)):
        row = told[day[one]]
        row *= likelihood[one]
        largest = np.max(row)
        row /= largest
        evidence += np.log(largest)
    belief = np.empty((days, states))
    now = anywhere.copy()
    for one in range(days):
        if one:
            now = _a_day_later(now, drift, jump, anywhere)
        now = now * told[one]
        evidence += np.log(np.sum(now))
        now /= np.sum(now)
        belief[one] = now
    back = np.ones(states)
    for one in range(days - 2, -1, -1):
        back = back * told[one + 1]
        back /= np.sum(back * anywhere)
        back = (1.0 - jump) * _drifted(back, drift) + jump * np.sum(back * anywhere)
        belief[one] = belief[one] * back
        belief[one] /= np.sum(belief[one])
    return belief, evidence


@njit(cache=True, nogil=True, error_model="numpy")
def _drifted(values: Floats, drift: float) -> Floats:
    states = len(values)
    after = np.empty(states)
    for state in range(states):
        below, above = values[max(state - 1, 0)], values[min(state + 1, states - 1)]
        after[state] = (1.0 - drift) * values[state] + 0.5 * drift * (below + above)
    return after


@njit(cache=True, nogil=True, error_model="numpy")
def still_waiting(
    edges: Floats, hazard: Floats, paces: Floats, belief: Floats, age_now: float, ages: Floats
) -> Floats:
    """Chance that an order not there at `age_now` is still not there at each of `ages`.

    `belief` about its pace already knows that the order is not there yet.
    """
    lived = lived_by(edges, hazard)
    left = np.zeros(len(ages))
    logs = np.empty(len(ages))
    for one in range(len(ages)):
        logs[one] = log_of(ages[one])
    log_now = log_of(age_now)
    for state in range(len(paces)):
        if belief[state] < 1e-9:
            continue
        log_pace = np.log(paces[state])
        before = looked_up(lived, log_now - log_pace)
        for one in range(len(ages)):
            after = looked_up(lived, logs[one] - log_pace)
            left[one] += belief[state] * np.exp(min(before - after, 0.0))
    return left
