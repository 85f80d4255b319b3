"""The whole problem as one PuLP model of linked binaries, and the decomposition: they agree.

`python -m benchmarks middle` does the same with 500 parts, side by side with the times.
"""

import numpy as np
import pytest

from benchmarks.middle import Side, agree, as_one_model, decomposed, main, whole
from benchmarks.optimizer import site_targets, some_items
from optimizer import decompose
from optimizer.reach import reach

SITES, GAP = 2, 0.005


@pytest.mark.parametrize("seed", [0, 1])
def test_one_model_and_the_decomposition_agree_within_both_gaps(seed):
    items, targets = some_items(10, SITES, depot=True, seed=seed), site_targets(SITES)
    ours = decomposed(items, targets, GAP)
    theirs = as_one_model(items, targets, GAP * ours.bound, seconds=60.0)
    assert agree(ours, theirs), (ours, theirs)
    assert theirs.gap < 2 * GAP
    assert ours.gap < 2 * GAP


def test_the_model_has_every_level_behind_every_level_of_its_parent_once():
    items, targets = some_items(3, SITES, depot=True), site_targets(SITES)
    (block,) = posed = decompose.pose(items, targets, None, map).blocks[:1]
    promises = reach(posed, decompose.pose(items, targets, None, map).asked).promises
    choice = whole(posed, promises)
    for item in range(len(block)):
        parent = block.trees.parent[item]
        own = choice.under[choice.item == item]
        if parent < 0:
            assert np.all(own < 0)
            continue
        assert sorted(set(own.tolist())) == np.flatnonzero(choice.item == parent).tolist()


def test_bounds_that_rule_out_each_others_plans_are_no_agreement():
    assert agree(Side("", 10.0, 9.9, 1.0), Side("", 10.05, 9.95, 1.0))
    assert not agree(Side("", 10.0, 9.9, 1.0), Side("", 10.2, 10.1, 1.0))
    assert not agree(Side("", 10.2, 10.1, 1.0), Side("", 10.0, 9.9, 1.0))


def test_a_model_without_an_answer_is_said_to_have_none(monkeypatch, capsys):
    monkeypatch.setattr("benchmarks.middle.PARTS", 4)
    monkeypatch.setattr("benchmarks.middle.SECONDS", 0.0)
    monkeypatch.setattr("sys.argv", ["middle"])
    main()
    assert "the model gave no answer in time" in capsys.readouterr().out
