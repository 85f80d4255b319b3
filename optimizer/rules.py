"""The rules of the integer programme, one function each."""

import numpy as np

from optimizer.milp import Draft


def one_level_for_each_item(draft: Draft) -> None:
    """Every item takes exactly one of its levels."""
    item = draft.choice.item
    begins = np.flatnonzero(np.diff(item, prepend=-1))
    for begin, end in zip(begins.tolist(), [*begins[1:].tolist(), len(item)], strict=True):
        draft.add(draft.total(range(begin, end), [1.0] * (end - begin)) == 1, f"one_{begin}")


def every_promise_is_kept(draft: Draft) -> None:
    """Each promise gets its value; written in units of its largest option, for the tolerance."""
    choice = draft.choice
    for at, required in enumerate(choice.required.tolist()):
        column = choice.value[:, at]
        unit = float(np.abs(column).max(initial=0.0))
        if unit > 0:
            options = np.flatnonzero(column)
            total = draft.total(options.tolist(), (column[options] / unit).tolist())
            draft.add(total >= required / unit, f"promise_{at}")


RULES = (one_level_for_each_item, every_promise_is_kept)
