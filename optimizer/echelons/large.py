"""Trees of three levels too large to be held in full: searched and bounded, then held in part.

Every level of the root and of its depots is looked at, leaves are bounded behind them. What is held
are windows around the best levels found. The bound speaks of all levels, held or not.
"""

from dataclasses import replace

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.blocks import Block, Dropped
from optimizer.candidates import FAR, Piece, Window, prepare, quantities, served
from optimizer.echelons.settle import FINE, ROUGH, Question
from optimizer.echelons.trees import Trees
from optimizer.kernels import price_all, service_at_best

DEEPEST = 2  # steps from a root to its leaves
WIDTH = 3  # steps between levels held on either side of the best
MOST = 4  # times as many on both sides together, where a plan's levels lie far from the best
NEAR = 16.0  # of the deviation of what is asked in a lead time, the part that a step is
CLOSE = 1e-4  # of the excess of a tree, how far its bound may stay below


def searched(piece: Piece, points: Ints, earned: Floats, *, roughly: bool) -> Block:
    """Windows of levels around the best at these prices; the highest serve as well as `points`.

    Roughly: only every so many levels are looked at, and the bound says nothing.
    """
    asked = Question.of(piece, earned)
    roots = np.flatnonzero(asked.trees.parent < 0)
    goals = least_held(windows(piece, points, points), earned)[roots]
    every = scales(piece)
    found = asked.settled(roots, goals, points, ROUGH, every)
    least = np.full(len(points), np.inf)
    least[roots] = 0.0
    if not roughly:
        better = least_held(windows(piece, found.best, points), earned)[roots]
        goals = np.minimum(goals, better) * (1.0 - CLOSE)
        found = asked.settled(roots, goals, found.best, FINE, np.ones_like(every))
        least[roots] = found.least
    block = windows(piece, found.best, points)
    return replace(block, dropped=Dropped(least, earned, np.ones(len(least))))


def windows(piece: Piece, best: Ints, points: Ints) -> Block:
    """Some levels around the best, the lowest and highest no less extreme than those of a plan."""
    scale = scales(piece)
    up = np.maximum(WIDTH * scale, points - best)
    down = np.maximum(WIDTH * scale, best - points)
    step = np.maximum(scale, -(-(up + down) // (MOST * WIDTH)))
    above, below = -(-up // step), -(-down // step)
    window = Window(best - below * step, best + above * step, np.full(len(best), FAR), step)
    block = prepare(piece._replace(window=window))
    shared = block.trees.is_shared
    return replace(
        block,
        beneath=np.where(shared, -np.inf, block.beneath),
        beyond=np.where(shared, np.inf, block.beyond),
    )


def scales(piece: Piece) -> Ints:
    """By item, a step between levels that changes next to nothing."""
    items = piece.items
    trees, quantity = Trees.of(items), quantities(items)
    flow = served(items, trees, quantity)
    lead, arriving = flow.lead_times, flow.arriving
    days, rate = lead.mean_days + lead.review_period_days / 2.0, arriving.demand_per_day
    varies = arriving.demand_variance_per_day * days + arriving.rate_variance * days**2
    varies += rate**2 * lead.variance_days + quantity**2 / 12.0
    return np.maximum(np.sqrt(varies) / NEAR, 1.0).astype(np.int64)


def least_held(block: Block, earned: Floats) -> Floats:
    """By root, the least excess of the levels that a block holds."""
    segments = len(block.first_row)
    best, outside = np.empty(segments), np.empty(segments)
    total, pick = np.empty(len(block.cost)), np.empty(segments, np.int64)
    price_all(block.rows, block.shape, block.weights, earned, total, best, pick, outside)
    excess = best[block.first_segment[:-1]]
    service_at_best(block.trees.root, block.weights, earned, excess)
    return excess
