"""The solver's process may hang, refuse or die: the night hears of it and goes on living."""

import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from optimizer import solve
from planning.night.folder import hash_of
from planning.night.keeping import keep_plan, read_plan
from planning.night.solver import SolverFailed, solve_apart
from planning.pose import Question
from tests.planning.test_verify_plan import TARGETS, a_company


@pytest.fixture(scope="module")
def question():
    items = a_company()
    return Question(np.arange(len(items)), items, TARGETS)


class Deadly:
    """Ends the process that unpacks it, as a crash in compiled code would."""

    def __reduce__(self):
        return os._exit, (11,)


def test_a_plan_made_apart_is_the_plan_and_is_kept_as_it_is(question, tmp_path):
    plan = solve_apart(question, gap=0.001, seconds=120)
    assert hash_of(plan) == hash_of(solve(question.items, question.targets))
    keep_plan(tmp_path, plan, question.targets)
    assert hash_of(read_plan(tmp_path, question.targets)) == hash_of(plan)


def test_a_solver_that_takes_too_long_is_stopped(question):
    with pytest.raises(SolverFailed, match="took longer than"):
        solve_apart(question, gap=0.001, seconds=0.01)
    assert multiprocessing.active_children() == []


def test_a_solver_that_dies_is_told_by_its_code(question):
    with pytest.raises(SolverFailed, match="code 11"):
        solve_apart(replace(question, targets=Deadly()), gap=0.001, seconds=120)


def struck(with_signal):
    """Wait for the child, and send it a signal."""
    for _ in range(1000):
        for child in multiprocessing.active_children():
            os.kill(child.pid, with_signal)
            return
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("blow", "said"),
    [
        (signal.SIGKILL, "ended with code -9"),
        (signal.SIGSEGV, "ended with code -11"),
        (signal.SIGSTOP, "took longer than"),
    ],
    ids=["killed", "crashed", "stopped still"],
)
def test_a_real_solver_process_that_is_struck_leaves_no_plan_and_no_process(question, blow, said):
    hand = threading.Thread(target=struck, args=(blow,))
    hand.start()
    with pytest.raises(SolverFailed, match=said):
        solve_apart(question, gap=0.001, seconds=1.0 if blow is signal.SIGSTOP else 120.0)
    hand.join()
    assert multiprocessing.active_children() == []


def test_a_solver_that_refuses_says_why(question):
    with pytest.raises(SolverFailed, match="refused"):
        solve_apart(replace(question, items=None), gap=0.001, seconds=120)
