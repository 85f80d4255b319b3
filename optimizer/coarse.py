"""Where whole pieces are coarse, parts with few good levels are settled for good.

At any prices λ the other parts F cost at least L_F(λ) + λ · (required − what parts C deliver),
where L_F is the least they are worth. With one such row for each of several sets of prices,
`others` in the programme is never more than what F really costs, whatever C takes: its optimum is a
bound for all plans whose levels of C are among the options. Every level of C that loses less than
`cut` at the best prices is one, so any other plan costs at least the bound there and `cut`. Prices
at which F delivers what the programme left it come next, as long as they raise the bound (Benders).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.blocks import Block
from optimizer.dealing import Sounded, sounded
from optimizer.finish import Standing, Workshop
from optimizer.kernels import Flags, losses, price_all
from optimizer.master import Master, Pass
from optimizer.milp import Choice, Ending, choose
from optimizer.options import Moves, choice_of
from optimizer.patience import NeverCameBack
from optimizer.rules import RULES

MOST_OPTIONS = 300
MOST_NODES = 300
MOST_ROUNDS = 16
FURTHEST = 10.0  # sets of prices whose bound is lower by so many slacks say nothing
TOO_FAR = 10.0  # gaps between plan and bound: nearly every part is coarse then
LITTLE = 0.1  # of the gap asked for
PATIENCE = 2  # rounds in a row that neither raise the bound nor rule out what was taken


class Few(NamedTuple):
    """Trees of a block, and all their rows that lose little."""

    root: Ints  # by tree
    of_row: Ints  # by row, its tree's place in `root`
    item: Ints  # by row
    row: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Settling:
    """Some trees with all their options, the others priced."""

    shop: Workshop
    standing: Standing
    choice: Choice  # value: by promise, more than now
    mine: list[Flags]  # by block and item, whether it is among the options' trees

    def priced(self, sets: Sequence[Sounded]) -> Choice:
        """The programme in which others make up for what each set of prices finds lacking."""
        price = np.stack([one.price for one in sets])
        required = np.array([self.lacking(one) for one in sets])
        return replace(
            self.choice, value=self.choice.value @ price.T, required=required, others=True
        )

    def lacking(self, at: Sounded) -> float:
        """What others add at least at some prices, where no option is taken."""
        shop = self.shop
        earned = shop.promises.earned(at.price)
        lost = at.bound - self.standing.cost
        for block, now, best, mine in zip(
            shop.blocks, self.standing.rows, at.rows, self.mine, strict=True
        ):
            per_unit = block.basis[mine] * earned[block.pattern[mine]]
            gain = (per_unit * (block.values[now[mine]] - block.values[best[mine]])).sum()
            lost += float((block.cost[now[mine]] - block.cost[best[mine]]).sum() - gain)
        return lost

    def master(self, sets: Sequence[Sounded]) -> Master:
        """What mixes the others, from what they take at sets of prices."""
        shop = self.shop
        safe = self.others_at([block.safe_row for block in shop.blocks], shop.price)
        passes = [safe, *(self.others_at(one.rows, one.price) for one in sets)]
        return Master(shop.promises, shop.each, shop.blocks, passes, len(passes), shop.base)

    def left(self) -> Floats:
        """By promise, what is left for others to deliver where no option is taken."""
        others = self.others_at(self.standing.rows, self.shop.price).value.sum(axis=0)
        return np.asarray(self.shop.promises.required - self.standing.value + others)

    def others_at(self, rows: Sequence[Ints], price: Floats) -> Pass:
        """What others cost and deliver at some rows."""
        found = []
        for block, row, mine in zip(self.shop.blocks, rows, self.mine, strict=True):
            totals = np.zeros((block.patterns, block.values.shape[1]))
            kept = row[~mine]
            np.add.at(totals, block.pattern[~mine], block.basis[~mine] * block.values[kept])
            found.append((float(block.cost[kept].sum()), self.shop.promises.achieved(totals)))
        cost, value = zip(*found, strict=True)
        return Pass(price, np.array(cost), np.stack(value), -np.inf)


def raised(shop: Workshop, sets: Sequence[Sounded], gap: float, standing: Standing) -> float:
    """A bound at least as high as the best prices give, for a plan further than `gap` above it.

    Raises:
        NeverCameBack: the solver; asking again would be waiting again.
    """
    slack, within = standing.cost - shop.bound, gap * abs(shop.bound - shop.base)
    cut, bound = slack - within / 2, shop.bound
    settling = _settling(shop, standing, cut) if slack <= TOO_FAR * within and sets else None
    if settling is None:
        return bound
    sets = [one for one in sets if shop.bound - one.bound <= FURTHEST * slack]
    master, left = settling.master(sets), settling.left()
    idle = 0
    for _ in range(MOST_ROUNDS):
        priced = settling.priced(sets)
        solved = choose(priced, RULES, within=LITTLE * within, most_nodes=MOST_NODES, tries=False)
        if solved.ending is Ending.LOST:
            raise NeverCameBack
        before, bound = bound, max(bound, min(standing.cost + solved.bound, shop.bound + cut))
        if standing.cost - bound <= within or not len(solved.picked) or idle == PATIENCE:
            break
        delivered = settling.choice.value[solved.picked].sum(axis=0)
        master.promises = shop.promises.asking(left - delivered)
        price = master.mix().price
        sets.append(sounded(shop, price))
        master.passes.append(settling.others_at(sets[-1].rows, price))
        taken = float(settling.choice.cost[solved.picked].sum())
        more = taken + settling.lacking(sets[-1]) - float(price @ delivered)
        helps = max(more - priced.costs(solved.picked), bound - before) > LITTLE * within
        idle = 0 if helps else idle + 1
    return bound


def _settling(shop: Workshop, standing: Standing, cut: float) -> Settling | None:
    """The trees with the fewest rows that lose up to `cut`; None where none has another row."""
    found = shop.each(partial(_few, shop.promises.earned(shop.price), cut), shop.blocks)
    chosen = _fewest(list(found))
    block = np.repeat(np.arange(len(chosen)), [len(one.row) for one in chosen])
    item = np.concatenate([one.item for one in chosen])
    row = np.concatenate([one.row for one in chosen])
    now = np.concatenate([rows[one.item] for rows, one in zip(standing.rows, chosen, strict=True)])
    if np.array_equal(row, now):
        return None
    block, item, row = (one[row != now] for one in (block, item, row))
    moves = Moves(block, item, row, *shop.changes(standing, block, item, row), cut)
    choice, _ = choice_of(moves, shop.promises.required)
    mine = [np.isin(b.trees.root, few.root) for b, few in zip(shop.blocks, chosen, strict=True)]
    return Settling(shop, standing, choice, mine)


def _few(earned: Floats, cut: float, block: Block) -> Few:
    """Trees of which nothing left out loses less than `cut`, and their rows that do."""
    segments = len(block.first_row)
    best, outside = np.empty(segments), np.empty(segments)
    total, pick = np.empty(len(block.cost)), np.empty(segments, np.int64)
    basis, pattern, beneath, beyond, ceiling = block.weights
    # Stepping below a range saves `beneath` at most: where that is nothing, nothing lies there.
    saved = np.where(beneath > 0, beneath, -np.inf)
    weights = (basis, pattern, saved, beyond, ceiling)
    price_all(block.rows, block.shape, weights, earned, total, best, pick, outside)
    loss = np.empty(len(block.cost))
    losses(block.rows, block.shape, weights, earned, total, best, cut, loss)
    root = np.flatnonzero(block.trees.parent < 0)
    first = block.first_segment[root]
    left_out = np.minimum(outside[first], block.dropped.worth(block, earned)[root])
    root = root[left_out - best[first] >= cut]
    row = np.flatnonzero(loss <= cut)
    item = np.searchsorted(block.first_of_item, row, side="right") - 1
    mine = np.isin(block.trees.root[item], root)
    item, row = item[mine], row[mine]
    return Few(root, np.searchsorted(root, block.trees.root[item]), item, row)


def _fewest(found: Sequence[Few]) -> list[Few]:
    """The trees with the fewest rows, as many as options allow."""
    count = np.concatenate([np.bincount(one.of_row, minlength=len(one.root)) for one in found])
    order = np.argsort(count, kind="stable")
    taken = np.zeros(len(count), dtype=np.bool_)
    taken[order[np.cumsum(count[order]) <= MOST_OPTIONS]] = True
    upto = np.cumsum([len(one.root) for one in found])
    chosen = []
    for one, mine in zip(found, np.split(taken, upto[:-1]), strict=True):
        kept = mine[one.of_row]
        place = np.cumsum(mine) - 1
        few = Few(one.root[mine], place[one.of_row[kept]], one.item[kept], one.row[kept])
        chosen.append(few)
    return chosen
