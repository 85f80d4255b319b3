"""Replications of a parent whose children order in batches, compiled."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def replications(rates, quantities, days, levels, runs, seed, most):
    """Counts of what each child lacks, one histogram by parent level, block of runs and child.

    A run: every child has been asked for a uniform number of pieces since its last order; single
    pieces are asked for as a Poisson stream for `days`; after each Q_i the child orders Q_i pieces,
    which queue at the parent. At the end the parent with base stock S0 owes what was ordered less
    S0, its last pieces in the queue. Child i lacks what is owed to it, and what it was asked for
    since its last order.
    """
    np.random.seed(seed)
    children = len(rates)
    blocks = 20
    counts = np.zeros((len(levels), blocks, children, most))
    total = rates.sum()
    owner = np.empty(most * 4, np.int64)
    phase = np.empty(children, np.int64)
    owed = np.empty(children, np.int64)
    cumulative = np.cumsum(rates) / total
    for run in range(runs):
        for i in range(children):
            phase[i] = np.random.randint(0, quantities[i])
        pieces = 0
        for _ in range(np.random.poisson(total * days)):
            i = min(np.searchsorted(cumulative, np.random.random()), children - 1)
            phase[i] += 1
            if phase[i] == quantities[i]:
                phase[i] = 0
                for _ in range(quantities[i]):
                    if pieces < len(owner):
                        owner[pieces] = i
                        pieces += 1
        for at in range(len(levels)):
            owed[:] = 0
            for piece in range(levels[at], pieces):
                owed[owner[piece]] += 1
            for i in range(children):
                lacking = min(phase[i] + owed[i], most - 1)
                counts[at, run % blocks, i, lacking] += 1.0
    return counts
