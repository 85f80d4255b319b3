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
    root: Ints  # within the block, of the item's tree
    root_row: Ints  # the root's row that a move belongs to
    stays: Ints  # the root's row in the standing plan
    alone: NDArray[np.bool_]  # no other level of the tree has to change with it
    cut_off: float  # reduced cost of the nearest row left out; inf: none is

    @property
    def group(self) -> Ints:
        """Items counted from 0."""
        fresh = (np.diff(self.block, prepend=-1) != 0) | (np.diff(self.item, prepend=-1) != 0)
        return np.cumsum(fresh) - 1


def choice_of(moves: Moves, required: Floats) -> tuple[Choice, Ints]:
    """Moves and "stay as it is" as options, each hung on the option of its root.

    Returns the move of each option too; −1 stands for staying. A leaf's move behind another row of
    its root is an option only where that row is one.
    """
    group = moves.group
    first = np.searchsorted(group, np.arange(int(group[-1]) + 1))
    move = np.concatenate((np.full(len(first), -1), np.arange(len(group))))
    of = np.concatenate((first, np.arange(len(group))))  # a move of the same item
    order = np.lexsort((move, group[of]))
    move, of = move[order], of[order]
    row = np.where(move < 0, moves.stays[of], moves.root_row[of])
    under, usable = _hung(moves, of, row)
    place = np.cumsum(usable) - 1
    under = np.where(under >= 0, place[under], -1)[usable]
    move, of = move[usable], of[usable]
    cost = np.where(move < 0, 0.0, moves.cost[of])
    value = np.where(move[:, None] < 0, 0.0, moves.value[of])
    return Choice(group[of], cost, value, required, under), move


def _hung(moves: Moves, of: Ints, root_row: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """By option, the option of its root (−1: a root, or a root that stays), and whether it is one.

    Roots that move alone hang nothing; of a root without options only the present row counts.
    """
    keys = list(
        zip(moves.block[of].tolist(), moves.root[of].tolist(), root_row.tolist(), strict=True)
    )
    own = moves.item[of] == moves.root[of]
    roots = {keys[at]: at for at in np.flatnonzero(own).tolist()}
    under = np.array([roots.get(key, -1) for key in keys], dtype=np.int64)
    under[own] = -1
    return under, own | (under >= 0) | (root_row == moves.stays[of])
