"""The fewest changes that reach several sums: as few as trying all of them finds."""

from itertools import combinations

import numpy as np
import pytest

from optimizer.fewest import fewest


def by_trying(adds, needed):
    """The size of the smallest set that does; None when there is none."""
    for size in range(adds.shape[1] + 1):
        for some in combinations(range(adds.shape[1]), size):
            if np.all(adds[:, list(some)].sum(axis=1) >= needed):
                return size
    return None


@pytest.mark.parametrize("seed", range(60))
def test_no_smaller_set_reaches_what_is_needed(seed):
    rng = np.random.default_rng(seed)
    sums, changes = int(rng.integers(1, 5)), int(rng.integers(1, 11))
    adds = rng.gamma(0.5, 10.0, (sums, changes)) * rng.choice([1, 1, 1, 0, -0.3], (sums, changes))
    needed = rng.uniform(-0.2, 0.8, sums) * np.maximum(adds, 0).sum(axis=1)
    best, found = by_trying(adds, needed), fewest(adds, needed)
    if best is None:
        assert found is None
        return
    assert found is not None
    assert np.all(adds[:, found.chosen].sum(axis=1) >= needed)
    assert found.proven
    assert int(found.chosen.sum()) == best


def test_what_adds_most_to_each_sum_alone_is_not_always_the_fewest():
    """Taken one sum after the other it is two changes; one change serves both."""
    adds = np.array([[5.0, 0.0, 4.0], [0.0, 5.0, 4.0]])
    found = fewest(adds, np.array([4.0, 4.0]))
    assert found is not None
    assert found.chosen.tolist() == [False, False, True]


def test_many_changes_come_with_a_bound():
    rng = np.random.default_rng(1)
    adds = rng.gamma(0.3, 1.0, (12, 20_000))
    found = fewest(adds, adds.sum(axis=1) * 0.4)
    assert found is not None
    size = int(found.chosen.sum())
    assert np.all(adds[:, found.chosen].sum(axis=1) >= adds.sum(axis=1) * 0.4)
    assert found.at_least <= size <= found.at_least + 12


def test_nothing_needed_is_nothing_chosen_and_what_cannot_be_reached_is_said():
    adds = np.ones((1, 3))
    nothing = fewest(adds, np.array([-1.0]))
    assert nothing is not None
    assert (nothing.chosen.sum(), nothing.at_least) == (0, 0)
    assert fewest(adds, np.array([3.5])) is None
