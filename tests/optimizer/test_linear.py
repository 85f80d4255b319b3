"""The linear programme over passes, against SciPy's door to the same solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from optimizer.linear import least


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), passes=st.integers(1, 6), groups=st.integers(1, 5))
def test_the_mix_and_its_prices_are_those_of_the_textbook_programme(seed, passes, groups):
    rng = np.random.default_rng(seed)
    cost = rng.random(passes * groups)
    short = rng.random((3, passes * groups))
    short[:, :groups] = 0.0  # the first pass keeps everything
    allowed = rng.random(3)
    found = least(cost, short, allowed, groups)
    assert found is not None
    together = np.tile(np.eye(groups), passes)
    book = linprog(cost, A_ub=short, b_ub=allowed, A_eq=together, b_eq=np.ones(groups))
    assert found.cost == pytest.approx(book.fun, abs=1e-9)
    assert together @ found.share == pytest.approx(np.ones(groups))
    assert np.all(short @ found.share <= allowed + 1e-7)
    assert np.all(found.marginal <= 1e-12)
    # weak duality: the prices prove the cost
    worth = (cost - found.marginal @ short).reshape(passes, groups).min(axis=0).sum()
    assert worth + found.marginal @ allowed == pytest.approx(found.cost, abs=1e-7)


def test_what_no_mix_can_keep_has_no_answer():
    assert least(np.ones(2), np.ones((1, 2)), np.array([0.5]), 1) is None
