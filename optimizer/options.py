"""Moves from a standing plan as options of the integer programme."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from optimizer.milp import Choice


@dataclass(frozen=True, slots=True, eq=False)
class Moves:
    """Rows that could replace those of a standing plan, grouped by item, ascending."""

    block: Ints
    item: Ints  # within the block
    row: Ints
    cost: Floats  # change of cost per day
    value: Floats  # moves × promises, change
    parent: Ints  # within the block, the item it waits for; −1: a root
    parent_row: Ints  # the parent's row that a move belongs to; −1: a root
    stays: Ints  # the parent's row in the standing plan
    now: Ints  # the item's own row in the standing plan
    alone: NDArray[np.bool_]  # no other level of the tree has to change with it
    cut_off: float  # reduced cost of the nearest row left out; inf: none is

    @property
    def group(self) -> Ints:
        """Items counted from 0."""
        fresh = (np.diff(self.block, prepend=-1) != 0) | (np.diff(self.item, prepend=-1) != 0)
        return np.cumsum(fresh) - 1


def choice_of(moves: Moves, required: Floats) -> tuple[Choice, Ints]:
    """Moves and "stay as it is" as options, each hung on the option of its parent.

    Returns the move of each option too; −1 stands for staying. A move behind another row of the
    parent is an option only where that row is one.
    """
    group = moves.group
    first = np.searchsorted(group, np.arange(int(group[-1]) + 1))
    move = np.concatenate((np.full(len(first), -1), np.arange(len(group))))
    of = np.concatenate((first, np.arange(len(group))))  # a move of the same item
    order = np.lexsort((move, group[of]))
    move, of = move[order], of[order]
    under, usable = _hung(moves, move, of)
    place = np.cumsum(usable) - 1
    under = np.where(under >= 0, place[under], -1)[usable]
    move, of = move[usable], of[usable]
    cost = np.where(move < 0, 0.0, moves.cost[of])
    value = np.where(move[:, None] < 0, 0.0, moves.value[of])
    return Choice(group[of], cost, value, required, under), move


def _hung(moves: Moves, move: Ints, of: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """By option, the option of its parent (−1: a root, or a parent that stays), and its use.

    Of a parent without options only the present row counts, and what hangs on an option that is
    of no use is of none itself.
    """
    stay = move < 0
    block = moves.block[of].tolist()
    row = np.where(stay, moves.now[of], moves.row[of]).tolist()
    parent_row = np.where(stay, moves.stays[of], moves.parent_row[of])
    own = zip(block, moves.item[of].tolist(), row, strict=True)
    place = {key: at for at, key in enumerate(own)}
    above = zip(block, moves.parent[of].tolist(), parent_row.tolist(), strict=True)
    under = np.array([place.get(key, -1) for key in above], dtype=np.int64)
    usable = (under >= 0) | (parent_row == moves.stays[of])
    while True:
        less = usable & ((under < 0) | usable[under])
        if np.array_equal(less, usable):
            return under, usable
        usable = less
