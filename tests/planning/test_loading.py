"""Kernels brought into memory ahead of their use."""

import subprocess
import sys

LOADED = """
import sys
from planning.loading import LINEAR_ALGEBRA, load
load()
assert not [name for name in sys.modules if name.startswith("scipy.linalg.")], "loaded after all"
import scipy.linalg.cython_blas  # available again
load()
assert sys.modules[LINEAR_ALGEBRA] is not None, "taken away from whoever uses it"
"""


def test_loading_kernels_leaves_linear_algebra_where_it_is():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
