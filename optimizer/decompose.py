"""From items and targets to a stocking plan: prepare, price, mix, finish, explain.

Targets are few and items many. At given prices each item finds its best level alone, over its
whole range; prices follow from what the levels deliver; the last pieces are settled by the integer
programme. What no prices can beat is the lower bound.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import repeat
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import Measure, Per, ServiceTarget
from optimizer.answer import Answer, drawn_up
from optimizer.blocks import Block, Each, split
from optimizer.candidates import Piece
from optimizer.coarse import raised
from optimizer.dealing import Sounded, dealt, nearby, sounded
from optimizer.echelons.pruning import (
    AROUND,
    FAR_AROUND,
    Sharp,
    first_look,
    in_part,
    rows_in_full,
    sharpened,
    too_large,
)
from optimizer.echelons.trees import canonical_order
from optimizer.explain import payment, reasons
from optimizer.finish import Standing, Workshop, finished, first_standing
from optimizer.floors import Floor
from optimizer.master import KEPT_PASSES, Master, Mix, Pass, converge, first_prices, known
from optimizer.plan import StockingPlan, relative_gap
from optimizer.problem import BestService, Items, refuse_blanks
from optimizer.promises import (
    MET_WITHIN,
    Channel,
    Promises,
    in_scope,
    promises,
    required,
    with_goal,
)
from optimizer.ranges import leaf_tail
from optimizer.reach import Reach, held, reach

MOST_PASSES = 30
MIXED_WITHIN = 0.1  # of the gap asked for, how far the mix may stay from the bound
LOOKS = 10  # times at most that trees of many levels are looked at in full
PROVEN_LOOKS = 5  # of these, at least, where bounds are asked for
ENOUGH = 0.6  # of the gap asked for, how far the mix may stay from the bound after a look
DEALT_WITHIN = (0.5, 0.1)  # of the gap asked for, how closely whole trees are dealt out

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
    leaf_tail: float
    blocks: tuple[Block, ...]
    base: float  # gaps are shares of |bound − base|
    each: Each

    @property
    def is_thin(self) -> bool:
        """Whether trees of many levels are not yet held in full."""
        return any(block.is_thin for block in self.blocks)

    @property
    def is_proven(self) -> bool:
        """Whether every tree can be looked at in full."""
        return not any(block.is_thin and too_large(block) for block in self.blocks)

    def pieces(self) -> Iterator[Piece]:
        """What the blocks are prepared from."""
        channels = self.asked.channels
        goal = len(channels) - 1 if any(one.is_goal for one in channels) else -1
        for rows in split(self.items.part):
            floors = tuple(floor._replace(asked=floor.asked[rows]) for floor in self.floors)
            yield Piece(
                self.items.take(rows), self.asked.basis[rows], self.asked.pattern[rows],
                self.asked.patterns, channels, floors, goal, self.leaf_tail,
            )  # fmt: skip


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
    return answered(posed, within, master, first_prices(master), gap, progress)


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
        yield answered(posed, within, master, start, gap, progress)
        passes = master.passes[1:][-KEPT_PASSES:]


def pose(
    items: Items, targets: Sequence[ServiceTarget], goal: BestService | None, each: Each
) -> Posed:
    """Everything that does not depend on prices or budget: promises, floors and candidates."""
    refuse_blanks(items)
    order = canonical_order(items)
    items = items.take(order)
    asked, base = promises(items, targets), 0.0
    if goal is not None:
        asked = with_goal(items, asked, goal)
        base = asked.channels[-1].best
    floors, tail = floors_of(items, targets), leaf_tail(items, targets)
    posed = Posed(items, order, targets, asked, floors, tail, (), base, each)
    return posed._replace(blocks=tuple(each(first_look, posed.pieces())))


def answered(
    posed: Posed,
    within: Reach,
    master: Master,
    start: Floats,
    gap: float,
    progress: Progress = _silent,
) -> StockingPlan:
    """Price, mix, finish and explain."""
    base, each, proven = posed.base, posed.each, posed.is_proven
    mix = converge(master, start, gap=MIXED_WITHIN * gap, most_passes=MOST_PASSES)
    if posed.is_thin:
        posed, master, mix = _looked_at_in_full(posed, within, master, mix, gap, progress)
    blocks = posed.blocks
    progress("prices", relative_gap(mix.cost, master.bound, base) or 0.0)
    shop = Workshop(blocks, within.promises, master.best.price, master.bound, each, base)
    aim = gap * abs(master.bound - base)
    standing = first_standing(shop, aim, *_starts(master, mix))
    sets: list[Sounded] = []
    if standing.cost - master.bound > aim:
        near_by = nearby([one.price for one in master.passes[master.carried :]], master.ahead.price)
        sets = [sounded(shop, price) for price in near_by]
    standing = _dealt(shop, standing, sets, aim)
    standing, bound = finished(shop, standing, partial(raised, shop, sets, gap), gap=gap)
    progress("pieces", relative_gap(standing.cost, bound, base) or 0.0)
    paid = payment(within.promises, shop.price)
    why = list(each(partial(reasons, paid), zip(blocks, standing.rows, strict=True)))
    bound = bound if proven else -np.inf
    answer = Answer(
        posed.items, posed.targets, posed.asked, posed.floors, blocks, within, shop, standing, bound
    )
    return drawn_up(answer, why, gap, master.done + master.before).take(np.argsort(posed.order))


def _dealt(shop: Workshop, standing: Standing, sets: Sequence[Sounded], aim: float) -> Standing:
    """Whole trees dealt out, once more and more closely where that could be enough."""
    for within in DEALT_WITHIN:
        if standing.cost - shop.bound <= aim:
            break
        standing, room = dealt(shop, standing, sets, within * aim)
        if standing.cost - room - shop.bound > aim:
            break
    return standing


def _starts(master: Master, mix: Mix) -> tuple[Sequence[Ints], ...]:
    """Rows to begin a plan with: of the mix, of the best bound, and safe ones."""
    safe = [block.safe_row for block in master.blocks]
    return master.mixed(mix), master.rows(master.best.price), safe


def _looked_at_in_full(
    posed: Posed, within: Reach, master: Master, mix: Mix, gap: float, progress: Progress
) -> tuple[Posed, Master, Mix]:
    """Trees of many levels, every level of theirs looked at near the prices at hand.

    Once more where prices have moved so far that what was dropped weakens the bound. Where trees
    are held in part a look is rough as long as prices are not known well.
    """
    base, each = posed.base, posed.each
    rows = [rows_in_full(block) for block in posed.blocks]
    roughly = may_be_rough = posed.is_proven and any(map(in_part, posed.blocks))
    for look in range(LOOKS if posed.is_proven else 1):
        shop = Workshop(posed.blocks, within.promises, master.best.price, master.bound, each, base)
        standing = first_standing(shop, np.inf, *_starts(master, mix))
        ahead = master.ahead.price
        points = _points(posed.blocks, standing.rows)
        best = _points(posed.blocks, master.rows(ahead))
        looks = [block.look for block in posed.blocks]
        earned = repeat(within.promises.earned(ahead))
        work = map(Sharp, posed.pieces(), looks, points, rows, earned, repeat(roughly), best)
        posed = posed._replace(blocks=tuple(each(sharpened, work)))
        columns = [held(within.promises, posed.blocks), *known(master.passes[1:])]
        done = master.done + master.before
        around = FAR_AROUND if roughly else AROUND
        master = Master(
            within.promises, each, posed.blocks, columns, len(columns), base, done,
            (ahead / around, ahead * around),
        )  # fmt: skip
        mix = converge(master, ahead, gap=MIXED_WITHIN * gap, most_passes=MOST_PASSES)
        reached = relative_gap(mix.cost, master.bound, base) or 0.0
        hoped = relative_gap(mix.cost, master.hope, base) or 0.0
        progress(f"look {look + 1}", hoped if roughly else reached)
        if not roughly and reached <= ENOUGH * gap:
            break
        roughly = may_be_rough and hoped > gap and look + 1 < LOOKS - PROVEN_LOOKS
    return posed, master, mix


def _points(blocks: Sequence[Block], rows: Sequence[Ints]) -> list[Ints]:
    """The reorder points of rows, by block."""
    return [block.reorder_point(row) for block, row in zip(blocks, rows, strict=True)]


def floors_of(items: Items, targets: Sequence[ServiceTarget]) -> tuple[Floor, ...]:
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
