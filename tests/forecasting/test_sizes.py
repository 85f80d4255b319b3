"""Sizes: laws that sum to one, kinds that are found, narrower laws of the wanted ratio."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import sizes
from inventory.demand import SizeLaw, SizeLaws
from tests.forecasting.builders import a_history


def laws_of(history):
    return sizes.laws(history, sizes.Evidence.of(history), sizes.learn(history))


def two_kinds(seed=4, items=600):
    """Half of the parts are asked for one by one, half by the dozen or so."""
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(items), 8)
    period = np.tile(np.arange(8), items)
    level = np.where(item % 2 == 0, 0.0, np.log(12) + 0.3 * rng.normal(size=items)[item])
    spread = np.where(item % 2 == 0, 0.0, 0.5)
    pieces = np.maximum(1, np.rint(np.exp(level + spread * rng.normal(size=len(item)))))
    return a_history(item, period, pieces.astype(int), items=items + 2, periods=8)


def test_parts_asked_for_one_by_one_are_expected_to_be():
    law = laws_of(two_kinds()).item(0)
    assert law.mean == pytest.approx(1.0, abs=0.06)
    assert max(law.pieces) <= 2


def test_parts_asked_for_by_the_dozen_keep_their_mean():
    history = two_kinds()
    wanted = np.add.reduceat(history.pieces, history.start[:-3]) / 8
    assert laws_of(history).mean()[1:600:2].mean() == pytest.approx(wanted[1::2].mean(), rel=0.05)


def test_a_part_without_requests_gets_the_law_of_all_parts():
    law = laws_of(two_kinds()).item(600)
    assert law.pieces[0] == 1
    assert law.mean > 3


def test_what_is_asked_for_rarely_is_as_large_as_it_was_drawn():
    """Five Gauss–Hermite points left 1 % of requests beyond what 7 % exceed."""
    rng = np.random.default_rng(11)
    normal = rng.normal(size=4000)
    pieces = np.maximum(1, np.rint(np.exp(4 + normal))).astype(int)
    law = laws_of(a_history(np.arange(4000), np.zeros(4000), pieces, items=4001)).item(4000)
    assert law.mean == pytest.approx(np.exp(4.5), rel=0.06)
    for deviations in (1.0, 1.5, 2.0, 2.5):
        size = np.exp(4 + deviations)
        beyond = sum(share for one, share in zip(law.pieces, law.share, strict=True) if one > size)
        assert 1 / 1.7 < beyond / np.mean(pieces > size) < 1.7


def test_the_same_part_elsewhere_speaks_for_one_without_requests():
    item, period = np.repeat([0, 1, 2, 3], 6), np.tile(np.arange(6), 4)
    pieces = np.where(item == 0, 40, 1)
    history = a_history(item, period, pieces, items=6, part=[0, 1, 2, 3, 0, 1])
    mean = laws_of(history).mean()
    assert mean[4] > 4 * mean[5]


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(st.integers(1, 500), st.integers(1, 9), min_size=1, max_size=12),
    st.floats(0.5, 600.0),
)
def test_a_narrowed_law_is_a_law_and_no_wider_than_wanted(counts, ratio):
    pieces = tuple(sorted(counts))
    share = np.array([counts[one] for one in pieces]) / sum(counts.values())
    law = SizeLaws.of([SizeLaw(pieces, tuple(share))])
    after = sizes.narrowed(law, np.array([ratio]))
    after.item(0)  # checks itself
    before = law.second_moment()[0] / law.mean()[0]
    reached = after.second_moment()[0] / after.mean()[0]
    assert reached <= max(ratio, 1.0) + 1e-9 or reached == 1.0
    if before <= ratio:
        assert reached == pytest.approx(before)


def test_newer_requests_weigh_more():
    old_large = a_history([0] * 10, range(10), [9] * 5 + [1] * 5, known=np.ones(12, dtype=bool))
    new_large = a_history([0] * 10, range(10), [1] * 5 + [9] * 5, known=np.ones(12, dtype=bool))
    assert laws_of(new_large).mean()[0] > laws_of(old_large).mean()[0] + 0.5


def one_request_each(dear=20, cheap=300, seed=7):
    """Cheap parts go by the dozen, dear ones singly; all were asked for once, the last never."""
    rng = np.random.default_rng(seed)
    by_the_dozen = np.maximum(1, np.rint(np.exp(np.log(12) + 0.4 * rng.normal(size=cheap))))
    pieces = np.concatenate((by_the_dozen, np.ones(dear))).astype(int)
    items = len(pieces)
    alike = np.concatenate((np.zeros(cheap), np.ones(dear), [0, 1])).astype(np.int64)
    return a_history(np.arange(items), np.zeros(items), pieces, items=items + 2), alike


def test_a_part_without_requests_gets_the_law_of_parts_like_it():
    history, alike = one_request_each(dear=200)
    kinds = sizes.learn(history, alike)
    mean = sizes.laws(history, sizes.Evidence.of(history), kinds, alike).mean()
    assert mean[-2] == pytest.approx(12, rel=0.25)
    assert mean[-1] < 2


def test_a_small_group_leans_on_all():
    means = []
    for dear in (2, 20, 200):
        history, alike = one_request_each(dear)
        kinds = sizes.learn(history, alike)
        means.append(sizes.laws(history, sizes.Evidence.of(history), kinds, alike).mean()[-1])
    assert means[0] > means[1] > means[2]


def test_a_group_of_nobody_repeats_what_is_known_of_all():
    history = two_kinds()
    kinds = sizes.learn(history)
    with_gap = sizes.learn(history, np.where(np.arange(len(history)) % 3 == 0, 2, 0))
    assert (kinds.groups, with_gap.groups) == (1, 3)
    for column in ("share", "mean", "spread"):
        before, after = (getattr(one, column) for one in (kinds, with_gap))
        assert after[:, 1] == pytest.approx(before[:, 0], abs=0.03)


def test_halving_that_ends_early_narrows_like_halving_to_the_end():
    rng = np.random.default_rng(8)
    for _ in range(200):
        pieces = np.unique(np.ceil(rng.lognormal(2, 1.2, rng.integers(1, 12)))).astype(np.int64)
        share = rng.dirichlet(np.ones(len(pieces)))
        wanted = rng.uniform(0.9, 1.1) * (share @ pieces**2) / (share @ pieces) * rng.random()
        low, high = 0.0, 1.0
        while (high - low) * pieces[-1] >= 1e-3:
            middle = (low + high) / 2
            scaled = np.maximum(1, np.rint(pieces * middle))
            low, high = (
                (low, middle) if (share @ scaled**2) / (share @ scaled) > wanted else (middle, high)
            )
        left = np.maximum(1, np.rint(pieces * low)).astype(int)
        found = sizes.narrowed(
            SizeLaws(np.array([0, len(pieces)]), pieces, share), np.array([wanted])
        )
        assert found.pieces.tolist() == sorted(set(left.tolist()))
