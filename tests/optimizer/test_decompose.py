from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.demand import Demand, DemandForecast
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer import Outcome, decompose, solve
from tests.optimizer.problems import (
    achieved,
    cheapest_by_trying_all,
    is_met,
    measured,
    some_items,
)

SCOPES = st.sampled_from(
    [Scope(), Scope(tier="A"), Scope(criticality="B"), Scope(tier="B", criticality="A")]
)


@st.composite
def targets(draw):
    if draw(st.booleans()):
        return ServiceTarget(Measure.WAITING_DAYS, draw(st.floats(0.05, 30)), draw(SCOPES))
    measure = draw(
        st.sampled_from([Measure.FILL_RATE, Measure.READY_RATE, Measure.VALUE_FILL_RATE])
    )
    return ServiceTarget(measure, draw(st.floats(0.1, 0.97)), draw(SCOPES))


@st.composite
def small_problems(draw):
    count, levels = draw(st.sampled_from([(2, 4), (3, 4), (4, 4), (5, 3), (6, 3)]))
    several = {"min_size": count, "max_size": count}
    items = some_items(
        draw(st.lists(st.floats(0.001, 0.2), **several)),
        10.0,
        draw(st.lists(st.floats(1, 1000), **several)),
        tier=np.array(draw(st.lists(st.integers(0, 1), **several))),
        criticality=np.array(draw(st.lists(st.integers(0, 1), **several))),
        highest_reorder_point=np.full(count, levels - 2),
    )
    return items, draw(st.lists(targets(), min_size=1, max_size=4)), levels


@settings(max_examples=30, deadline=None)
@given(small_problems())
def test_a_small_plan_costs_what_trying_every_combination_costs(problem):
    items, asked, levels = problem
    cheapest = cheapest_by_trying_all(items, asked, levels)
    plan = solve(items, asked, gap=0.0)
    if cheapest == np.inf:
        assert plan.outcome is Outcome.IMPOSSIBLE
    else:
        assert plan.cost_per_day.holding == pytest.approx(cheapest, rel=1e-9, abs=1e-12)
        assert plan.lower_bound_per_day <= cheapest * (1 + 1e-9)
        assert plan.gap == pytest.approx(0, abs=1e-6)


def two_tiers(items=60, seed=3, **given):
    """Items over two tiers, three criticalities and two locations, with spread-out costs."""
    chance = np.random.default_rng(seed)
    return some_items(
        np.exp(chance.normal(-4, 1.2, items)),
        chance.integers(3, 40, items),
        np.exp(chance.normal(4, 1.3, items)),
        part=np.arange(items) // 2,
        location=np.arange(items) % 2,
        tier=chance.integers(0, 2, items),
        criticality=chance.integers(0, 3, items),
        **given,
    )


SEVERAL = (
    ServiceTarget(Measure.FILL_RATE, 0.95),
    ServiceTarget(Measure.WAITING_DAYS, 0.5, Scope(criticality="A")),
    ServiceTarget(Measure.VALUE_FILL_RATE, 0.8),
    ServiceTarget(Measure.FILL_RATE, 0.97, Scope(tier="A")),
)


def test_the_order_of_items_changes_nothing():
    items = two_tiers()
    shuffled = np.random.default_rng(1).permutation(len(items))
    plan, other = solve(items, SEVERAL), solve(items.take(shuffled), SEVERAL)
    assert other.reorder_point.tolist() == plan.reorder_point[shuffled].tolist()
    assert other.lower_bound_per_day == plan.lower_bound_per_day
    assert other.targets == plan.targets


def test_where_blocks_run_changes_nothing():
    with ThreadPoolExecutor(2) as threads:
        elsewhere = solve(two_tiers(), SEVERAL, each=threads.map)
    here = solve(two_tiers(), SEVERAL)
    assert elsewhere.reorder_point.tolist() == here.reorder_point.tolist()
    assert elsewhere.cost_per_day == here.cost_per_day


