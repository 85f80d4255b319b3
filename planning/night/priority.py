"""Work that stands back behind whatever else the machine has to do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from data.store.engine import Store

LOW = 10  # as `nice` counts: 0 is usual, 19 the last


@contextmanager
def standing_back(store: Store) -> Iterator[None]:
    """This thread, and all that it begins, at low priority; what it writes at the one before.

    A front office on the same machine has the cores first. The short turns in which the database's
    lock is held are its own affair as well: at low priority they would last until nobody else wants
    a core.
    """
    with store.by_another_hand():
        before = _priority()
        _set(max(before, LOW))
        try:
            yield
        finally:
            with suppress(PermissionError):  # only the superuser may step forward again
                _set(before)


def _priority() -> int:
    return os.getpriority(os.PRIO_PROCESS, 0) if hasattr(os, "getpriority") else 0


def _set(priority: int) -> None:
    if hasattr(os, "setpriority"):  # on Linux: of this thread alone
        os.setpriority(os.PRIO_PROCESS, 0, priority)
