"""Request sizes where they were not observed: from two moments, or from the demand's variance.

Laws with more than a few hundred sizes are put on a coarser grid that keeps the mean.
"""

import numpy as np

from inventory.demand import Floats, SizeLaws
from inventory.size_laws.kernels import size_laws_of


def from_moments(mean: Floats, variance: Floats) -> SizeLaws:
    """Sizes known by mean (1 or more) and variance, by item: Y − 1 by the two-moment fit.

    Poisson, negative binomial, or the mixture of two binomials of Adan, van Eenige & Resing
    (1995). Sizes of mean 3 and variance 2 are 1 + Poisson(2).
    """
    least = np.maximum(np.asarray(mean, dtype=np.float64), 1.0)
    none = np.zeros(len(least))
    spread = np.maximum(np.asarray(variance, dtype=np.float64), 0.0)
    return SizeLaws(*size_laws_of(least, np.ascontiguousarray(spread), none))


def logarithmic(demand_per_day: Floats, demand_variance_per_day: Floats) -> SizeLaws:
    """Sizes that the demand's variance implies, by item: logarithmic with q = 1 − μ/σ².

    P(Y = y) = −q^y / (y ln(1 − q)); a Poisson stream of such requests is negative binomial.
    Single pieces where σ² does not exceed μ. For μ = 1, σ² = 2: q = 0.5, E[Y] = 1 / ln 2.
    """
    rate = np.asarray(demand_per_day, dtype=np.float64)
    spread = np.asarray(demand_variance_per_day, dtype=np.float64)
    lumpy = (rate > 0) & (spread > rate)
    share = np.divide(rate, spread, out=np.ones(len(rate)), where=lumpy)
    single = np.ones(len(rate))
    return SizeLaws(*size_laws_of(single, np.zeros(len(rate)), 1.0 - share))
