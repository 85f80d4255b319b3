"""From items and targets to a stocking plan: prepare, price, mix, finish, explain.

Targets are few and items many. At given prices each item finds its best level alone, over its
whole range; prices follow from what the levels deliver; the last pieces are settled by the integer
programme. What no prices can beat is the lower bound.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import Measure, Per, ServiceTarget
from optimizer.answer import Answer, drawn_up
from optimizer.blocks import Block, Each, split
from optimizer.candidates import Floor, Piece, leaf_tail, prepare
from optimizer.echelons.trees import two_levels
from optimizer.explain import payment, reasons
from optimizer.finish import Workshop, finished, first_standing
from optimizer.master import Master, Pass, converge, first_prices
from optimizer.plan import StockingPlan, relative_gap
from optimizer.problem import BestService, Items
from optimizer.promises import (
    MET_WITHIN,
    Channel,
    Promises,
    in_scope,
    promises,
    required,
    with_goal,
)
from optimizer.reach import Reach, reach

MOST_PASSES = 30
KEPT_PASSES = 12  # columns that a curve carries from one budget to the next
MIXED_WITHIN = 0.1  # of the gap asked for, how far the mix may stay from the bound

Progress = Callable[[str, float], None]


def _silent(stage: str, gap: float) -> None:
    """Report nothing."""


class Posed(NamedTuple):
    """A problem with its candidates, ready for any prices; items in canonical order."""

    items: Items
    order: Ints  # where each item stood when it came in
    targets: Sequence[ServiceTarget]
    asked: Promises
    floors: tuple[Floor, ...]
    blocks: tuple[Block, ...]
    base: float  # gaps are shares of |bound − base|
    is_cut: bool  # trees were too deep to be chosen as a whole
    each: Each


def solve(
    items: Items,
    targets: Sequence[ServiceTarget],
    *,
    goal: BestService | None = None,
    gap: float = 0.001,
    each: Each = map,
    progress: Progress = _silent,
) -> StockingPlan:
    """The least-cost plan that keeps every target, with its lower bound.

    With a `goal` the plan is the best its budget buys: targets of single items still hold, the
    others are only reported. `gap` is how far from the bound a plan may stay and still be called
    optimal; `each` is anything shaped like `map`, and where it runs does not change a byte;
    `progress` hears each stage's name and the gap so far.
    """
    posed = pose(items, targets, goal, each)
    progress("candidates", np.inf)
    within = reach(posed.blocks, posed.asked, goal=goal is not None)
    master = Master(within.promises, each, posed.blocks, [within.top], base=posed.base)
    return _answered(posed, within, master, first_prices(master), gap, progress)


def curve(
    items: Items,
    budgets: Sequence[float],
    *,
    goal: BestService | None = None,
    targets: Sequence[ServiceTarget] = (),
    gap: float = 0.001,
    each: Each = map,
    progress: Progress = _silent,
) -> Iterator[StockingPlan]:
    """The best service for each of many budgets, one plan each, with its bound.

    Candidates are made once, and each budget starts from the prices and columns of the last.
    """
    goal = goal or BestService(0.0)
    posed = pose(items, targets, goal, each)
    passes: list[Pass] = []
    for budget in budgets:
        required = posed.asked.required.copy()
        required[-1] = -budget * (1 + MET_WITHIN)
        posed = posed._replace(asked=posed.asked.asking(required))
        within = reach(posed.blocks, posed.asked, goal=True)
        columns = [within.top, *passes]
        master = Master(within.promises, each, posed.blocks, columns, len(columns), posed.base)
        start = master.mix().price if passes else first_prices(master)
        yield _answered(posed, within, master, start, gap, progress)
        passes = master.passes[1:][-KEPT_PASSES:]


def pose(
    items: Items, targets: Sequence[ServiceTarget], goal: BestService | None, each: Each
) -> Posed:
    """Everything that does not depend on prices or budget: promises, floors and candidates."""
    order = items.canonical_order()
    items, is_cut = two_levels(items.take(order))
    asked, base = promises(items, targets), 0.0
    if goal is not None:
        asked = with_goal(items, asked, goal)
        base = asked.channels[-1].best
    floors = _floors(items, targets)
    blocks = _prepared(items, asked, floors, leaf_tail(items, targets), each)
    return Posed(items, order, targets, asked, floors, blocks, base, is_cut, each)


def _answered(
    posed: Posed, within: Reach, master: Master, start: Floats, gap: float, progress: Progress
) -> StockingPlan:
    """Price, mix, finish and explain."""
    blocks, base, each = posed.blocks, posed.base, posed.each
    mix = converge(master, start, gap=MIXED_WITHIN * gap, most_passes=MOST_PASSES)
    progress("prices", relative_gap(mix.cost, master.bound, base) or 0.0)
    shop = Workshop(blocks, within.promises, master.best.price, master.bound, each, base)
    starts = (master.mixed(mix), master.rows(shop.price), [block.safe_row for block in blocks])
    standing = first_standing(shop, gap * abs(master.bound - base), *starts)
    standing, bound = finished(shop, standing, gap=gap)
    progress("pieces", relative_gap(standing.cost, bound, base) or 0.0)
    paid = payment(within.promises, shop.price)
    why = list(each(partial(reasons, paid), zip(blocks, standing.rows, strict=True)))
    bound = -np.inf if posed.is_cut else bound  # proven for the cut trees only
    answer = Answer(
        posed.items, posed.targets, posed.asked, posed.floors, blocks, within, shop, standing, bound
    )
    return drawn_up(answer, why, gap, master.done).take(np.argsort(posed.order))


def _floors(items: Items, targets: Sequence[ServiceTarget]) -> tuple[Floor, ...]:
    """Targets that every item must meet by itself; items nobody asks for are free."""
    found = []
    for at, target in enumerate(targets):
        if target.per is Per.ITEM and target.measure is not Measure.AVAILABILITY:
            rate = items.demand.demand_per_day
            unit = 1.0 if target.measure.is_share else rate
            held = in_scope(items, target.scope) & (rate > 0)
            asked = np.where(held, required(target) * unit, np.nan)
            found.append(Floor(at, Channel(target.measure, target.within_days, ""), asked))
    return tuple(found)


def _prepared(
    items: Items, asked: Promises, floors: Sequence[Floor], tail: float, each: Each
) -> tuple[Block, ...]:
    goal = len(asked.channels) - 1 if any(one.is_goal for one in asked.channels) else -1
    pieces = (
        Piece(
            items.take(rows),
            asked.basis[rows],
            asked.pattern[rows],
            asked.patterns,
            asked.channels,
            tuple(floor._replace(asked=floor.asked[rows]) for floor in floors),
            goal,
            tail,
        )
        for rows in split(items.part)
    )
    return tuple(each(prepare, pieces))
