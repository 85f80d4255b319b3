"""Patience with a solver that may never come back: it works in a thread of its own.

Limits of time and nodes are asked of the solver; this is for one that does not heed them. Compiled
code cannot be stopped from outside, so a solver that hangs is left behind: it holds a core until
the process ends, and nothing it writes is read any more.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

GRACE_SECONDS = 10.0  # beyond the limit that the solver was given


class NeverCameBack(Exception):
    """The work was not done in time, and may still be going on."""


def patiently(work: Callable[[], T], seconds: float) -> T:
    """What the work returns or raises.

    Raises:
        NeverCameBack: it took longer than `seconds`.
    """
    done: list[T] = []
    trouble: list[BaseException] = []

    def worker() -> None:
        try:
            done.append(work())
        except BaseException as found:  # handed to the caller's thread
            trouble.append(found)

    thread = threading.Thread(target=worker, daemon=True)
    thread.start()
    thread.join(seconds)
    if trouble:
        raise trouble[0]
    if not done:
        raise NeverCameBack(f"The solver did not come back within {seconds:g} seconds.")
    return done[0]
