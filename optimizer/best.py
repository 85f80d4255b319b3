"""What every item finds best by itself at given prices: no promise binds, no piece is settled."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import repeat

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import ServiceTarget
from optimizer.blocks import Each, rows_at
from optimizer.decompose import Posed, floors_of
from optimizer.echelons.pruning import Sharp, first_look, rows_in_full, sharpened
from optimizer.echelons.trees import canonical_order
from optimizer.problem import Items
from optimizer.promises import Promises
from optimizer.ranges import leaf_tail


def best_levels(
    items: Items,
    targets: Sequence[ServiceTarget],
    asked: Promises,
    price: Floats,
    rows: Ints,
    standing: Ints,
    each: Each,
) -> Ints:
    """Reorder points of `rows` (whole parts), in their order.

    Args:
        items: all items; what a promise is divided by is a sum over them.
        targets: those that single items must meet hold here too.
        asked: the promises of these targets over these items.
        price: of each promise.
        rows: the items to be looked at.
        standing: levels that keep the rules, by item; deep trees are looked at around them.
        each: where blocks are worked on.
    """
    if not len(rows):
        return np.zeros(0, dtype=np.int64)
    order = rows[canonical_order(items.take(rows))]
    floors = tuple(one._replace(asked=one.asked[order]) for one in floors_of(items, targets))
    own = replace(asked, basis=asked.basis[order], pattern=asked.pattern[order])
    tail, earned = leaf_tail(items, targets), asked.earned(price)
    posed = Posed(items.take(order), order, targets, own, floors, tail, (), 0.0, each)
    blocks = tuple(each(first_look, posed.pieces()))
    if any(block.is_thin for block in blocks):
        ends = np.cumsum([len(block) for block in blocks])[:-1]
        points = np.split(standing[order], ends)
        full = [rows_in_full(block) for block in blocks]
        looks = [block.look for block in blocks]
        work = map(Sharp, posed.pieces(), looks, points, full, repeat(earned))
        blocks = tuple(each(sharpened, work))
    chosen = list(each(rows_at, [(block, [(earned, 1.0)]) for block in blocks]))
    points = [block.reorder_point(row) for block, row in zip(blocks, chosen, strict=True)]
    found = np.zeros(len(items), dtype=np.int64)
    found[order] = np.concatenate(points)
    return found[rows]
