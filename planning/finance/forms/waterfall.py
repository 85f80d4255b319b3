"""A bridge as a workbook can draw it: columns that stand on others which nobody sees."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)


class Bar(NamedTuple):
    """One column, from below: what holds it up unseen, then one of the three that are seen."""

    base: Decimal
    amount: Decimal = ZERO  # where a sum stands
    more: Decimal = ZERO
    less: Decimal = ZERO


def bars(lines: Sequence[tuple[Decimal, bool]]) -> list[Bar]:
    """The columns of amounts: a sum stands on the ground, a step on what came before it.

    Args:
        lines: amount, and whether it is a sum of what came before or a step from there.
    """
    found, reached = [], ZERO
    for value, is_sum in lines:
        before = ZERO if is_sum else reached
        reached = before + value
        if is_sum:
            found.append(Bar(ZERO, amount=value))
        else:
            low = min(before, reached)
            found.append(Bar(low, more=max(value, ZERO), less=max(-value, ZERO)))
    return found
