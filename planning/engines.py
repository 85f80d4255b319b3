"""Where independent blocks of work run; every engine is shaped like the built-in `map`."""

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Each(Protocol):
    """Anything shaped like `map`: here, on all cores, or on a cluster; results in order."""

    def __call__(self, work: Callable[[T], R], pieces: Iterable[T], /) -> Iterable[R]:
        """`work` done on each of `pieces`."""


@contextmanager
def cores() -> Iterator[Each]:
    """This machine's cores.

    Threads, because the compiled kernels let go of the interpreter and share their columns.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield pool.map
