"""What was achieved is told with an interval that admits how few events there are."""

import numpy as np
import pytest
from scipy import stats

from planning.night.attainment import LEVEL, share


def test_no_events_tell_nothing():
    assert share(np.zeros(0, dtype=bool), np.zeros(0)) == (None, 0.0, 1.0, 0)


def test_ten_of_ten_do_not_prove_ninety_five_per_cent():
    value, low, high, events = share(np.ones(10, dtype=bool), np.ones(10))
    assert (value, high, events) == (1.0, 1.0, 10)
    assert low == pytest.approx(0.05**0.1)  # Clopper and Pearson's own closed form


def test_the_interval_is_that_of_an_exact_binomial_test():
    at_once = np.arange(50) < 43
    value, low, high, _ = share(at_once, np.ones(50))
    exact = stats.binomtest(43, 50).proportion_ci(LEVEL, method="exact")
    assert (value, low, high) == pytest.approx((0.86, exact.low, exact.high))


def test_one_large_request_counts_as_few_events():
    at_once = np.arange(20) > 0
    even = share(at_once, np.ones(20))
    lumpy = share(at_once, np.array([1.0] + [1.0] * 18 + [100.0]))
    assert lumpy[2] - lumpy[1] > 2 * (even[2] - even[1])


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(500):
        _, low, high, _ = share(rng.random(25) < 0.9, np.ones(25))
        hits += low <= 0.9 <= high
    assert hits / 500 >= LEVEL
