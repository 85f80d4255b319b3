"""Compiled loops over whole trees that may take their levels from one of several passes."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from inventory.demand import Floats, Ints

Places = NDArray[np.int32]  # rows of a block, as a pass remembers them
# where a pattern's entries begin, then by entry: promise, channel, what one unit of basis counts
Entries = tuple[Ints, Ints, Ints, Floats]


@njit(cache=True, nogil=True)
def add_trees(
    tree: Ints, row: Places, cost: Floats, values: Floats, basis: Floats, pattern: Ints,
    entries: Entries, tree_cost: Floats, tree_value: Floats,
) -> None:  # fmt: skip
    """Add up what each tree costs and adds to every promise with the rows of each pass.

    `row` is passes × items; fills trees × passes, and trees × passes × promises.
    """
    start, promise, channel, unit = entries
    for item in range(len(tree)):
        at, kind = tree[item], pattern[item]
        for one in range(len(row)):
            here = row[one, item]
            tree_cost[at, one] += cost[here]
            for entry in range(start[kind], start[kind + 1]):
                served = basis[item, channel[entry]] * values[here, channel[entry]]
                tree_value[at, one, promise[entry]] += unit[entry] * served


@njit(cache=True, nogil=True)
def worth_of_room(room: float, more: float, short: float, spare: float) -> float:
    """Money for `more` of a promise that is kept by `room`: dearer below 0 than above it."""
    before = room * (spare if room > 0.0 else short)
    after = (room + more) * (spare if room + more > 0.0 else short)
    return after - before


@njit(cache=True, nogil=True)
def swap(
    start: Ints, cost: Floats, value: Floats, short: Floats, spare: Floats, most: int,
    taken: Ints, room: Floats,
) -> int:  # fmt: skip
    """Let one tree after the other take the option that is worth most now; return how many moved.

    Options of tree t stand at `start[t]:start[t + 1]`; `taken` is by tree, `room` by promise what
    it has beyond what is required. What is short counts at `short`, what is to spare at `spare`.
    Ends when no tree moves, or after `most` rounds.
    """
    moved = 0
    for _ in range(most):
        before = moved
        for tree in range(len(taken)):
            now = taken[tree]
            best, least = now, 0.0
            for option in range(start[tree], start[tree + 1]):
                worse = cost[option] - cost[now]
                for promise in range(len(room)):
                    more = value[option, promise] - value[now, promise]
                    if more != 0.0:
                        worse -= worth_of_room(room[promise], more, short[promise], spare[promise])
                if worse < least - 1e-12 * abs(cost[now]):
                    best, least = option, worse
            if best != now:
                for promise in range(len(room)):
                    room[promise] += value[best, promise] - value[now, promise]
                taken[tree] = best
                moved += 1
        if moved == before:
            break
    return moved


@njit(cache=True, nogil=True)
def distinct(tree_cost: Floats, tree_value: Floats, new: NDArray[np.bool_]) -> None:
    """Mark, trees × passes, what no earlier pass gives a tree."""
    trees, passes, promises = tree_value.shape
    for tree in range(trees):
        for one in range(passes):
            fresh = True
            for other in range(one):
                if tree_cost[tree, one] != tree_cost[tree, other]:
                    continue
                same = True
                for promise in range(promises):
                    same &= tree_value[tree, one, promise] == tree_value[tree, other, promise]
                if same:
                    fresh = False
                    break
            new[tree, one] = fresh
