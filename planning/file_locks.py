"""Locks that live as long as somebody holds a file open: whoever dies lets go of them."""

import fcntl
import os
from pathlib import Path


def locked(file: Path) -> int | None:
    """The lock, as an open file whose closing gives it back; None: somebody has it."""
    lock = os.open(file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def is_held(file: Path) -> bool:
    """Whether somebody has the lock."""
    lock = locked(file)
    if lock is not None:
        os.close(lock)
    return lock is None
