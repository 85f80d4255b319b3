"""The hidden-rate filter, compiled: forward–backward sums for learning, a walk over events for use.

States are rows and columns throughout; `change[j, k]` is the chance that state j is followed by k.
Nothing walks over silent periods one by one: from one request to the next an item leaps, and
`leaps[gap, j, k]` is the chance that the `gap` periods after state j are silent and k follows them.
Its last row, j = `STATES`, leaps from the beginning of a history. So an item costs one product for
each of its events, however long its history is.
"""

import numpy as np
from numba import njit

STATES = 10  # a constant, so that the inner loops are unrolled


@njit(cache=True, nogil=True)
def expected_counts(start, period, periods, begin, asked, change, first):  # type: ignore[no-untyped-def]
    """Baum–Welch sums over all items: moves between states, visits, first visits.

    Returns moves (states²), all visits and those with demand, first visits, the log likelihood.
    """
    mark_start, gap, busy = marks_of(start, period, periods, begin)
    leaps = leaps_over(gap.max() if len(gap) else 0, asked, change, first)
    ends, asked_for, likelihood = ends_of_gaps(mark_start, gap, busy, leaps, asked)
    moves, firsts = inside_gaps(ends, leaps, asked)
    moves *= change
    firsts *= first
    visits = np.empty((2, STATES))
    visits[0], visits[1] = firsts + moves.sum(axis=0), asked_for
    return moves, visits, firsts, likelihood


@njit(cache=True, nogil=True)
def marks_of(start, period, periods, begin):  # type: ignore[no-untyped-def]
    """Where leaps end: an item's periods with demand, and its last period if that is silent.

    Returns the marks' start by item; by mark, the silent periods before it and whether it has
    demand.
    """
    items = len(periods)
    mark_start = np.zeros(items + 1, np.int64)
    gap, busy = np.empty(len(period) + items, np.int64), np.zeros(len(period) + items, np.int64)
    marks = 0
    for item in range(items):
        at = begin[item]
        for row in range(start[item], start[item + 1]):
            if period[row] >= at:
                gap[marks], busy[marks] = period[row] - at, 1
                marks += 1
                at = period[row] + 1
        if at < periods[item]:
            gap[marks] = periods[item] - 1 - at
            marks += 1
        mark_start[item + 1] = marks
    return mark_start, gap[:marks], busy[:marks]


@njit(cache=True, nogil=True)
def leaps_over(longest, asked, change, first):  # type: ignore[no-untyped-def]
    """Leaps over 0 … longest silent periods ((longest + 1) × (states + 1) × states)."""
    leaps = np.zeros((longest + 1, STATES + 1, STATES))
    leaps[0, :STATES], leaps[0, STATES] = change, first
    silent = change * (1.0 - asked).reshape(STATES, 1)
    for gap in range(longest):
        add_product(leaps[gap], silent, leaps[gap + 1])
    return leaps


@njit(cache=True, nogil=True)
def ends_of_gaps(mark_start, gap, busy, leaps, asked):  # type: ignore[no-untyped-def]
    """Forward and backward over every item's marks.

    Returns, by length of a gap, the sums of (chance of state j before it) × (how likely state k
    after it makes what follows); the visits with demand; the log likelihood.
    """
    ends, asked_for, likelihood = np.zeros(leaps.shape), np.zeros(STATES), 0.0
    most = np.diff(mark_start).max() if len(mark_start) > 1 else 0
    believed, scale = np.zeros((most + 1, STATES + 1)), np.empty(most + 1)
    believed[0, STATES] = 1.0
    then, weight, back = np.empty(STATES), np.empty(STATES), np.empty(STATES)
    chance = np.empty((2, STATES))
    chance[0], chance[1] = 1.0 - asked, asked
    turned = np.ascontiguousarray(leaps[:, :STATES].transpose(0, 2, 1))
    for item in range(len(mark_start) - 1):
        before_first = mark_start[item] - 1
        for mark in range(mark_start[item], mark_start[item + 1]):
            at = mark - before_first
            carry(believed, at - 1, leaps, gap[mark], then)
            scale[at] = weigh(then, chance, busy[mark])
            for k in range(STATES):
                believed[at, k] = then[k]
            likelihood += np.log(scale[at])
        back[:] = 1.0
        for mark in range(mark_start[item + 1] - 1, before_first, -1):
            at = mark - before_first
            for k in range(STATES):
                asked_for[k] += busy[mark] * believed[at, k] * back[k]
                weight[k] = chance[busy[mark], k] * back[k] / scale[at]
            add_pairs(believed, at - 1, weight, ends, gap[mark])
            carry_back(turned, gap[mark], weight, back)
    return ends, asked_for, likelihood


