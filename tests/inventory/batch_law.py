"""The exact law of what a child lacks whose parent's children all order Q at a time.

Single pieces, Poisson, constant times. Looking back over the parent's lead time L, the orders since
its beginning first come up to its base stock S at some time l, or never. All that was ordered
before is shipped. So a child lacks what it was asked for since l, on top of what it had not yet
ordered then; and if the order that came up to S is its own, what that order has beyond S instead.
Orders are renewals of Q pieces, phases uniform and independent, so all of it is sums of products.
It shares no formula with the package.
"""

import numpy as np
from scipy import stats


def lack_law(rates, quantity, parent_days, level, child):
    """P(lack = k) of one child; the parent's base stock `level` is 1 or more."""
    return lack_laws(rates, quantity, parent_days, [level], child)[0]


def lack_laws(rates, quantity, parent_days, levels, child, *, nodes=24):
    """The same for several levels of the parent, looked at at so many points of its lead time."""
    mine, most = rates[child], -(-max(levels) // quantity) + 1
    others = [rate for at, rate in enumerate(rates) if at != child]
    size = int(mine * parent_days + 12 * (mine * parent_days) ** 0.5) + 3 * quantity + 40
    laws = [np.zeros(size) for _ in levels]
    needed = [-(-level // quantity) for level in levels]

    counts, _ = counted(others, quantity, parent_days, most)
    nobody_late, own = np.cumsum(counts), joint(mine * parent_days, quantity, most)
    for law, need in zip(laws, needed, strict=True):
        law[:quantity] += sum(own[n] * nobody_late[need - 1 - n] for n in range(need))
    points, weights = np.polynomial.legendre.leggauss(nodes)
    for point, weight in zip(points, weights, strict=True):
        days, width = parent_days * (1 + point) / 2, parent_days * weight / 2
        asked = stats.poisson.pmf(np.arange(size), mine * (parent_days - days))
        counts, hits_of_others = counted(others, quantity, days, most)
        after_own = joint(mine * days, quantity, most, fresh=True).sum(axis=1)
        hits, own = (
            mine / quantity * np.convolve(after_own, counts),
            joint(mine * days, quantity, most),
        )
        for law, need, level in zip(laws, needed, levels, strict=True):
            phase = sum(own[n] * hits_of_others[need - 1 - n] for n in range(need))
            law[:] += width * np.convolve(phase, asked)[:size]
            beyond = -level % quantity
            law[beyond:] += width * hits[need - 1] * asked[: size - beyond]
    return laws


def counted(rates, quantity, days, most):
    """P(n orders together), and the rate at which the next of them comes after n."""
    alone = [joint(rate * days, quantity, most).sum(axis=1) for rate in rates]
    before, after = [np.eye(1, most + 1)[0]], [np.eye(1, most + 1)[0]]
    for one in alone:
        before.append(np.convolve(before[-1], one)[: most + 1])
    for one in alone[::-1]:
        after.append(np.convolve(after[-1], one)[: most + 1])
    hits = np.zeros(most + 1)
    for at, rate in enumerate(rates):
        fresh = joint(rate * days, quantity, most, fresh=True).sum(axis=1)
        rest = np.convolve(before[at], after[len(rates) - 1 - at])[: most + 1]
        hits += rate / quantity * np.convolve(fresh, rest)[: most + 1]
    return before[-1], hits


def joint(mean, quantity, most, *, fresh=False):
    """P(n orders, k asked for since the last), n < most + 1, from a uniform phase or from 0."""
    if fresh:
        chance = stats.poisson.pmf(np.arange((most + 1) * quantity), mean)
        return chance.reshape(most + 1, quantity)
    at_most = stats.poisson.cdf(np.arange(-quantity, (most + 1) * quantity), mean)
    return (at_most[quantity:] - at_most[:-quantity]).reshape(most + 1, quantity) / quantity
