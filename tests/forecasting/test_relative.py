"""The point for an error as a share of the training mean's, beside simulated futures."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.rates import HiddenRates
from forecasting.rates.kernels import STATES
from forecasting.relative import weighed_point
from forecasting.relative.kernels import weighed_points
from inventory.demand import SizeLaw, SizeLaws
from tests.forecasting.builders import a_history

SIZES = SizeLaw((1, 3, 8), (0.5, 0.3, 0.2))
DRAWS = 400_000


def point(model, belief, mean, error, left, sizes=SIZES):
    law = SizeLaws.of([sizes])
    answer = weighed_points(
        belief[None, :], model.asked, np.ascontiguousarray(model.change.T),
        np.array([mean]), np.array([error]), left, law.start, law.pieces, law.share,
    )  # fmt: skip
    return float(answer[0])


def futures(model, belief, left, seed=3):
    """Pieces by draw and period, walked state by state."""
    rng = np.random.default_rng(seed)
    state = rng.choice(STATES, DRAWS, p=belief)
    drawn = np.zeros((DRAWS, left))
    reached = np.cumsum(model.change, axis=1)
    for ahead in range(left):
        asked = rng.random(DRAWS) < model.asked[state]
        drawn[:, ahead] = asked * rng.choice(SIZES.pieces, DRAWS, p=SIZES.share)
        state = (rng.random(DRAWS)[:, None] > reached[state]).sum(axis=1).clip(max=STATES - 1)
    return drawn


@pytest.mark.parametrize(
    ("mean", "error", "left"), [(0.4, 0.0, 6), (0.05, 0.0, 3), (2.6, 5.0, 4), (0.0, 0.0, 5)]
)
def test_it_is_the_average_of_simulated_futures_weighed_by_one_over_their_error(mean, error, left):
    model = HiddenRates.unlearned()
    belief = np.linspace(1, 2, STATES) / np.linspace(1, 2, STATES).sum()
    drawn = futures(model, belief, left)
    whole = error + np.sum((drawn - mean) ** 2, axis=1)
    counts = whole > 0  # a series of zeros after zeros has no error to be a share of
    weight = 1 / whole[counts]
    wanted = np.sum(weight * drawn[counts, 0]) / weight.sum()
    assert point(model, belief, mean, error, left) == pytest.approx(wanted, rel=0.02)


def test_where_what_happened_outweighs_all_to_come_it_is_the_mean():
    model, belief = HiddenRates.unlearned(), np.full(STATES, 1 / STATES)
    mean = float(belief @ model.asked) * SIZES.mean
    assert point(model, belief, 0.4, 1e7, 6) == pytest.approx(mean, rel=2e-3)


def test_a_part_that_may_stay_silent_is_forecast_far_below_its_mean():
    model, belief = HiddenRates.unlearned(), np.eye(STATES)[2]
    mean = float(belief @ model.asked) * SIZES.mean
    assert point(model, belief, 0.03, 0.0, 12) < 0.2 * mean


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 4), st.integers(0, 9), st.integers(1, 10**6)), max_size=40
    ),
    left=st.integers(1, 20),
    error=st.floats(0, 1e9),
)
def test_no_history_gives_a_point_that_is_negative_or_not_finite(rows, left, error):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    history = a_history(*columns, items=5, periods=10)
    mean = np.bincount(columns[0], columns[2], 5) / 10
    found = weighed_point(history, mean, np.array([0.0, error, 0.0, 1e-9, error]), left)
    assert np.all(np.isfinite(found))
    assert np.all(found >= 0)