@njit(cache=True, nogil=True)
def inside_gaps(ends, leaps, asked):  # type: ignore[no-untyped-def]
    """Sums for single periods from those for ends of gaps: moves (÷ `change`), firsts (÷ `first`).

    All gaps are gone through at once, from the end of the longest: `later` pairs the state before
    a gap with that of its period `gap`, `inside` the states of two periods that follow each other.
    """
    later, inside = np.zeros((STATES + 1, STATES)), np.zeros((STATES, STATES))
    leave = np.ascontiguousarray(leaps[0].T)
    silent = np.ascontiguousarray(leave[:, :STATES] * (1.0 - asked))
    for gap in range(len(ends) - 1, -1, -1):
        deeper = np.zeros((STATES, STATES))
        add_product(leave, later, deeper)
        add_product(silent, inside, deeper)
        inside = deeper
        here = ends[gap].copy()
        add_product(later, silent, here)
        later = here
    return later[:STATES] + inside * (1.0 - asked).reshape(STATES, 1), later[STATES].copy()


@njit(cache=True, nogil=True)
def beliefs(start, period, periods, begin, asked, change, first):  # type: ignore[no-untyped-def]
    """Chances of each state in the period after the last, by item (items × states)."""
    longest = max(periods.max(), 0) if len(periods) else 0
    leaps = leaps_over(longest, asked, change, first)
    out, chance = np.empty((len(periods), STATES)), np.ones((2, STATES))
    chance[0] = asked
    believed, then = np.empty((1, STATES + 1)), np.empty(STATES)
    for item in range(len(periods)):
        believed[0, :STATES], believed[0, STATES] = 0.0, 1.0
        at = begin[item]
        for row in range(start[item], start[item + 1]):
            if period[row] >= at:
                carry(believed, 0, leaps, period[row] - at, then)
                weigh(then, chance, 0)
                for k in range(STATES):
                    believed[0, k] = then[k]
                believed[0, STATES] = 0.0
                at = period[row] + 1
        carry(believed, 0, leaps, max(periods[item] - at, 0), then)
        weigh(then, chance, 1)
        for k in range(STATES):
            out[item, k] = then[k]
    return out


@njit(cache=True, nogil=True)
def carry(believed, row, leaps, gap, out):  # type: ignore[no-untyped-def]
    """A row vector (states, or the beginning alone) times a leap, without allocating."""
    if believed[row, STATES] == 1.0:
        for k in range(STATES):
            out[k] = leaps[gap, STATES, k]
        return
    for k in range(STATES):
        total = 0.0
        for j in range(STATES):
            total += believed[row, j] * leaps[gap, j, k]
        out[k] = total


@njit(cache=True, nogil=True)
def carry_back(turned, gap, weight, out):  # type: ignore[no-untyped-def]
    """A leap from each state (`turned`: state after × state before) times a column vector."""
    for j in range(STATES):
        out[j] = 0.0
    for k in range(STATES):
        for j in range(STATES):
            out[j] += turned[gap, k, j] * weight[k]


@njit(cache=True, nogil=True)
def weigh(believed, chance, seen):  # type: ignore[no-untyped-def]
    """Multiply by the chance of what was seen and make the sum 1; the sum before that."""
    total = 0.0
    for k in range(STATES):
        believed[k] *= chance[seen, k]
        total += believed[k]
    for k in range(STATES):
        believed[k] /= total
    return total


@njit(cache=True, nogil=True)
def add_pairs(believed, row, weight, sums, gap):  # type: ignore[no-untyped-def]
    """Add every product of one of `believed` (states, or the beginning alone) and of `weight`."""
    if believed[row, STATES] == 1.0:
        for k in range(STATES):
            sums[gap, STATES, k] += weight[k]
        return
    for j in range(STATES):
        for k in range(STATES):
            sums[gap, j, k] += believed[row, j] * weight[k]


@njit(cache=True, nogil=True)
def add_product(left, right, sums):  # type: ignore[no-untyped-def]
    """Add a product of matrices, its columns the states."""
    for i in range(left.shape[0]):
        for j in range(left.shape[1]):
            for k in range(STATES):
                sums[i, k] += left[i, j] * right[j, k]


@njit(cache=True, nogil=True)
def horizon_moments(asked, change, most):  # type: ignore[no-untyped-def]
    """E[Σ p] and E[(Σ p)²] over the next 0 … most periods, by state now ((most + 1) × states)."""
    states = STATES
    first, second = np.zeros((most + 1, states)), np.zeros((most + 1, states))
    for ahead in range(1, most + 1):
        for j in range(states):
            mean = square = 0.0
            for k in range(states):
                mean += change[j, k] * first[ahead - 1, k]
                square += change[j, k] * second[ahead - 1, k]
            first[ahead, j] = asked[j] + mean
            second[ahead, j] = asked[j] ** 2 + 2 * asked[j] * mean + square
    return first, second


@njit(cache=True, nogil=True)
def drawn_by_group(likelihood, group, share):  # type: ignore[no-untyped-def]
    """Sums by group (groups × states) of items' chances under the shares of their group."""
    sums, drawn = np.zeros(share.shape), np.empty(STATES)
    for item in range(len(group)):
        total = 0.0
        for k in range(STATES):
            drawn[k] = likelihood[item, k] * share[group[item], k]
            total += drawn[k]
        for k in range(STATES):
            sums[group[item], k] += drawn[k] / total
    return sums