@pytest.mark.parametrize("factor", [2.0, 1000.0])
def test_the_currency_does_not_choose_levels(factor):
    items = two_tiers()
    dearer = replace(
        items,
        unit_cost=items.unit_cost * factor,
        holding_cost_per_day=items.holding_cost_per_day * factor,
    )
    plan, other = solve(items, SEVERAL, gap=1e-6), solve(dearer, SEVERAL, gap=1e-6)
    assert other.cost_per_day.holding == pytest.approx(factor * plan.cost_per_day.holding, rel=2e-6)


def test_targets_called_met_are_met_when_recomputed():
    items = two_tiers()
    plan = solve(items, SEVERAL)
    for result in plan.targets:
        assert result.met
        assert is_met(items, plan.reorder_point, result.target)
        again = achieved(items, plan.reorder_point, result.target)
        assert result.achieved == pytest.approx(again, abs=1e-9)
    assert plan.cost_per_day.holding == pytest.approx(measured(items, plan.reorder_point)[0].sum())


def test_no_targets_mean_no_stock():
    plan = solve(two_tiers(), [])
    assert plan.outcome is Outcome.OPTIMAL
    assert (plan.reorder_point == -1).all()
    assert plan.cost_per_day.holding == 0
    assert plan.gap == 0


def test_a_target_nobody_asks_about_is_empty_and_costs_nothing():
    plan = solve(two_tiers(), [ServiceTarget(Measure.FILL_RATE, 0.9, Scope(tier="Z"))])
    (result,) = plan.targets
    assert (result.achieved, result.reachable, result.met) == (None, None, True)
    assert (plan.reorder_point == -1).all()


def test_a_target_that_one_item_can_just_keep_alone_is_not_bought_with_another():
    """95 of 100 pieces are cheap: without the dear ones the target of 95 % is theirs alone."""
    items = some_items([0.95, 0.05], [4.0, 5.0], [1.0, 10_000.0])
    plan = solve(items, [ServiceTarget(Measure.FILL_RATE, 0.95)], gap=0.0)
    assert plan.outcome is Outcome.OPTIMAL
    assert plan.reorder_point[1] == -1


def test_a_target_said_twice_costs_the_same():
    once = solve(two_tiers(), SEVERAL[:1], gap=0)
    twice = solve(two_tiers(), SEVERAL[:1] * 2, gap=0)
    assert twice.reorder_point.tolist() == once.reorder_point.tolist()


def test_a_target_of_zero_asks_for_nothing():
    plan = solve(two_tiers(), [ServiceTarget(Measure.FILL_RATE, 0.0)])
    assert (plan.reorder_point == -1).all()


def test_a_promise_of_everything_is_beyond_reach_and_the_nearest_plan_is_near():
    plan = solve(two_tiers(), [ServiceTarget(Measure.FILL_RATE, 1.0)])
    assert plan.outcome is Outcome.IMPOSSIBLE
    (result,) = plan.targets
    assert not result.met
    assert 1 - 1e-8 < result.achieved <= result.reachable < 1


def test_a_target_beyond_reach_says_how_far_it_can_be_met():
    items = two_tiers(highest_reorder_point=np.full(60, -1))
    plan = solve(items, [*SEVERAL, ServiceTarget(Measure.WAITING_DAYS, 1000.0)])
    assert plan.outcome is Outcome.IMPOSSIBLE
    assert [result.met for result in plan.targets] == [False, False, False, False, True]
    assert plan.targets[0].reachable == pytest.approx(0)
    assert plan.targets[1].reachable == pytest.approx(plan.targets[1].achieved)


def test_each_location_keeps_the_promise_of_a_target_per_location():
    items = two_tiers()
    target = ServiceTarget(Measure.FILL_RATE, 0.9, per=Per.LOCATION)
    plan = solve(items, [target])
    assert [result.location_id for result in plan.targets] == ["L0", "L1"]
    for result in plan.targets:
        alone = ServiceTarget(Measure.FILL_RATE, 0.9, Scope(location_id=result.location_id))
        again = achieved(items, plan.reorder_point, alone)
        assert 0.9 <= again < 0.97
        assert result.achieved == pytest.approx(again, abs=1e-9)


