"""The optimizer in a process of its own: it may be stopped, crash or run out of memory there.

The night survives all three; yesterday's plan stays in force. The child ends by itself when the
night that started it is gone.
"""

import multiprocessing
import os
import threading
from multiprocessing.connection import Connection

from optimizer import solve
from optimizer.plan import StockingPlan
from planning.engines import cores
from planning.pose import Question


class SolverFailed(Exception):
    """No plan came of it; the message says why."""


def solve_apart(question: Question, *, gap: float, seconds: float) -> StockingPlan:
    """Solve in a child process, for so many seconds at most.

    Raises:
        SolverFailed: it took longer, or it ended without a plan.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_work, args=(theirs,), daemon=True)
    child.start()
    theirs.close()
    try:
        ours.send((question, gap))
        if not ours.poll(seconds):
            raise SolverFailed(f"The solver took longer than {seconds:g} seconds and was stopped.")
        found = ours.recv()
    except (EOFError, BrokenPipeError, ConnectionResetError) as trouble:
        child.join(5)
        raise SolverFailed(f"The solver ended with code {child.exitcode}.") from trouble
    finally:
        child.kill()
        child.join()
        ours.close()
    if isinstance(found, BaseException):
        raise SolverFailed(f"The solver refused: {found}") from found
    assert isinstance(found, StockingPlan)
    return found


def _work(pipe: Connection) -> None:
    question, gap = pipe.recv()
    threading.Thread(target=_end_with_parent, daemon=True, args=(os.getppid(),)).start()
    try:
        with cores() as each:
            found: object = solve(question.items, question.targets, gap=gap, each=each)
    except Exception as trouble:  # told to the night, which says so and stops
        found = RuntimeError(f"{type(trouble).__name__}: {trouble}")
    pipe.send(found)
    pipe.close()


def _end_with_parent(parent: int) -> None:
    pause = threading.Event()
    while os.getppid() == parent:
        pause.wait(1.0)
    os._exit(1)
