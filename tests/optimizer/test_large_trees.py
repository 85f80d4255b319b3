"""Trees held in part: what no levels of theirs are worth less than, against all their levels."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer import Outcome, decompose, solve
from optimizer.blocks import price, rows_at
from optimizer.candidates import prepare
from optimizer.echelons import large, pruning, settle
from optimizer.echelons.settle import FINE, Question
from tests.optimizer.test_deep_trees import (
    ASKED,
    a_network,
    cheapest,
    few_levels,
    in_batches,
    lumpy,
    repaired,
    reviewed,
)

KINDS = [lambda items: items, lumpy, repaired, in_batches, reviewed]


def very_lumpy(items):
    sizes = SizeLaw((1, 3, 12), (0.5, 0.3, 0.2))
    rates = items.demand.demand_per_day
    known = [DemandForecast(rate, None, rate**2, sizes) for rate in rates.tolist()]
    return replace(in_batches(reviewed(items)), demand=Demand.of(known))


def priced(items, targets, prices):
    posed = decompose.pose(items, targets, None, map)
    earned = posed.asked.earned(np.asarray(prices))
    return list(posed.pieces()), earned


def excess_in_full(piece, earned):
    return large.least_held(prepare(piece._replace(most=10**6)), earned)


@settings(max_examples=6, deadline=None)
@given(
    st.sampled_from([*KINDS, very_lumpy]),
    st.integers(0, 10_000),
    st.floats(1, 8),
    st.floats(20, 2000),
    st.floats(0, 60),
)
def test_no_levels_of_a_tree_are_worth_less_than_its_bound(changed, seed, busy, fill, waiting):
    items = changed(a_network(1, seed, busy=busy))
    items = replace(items, delay_cost_per_day=np.full(len(items), 0.2))
    for piece, earned in ((one, at) for pieces, at in [priced(items, ASKED, [fill, waiting])]
                          for one in pieces):  # fmt: skip
        truth = excess_in_full(piece, earned)
        asked = Question.of(piece, earned)
        roots = np.flatnonzero(asked.trees.parent < 0)
        every, points = np.ones(len(truth), dtype=np.int64), np.zeros(len(truth), dtype=np.int64)
        found = asked.settled(roots, 1.1 * truth[roots], points, FINE, every)
        assert np.all(found.least <= truth[roots] * (1 + 1e-9))
        if changed is lumpy or changed is very_lumpy:  # no leaf varies less than Poisson there
            assert np.all(found.least >= 0.98 * truth[roots])


@pytest.mark.parametrize("changed", KINDS)
def test_a_block_held_in_part_bounds_what_the_whole_one_finds(monkeypatch, changed):
    monkeypatch.setattr(pruning, "FEW_ROWS", 0)
    pieces, earned = priced(changed(a_network(4, 5, busy=3.0)), ASKED, [600.0, 40.0])
    for piece in pieces:
        full = prepare(piece._replace(most=10**6))
        points = full.reorder_point(full.safe_row)
        rows = pruning.rows_in_full(full)
        kept = pruning.sharpened(pruning.Sharp(piece, 1, points, rows, earned))
        for times in (0.7, 1.0, 1.4):
            least, truth = (price(earned * times, one).least for one in (kept, full))
            assert least <= truth + 1e-9
            if times == 1.0:
                assert least == pytest.approx(truth, abs=5e-2 * abs(truth))


@settings(max_examples=5, deadline=None)
@given(st.integers(1, 2), st.integers(0, 10_000), st.floats(0.2, 0.8), st.floats(0.2, 0.6))
def test_bounds_of_trees_held_in_part_are_below_every_combination(parts, seed, in_a, overall):
    items = few_levels(a_network(parts, seed))
    targets = [
        ServiceTarget(Measure.FILL_RATE, in_a, Scope(tier="A")),
        ServiceTarget(Measure.FILL_RATE, overall),
    ]
    rate = items.demand.demand_per_day
    tier_a = rate[items.tier == 0].sum()
    least = cheapest(items, [-np.inf, in_a * tier_a, overall * rate.sum(), -np.inf, -np.inf])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pruning, "FEW_ROWS", 0)
        patch.setattr(pruning, "LOOKS", (1,))
        plan = solve(items, targets, gap=0.0)
    if least == np.inf:
        assert plan.outcome is Outcome.IMPOSSIBLE
        return
    assert plan.lower_bound_per_day <= least * (1 + 1e-9)
    assert plan.cost_per_day.holding >= least * (1 - 1e-9)
    assert all(one.met for one in plan.targets)


def test_plans_of_trees_held_in_part_are_as_good_as_those_held_whole(monkeypatch):
    items = in_batches(lumpy(a_network(12, 3, busy=3.0)))
    whole = solve(items, ASKED, gap=1e-3)
    monkeypatch.setattr(pruning, "FEW_ROWS", 0)
    monkeypatch.setattr(pruning, "LOOKS", (1,))
    part = solve(items, ASKED, gap=1e-3)
    assert part.lower_bound_per_day <= whole.cost_per_day.holding * (1 + 1e-9)
    assert whole.lower_bound_per_day <= part.cost_per_day.holding * (1 + 1e-9)
    assert part.cost_per_day.holding == pytest.approx(whole.cost_per_day.holding, rel=1e-2)


def looks_at(items, monkeypatch):
    """How many looks it took, one of them proven, of trees all held in part."""
    monkeypatch.setattr(pruning, "FEW_ROWS", 0)
    monkeypatch.setattr(pruning, "LOOKS", (1,))
    stages = []
    plan = solve(items, ASKED, gap=1e-3, progress=lambda stage, _: stages.append(stage))
    assert np.isfinite(plan.lower_bound_per_day)
    return sum(stage.startswith("look") for stage in stages)


def test_prices_far_from_those_of_a_first_look_are_found_in_a_few_looks(monkeypatch):
    items = in_batches(lumpy(a_network(12, 3, busy=3.0)))
    assert looks_at(items, monkeypatch) <= 4


def test_a_search_never_forgets_levels_better_than_those_it_finds(monkeypatch):
    pieces, earned = priced(a_network(3, 8, busy=4.0), ASKED, [600.0, 40.0])
    for piece in pieces:
        full = prepare(piece._replace(most=10**6))
        best = full.reorder_point(rows_at((full, [(earned, 1.0)])))
        points = full.reorder_point(full.safe_row)
        scale = large.scales(piece, large.NEAR)
        known = large.least_held(large.windows(piece, best, points, scale), earned)
        monkeypatch.setattr(settle, "MOST_CELLS", 4)  # leaves are soon taken to be worth nothing
        kept = large.searched(piece, best, points, earned, roughly=False)
        roots = kept.trees.parent < 0
        assert np.all(large.least_held(kept, earned)[roots] <= known[roots] * (1 + 1e-9))


def test_when_no_cell_can_be_remembered_the_bound_only_gets_looser(monkeypatch):
    pieces, earned = priced(a_network(1, 8, busy=4.0), ASKED, [600.0, 40.0])
    truth = excess_in_full(pieces[0], earned)
    asked = Question.of(pieces[0], earned)
    monkeypatch.setattr(settle, "MOST_CELLS", 4)
    every, points = np.ones(len(truth), dtype=np.int64), np.zeros(len(truth), dtype=np.int64)
    found = asked.settled(np.array([0]), truth[:1], points, FINE, every)
    assert 0 <= found.least[0] <= truth[0] * (1 + 1e-9)


def test_rules_of_the_house_hold_for_trees_held_in_part(monkeypatch):
    monkeypatch.setattr(pruning, "FEW_ROWS", 0)
    items = a_network(3, 9, busy=4.0)
    lowest = np.where(items.location % 3 == 0, 2, -1)
    highest = np.where(items.location % 3 == 1, 1, 10**6)
    items = replace(items, lowest_reorder_point=lowest, highest_reorder_point=highest)
    targets = [ServiceTarget(Measure.FILL_RATE, 0.5), ServiceTarget(Measure.FILL_RATE, 0.2,
               per=Per.ITEM)]  # fmt: skip
    plan = solve(items, targets, gap=1e-3)
    assert np.all(plan.reorder_point >= lowest)
    assert np.all(plan.reorder_point <= highest)
    assert plan.lower_bound_per_day <= plan.cost_per_day.holding * (1 + 1e-9)
