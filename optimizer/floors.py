"""Targets that each item must meet by itself: floors under the range of its levels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.kernels import Shape, raise_parents, raise_to_floor
from optimizer.promises import Channel


class Floor(NamedTuple):
    """A target that each item must meet by itself."""

    target: int
    channel: Channel
    asked: Floats  # by item; nan where the target does not speak of it


def raise_first_rows(
    floors: Sequence[Floor], values: Sequence[Floats], start: Ints, shape: Shape, first_row: Ints
) -> None:
    """Raise first rows to where every floor is met, by items and by those that wait for them.

    `values` are by row, one column for each floor. Where rules keep an item from its floor unless
    its parent holds enough, the parent's range begins there.
    """
    short = np.zeros(len(first_row), dtype=np.bool_)
    for floor, value in zip(floors, values, strict=True):
        raise_to_floor(start, shape[0], value, floor.asked, first_row, short)
    if np.any(short):
        raise_parents(start, shape, short, first_row)
