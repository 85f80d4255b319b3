"""Request sizes from what little is known of them."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from inventory.sizes import from_moments, logarithmic


def test_sizes_from_two_moments_are_one_more_than_a_fitted_count():
    law = from_moments(np.array([3.0]), np.array([2.0])).item(0)
    assert np.array(law.share) == pytest.approx(
        stats.poisson.pmf(np.array(law.pieces) - 1, 2), abs=1e-9
    )


@settings(max_examples=60, deadline=None)
@given(
    st.floats(1, 40),
    st.floats(0, 3),
)
@example(2.0, 1e-94)
def test_two_moments_are_met(mean, ratio):
    variance = ratio * (mean - 1)
    laws = from_moments(np.array([mean]), np.array([variance]))
    part = mean % 1
    assert laws.mean()[0] == pytest.approx(mean, rel=1e-6)
    found = laws.second_moment()[0] - laws.mean()[0] ** 2
    assert found == pytest.approx(max(variance, part * (1 - part)), rel=1e-4, abs=1e-6)
    assert laws.pieces.min() >= 1


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-4, 50), st.floats(1.001, 20))
def test_logarithmic_sizes_give_the_stream_its_variance(rate, ratio):
    laws = logarithmic(np.array([rate]), np.array([ratio * rate]))
    assert laws.second_moment()[0] / laws.mean()[0] == pytest.approx(ratio, rel=1e-4)
    assert laws.share.sum() == pytest.approx(1)


def test_logarithmic_shares():
    """q = 0.5: P(Y = 1) = 0.5 / ln 2."""
    law = logarithmic(np.array([1.0]), np.array([2.0])).item(0)
    assert law.share[0] == pytest.approx(0.5 / np.log(2))
    assert law.share[2] == pytest.approx(0.125 / 3 / np.log(2))


def test_no_surplus_variance_means_single_pieces():
    laws = logarithmic(np.array([1.0, 0.0, 2.0]), np.array([1.0, 3.0, 0.5]))
    assert laws.pieces.tolist() == [1, 1, 1]


def test_a_law_of_thousands_of_sizes_is_kept_short_and_true():
    laws = from_moments(np.array([2000.0, 1.0]), np.array([4e6, 0.0]))
    assert len(laws.pieces) <= 260
    assert laws.mean() == pytest.approx([2000, 1], rel=1e-6)
    assert laws.second_moment()[0] == pytest.approx(8e6, rel=5e-3)
