"""The rules of the integer programme, one function each."""

from itertools import pairwise

import numpy as np

from inventory.demand import Ints
from optimizer.milp import Draft


def one_level_for_each_item(draft: Draft) -> None:
    """Every item takes exactly one of its levels; those that hang on others follow them."""
    free = np.flatnonzero(draft.choice.under < 0)
    item = draft.choice.item[free]
    for begin, end in _runs(item):
        total = draft.total(free[begin:end].tolist(), [1.0] * (end - begin))
        draft.add(total == 1, f"one_{item[begin]}")


def each_follows_the_one_above(draft: Draft) -> None:
    """Behind each level of its parent, an item takes one of its levels if the parent takes that."""
    choice = draft.choice
    hung = np.flatnonzero(choice.under >= 0)
    order = hung[np.lexsort((choice.under[hung], choice.item[hung]))]
    item, under = choice.item[order], choice.under[order]
    for begin, end in _runs(item, under):
        options, above = order[begin:end].tolist(), int(under[begin])
        total = draft.total([*options, above], [1.0] * len(options) + [-1.0])
        draft.add(total == 0, f"follow_{item[begin]}_{above}")


def every_promise_is_kept(draft: Draft) -> None:
    """Each promise gets its value; written in units of its largest option, for the tolerance."""
    choice = draft.choice
    for at, required in enumerate(choice.required.tolist()):
        column = choice.value[:, at]
        unit = float(np.abs(column).max(initial=0.0)) or float(choice.others)
        if unit > 0:
            options = np.flatnonzero(column)
            total = draft.total(options.tolist(), (column[options] / unit).tolist())
            draft.add(total + draft.others / unit >= required / unit, f"promise_{at}")


def _runs(*columns: Ints) -> list[tuple[int, int]]:
    """Begin and end of every stretch of rows that are equal in all columns."""
    fresh = np.any([np.diff(column, prepend=-1) != 0 for column in columns], axis=0)
    edges = [*np.flatnonzero(fresh).tolist(), len(fresh)]
    return list(pairwise(edges))


RULES = (one_level_for_each_item, each_follows_the_one_above, every_promise_is_kept)
