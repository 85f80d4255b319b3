"""Replications of a parent whose children order in batches, compiled."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def replications(
    rates, quantities, pieces_asked, chance_asked, days, earlier_days, levels, runs, seed, most
):
    """Counts of what each child lacks: by parent level, block of runs, child and pieces.

    A run: every child has been asked for a uniform number of pieces since its last order; requests
    for `pieces_asked` (cumulative chances) come as a Poisson stream for `days` (for negative levels
    `earlier_days` before those); as often as Q_i pieces were asked for the child orders them, and
    they queue at the parent. At the end the
    parent with base stock S0 owes what was ordered in `days` less S0, its last pieces in the queue.
    Child i lacks what is owed to it and what it was asked for since its last order.
    """
    np.random.seed(seed)
    children = len(rates)
    blocks = 20
    counts = np.zeros((len(levels), blocks, children, most))
    total = rates.sum()
    owner = np.empty(8 * most, np.int64)
    phase = np.empty(children, np.int64)
    owed = np.empty(children, np.int64)
    chance = np.cumsum(rates) / total
    for run in range(runs):
        for i in range(children):
            phase[i] = np.random.randint(0, quantities[i])
        pieces = 0
        before = 0
        earlier = np.random.poisson(total * earlier_days)
        for asked in range(earlier + np.random.poisson(total * days)):
            i = min(np.searchsorted(chance, np.random.random()), children - 1)
            size = pieces_asked[0]
            if len(pieces_asked) > 1:
                size = pieces_asked[np.searchsorted(chance_asked, np.random.random())]
            phase[i] += size
            while phase[i] >= quantities[i]:
                phase[i] -= quantities[i]
                owner[pieces : pieces + quantities[i]] = i
                pieces += quantities[i]
            if asked < earlier:
                before = pieces
        for at in range(len(levels)):
            owed[:] = 0
            for piece in range(max(before + levels[at], 0), pieces):
                owed[owner[piece]] += 1
            for i in range(children):
                counts[at, run % blocks, i, min(phase[i] + owed[i], most - 1)] += 1.0
    return counts