@pytest.mark.parametrize(
    ("measure", "level"), [(Measure.FILL_RATE, 0.9), (Measure.WAITING_DAYS, 2.0)]
)
def test_each_item_of_the_scope_keeps_a_target_per_item_and_no_piece_more(measure, level):
    items = two_tiers()
    plan = solve(items, [ServiceTarget(measure, level, Scope(criticality="A"), Per.ITEM)])
    vital = items.criticality == 0

    def kept(point):
        _, waiting, ready = measured(items, point)
        days = waiting / items.demand.demand_per_day
        return ready >= level if measure is Measure.FILL_RATE else days <= level

    assert kept(plan.reorder_point)[vital].all()
    assert not kept(plan.reorder_point - 1)[vital & (plan.reorder_point > -1)].any()
    assert (plan.reorder_point[~vital] == -1).all()
    (result,) = plan.targets
    assert result.met
    assert vital[result.item]


def test_a_customer_class_weighs_items_by_its_share():
    share = np.linspace(0, 1, 60)
    items = two_tiers(class_share={"gold": share})
    target = ServiceTarget(Measure.FILL_RATE, 0.95, Scope(customer_class="gold"))
    plan = solve(items, [target], gap=1e-4)
    assert achieved(items, plan.reorder_point, target) >= 0.95
    assert plan.reorder_point[0] == -1


def test_where_delay_has_a_price_each_item_weighs_it_against_holding():
    items = two_tiers(delay_cost_per_day=np.full(60, 5.0))
    plan = solve(items, [])
    levels = np.arange(-1, 40)

    def cost(point):
        holding, waiting, _ = measured(items, np.full(60, point))
        return holding + 5.0 * waiting

    every = np.stack([cost(point) for point in levels])
    assert plan.reorder_point.tolist() == levels[every.argmin(axis=0)].tolist()
    assert plan.cost_per_day.decided == pytest.approx(every.min(axis=0).sum())
    assert plan.gap == pytest.approx(0, abs=1e-8)


def test_free_parts_and_parts_nobody_asks_for_do_no_harm():
    items = two_tiers()
    free, idle = np.arange(60) % 7 == 0, np.arange(60) % 11 == 0
    items = replace(
        items,
        holding_cost_per_day=np.where(free, 0.0, items.holding_cost_per_day),
        demand=Demand.of(
            [
                DemandForecast(0.0 if idle[row] else float(items.demand.demand_per_day[row]))
                for row in range(60)
            ]
        ),
    )
    plan = solve(items, SEVERAL)
    assert plan.outcome is Outcome.OPTIMAL
    assert (plan.reorder_point[idle & ~free] == -1).all()


def test_a_plan_says_which_target_pays_and_what_pieces_are_worth():
    items = two_tiers()
    plan = solve(items, SEVERAL)
    stocked = plan.reorder_point >= 0
    assert np.isnan(plan.last_piece_value_per_day[~stocked]).all()
    assert (plan.paying_target[~stocked] == -1).all()
    assert set(plan.paying_target[stocked]) <= set(range(4))
    holding = items.holding_cost_per_day
    worth = plan.last_piece_value_per_day[stocked] > holding[stocked] * 0.2
    assert worth.mean() > 0.9


def test_the_finish_earns_its_place(monkeypatch):
    with_it = solve(two_tiers(), SEVERAL)
    monkeypatch.setattr(decompose, "dealt", lambda shop, standing, sets, within: (standing, 0.0))
    monkeypatch.setattr(
        decompose, "finished", lambda shop, standing, higher, gap: (standing, shop.bound)
    )
    without = solve(two_tiers(), SEVERAL)
    assert with_it.cost_per_day.holding < 0.999 * without.cost_per_day.holding
    assert with_it.gap < without.gap


def test_dealing_whole_trees_out_earns_its_place(monkeypatch):
    monkeypatch.setattr(
        decompose, "finished", lambda shop, standing, higher, gap: (standing, shop.bound)
    )
    with_it = solve(two_tiers(), SEVERAL)
    monkeypatch.setattr(decompose, "dealt", lambda shop, standing, sets, within: (standing, 0.0))
    without = solve(two_tiers(), SEVERAL)
    assert with_it.cost_per_day.holding < 0.999 * without.cost_per_day.holding
    assert all(one.met for one in with_it.targets)
