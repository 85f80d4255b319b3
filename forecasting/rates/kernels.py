"""The hidden-rate filter, compiled: forward–backward sums for learning, a walk over events for use.

States are rows and columns throughout; `change[j, k]` is the chance that state j is followed by k.
"""

import numpy as np
from numba import njit

STATES = 10  # a constant, so that the inner loops are unrolled


@njit(cache=True, nogil=True)
def expected_counts(start, period, periods, begin, asked, change, first):  # type: ignore[no-untyped-def]
    """Baum–Welch sums over all items: moves between states, visits with and without demand.

    Returns moves (states²), visits without and with demand, first visits, and the log likelihood.
    """
    states = STATES
    moves, visits = np.zeros((states, states)), np.zeros((2, states))
    firsts, likelihood = np.zeros(states), 0.0
    longest = 1
    for item in range(len(periods)):
        longest = max(longest, periods[item])
    seen = np.empty(longest, np.int64)
    ahead, scale = np.empty((longest, states)), np.empty(longest)
    back, weight, believed = np.empty(states), np.empty(states), np.empty(states)
    backwards = np.ascontiguousarray(change.T)
    chance = np.empty((2, states))
    chance[0], chance[1] = 1.0 - asked, asked
    for item in range(len(periods)):
        count = periods[item] - begin[item]
        if count <= 0:
            continue
        seen[:count] = 0
        for row in range(start[item], start[item + 1]):
            if period[row] >= begin[item]:
                seen[period[row] - begin[item]] = 1
        for t in range(count):
            for k in range(states):
                believed[k] = first[k] if t == 0 else 0.0
            if t > 0:
                for j in range(states):
                    share = ahead[t - 1, j]
                    for k in range(states):
                        believed[k] += share * change[j, k]
            total = 0.0
            for k in range(states):
                believed[k] *= chance[seen[t], k]
                total += believed[k]
            for k in range(states):
                ahead[t, k] = believed[k] / total
            scale[t] = total
            likelihood += np.log(total)
        for k in range(states):
            back[k] = 1.0
        for t in range(count - 1, -1, -1):
            for k in range(states):
                visits[seen[t], k] += ahead[t, k] * back[k]
                weight[k] = chance[seen[t], k] * back[k] / scale[t]
                back[k] = 0.0
            if t == 0:
                for k in range(states):
                    firsts[k] += first[k] * weight[k]
                break
            for k in range(states):
                share = weight[k]
                for j in range(states):
                    back[j] += backwards[k, j] * share
            for j in range(states):
                share = ahead[t - 1, j]
                for k in range(states):
                    moves[j, k] += share * weight[k]
    moves *= change
    return moves, visits, firsts, likelihood


@njit(cache=True, nogil=True)
def beliefs(start, period, periods, begin, asked, change, first):  # type: ignore[no-untyped-def]
    """Chances of each state in the period after the last, by item (items × states).

    `silent[g]` carries a belief over g periods without demand, so an item costs one product for
    each of its events, whatever the length of its history.
    """
    states, longest = STATES, 1
    for item in range(len(periods)):
        longest = max(longest, periods[item])
    silent = np.empty((longest + 1, states, states))
    silent[0] = np.eye(states)
    for gap in range(1, longest + 1):
        for j in range(states):
            silent[gap, j] = 0.0
            for k in range(states):
                silent[gap, j] += (1.0 - asked[j]) * change[j, k] * silent[gap - 1, k]
    one_step = change.reshape(1, states, states)
    out = np.empty((len(periods), states))
    now, then = np.empty(states), np.empty(states)
    for item in range(len(periods)):
        now[:] = first
        at = begin[item]
        for row in range(start[item], start[item + 1]):
            if period[row] < at:
                continue
            carry(now, silent, period[row] - at, then)
            total = 0.0
            for k in range(states):
                then[k] *= asked[k]
                total += then[k]
            for k in range(states):
                then[k] /= total
            carry(then, one_step, 0, now)
            at = period[row] + 1
        carry(now, silent, max(periods[item] - at, 0), then)
        total = then.sum()
        for k in range(states):
            out[item, k] = then[k] / total
    return out


@njit(cache=True, nogil=True)
def carry(belief, matrices, which, out):  # type: ignore[no-untyped-def]
    """A row vector times one of `matrices`, without allocating."""
    for k in range(STATES):
        out[k] = 0.0
    for j in range(STATES):
        share = belief[j]
        for k in range(STATES):
            out[k] += share * matrices[which, j, k]


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
