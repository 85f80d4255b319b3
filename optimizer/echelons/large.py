"""Trees of three levels too large to be held in full: searched and bounded, then held in part.

Every level of the root and of its depots is looked at, leaves are bounded behind them. What is held
are windows around the best levels found. The bound speaks of all levels, held or not.
"""

from dataclasses import replace

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.blocks import Block, Dropped
from optimizer.candidates import Piece, Window, prepare, quantities, served
from optimizer.echelons.settle import FINE, ROUGH, Question
from optimizer.echelons.trees import Trees
from optimizer.kernels import price_all, service_at_best
from optimizer.ranges import FAR

DEEPEST = 2  # steps from a root to its leaves
WIDTH = 3  # steps between levels held on either side of the best
MOST = 4  # times as many on both sides together, where a plan's levels lie far from the best
NEAR = 16.0  # of the deviation of what is asked in a lead time, the part that a step is
ROUGHLY_NEAR = 8.0  # the same where nothing is proven
CLOSE = 1e-4  # of the excess of a tree, how far its bound may stay below


def searched(
    piece: Piece, best: Ints | None, points: Ints, earned: Floats, *, roughly: bool
) -> Block:
    """Windows of levels around the best at these prices; the highest serve as well as `points`.

    `best` are the best levels as far as is known; where nothing is, a rough look goes before.
    Roughly: only every so many levels are looked at, and the bound says nothing.
    """
    asked, scale = Question.of(piece, earned), scales(piece, ROUGHLY_NEAR if roughly else NEAR)
    roots, around = np.flatnonzero(asked.trees.parent < 0), points if best is None else best
    least = np.where(asked.trees.parent < 0, 0.0, np.inf)
    block = windows(piece, around, points, scale)
    if roughly or best is None:
        goals = least_held(block, earned)[roots]
        found = asked.settled(roots, goals, around, ROUGH, scale)
        block, around = _moved(piece, block, around, found.best, points, earned, scale)
    if not roughly:
        goals = least_held(block, earned)[roots] * (1.0 - CLOSE)
        found = asked.settled(roots, goals, around, FINE, np.ones_like(scale))
        block, around = _moved(piece, block, around, found.best, points, earned, scale)
        least[roots] = found.least
    return replace(block, dropped=Dropped(least, earned, np.ones(len(least))))


def _moved(
    piece: Piece, block: Block, now: Ints, best: Ints, points: Ints, earned: Floats, scale: Ints
) -> tuple[Block, Ints]:
    """Windows around the levels found best, and those levels; around those now where not worse."""
    if np.array_equal(best, now):
        return block, now
    moved = windows(piece, best, points, scale)
    worse = (least_held(moved, earned) > least_held(block, earned))[block.trees.root]
    if not np.any(worse):
        return moved, best
    kept = np.where(worse, now, best)
    return windows(piece, kept, points, scale), kept


def windows(piece: Piece, best: Ints, points: Ints, scale: Ints) -> Block:
    """Some levels around the best, the lowest and highest no less extreme than those of a plan."""
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


def scales(piece: Piece, near: float) -> Ints:
    """By item, the step between levels that is one part in `near` of what they spread over."""
    items = piece.items
    trees, quantity = Trees.of(items), quantities(items)
    flow = served(items, trees, quantity)
    lead, arriving = flow.lead_times, flow.arriving
    days, rate = lead.mean_days + lead.review_period_days / 2.0, arriving.demand_per_day
    varies = arriving.demand_variance_per_day * days + arriving.rate_variance * days**2
    varies += rate**2 * lead.variance_days + quantity**2 / 12.0
    return np.maximum(np.sqrt(varies) / near, 1.0).astype(np.int64)


def least_held(block: Block, earned: Floats) -> Floats:
    """By root, the least excess of the levels that a block holds."""
    segments = len(block.first_row)
    best, outside = np.empty(segments), np.empty(segments)
    total, pick = np.empty(len(block.cost)), np.empty(segments, np.int64)
    price_all(block.rows, block.shape, block.weights, earned, total, best, pick, outside)
    excess = best[block.first_segment[:-1]]
    service_at_best(block.trees.root, block.weights, earned, excess)
    return excess
