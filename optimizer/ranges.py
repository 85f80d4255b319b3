"""Where the ranges of levels begin and end."""

from collections.abc import Sequence

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import ServiceTarget
from optimizer.echelons.trees import Trees
from optimizer.problem import Items

FAR = np.iinfo(np.int64).max // 4
TAIL = 1e-9  # a root's range ends where no share falls short by more
LEAF_TAIL = 1e-6  # of others at most; a thousandth of what the strictest target leaves open
FEW = 5_000  # items that wait for nobody; of so many, whole pieces decide, and ranges end as roots'
DEPOT_TAIL = 1e-3  # of items that only others wait for; the bound counts what lies beyond


def leaf_tail(items: Items, targets: Sequence[ServiceTarget]) -> float:
    """Where ranges of leaves end: never further than targets can tell.

    Where items are few and a target is all that one of them can give, its last pieces decide.
    """
    if len(items) <= FEW and (items.parent is None or np.all(items.parent < 0)):
        return TAIL
    longest = max(float(items.lead_times.mean_days.max(initial=0.0)), 1.0)
    left = [1.0 - one.target if one.measure.is_share else one.target / longest for one in targets]
    return float(np.clip(1e-3 * min(left, default=0.0), TAIL, LEAF_TAIL))


def tails(items: Items, trees: Trees, leaf_tail: float) -> Floats:
    """By item, the share that its range may leave open at its end."""
    nobody = trees.is_shared & (items.demand.demand_per_day == 0)
    if items.lowest_reorder_point is not None:  # a rule's level may lie above the range
        nobody &= items.lowest_reorder_point < 0
    own = np.where(trees.is_shared & (trees.parent < 0), TAIL, leaf_tail)
    return np.where(nobody, np.maximum(own, DEPOT_TAIL), own)


def limits(items: Items, trees: Trees, quantity: Ints) -> tuple[Ints, Ints]:
    """Lowest and highest reorder point of every item; rules that ask for a least are not read."""
    highest = items.highest_reorder_point
    nobody = trees.is_shared & (items.demand.demand_per_day == 0)
    most = np.full(len(items), FAR) if highest is None else highest
    return np.where(nobody, -quantity, -1), most
