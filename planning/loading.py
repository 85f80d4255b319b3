"""The compiled kernels brought into memory ahead of their use, while tables still come in."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from forecasting.kernels import sort_requests

LINEAR_ALGEBRA = "scipy.linalg.cython_blas"


def load() -> None:
    """Call a kernel for nothing: the first brings along all that compiled code stands on.

    Numba asks whether SciPy's linear algebra is there by loading the whole of it, a fifth of a
    second. No kernel of ours multiplies matrices, so the answer may be no.
    """
    none = np.empty(0, dtype=np.int64)
    with _unavailable(LINEAR_ALGEBRA):
        sort_requests(none, none, none, 0)


@contextmanager
def _unavailable(module: str) -> Iterator[None]:
    """A module that is not loaded yet cannot be, meanwhile."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
