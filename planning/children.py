"""Work in a process of its own, which goes on when this one ends."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_CHILDREN: list[subprocess.Popen[bytes]] = []  # those not yet waited for


def begin(
    module: str, told: dict[str, Any], log: Path, *, anew: bool = False, held: Sequence[int] = ()
) -> None:
    """Run a module that reads what it is told, as JSON, from its standard input.

    Args:
        module: run as `python -m`.
        told: what to do.
        log: takes all it says.
        anew: the log begins with it; else it is written on.
        held: open files that are the child's as well: a lock lives as long as it does.
    """
    with log.open("wb" if anew else "ab") as file:
        child = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            pass_fds=held,
            start_new_session=True,
        )
    assert child.stdin is not None
    with child.stdin:
        child.stdin.write(json.dumps(told).encode())
    _CHILDREN[:] = [one for one in (*_CHILDREN, child) if one.poll() is None]
