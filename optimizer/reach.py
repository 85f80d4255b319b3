"""How far each target can be met at all, and what to ask for where that is not far enough.

More stock never serves worse, so the highest rows in range serve every promise as well as any plan
can. A promise beyond that is impossible; the nearest plan keeps what can be reached of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from inventory.service import Measure, ServiceTarget
from optimizer.blocks import Block
from optimizer.floors import Floor
from optimizer.master import Pass
from optimizer.plan import TargetResult
from optimizer.problem import Items
from optimizer.promises import Promises, required


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """What can be asked for."""

    asked: NDArray[np.bool_]  # by promise: it binds, and somebody's demand gives it a meaning
    reachable: Floats  # by promise
    promises: Promises  # the asked ones, none beyond reach
    possible: bool
    top: Pass  # the safe rows: a column that keeps every promise


def reach(blocks: Sequence[Block], promises: Promises, goal: bool = False) -> Reach:
    """Measure the safe rows and hold the promises against them; with a goal, only the budget."""
    asked = promises.weight > 0
    if goal:
        asked &= np.array([row.target < 0 for row in promises.rows])
    measured = [block.measured(block.safe_row) for block in blocks]
    highest = (
        measured if not goal else [block.measured(block.extreme(lowest=False)) for block in blocks]
    )
    reachable = promises.achieved(np.sum([one.totals for one in highest], axis=0))
    safe = promises.achieved(np.sum([one.totals for one in measured], axis=0))[asked]
    kept = promises.only(asked)
    hair = 1e-12 * np.maximum(1.0, np.abs(safe))
    least = np.minimum(kept.required, safe - hair)
    top = Pass(
        price=np.zeros(len(kept)),
        cost=np.array([one.cost for one in measured]),
        value=np.stack([kept.achieved(one.totals) for one in measured]),
        least=-np.inf,
    )
    possible = bool(np.all(kept.required <= safe + hair))
    return Reach(asked, reachable, kept.asking(least), possible, top)


def held(promises: Promises, blocks: Sequence[Block]) -> Pass:
    """The safe rows of blocks as a pass that proves nothing."""
    measured = [block.measured(block.safe_row) for block in blocks]
    return Pass(
        price=np.zeros(len(promises)),
        cost=np.array([one.cost for one in measured]),
        value=np.stack([promises.achieved(one.totals) for one in measured]),
        least=-np.inf,
    )


def promise_results(
    items: Items,
    targets: Sequence[ServiceTarget],
    promises: Promises,
    found: Reach,
    value: Floats,
    price: Floats,
) -> Iterator[tuple[int, TargetResult]]:
    """What became of each promise, with the row of its target; `value` and `price` by promise."""
    for at, (row, location, kind) in enumerate(promises.rows):
        if row < 0:
            continue
        target = targets[row]
        where = items.words.location_ids[location] if location >= 0 else ""
        if promises.weight[at] <= 0:
            yield row, TargetResult(target, where, -1, None, 0.0, None, True, kind)
            continue
        achieved, reachable = shown(target, value[at]), shown(target, found.reachable[at])
        met = bool(value[at] >= promises.required[at] - 1e-12)
        paid = float(price[at])
        yield row, TargetResult(target, where, -1, achieved, paid, reachable, met, kind)


def shown(target: ServiceTarget, value: float) -> float:
    """The value of a promise in the units of its measure."""
    if target.measure is Measure.AVAILABILITY:
        return float(np.exp(value))
    return float(value) if target.measure.is_share else -float(value)


def floor_results(
    items: Items, targets: Sequence[ServiceTarget], floors: Sequence[Floor],
    blocks: Sequence[Block], rows: Sequence[Ints],
) -> Iterator[tuple[int, TargetResult]]:  # fmt: skip
    """What became of each target that holds item by item: the item furthest below it."""
    for at, floor in enumerate(floors):
        target, held = targets[floor.target], ~np.isnan(floor.asked)
        if not np.any(held):
            yield floor.target, TargetResult(target, "", -1, None, 0.0, None, True)
            continue
        waits = not target.measure.is_share
        unit = np.where(held & waits, items.demand.demand_per_day, 1.0)
        now = np.concatenate(
            [block.floor_values[at][row] for block, row in zip(blocks, rows, strict=True)]
        )
        best = np.concatenate(
            [block.floor_values[at][block.extreme(lowest=False)] for block in blocks]
        )
        sign = 1.0 if target.measure.is_share else -1.0
        share = np.where(held, now / unit, np.inf)
        item = int(np.argmin(share))
        reachable = float(np.where(held, best / unit, np.inf).min())
        met = bool(share[item] >= required(target) - 1e-12)
        yield (
            floor.target,
            TargetResult(target, "", item, sign * float(share[item]), 0.0, sign * reachable, met),
        )
