"""Stages of a long run: what is under way, how long each took, shown to whoever watches."""

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Watch = Callable[[str, float], None]  # stage, share done of it: 0 at its start, 1 at its end


def nobody(_stage: str, _share: float) -> None:
    """A watcher who does not look."""


class Stages:
    """Seconds per stage; `watch` hears each begin and end."""

    def __init__(self, watch: Watch = nobody) -> None:
        self.seconds: dict[str, float] = {}
        self._watch = watch

    @contextmanager
    def __call__(self, name: str) -> Iterator[Callable[[float], None]]:
        """Time the block as stage `name`; the block may report the share done."""
        self._watch(name, 0.0)
        began = time.monotonic()
        yield lambda share: self._watch(name, share)
        self.seconds[name] = round(time.monotonic() - began, 3)
        self._watch(name, 1.0)


def peak_memory_mb() -> float:
    """The largest resident size of this process so far, megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024**2 if sys.platform == "darwin" else 1024), 1)
