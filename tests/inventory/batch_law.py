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

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


def lack_law(rates, quantity, parent_days, level, child):
    """P(lack = k) of one child; the parent's base stock `level` is 1 or more."""
    needed, beyond, mine = -(-level // quantity), -level % quantity, rates[child]
    others = [at for at in range(len(rates)) if at != child]
    most = needed + 1
    law = np.zeros(int(mine * parent_days + 12 * (mine * parent_days) ** 0.5) + 3 * quantity + 40)

    def counts(days, without=()):
        total = np.array([1.0])
        for at in others:
            if at not in without:
                total = np.convolve(total, joint(rates[at] * days, quantity, most).sum(axis=1))
        return np.pad(total, (0, needed))

    waiting_for_nobody = np.cumsum(counts(parent_days))
    own = joint(mine * parent_days, quantity, most)
    phase = sum(own[n] * waiting_for_nobody[needed - 1 - n] for n in range(needed))
    law[:quantity] += phase
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        days, width = parent_days * (1 + node) / 2, parent_days * weight / 2
        asked = stats.poisson.pmf(np.arange(len(law)), mine * (parent_days - days))
        after_own = joint(mine * days, quantity, most, fresh=True).sum(axis=1)
        hit = mine / quantity * np.convolve(after_own, counts(days))[needed - 1]
        phase = np.zeros(quantity)
        own = joint(mine * days, quantity, most)
        for at in others:
            fresh = joint(rates[at] * days, quantity, most, fresh=True).sum(axis=1)
            before = np.pad(np.convolve(fresh, counts(days, (at,))), (0, needed))
            phase += (
                rates[at] / quantity * sum(own[n] * before[needed - 1 - n] for n in range(needed))
            )
        law += width * np.convolve(phase, asked)[: len(law)]
        law[beyond:] += width * hit * asked[: len(law) - beyond]
    return law


def joint(mean, quantity, most, *, fresh=False):
    """P(n orders, k asked for since the last), n < most + 1, from a uniform phase or from 0."""
    asked = stats.poisson.pmf(np.arange((most + 1) * quantity), mean)
    starts = range(1 if fresh else quantity)
    found = np.zeros((most + 2) * quantity)
    for start in starts:
        found[start : start + len(asked)] += asked / len(starts)
    return found[: (most + 1) * quantity].reshape(most + 1, quantity)
