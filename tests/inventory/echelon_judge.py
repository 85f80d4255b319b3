"""The judge for a parent and its children: exact where it can be, by simulation for batches.

It shares no formula with the package: plain sums over scipy.stats, and replications.

Exact, single pieces one for one (Simon 1971, Graves 1985): what a parent owes is the Poisson
demand of its lead time; of what waits each piece is a child's with chance f; on top of these a
child's pipeline holds the Poisson demand of its transport time.
"""

import numpy as np
from scipy import stats

from tests.inventory.batch_judge.kernels import replications
from tests.inventory.builders import SINGLE


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


def simulated_lacks(rates, quantities, parent_days, levels, *, runs, seed, sizes=SINGLE):
    """What each child's position and the parent's queue together lack, by simulation.

    Children are asked for `rates` pieces a day and order `quantities` at a time of a parent with
    base stock `levels`. Position and phases are uniform and independent at any time (each request
    permutes them), so a run starts one lead time of the parent back and is played up to now. Net
    stock of child i at base stock S = R + Q one transport time later is S − lack − demand of the
    transport, which comes after and is independent. Returns P(lack = k) as an array by level, block
    of runs and child.
    """
    rates = np.asarray(rates, dtype=np.float64)
    levels = np.asarray(levels, dtype=np.int64)
    owed = max(0, -int(levels.min())) + 3 * max(quantities) * (levels.min() < 0)
    earlier = (owed + 8 * owed**0.5) / rates.sum()
    mean = rates.sum() * (parent_days + earlier)
    largest = max(*quantities, *sizes.pieces)
    most = int(mean + 10 * (mean * largest) ** 0.5 + 12 * largest + 40)
    counts = replications(
        rates / sizes.mean,
        np.asarray(quantities, dtype=np.int64),
        np.array(sizes.pieces),
        np.cumsum(sizes.share)[:-1],
        float(parent_days),
        float(earlier),
        levels,
        runs,
        seed,
        most,
    )
    return counts / counts.sum(axis=3, keepdims=True)


def compound_law(mean, sizes):
    """P(X = x) of compound Poisson demand of `mean` pieces, by its generating function."""
    if sizes == SINGLE:
        return poisson_law(mean)
    most = int(mean + 14 * (mean * sizes.pieces[-1]) ** 0.5 + 40 * sizes.pieces[-1])
    size = np.zeros(most)
    size[list(sizes.pieces)] = sizes.share
    law = np.fft.ifft(np.exp(mean / sizes.mean * (np.fft.fft(size) - 1))).real
    return np.maximum(law, 0.0)


def with_transport(lacks, mean, sizes=SINGLE):
    """The law of lack and transport demand together, by block."""
    transport = compound_law(mean, sizes)
    return np.array([np.convolve(law, transport) for law in lacks])


def fill_rates(laws, sizes=SINGLE):
    """Share of pieces served at once at base stock S = 0, 1, …, by block of laws."""
    at_most = np.cumsum(laws, axis=1)
    fill = np.zeros_like(at_most)
    for size, share in zip(sizes.pieces, sizes.share, strict=True):
        for piece in range(1, size + 1):
            fill[:, piece:] += share * at_most[:, :-piece]
    return fill / sizes.mean
