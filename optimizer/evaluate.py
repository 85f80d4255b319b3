"""What given levels deliver: nothing here chooses one.

Trees are judged whole, in blocks that may be worked on anywhere; where a block ends is a matter of
speed only.
"""

from dataclasses import fields
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.echelons import evaluate
from inventory.measures import Measures, measures
from optimizer.blocks import Each
from optimizer.echelons.trees import Trees
from optimizer.problem import Items

BLOCK = 4096  # items judged together, at least


class Delivered(NamedTuple):
    """What levels deliver, one row per item."""

    measures: Measures  # rates are what customers get; without customers, what children get
    replenished_per_day: Floats  # pieces that children ask for
    customers_backorders: Floats  # customers' share of the expected backorders


def evaluated(
    items: Items,
    reorder_point: Ints,
    order_quantity: Ints,
    *,
    sooner_days: float = 0.0,
    each: Each = map,
) -> Delivered:
    """Measures of every item behind its parents; items in canonical order.

    With `sooner_days` rates are those of being served within so many days.
    """

    def judge(rows: Ints) -> Delivered:
        return _judged(items.take(rows), reorder_point[rows], order_quantity[rows], sooner_days)

    return _joined(list(each(judge, whole_parts(items.part))))


def _judged(items: Items, point: Ints, quantity: Ints, sooner_days: float) -> Delivered:
    parent = Trees.of(items).parent
    if items.repairs is None and not np.any(parent >= 0):
        found = measures(items.demand, items.lead_times.sooner(sooner_days), point, quantity)
        return Delivered(found, np.zeros(len(items)), found.expected_backorders)
    tree = evaluate(
        items.demand, items.lead_times, parent, point, quantity, items.repairs,
        sooner_days=sooner_days,
    )  # fmt: skip
    return Delivered(tree.measures, tree.replenished_per_day, tree.customers_backorders)


def whole_parts(part: Ints) -> list[Ints]:
    """Runs of items, cut only between parts; `part` is ascending."""
    if not len(part):
        return [np.arange(0)]
    begins = np.flatnonzero(np.diff(part, prepend=-1))
    wanted = np.arange(0, len(part), BLOCK)
    cuts = np.unique(np.append(begins[np.searchsorted(begins, wanted, side="right") - 1], 0))
    return [np.arange(low, high) for low, high in zip(cuts, [*cuts[1:], len(part)], strict=True)]


def _joined(found: list[Delivered]) -> Delivered:
    columns = [
        np.concatenate([getattr(one.measures, name.name) for one in found])
        for name in fields(Measures)
    ]
    return Delivered(
        Measures(*columns),
        np.concatenate([one.replenished_per_day for one in found]),
        np.concatenate([one.customers_backorders for one in found]),
    )
