"""Groups of similar items: each is learned apart, and leans on all.

Whatever is learned by summing over items (shares of hidden rates, kinds of sizes) is learned of a
group from its own sums and `LEAN` items' worth of everybody's. A group of thousands speaks for
itself, one of three says little, and one of nobody repeats what is known of all.
"""

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints

LEAN = 10.0  # items' worth of all that a group counts as its own


def sums(values: NDArray[np.float64], group: Ints, groups: int) -> NDArray[np.float64]:
    """Sums of `values` (rows × items) by group (rows × groups)."""
    return np.stack([np.bincount(group, row, groups) for row in values])


def leaning(by_group: NDArray[np.float64], items: float, lean: float = LEAN) -> Floats:
    """Sums by group (rows × groups) over `items` items in all, with `lean` items' worth of all."""
    everybody = by_group.sum(axis=-1, keepdims=True) / max(items, 1.0)
    return np.asarray(by_group + lean * everybody, dtype=np.float64)
