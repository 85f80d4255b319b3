"""SQLite's write-ahead log, cleared beside the work: in a thread of its own, soon after writes."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import sqlalchemy as sa

_EVERY_SECONDS: Final = 0.5


class Clearing:
    """Clears a log soon after something was written to it, and not more often than twice a second.

    Clearing means writing the pages of the log to their places and waiting for the disk. Whoever
    commits as the log gets long would do that before he is answered.
    """

    def __init__(self, clear: Callable[[], None]) -> None:
        self._clear = clear
        self._written, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._beginning = threading.Lock()

    def wanted(self) -> None:
        """Something was written."""
        self._written.set()
        if self._thread is None:
            with self._beginning:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, daemon=True)
                    self._thread.start()

    def end(self) -> None:
        """Stop; what is left in the log stays there until somebody clears it."""
        self._over.set()
        self._written.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._over.wait(_EVERY_SECONDS):
            self._written.wait()
            self._written.clear()
            if self._over.is_set():
                return
            with suppress(sa.exc.DBAPIError):  # the next write asks again
                self._clear()
