import numpy as np
import pulp
import pytest

from optimizer import Outcome, milp, solve
from optimizer.milp import Choice, Ending, choose
from optimizer.rules import RULES, every_promise_is_kept, one_level_for_each_item
from tests.optimizer.test_decompose import SEVERAL, is_met, two_tiers


def a_choice(required=1.0):
    """Two items with two options each; both second options serve 1, at a cost of 1 and 2."""
    return Choice(
        item=np.array([0, 0, 1, 1]),
        cost=np.array([0.0, 1.0, 0.0, 2.0]),
        value=np.array([[0.0], [1.0], [0.0], [1.0]]),
        required=np.array([required]),
        under=np.full(4, -1),
    )


def picked(choice, rules=RULES):
    return choose(choice, rules, within=1e-9, most_nodes=100)


def test_the_cheapest_options_that_keep_the_promise_are_picked():
    chosen = picked(a_choice())
    assert chosen.ending is Ending.SOLVED
    assert chosen.picked.tolist() == [1, 2]
    assert chosen.bound == pytest.approx(1.0)


def test_what_no_options_can_keep_is_an_answer():
    assert picked(a_choice(required=2.5)).ending is Ending.NOTHING


def test_without_one_level_for_each_item_the_answer_is_none():
    chosen = picked(a_choice(), (every_promise_is_kept,))
    assert chosen.ending is Ending.NOTHING


def test_without_the_promises_the_cheapest_levels_would_break_them():
    chosen = picked(a_choice(), (one_level_for_each_item,))
    assert chosen.ending is Ending.NOTHING


def test_highs_solves_the_model_that_its_version_1_14_got_wrong():
    model = pulp.LpProblem("presolve", pulp.LpMinimize)
    whole = model.add_variable("z", 0, None, "Integer")
    part = model.add_variable("x", 0, None)
    model += 2 * part + 3 * whole
    model += part + whole >= 4.5, "enough"
    model.solve(pulp.HiGHS(msg=False, threads=1))
    assert model.objective.value() == pytest.approx(9.0)


def test_counted_nodes_used_up_leave_the_best_choice_found_and_a_true_bound():
    chance, items, levels = np.random.default_rng(5), 120, 4
    whole = Choice(
        item=np.repeat(np.arange(items), levels),
        cost=chance.integers(1, 1000, (items, levels)).cumsum(axis=1).ravel().astype(float),
        value=chance.random((items, levels, 6)).cumsum(axis=1).reshape(-1, 6),
        required=np.full(6, 130.0),
        under=np.full(items * levels, -1),
    )
    stopped = choose(whole, RULES, within=1e-9, most_nodes=1)
    assert stopped.ending is Ending.STOPPED
    assert whole.keeps(stopped.picked)
    longer = choose(whole, RULES, within=1e-9, most_nodes=40)
    assert stopped.bound <= whole.cost[longer.picked].sum() + 1e-6


def lying(answer, bound):
    """A solver that writes `answer` on every variable and claims to have finished."""

    def solve_model(model, solver):
        for at, variable in enumerate(model.variables()):
            variable.varValue = answer[at % len(answer)]
        return True, bound

    return solve_model


@pytest.mark.parametrize(
    "answer",
    [[0.0], [1.0], [0.5], [float("nan")], [None], [1.0, 0.0, 1.0, 0.0]],
    ids=["nothing", "everything", "halves", "nan", "empty", "promise broken"],
)
def test_a_lying_solver_is_not_believed(monkeypatch, answer):
    monkeypatch.setattr(milp, "_solved", lying(answer, 0.0))
    assert picked(a_choice()).ending is Ending.NOTHING


def test_a_bound_above_a_valid_plan_is_not_believed(monkeypatch):
    monkeypatch.setattr(milp, "_solved", lying([0.0, 1.0, 1.0, 0.0], 1e6))
    chosen = picked(a_choice())
    assert chosen.ending is Ending.STOPPED
    assert chosen.bound == -np.inf


@pytest.mark.parametrize("answer", [[0.0], [1.0], [float("nan")]])
def test_with_a_lying_solver_the_plan_still_keeps_its_targets(monkeypatch, answer):
    honest = solve(two_tiers(), SEVERAL, gap=1e-6)
    monkeypatch.setattr(milp, "_solved", lying(answer, -1e9))
    plan = solve(two_tiers(), SEVERAL, gap=1e-6)
    assert plan.outcome is Outcome.STOPPED
    assert all(is_met(two_tiers(), plan.reorder_point, target) for target in SEVERAL)
    assert plan.lower_bound_per_day <= honest.cost_per_day.holding
    assert plan.gap > 1e-6


def test_a_solver_that_breaks_down_leaves_a_verified_plan(monkeypatch):
    def broken(model, solver):
        raise pulp.PulpError("no solver")

    monkeypatch.setattr(pulp.LpProblem, "solve", broken)
    plan = solve(two_tiers(), SEVERAL, gap=1e-6)
    assert plan.outcome is Outcome.STOPPED
    assert all(is_met(two_tiers(), plan.reorder_point, target) for target in SEVERAL)
