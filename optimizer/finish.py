"""The integer finish: from a mix of passes to whole pieces.

With a plan in hand and the bound at the best prices, a level whose reduced cost exceeds
plan − bound cannot stand in a better plan: it is dropped with proof. What survives, nearest first
up to a cap, goes into the integer programme. A plan that uses none of the levels cut off by the cap
costs at least what the programme's bound says; one that does, at least the bound at the prices and
the loss of the nearest level cut off. The lesser of the two is a bound for the whole problem.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from optimizer.blocks import Block, Each, near
from optimizer.milp import Ending, choose
from optimizer.options import Moves, choice_of
from optimizer.patience import NeverCameBack
from optimizer.promises import Promises
from optimizer.rules import RULES

Move = tuple[int, int, int]  # block, item, row


class Round(NamedTuple):
    """One integer programme."""

    options: int  # moves at most
    nodes: int  # of the search tree, at most
    worth: float  # run only while the plan is further from the bound than this share of the gap
    whole: bool = False  # run only where nothing is left out, and then the last
    tries: bool = False  # look for better plans on the way, not only for the bound


REPAIRS = 8000  # levels looked at in one go, to keep what is missing
ANSWERED = 3  # options in all, answers included, for each move asked for
# The first round finds the plan; those behind it need a bound, and tries would only cost time.
ROUNDS = (
    Round(600, 200, 0.1, tries=True),
    Round(8000, 300, 1.0, whole=True),
    Round(3000, 300, 1.0),
)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A plan as rows by block, with its cost per day and the value of every promise."""

    rows: tuple[Ints, ...]
    cost: float
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Workshop:
    """What every step of the finish needs."""

    blocks: Sequence[Block]
    promises: Promises
    price: Floats  # of the best bound
    bound: float
    each: Each
    base: float = 0.0  # gaps are shares of |bound − base|

    def standing(self, rows: Sequence[Ints]) -> Standing:
        """Cost and value of rows, summed in block order."""
        measured = [block.measured(row) for block, row in zip(self.blocks, rows, strict=True)]
        totals = np.sum([one.totals for one in measured], axis=0)
        cost = float(np.sum([one.cost for one in measured]))
        return Standing(tuple(rows), cost, self.promises.achieved(totals))

    def moves(self, standing: Standing, slack: float, most: int, *, alone: bool = False) -> Moves:
        """The `most` nearest rows that lose at most `slack`, with how those below answer them.

        Only those, where `alone`, with which no other level has to change.
        """
        earned = self.promises.earned(self.price)
        find = partial(near, earned, slack, most + 1, alone)
        found = list(self.each(find, zip(self.blocks, standing.rows, strict=True)))
        block = np.repeat(np.arange(len(found)), [len(one.row) for one in found])
        item = np.concatenate([one.item for one in found])
        row = np.concatenate([one.row for one in found])
        loss = np.concatenate([one.loss for one in found])
        nearest = np.argsort(loss, kind="stable")
        cut_off = min((one.left_out for one in found), default=np.inf)
        near_by = np.stack((block, item, row), axis=1)[nearest]
        taken = min(most, len(loss))
        while True:
            chosen = set(map(tuple, near_by[:taken].tolist()))
            chosen |= set() if alone else self._answers(chosen, earned)
            if len(chosen) <= ANSWERED * most:
                break
            taken //= 2  # in deep trees a move of the centre asks everybody below for an answer
        cut_off = min(cut_off, float(loss[nearest[taken]])) if len(loss) > taken else cut_off
        block, item, row = np.array(sorted(chosen), dtype=np.int64).reshape(-1, 3).T
        return Moves(block, item, row, *self.changes(standing, block, item, row), cut_off)

    def _answers(self, chosen: set[Move], earned: Floats) -> set[Move]:
        """How those below answer the moves among `chosen` of items that others wait for."""
        moved: dict[int, list[tuple[int, int]]] = {}
        for at, item, row in sorted(chosen):
            if self.blocks[at].trees.is_shared[item]:
                moved.setdefault(at, []).append((item, row))
        return {
            (at, *pair)
            for at, moves in moved.items()
            for pair in self.blocks[at].answers(earned, moves)
        }

    def changes(
        self, standing: Standing, block: Ints, item: Ints, row: Ints
    ) -> tuple[Floats, Floats, Ints, Ints, Ints, Ints, NDArray[np.bool_]]:
        """The columns of `Moves` from `cost` to `alone`, for moves sorted by block and item."""
        promises = self.promises
        cost, value = np.empty(len(row)), np.zeros((len(row), len(promises)))
        parent, parent_row, stays, now = (np.empty(len(row), np.int64) for _ in range(4))
        alone = np.empty(len(row), dtype=np.bool_)
        covers = promises.covers
        for at in np.unique(block).tolist():
            one, here = self.blocks[at], np.flatnonzero(block == at)
            now[here] = standing.rows[at][item[here]]
            cost[here] = one.cost[row[here]] - one.cost[now[here]]
            change = one.basis[item[here]] * (one.values[row[here]] - one.values[now[here]])
            value[here] = change[:, promises.channel] * covers[one.pattern[item[here]]]
            parent[here] = one.trees.parent[item[here]]
            free = parent[here] < 0
            parent_row[here] = np.where(free, -1, one.parent_row(item[here], row[here]))
            stays[here] = np.where(free, -1, standing.rows[at][parent[here]])
            same = parent_row[here] == stays[here]
            alone[here] = same & ~one.trees.is_shared[item[here]]
        return cost, value, parent, parent_row, stays, now, alone


