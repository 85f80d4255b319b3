"""Workers released at once, and what each of them did, from when to when."""

import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Run:
    """One worker's work: its result or its exception, and its time."""

    result: Any
    error: Exception | None
    started: float
    ended: float


def race(*workers: Callable[[], Any]) -> list[Run]:
    """Release all `workers` at once; what each did, in their order."""
    gate = threading.Barrier(len(workers))
    runs: list[Run | None] = [None] * len(workers)

    def work(place: int, worker: Callable[[], Any]) -> None:
        gate.wait()
        result, error, started = None, None, time.perf_counter()
        try:
            result = worker()
        except Exception as trouble:
            error = trouble
        runs[place] = Run(result, error, started, time.perf_counter())

    threads = [threading.Thread(target=work, args=each) for each in enumerate(workers)]
    patience = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)  # threads take turns often, or short work is over before the next
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(patience)
    return [run for run in runs if run is not None]


def overlapping(runs: Sequence[Run]) -> int:
    """How many were at work while another one was: a race of runners one by one proves nothing."""
    by_start = sorted(runs, key=lambda run: run.started)
    return sum(
        any(one is not other and one.started < other.ended and other.started < one.ended
            for other in by_start)
        for one in by_start
    )  # fmt: skip
