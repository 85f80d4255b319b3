"""Trees of many levels in full, then only what could matter near some prices.

A tree of three levels has a row for every level of a site behind every level of its depot behind
every level of the centre: too many to keep, not too many to look at once. At prices a little lower
than those at hand every row's tree is worth at least what it is worth there (cost and missing
service are never below nothing), at prices a little higher the best one at most what it is worth
there. Rows for which the first exceeds the second cannot be best in between: they are dropped, and
the least that any of them is worth stays with the block, so that its bound still speaks of every
level.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.blocks import Block, Dropped
from optimizer.candidates import Piece, prepare
from optimizer.echelons.kernels import kept_ranges, kept_rows
from optimizer.echelons.large import DEEPEST, searched
from optimizer.echelons.trees import Trees
from optimizer.kernels import losses, price_all, rising_from, service_at_best
from optimizer.ranges import FAR

AROUND = 1.3  # prices move this far either way before dropped rows could matter
FAR_AROUND = 6.0  # the same in a rough look: prices are not known well yet
LOOKS = (16, 64, 256)  # combinations of levels above a site, about, in a first look at deep trees
ROWS_HELD = 100_000  # by block after a first or a rough look, about
ROWS_AT_ONCE = 1_500_000  # of trees in full, in memory at a time
FEW_ROWS = 100_000  # of one tree in full; a larger one of three levels is held in part
MOST_ROWS = 4_000_000  # of one deeper tree in full; a larger one is planned, but not proven


class Sharp(NamedTuple):
    """A block to be made anew around some prices."""

    piece: Piece
    look: int  # of the block as it is
    points: Ints  # reorder points of a plan that keeps the promises
    rows: Floats  # by item, about how many it has in full
    earned: Floats  # patterns × channels
    roughly: bool = False  # whether large trees need no bound yet
    best: Ints | None = None  # reorder points that are best there as far as is known


def first_look(piece: Piece) -> Block:
    """Candidates of a block, those of deep trees thinned as far as memory asks."""
    block = prepare(piece._replace(most=LOOKS[0]))
    room = ROWS_HELD * LOOKS[0] / max(len(block.cost), 1)
    wider = [look for look in LOOKS if look <= room]
    if not block.is_thin or not wider or wider[-1] == LOOKS[0]:
        return block
    return prepare(piece._replace(most=wider[-1]))


def rows_in_full(block: Block) -> Floats:
    """By item, about how many rows its tree in full would give it, from one with fewer."""
    counts = np.diff(block.start[block.first_segment])
    step = np.add.reduceat(block.step, block.first_segment[:-1]) / np.diff(block.first_segment)
    for depth in range(1, int(block.trees.depth.max(initial=0)) + 1):
        rows = np.flatnonzero(block.trees.depth == depth)
        step[rows] *= step[block.trees.parent[rows]]
    return np.asarray(counts * step)


def too_large(block: Block) -> bool:
    """Whether a tree has too many levels, on too many echelons, to speak of them all."""
    size = _by_tree(block.trees, rows_in_full(block))
    return bool(np.any((size > MOST_ROWS) & (_deepest(block.trees) > DEEPEST)))


def in_part(block: Block) -> bool:
    """Whether a tree has so many levels that it is searched and held in part."""
    size, deepest = _by_tree(block.trees, rows_in_full(block)), _deepest(block.trees)
    return bool(np.any((size > FEW_ROWS) & (deepest == DEEPEST)))


def _deepest(trees: Trees) -> Ints:
    """By item, how many steps its tree goes down."""
    deepest = np.zeros(len(trees.parent), dtype=np.int64)
    np.maximum.at(deepest, trees.root, trees.depth)
    return deepest[trees.root]


def sharpened(asked: Sharp) -> Block:
    """All rows that could be best near the prices; trees beyond `MOST_ROWS` stay as they were."""
    trees = Trees.of(asked.piece.items)
    size = _by_tree(trees, asked.rows)
    deepest = _deepest(trees)  # trees of two levels are always held in full
    large = (size > np.where(deepest > DEEPEST, MOST_ROWS, FEW_ROWS)) & (deepest >= DEEPEST)
    part = asked.piece.items.part
    found = []
    for rows in _chunks(part, np.where(large, 0.0, asked.rows), large):
        chunk, points = asked.piece.take(rows), asked.points[rows]
        if not large[rows[0]]:
            found.append(_near_prices(prepare(chunk._replace(most=FAR)), points, asked))
        elif trees.depth[rows].max() > DEEPEST:
            found.append(_near_prices(prepare(chunk._replace(most=asked.look)), points, asked))
        else:
            best = None if asked.best is None else asked.best[rows]
            block = searched(chunk, best, points, asked.earned, roughly=asked.roughly)
            near = _near_prices(block, block.reorder_point(block.safe_row), asked)
            found.append(replace(near, dropped=block.dropped))  # which speaks of all levels
    return _joined(found)


def _near_prices(block: Block, points: Ints, asked: Sharp) -> Block:
    """The rows that could be best near the prices; nearer ones where a rough look holds many."""
    if asked.roughly:
        kept = _pruned(block, points, asked.earned, FAR_AROUND)
        if len(kept.cost) * len(asked.points) <= ROWS_HELD * len(block):
            return kept
    return _pruned(block, points, asked.earned, AROUND)


def _by_tree(trees: Trees, rows: Floats) -> Floats:
    """Sums over trees, by item."""
    return np.bincount(trees.root, rows, len(rows)).astype(np.float64)[trees.root]


def _chunks(part: Ints, rows: Floats, large: np.ndarray) -> list[Ints]:
    """Runs of whole parts: at most `ROWS_AT_ONCE` rows, more only of one part; `large` apart."""
    begins = np.flatnonzero(np.diff(part, prepend=-1))
    total = np.add.reduceat(rows, begins)
    apart = np.logical_or.reduceat(large, begins)
    ends = [*begins[1:].tolist(), len(part)]
    chunks: list[Ints] = []
    first, held = 0, 0.0
    for at, (begin, end) in enumerate(zip(begins.tolist(), ends, strict=True)):
        fresh = at > 0 and (held + total[at] > ROWS_AT_ONCE or apart[at] != apart[at - 1])
        if fresh:
            chunks.append(np.arange(first, begin))
            first, held = begin, 0.0
        held += total[at]
        if end == len(part):
            chunks.append(np.arange(first, end))
    return chunks


def _pruned(block: Block, points: Ints, earned: Floats, around: float) -> Block:
    """The rows that could be best at prices within `around` of these, and the plan at hand."""
    rows, shape = block.rows, block.shape
    basis, pattern, beneath, beyond, ceiling = block.weights
    weights = basis, pattern, np.full(len(block), -np.inf), beyond, ceiling  # see `nearest`
    root, is_root = block.trees.root, block.trees.parent < 0
    segments = len(block.first_row)
    best, outside = np.empty(segments), np.empty(segments)
    total, pick = np.empty(len(block.cost)), np.empty(segments, np.int64)
    top = block.first_segment[:-1]
    price_all(rows, shape, weights, earned * around, total, best, pick, outside)
    most = best[top] + _at_best(block, earned * around)
    price_all(rows, shape, weights, earned / around, total, best, pick, outside)
    at_best = _at_best(block, earned / around)
    loss = np.empty(len(block.cost))
    losses(rows, shape, weights, earned / around, total, best, np.inf, loss)
    limit = np.where(is_root, most - best[top] - at_best, 0.0)[root]
    held = _rows_at(block, points)
    low, high = np.empty(segments, np.int64), np.empty(segments, np.int64)
    nearest = np.full(len(block), np.inf)
    kept_ranges(rows, shape, root, loss, limit, pick, held, beneath, low, high, nearest)
    least = np.minimum(nearest + best[top], outside[top]) + at_best
    dropped = Dropped(np.where(is_root, least, np.inf), earned, np.full(len(block), 1.0 / around))
    return _only(block, low, high, held, dropped)


def _at_best(block: Block, earned: Floats) -> Floats:
    """By root, what service earns at its best."""
    found = np.zeros(len(block))
    service_at_best(block.trees.root, block.weights, earned, found)
    return found


def _rows_at(block: Block, points: Ints) -> Ints:
    """The rows of given reorder points."""
    row = np.zeros(len(block), dtype=np.int64)
    for depth in range(int(block.trees.depth.max(initial=0)) + 1):
        items = np.flatnonzero(block.trees.depth == depth)
        segment = block.segment(row)[items]
        steps = (points[items] - block.first_reorder_point[segment]) // block.step[segment]
        row[items] = np.clip(
            block.start[segment] + steps, block.first_row[segment], block.start[segment + 1] - 1
        )
    return row


def _only(block: Block, low: Ints, high: Ints, held: Ints, dropped: Dropped) -> Block:
    """The block with the rows from `low` to `high` of each segment; none where high < low."""
    kept = np.flatnonzero(high >= low)
    counts = (high - low + 1)[kept]
    row, place = kept_rows(low[kept], counts, len(block.cost))
    start = np.concatenate(([0], np.cumsum(counts)))
    item = np.repeat(np.arange(len(block)), np.diff(block.first_segment))[kept]
    skipped = (low - block.start[:-1])[kept]
    return replace(
        block,
        first_segment=np.searchsorted(item, np.arange(len(block) + 1)),
        start=start,
        first_reorder_point=block.first_reorder_point[kept] + skipped * block.step[kept],
        step=block.step[kept],
        first_row=place[np.maximum(block.first_row[kept], low[kept])],
        wait=block.wait[kept],
        ebo=block.ebo[row] if len(block.ebo) else block.ebo,
        cost=block.cost[row],
        rising=rising_from(start, block.cost[row]),
        values=block.values[row],
        floor_values=tuple(column[row] for column in block.floor_values),
        beyond=np.full(len(block), np.inf),
        dropped=dropped,
        held=place[held],
    )


def _joined(blocks: Sequence[Block]) -> Block:
    """Blocks of consecutive items as one."""
    rows = np.cumsum([0, *(len(one.cost) for one in blocks)])
    segments = np.cumsum([0, *(len(one.first_row) for one in blocks)])
    items = np.cumsum([0, *(len(one) for one in blocks)])
    names = [one.name for one in fields(Block)]
    columns: dict[str, Any] = {name: [getattr(one, name) for one in blocks] for name in names}
    by_item_or_row = (
        "first_reorder_point", "step", "order_quantity", "position", "wait", "ebo", "cost",
        "values", "basis", "pattern", "beneath", "beyond",
    )  # fmt: skip
    joined: dict[str, Any] = {name: np.concatenate(columns[name]) for name in by_item_or_row}
    joined["first_row"] = _shifted(columns["first_row"], rows)
    joined["held"] = _shifted([one.safe_row for one in blocks], rows)
    joined["rising"] = _shifted(columns["rising"], rows)
    joined["start"] = np.append(_shifted([one.start[:-1] for one in blocks], rows), rows[-1])
    first = [one.first_segment[:-1] for one in blocks]
    joined["first_segment"] = np.append(_shifted(first, segments), segments[-1])
    parent = [np.where(one.trees.parent < 0, -FAR, one.trees.parent) for one in blocks]
    joined["trees"] = Trees.under(np.maximum(_shifted(parent, items), -1))
    floors = zip(*columns["floor_values"], strict=True)
    joined["floor_values"] = tuple(np.concatenate(values) for values in floors)
    least = np.concatenate([one.dropped.least for one in blocks])
    share = np.concatenate([one.dropped.share for one in blocks])
    joined["dropped"] = Dropped(least, blocks[0].dropped.earned, share)
    return replace(blocks[0], **joined)


def _shifted(columns: Sequence[Ints], by: Ints) -> Ints:
    """Row numbers of several blocks as those of one."""
    return np.concatenate([column + more for column, more in zip(columns, by, strict=False)])
