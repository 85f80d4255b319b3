"""What the levels of large trees are worth at least at some prices, and which are worth least."""

from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import Measure
from optimizer.candidates import Piece, from_nothing, quantities, served, stream
from optimizer.echelons.cells.kernels import FILL, LINE, ON_HAND, OWED, OWNED, READY
from optimizer.echelons.leaves.kernels import Leaves
from optimizer.echelons.settle.kernels import Above, least_of_trees
from optimizer.echelons.trees import Trees
from optimizer.problem import Money
from optimizer.ranges import FAR, limits, tails

MOST_CELLS = 1024  # remembered at a time; beyond them leaves are taken to be worth nothing
ROUGH = (0.08, 0.02)  # widths of the cells one after the other, of the logarithms of mean and ratio
FINE = (0.08, 0.02, 0.005, 0.00125)

_COLUMN = {
    Measure.FILL_RATE: FILL,
    Measure.VALUE_FILL_RATE: FILL,
    Measure.LINE_FILL_RATE: LINE,
    Measure.READY_RATE: READY,
    Measure.WAITING_DAYS: OWED,
}


class Settled(NamedTuple):
    """What was found about some trees; an excess is cost and, at its price, missing service."""

    least: Floats  # by root: no levels have a smaller excess
    best: Ints  # by item: levels of least excess as far as is known, else those given


class Question(NamedTuple):
    """Trees at some prices, as the kernels see them."""

    trees: Trees
    leaves: Leaves
    above: Above

    @classmethod
    def of(cls, piece: Piece, earned: Floats) -> "Question":
        """What `earned` (patterns × channels) makes of the items of a piece."""
        items, trees = piece.items, Trees.of(piece.items)
        quantity = quantities(items)
        flow = served(items, trees, quantity)
        lead = flow.lead_times
        lowest, highest = limits(items, trees, quantity)
        rule = items.lowest_reorder_point
        first = np.where(trees.is_shared, -FAR, -1)
        if rule is not None:
            first = np.maximum(first, rule)
        leaves = (
            stream(flow.arriving), stream(items.demand),
            (lead.mean_days, lead.variance_days, lead.review_period_days),
            quantity, highest, first, excess_weights(piece, trees, earned),
        )  # fmt: skip
        above = (
            lowest, tails(items, trees, piece.leaf_tail), from_nothing(piece),
            trees.child_start, trees.child, flow.share, flow.batches, flow.lump,
        )  # fmt: skip
        return cls(trees, leaves, above)

    def settled(
        self, roots: Ints, goals: Floats, points: Ints, widths: tuple[float, ...], every: Ints
    ) -> Settled:
        """Look until no open level is worth less than the goals (by root), or cells end.

        `points` are the levels told where nothing better is found. Where `every` (by item) is above
        1 levels are passed over, and `least` says nothing about all of them.
        """
        least, best = np.empty(len(roots)), points.astype(np.int64)
        least_of_trees(
            roots, goals, np.array(widths), MOST_CELLS, every, self.leaves, self.above, best, least
        )
        return Settled(least, best)


def excess_weights(piece: Piece, trees: Trees, earned: Floats) -> Floats:
    """What an excess is made of, by item: money a day for a piece or a whole share.

    Availability counts by its slope where nobody waits, which is never too much; shares served
    within some days are left out.
    """
    items, own = piece.items, trees.own_share(piece.items)
    found, price = np.zeros((len(items), OWNED + 1)), earned[piece.pattern] * piece.basis
    if piece.goal >= 0:
        price[:, piece.goal] = piece.basis[:, piece.goal]
    else:
        found[:, ON_HAND] = items.holding_cost_per_day
        if items.owned_cost_per_day is not None:
            found[:, OWNED] = items.owned_cost_per_day
        if items.delay_cost_per_day is not None:
            found[:, OWED] = items.delay_cost_per_day * own
    for at, channel in enumerate(piece.channels):
        match channel.measure:
            case Money():
                column = ON_HAND if channel.measure is Money.STOCK_VALUE else OWNED
                found[:, column] += price[:, at] * items.unit_cost
            case Measure.AVAILABILITY:
                machines = items.fleets[channel.machine_type].machines
                slope = np.divide(own, machines, out=np.zeros(len(own)), where=machines > 0)
                found[:, OWED] += price[:, at] * slope
            case Measure.RESPONSE_SHARE:
                pass
            case measure:
                found[:, _COLUMN[measure]] += price[:, at]
    return found
