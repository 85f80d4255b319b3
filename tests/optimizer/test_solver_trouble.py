"""Solvers that run out of time, hang, die, lie or are fed blanks: a verified plan, or a refusal.

The faults are F14 to F18: they are planted where the optimizer calls the solver, in the integer
programme through PuLP and in the linear programme over passes. A solver that kills its process is
planted where plans are made apart (tests/planning/night/test_solver.py).
"""

import threading
import time
from dataclasses import replace

import numpy as np
import pulp
import pytest

from inventory.errors import OutOfRange
from optimizer import Outcome, linear, milp, solve
from optimizer.linear import Mixture
from optimizer.milp import Choice, Ending, choose
from optimizer.patience import NeverCameBack, patiently
from optimizer.rules import RULES
from tests.optimizer.problems import is_met
from tests.optimizer.test_decompose import SEVERAL, two_tiers

GAP = 1e-6  # closer than a plan comes without the solver


@pytest.fixture(scope="module")
def honest():
    return solve(two_tiers(), SEVERAL, gap=GAP)


def assert_kept_and_bounded(plan, honest):
    """Every target is met when summed again, and the bound is below what another plan costs."""
    items = two_tiers()
    assert all(is_met(items, plan.reorder_point, target) for target in SEVERAL)
    assert plan.lower_bound_per_day <= honest.cost_per_day.decided * (1 + 1e-9)
    assert plan.cost_per_day.decided >= honest.lower_bound_per_day * (1 - 1e-9)


def a_hard_choice():
    """120 items of 4 levels under 6 promises: found at once, not proven for a long time."""
    chance, items, levels = np.random.default_rng(5), 120, 4
    return Choice(
        item=np.repeat(np.arange(items), levels),
        cost=chance.integers(1, 1000, (items, levels)).cumsum(axis=1).ravel().astype(float),
        value=chance.random((items, levels, 6)).cumsum(axis=1).reshape(-1, 6),
        required=np.full(6, 130.0),
        under=np.full(items * levels, -1),
    )


# F14, F15: the limit of time


def test_a_time_limit_leaves_the_best_choice_found_and_a_true_bound():
    hard = a_hard_choice()
    stopped = choose(hard, RULES, within=1e-9, most_nodes=10**6, seconds=1.0)
    assert stopped.ending is Ending.STOPPED
    assert hard.keeps(stopped.picked)
    assert 90_000 < stopped.bound < hard.cost[stopped.picked].sum()


def test_a_time_limit_with_nothing_in_hand_is_no_answer():
    chosen = choose(a_hard_choice(), RULES, within=1e-9, most_nodes=10**6, seconds=0.0)
    assert chosen.ending is Ending.NOTHING
    assert chosen.bound == -np.inf


def test_a_plan_without_time_for_its_last_pieces_is_called_stopped(monkeypatch, honest):
    def hurried(choice, rules, **limits):
        return choose(choice, rules, **(limits | {"seconds": 0.0}))

    monkeypatch.setattr("optimizer.finish.choose", hurried)
    monkeypatch.setattr("optimizer.dealing.choose", hurried)
    plan = solve(two_tiers(), SEVERAL, gap=GAP)
    assert plan.outcome is Outcome.STOPPED
    assert plan.gap > GAP
    assert_kept_and_bounded(plan, honest)


def hanging(done):
    """A solver that heeds no limit: it waits until the test is over."""

    def work(*asked):
        done.wait(60)
        raise RuntimeError("woken after the test")

    return work


@pytest.fixture
def over():
    """Set when the test is over, for all that still hangs."""
    done = threading.Event()
    yield done
    done.set()


def test_a_solver_that_heeds_no_limit_is_left_behind(monkeypatch, over, honest):
    asked = []

    def work(*given):
        asked.append(given)
        hanging(over)()

    monkeypatch.setattr(pulp.LpProblem, "solve", work)
    monkeypatch.setattr(milp, "GRACE_SECONDS", 0.2 - 120.0)
    plan = solve(two_tiers(), SEVERAL, gap=GAP)
    assert len(asked) == 2  # for whole trees and for whole pieces; what hung once is left alone
    assert plan.outcome is Outcome.STOPPED
    assert_kept_and_bounded(plan, honest)


def test_a_solver_of_mixes_that_hangs_is_waited_for_once(monkeypatch, over, honest):
    asked = []

    def work(*given):
        asked.append(given)
        hanging(over)()

    monkeypatch.setattr(linear, "_optimum", work)
    monkeypatch.setattr(linear, "GRACE_SECONDS", 0.2 - linear.MOST_SECONDS)
    plan = solve(two_tiers(), SEVERAL, gap=GAP)
    assert len(asked) == 1
    assert_kept_and_bounded(plan, honest)


def test_patience_hands_on_what_the_work_returns_or_raises():
    assert patiently(lambda: 7, 5.0) == 7
    with pytest.raises(ZeroDivisionError):
        patiently(lambda: 1 / 0, 5.0)
    with pytest.raises(NeverCameBack, match=r"within 0\.01 seconds"):
        patiently(lambda: time.sleep(0.5), 0.01)


# F16, F17, F18: what a solver says, or dies of


class Faulty(pulp.LpSolver):
    """A solver that PuLP calls in place of HiGHS."""

    def __init__(self, status, value=None, dies_of=None):
        super().__init__(msg=False)
        self.status, self.value, self.dies_of = status, value, dies_of

    def available(self):
        return True

    def actualSolve(self, lp, **given):  # noqa: N802, as PuLP calls it
        if self.dies_of is not None:
            raise self.dies_of
        for variable in lp.variables():
            variable.varValue = self.value
        lp.status = lp.sol_status = self.status
        return self.status


