"""The judge for a parent and its children: exact where it can be, by simulation for batches.

It shares no formula with the package: plain sums over scipy.stats, and replications.

Exact, single pieces one for one (Simon 1971, Graves 1985): what a parent owes at any time is Poisson
demand of its lead time; of what waits each piece is a child's with chance f; on top of these a
child's pipeline holds the Poisson demand of its transport time.
"""

import numpy as np
from scipy import stats

from tests.inventory.batch_judge.kernels import replications


def parent_backorders(owed, level):
    """P(B = b) of a parent with base stock `level`, from P(X = x) = owed[x]."""
    if level <= 0:
        return np.concatenate((np.zeros(-level), owed))
    return np.concatenate(([owed[: level + 1].sum()], owed[level + 1 :]))


def poisson_law(mean):
    """P(X = x) from 0 to where nothing is left."""
    return stats.poisson.pmf(np.arange(int(mean + 12 * mean**0.5 + 30)), mean)


def thinned(law, share):
    """The law of those pieces that are one child's."""
    count = np.arange(len(law))
    return law @ stats.binom.pmf(count[None, :], count[:, None], share)


def exact_pipelines(rates, transport, own_repair, depot_mean, levels):
    """The law of each child's pipeline; the parent's law averaged over its base stock `levels`.

    `rates` are what each child asks of the parent per day, `transport` its days on the way,
    `own_repair` the mean number of pieces in its own repair, `depot_mean` what the parent owes.
    """
    laws = [parent_backorders(poisson_law(depot_mean), level) for level in levels]
    waiting = np.mean([np.pad(law, (0, max(map(len, laws)) - len(law))) for law in laws], axis=0)
    found = []
    for rate, days, repair in zip(rates, transport, own_repair, strict=True):
        share = rate / sum(rates)
        found.append(np.convolve(thinned(waiting, share), poisson_law(rate * days + repair)))
    return waiting, found


def moments(law):
    """Mean and variance."""
    x = np.arange(len(law))
    mean = law @ x
    return mean, law @ x**2 - mean**2


def backorders(law, level):
    """E[(X − S)⁺]."""
    return law @ np.maximum(np.arange(len(law)) - level, 0)


def ready_rate(law, level):
    """P(X < S)."""
    return law[: max(level, 0)].sum()


def simulated_pipelines(rates, transport, quantities, parent_days, levels, *, runs, seed):
    """The law of (R + 1 + X_i − position) of each child: what its position lacks, and then waits.

    Children order `quantities` at a time, the parent holds base stock `levels`, one law for each.
    Position and phases are uniform and independent at any time (each request permutes them), so a
    run starts one parent's lead time back and is played up to now; what is asked for on the way to
    the child comes after and is independent. Returns by level and child a list of laws, `law[k]` =
    P(S_i − net stock = k) at base stock S_i = R + Q, as a matrix of runs' means and a matrix of
    standard errors can be made from: here halves are given for the error.
    """
    rates = np.asarray(rates, dtype=np.float64)
    mean = rates.sum() * parent_days
    most = int(mean + 10 * mean**0.5 + 12 * max(quantities) + 40)
    return replications(
        rates,
        np.asarray(quantities, dtype=np.int64),
        float(parent_days),
        np.asarray(levels, dtype=np.int64),
        runs,
        seed,
        most,
    )
