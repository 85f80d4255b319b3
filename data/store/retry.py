"""Which refusals of a database are worth another try, and how long to wait before it."""

import sqlite3
from collections.abc import Callable
from typing import Final

import psycopg
import sqlalchemy as sa

TRIES: Final = 6
_FIRST_WAIT_SECONDS: Final = 0.02
_WORTH_A_RETRY: Final = {
    "40001": "serialization failure",
    "40P01": "deadlock",
    "55P03": "lock timeout",
}


class StoreBusy(Exception):
    """The database stayed locked through every try; nothing was changed, try again later."""

    def __init__(self, tries: int) -> None:
        super().__init__(
            f"The database was busy through {tries} tries; nothing was changed. Try again."
        )
        self.tries = tries


def worth_a_retry(trouble: Exception) -> bool:
    """True when the engine gave way to somebody else and rolled everything back."""
    origin = trouble.orig if isinstance(trouble, sa.exc.DBAPIError) else trouble
    if isinstance(origin, psycopg.Error):
        return origin.sqlstate in _WORTH_A_RETRY
    if isinstance(origin, sqlite3.OperationalError):
        return "locked" in str(origin) or "busy" in str(origin)
    return isinstance(origin, TimeoutError)


def wait_seconds(tries_made: int, jitter: Callable[[], float]) -> float:
    """Twice as long after each try, times a draw between one half and one and a half."""
    return _FIRST_WAIT_SECONDS * 2.0 ** (tries_made - 1) * (0.5 + jitter())