@pytest.mark.parametrize(
    "faulty",
    [
        Faulty(-1),
        Faulty(-2),
        Faulty(0),
        Faulty(1),
        Faulty(1, float("nan")),
        Faulty(1, float("inf")),
        Faulty(1, 0.5),
        Faulty(1, 0.0),
        Faulty(0, dies_of=MemoryError()),
        Faulty(0, dies_of=OSError("no library")),
        Faulty(0, dies_of=AttributeError("another version")),
        Faulty(0, dies_of=pulp.PulpSolverError("not available")),
    ],
    ids=[
        "infeasible", "unbounded", "not solved", "optimal without a solution", "nan", "infinite",
        "halves", "nothing taken", "out of memory", "no library", "another version",
        "not available",
    ],
)  # fmt: skip
def test_whatever_a_solver_says_or_dies_of_the_plan_is_verified(monkeypatch, faulty, honest):
    monkeypatch.setattr(pulp, "HiGHS", lambda **given: faulty)
    plan = solve(two_tiers(), SEVERAL, gap=GAP)
    assert plan.outcome is Outcome.STOPPED
    assert plan.gap > GAP
    assert_kept_and_bounded(plan, honest)


def test_a_solver_that_calls_an_impossible_model_solved_is_not_believed(monkeypatch):
    impossible = replace(a_hard_choice(), required=np.full(6, 1e6))
    assert choose(impossible, RULES, within=1.0, most_nodes=10).ending is Ending.NOTHING
    monkeypatch.setattr(pulp, "HiGHS", lambda **given: Faulty(1, 1.0))
    assert choose(impossible, RULES, within=1.0, most_nodes=10).ending is Ending.NOTHING


def spoilt(**by_field):
    """The solver of mixes, with some of its answer replaced."""
    true = linear._optimum

    def work(model, rows):
        found = true(model, rows)
        return found and found._replace(**{name: of(found) for name, of in by_field.items()})

    return work


LIES = {
    "shares are nan": spoilt(share=lambda found: found.share * np.nan),
    "shares are empty": spoilt(share=lambda found: found.share * 0.0),
    "shares are negative": spoilt(share=lambda found: found.share - 0.5),
    "prices are nan": spoilt(marginal=lambda found: found.marginal * np.nan),
    "prices are endless": spoilt(marginal=lambda found: found.marginal - np.inf),
    "all is free": spoilt(cost=lambda found: -1e9),
    "the cheapest shares, promises or not": spoilt(
        share=lambda found: np.repeat([0.0, 1.0], [len(found.share) - 60, 60])
    ),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_a_mix_that_is_none_is_not_believed(monkeypatch, lie, honest):
    monkeypatch.setattr(linear, "_optimum", lie)
    plan = solve(two_tiers(), SEVERAL, gap=GAP)
    assert_kept_and_bounded(plan, honest)


def test_shares_that_break_a_promise_are_no_mix(monkeypatch):
    cost, short = np.array([2.0, 1.0]), np.array([[0.0, 1.0]])
    assert linear.least(cost, short, np.array([0.25]), 1).cost == pytest.approx(1.75)
    lie = Mixture(np.array([0.0, 1.0]), 1.0, np.zeros(1))
    monkeypatch.setattr(linear, "_optimum", lambda model, rows: lie)
    assert linear.least(cost, short, np.array([0.25]), 1) is None


def test_a_solver_of_mixes_that_dies_leaves_a_verified_plan(monkeypatch, honest):
    def work(model, rows):
        raise MemoryError

    monkeypatch.setattr(linear, "_optimum", work)
    assert_kept_and_bounded(solve(two_tiers(), SEVERAL, gap=GAP), honest)


# blanks that come in


def spoilt_items(name, value):
    items = two_tiers()
    if name in ("demand_per_day", "demand_variance_per_day", "rate_variance"):
        column = getattr(items.demand, name).copy()
        column[7] = value
        return replace(items, demand=replace(items.demand, **{name: column}))
    if name == "lead_time_days":
        column = items.lead_times.mean_days.copy()
        column[7] = value
        return replace(items, lead_times=replace(items.lead_times, mean_days=column))
    column = np.ones(len(items))
    column[7] = value
    return replace(items, **{name: column})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0])
@pytest.mark.parametrize(
    "name",
    [
        "demand_per_day", "demand_variance_per_day", "rate_variance", "lead_time_days",
        "unit_cost", "holding_cost_per_day", "ordering_cost", "delay_cost_per_day",
        "owned_cost_per_day",
    ],
)  # fmt: skip
def test_a_blank_is_refused_by_name(name, value):
    with pytest.raises(OutOfRange, match=name):
        solve(spoilt_items(name, value), SEVERAL)


@pytest.mark.parametrize("column", ["cost", "value", "required"])
def test_blanks_in_the_integer_programme_give_no_choice(column):
    whole = a_hard_choice()
    spoilt_column = getattr(whole, column).copy()
    spoilt_column.flat[0] = np.nan
    chosen = choose(replace(whole, **{column: spoilt_column}), RULES, within=1.0, most_nodes=1)
    assert chosen.ending is Ending.NOTHING
    assert chosen.bound == -np.inf
