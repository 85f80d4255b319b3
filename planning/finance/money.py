"""Exact money: the one place where amounts are rounded.

Calculations run in floats; figures that people add up are whole cents. Rounding walks along the
rows and carries what it left over to the next, so that whatever rows are summed to, sums of parts
are the sums of their totals, and the grand total is the rounded exact one.
"""

from decimal import Decimal

import numpy as np

from inventory.demand import Floats, Ints

CENT = Decimal("0.01")


def cents(amounts: Floats) -> Ints:
    """Whole cents by row; their sum is the sum of the amounts, rounded to the cent."""
    total = np.rint(np.cumsum(np.asarray(amounts, dtype=np.longdouble)) * 100)
    return np.diff(total, prepend=np.longdouble(0)).astype(np.int64)


def amount(of_cents: int) -> Decimal:
    """An amount from cents."""
    return Decimal(int(of_cents)).scaleb(-2)


def total(amounts: Floats) -> Decimal:
    """The sum of some amounts, to the cent."""
    return amount(int(cents(amounts).sum()))
