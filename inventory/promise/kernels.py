"""Life tables of orders and the drifting pace of whoever delivers them, compiled.

An order's life is counted in *relative age*: 0 when it is placed, 1 on the day it is due, 2 when it
is as late as it was meant to take. How long lives last is a shape (hazards by bin of age) times a
pace that drifts, and now and then jumps, with the day an order was placed.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints

LEAST_EXPOSURE = 1e-12
ODD_SHARE = 0.02  # of orders that tell nothing about the pace, whatever became of them


@njit(cache=True, nogil=True, error_model="numpy")
def bin_of(edges: Floats, age: float) -> int:
    """The bin an age falls into; the last one has no end."""
    return min(max(np.searchsorted(edges, age, side="right") - 1, 0), len(edges) - 2)


@njit(cache=True, nogil=True, error_model="numpy")
def lived_until(edges: Floats, total: Floats, hazard: Floats, age: float) -> float:
    """Accumulated hazard at an age; `total` is that at the edges."""
    if age <= 0.0:
        return 0.0
    k = bin_of(edges, age)
    return total[k] + hazard[k] * (age - edges[k])


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
) -> Floats:
    """Likelihood of what became of each order (rows) at each pace (columns), largest 1."""
    total = np.zeros(len(edges))
    for k in range(len(hazard)):
        total[k + 1] = total[k] + hazard[k] * (edges[k + 1] - edges[k])
    found = np.empty((len(sure), len(paces)))
    for one in range(len(sure)):
        best = 0.0
        for state in range(len(paces)):
            pace = paces[state]
            before = lived_until(edges, total, hazard, begin[one] / pace)
            chance = np.exp(before - lived_until(edges, total, hazard, sure[one] / pace))
            if arrived[one]:
                late = (sure[one] + max(spread[one], 1e-3)) / pace
                chance -= np.exp(before - lived_until(edges, total, hazard, late))
            found[one, state] = max(chance, 0.0)
            best = max(best, found[one, state])
        if best <= 0.0:
            best, found[one, :] = 1.0, 1.0
        for state in range(len(paces)):
            found[one, state] = (1.0 - ODD_SHARE) * found[one, state] / best + ODD_SHARE
    return found


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
) -> Floats:
    """Belief about the pace of orders placed on each day, from all orders before and after.

    Forward-backward over a hidden Markov chain (Rabiner 1989); `day` is the row of the day each
    order was placed on, ascending.
    """
    states = likelihood.shape[1]
    told = np.ones((days, states))
    for one in range(len(day)):
        row = told[day[one]]
        row *= likelihood[one]
        row /= np.max(row)
    belief = np.empty((days, states))
    now = anywhere.copy()
    for one in range(days):
        if one:
            now = _a_day_later(now, drift, jump, anywhere)
        now = now * told[one]
        now /= np.sum(now)
        belief[one] = now
    back = np.ones(states)
    for one in range(days - 2, -1, -1):
        back = back * told[one + 1]
        back /= np.sum(back * anywhere)
        back = (1.0 - jump) * _drifted(back, drift) + jump * np.sum(back * anywhere)
        belief[one] = belief[one] * back
        belief[one] /= np.sum(belief[one])
    return belief


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
    total = np.zeros(len(edges))
    for k in range(len(hazard)):
        total[k + 1] = total[k] + hazard[k] * (edges[k + 1] - edges[k])
    left = np.zeros(len(ages))
    for state in range(len(paces)):
        if belief[state] < 1e-9:
            continue
        before = lived_until(edges, total, hazard, age_now / paces[state])
        for one in range(len(ages)):
            lived = lived_until(edges, total, hazard, ages[one] / paces[state])
            left[one] += belief[state] * np.exp(min(before - lived, 0.0))
    return left
