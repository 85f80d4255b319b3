from decimal import Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from planning.finance.money import amount, cents, total

amounts = st.lists(st.floats(-1e7, 1e7), min_size=1, max_size=60).map(np.array)


@given(amounts, st.data())
def test_parts_of_any_split_add_up_to_the_rounded_whole(values, data):
    found = cents(values)
    groups = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(values),
                                         max_size=len(values))))  # fmt: skip
    parts = [amount(found[groups == group].sum()) for group in range(4)]
    assert sum(parts) == total(values)
    exact = sum(Decimal(repr(float(one))) for one in values)
    assert abs(total(values) - exact) <= Decimal("0.0051")


@given(amounts)
def test_no_row_is_off_by_more_than_a_cent(values):
    assert np.all(np.abs(cents(values) - values * 100) <= 1 + 1e-5)


def test_thirds_of_a_cent_are_not_lost():
    assert cents(np.full(3, 0.01 / 3)).sum() == 1
    assert amount(123456) == Decimal("1234.56")
