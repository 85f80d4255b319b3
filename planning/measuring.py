"""Measures of many items at given levels, in blocks that may be worked on anywhere."""

from dataclasses import fields

import numpy as np

from inventory.demand import Ints
from inventory.measures import Measures, measures
from optimizer.problem import Items
from planning.engines import Each

BLOCK = 4096  # items measured together; a matter of speed only


def measured(
    items: Items, reorder_point: Ints, order_quantity: Ints, *, each: Each = map
) -> Measures:
    """What every item's level delivers, one row per item."""

    def measure(rows: Ints) -> Measures:
        demand, lead_times = items.demand.take(rows), items.lead_times.take(rows)
        return measures(demand, lead_times, reorder_point[rows], order_quantity[rows])

    starts = range(0, max(len(items), 1), BLOCK)
    blocks = [np.arange(start, min(start + BLOCK, len(items))) for start in starts]
    found = list(each(measure, blocks))
    return Measures(
        *(np.concatenate([getattr(one, name.name) for one in found]) for name in fields(Measures))
    )