def first_standing(shop: Workshop, aim: float, *candidates: Sequence[Ints]) -> Standing:
    """The cheapest of some rows after repair; the first that comes within `aim` of the bound."""
    found = []
    for rows in candidates:
        found.append(repaired(shop, shop.standing(rows)))
        if shop.promises.kept(found[-1].value) and found[-1].cost - shop.bound <= aim:
            return found[-1]
    kept = [one for one in found if shop.promises.kept(one.value)]
    return min(kept or found, key=lambda one: one.cost)


def repaired(shop: Workshop, standing: Standing) -> Standing:
    """Raise levels, the cheapest service first, until every promise is kept."""
    most = REPAIRS
    while not shop.promises.kept(standing.value):
        moves = shop.moves(standing, np.inf, most, alone=True)
        taken = _raised(shop, standing, moves)
        if not len(taken) and len(moves.row) < most:  # every row there is was among them
            return standing
        standing = shop.standing(moved(standing.rows, moves, taken))
        most *= 4
    return standing


def finished(
    shop: Workshop, standing: Standing, higher: Callable[[Standing], float], *, gap: float
) -> tuple[Standing, float]:
    """Settle whole pieces by the integer programme; the plan and the bound it ends with.

    `higher` is another bound, asked for where the first round leaves the plan too far from its own;
    it may find that the solver never comes back.
    """
    bound = max(0.0, shop.bound)  # cost and lost service are never below nothing
    try:
        standing, bound, is_over = _played(shop, standing, bound, ROUNDS[0], gap)
        if not is_over and standing.cost - bound > gap * abs(bound - shop.base):
            bound = max(bound, higher(standing))
        for number in ROUNDS[1:]:
            if not is_over:
                standing, bound, is_over = _played(shop, standing, bound, number, gap)
    except NeverCameBack:
        pass  # asking again would be waiting again
    return standing, min(bound, standing.cost)


def _played(
    shop: Workshop, standing: Standing, bound: float, number: Round, gap: float
) -> tuple[Standing, float, bool]:
    """Plan and bound after one round, and whether it was the last."""
    most, nodes, worth, whole, tries = number
    if standing.cost - bound <= worth * gap * abs(bound - shop.base):
        return standing, bound, True
    moves = shop.moves(standing, standing.cost - shop.bound, most)
    if not len(moves.row):  # every other row was dropped with proof
        return standing, max(bound, shop.bound + moves.cut_off), True
    if whole and moves.cut_off < np.inf:
        return standing, bound, False
    lacking = shop.promises.required - shop.promises.hair - standing.value
    choice, options = choice_of(moves, lacking)
    within = gap * abs(bound - shop.base) / 2
    chosen = choose(choice, RULES, within=within, most_nodes=nodes, tries=tries)
    if chosen.ending is Ending.LOST:
        raise NeverCameBack
    elsewhere = shop.bound + moves.cut_off
    bound = max(bound, min(standing.cost + chosen.bound, elsewhere, standing.cost))
    if len(chosen.picked):
        better = shop.standing(moved(standing.rows, moves, options[chosen.picked]))
        if shop.promises.kept(better.value) and better.cost < standing.cost:
            standing = better
    return standing, bound, whole


def moved(now: Sequence[Ints], moves: Moves, taken: Ints) -> list[Ints]:
    """The rows after taking some moves; −1 is none."""
    rows = [row.copy() for row in now]
    for move in taken[taken >= 0].tolist():
        rows[moves.block[move]][moves.item[move]] = moves.row[move]
    return rows


def _raised(shop: Workshop, standing: Standing, moves: Moves) -> Ints:
    """Moves that fill what promises are short of, least money per missing value first."""
    short = shop.promises.required - standing.value
    unit = np.maximum(short, 1e-15)
    group = moves.group
    present = np.zeros((int(group[-1]) + 1 if len(group) else 0, moves.value.shape[1] + 1))
    steps: list[int] = []
    while np.any(short > shop.promises.hair):
        extra = moves.value - present[group, 1:]
        gain = (np.clip(extra, None, np.maximum(short, 0.0)) / unit).sum(axis=1)
        upward = moves.alone & np.all(extra >= 0, axis=1) & (gain > 0)
        if not np.any(upward):
            break
        cost = moves.cost - present[group, 0]
        ratio = np.where(upward, cost / np.where(upward, gain, 1.0), np.inf)
        best = int(np.argmin(ratio))
        short = short - extra[best]
        present[group[best]] = (moves.cost[best], *moves.value[best])
        steps.append(best)
    final = {int(group[step]): step for step in steps}
    return np.array(sorted(final.values()), dtype=np.int64)
