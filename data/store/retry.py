"""Which refusals of a database are worth another try, and how long to wait before it."""

import sqlite3
from collections.abc import Callable
from typing import Final

import psycopg
import sqlalchemy as sa

TRIES: Final = 6
_FIRST_WAIT_SECONDS: Final = 0.02
_GAVE_WAY: Final = ("40001", "40P01", "55P03")  # serialization, deadlock, lock timeout
_CUT: Final = (None, "57P01", "57P02", "57P03", "08006", "08003", "08001")  # shut down, cut off


class StoreBusy(Exception):
    """The database stayed locked or away through every try; repeat the request as it is."""

    def __init__(self, tries: int) -> None:
        super().__init__(f"The database did not answer in {tries} tries. Try again in a moment.")
        self.tries = tries


def worth_a_retry(trouble: Exception, *, repeatable: bool = False) -> bool:
    """True when another try may succeed and cannot do the same thing twice.

    An engine that gave way to somebody else has rolled everything back. After a connection was cut
    nobody knows whether the work was kept: only what recognises a repetition is tried again.
    """
    origin = trouble.orig if isinstance(trouble, sa.exc.DBAPIError) else trouble
    if isinstance(origin, psycopg.Error):
        return origin.sqlstate in _GAVE_WAY or (repeatable and _is_cut(origin))
    if isinstance(origin, sqlite3.OperationalError):
        return "locked" in str(origin) or "busy" in str(origin)
    return isinstance(origin, TimeoutError | sa.exc.TimeoutError)


def _is_cut(trouble: psycopg.Error) -> bool:
    return isinstance(trouble, psycopg.OperationalError) and trouble.sqlstate in _CUT


def wait_seconds(tries_made: int, jitter: Callable[[], float]) -> float:
    """Twice as long after each try, times a draw between one half and one and a half."""
    return _FIRST_WAIT_SECONDS * 2.0 ** (tries_made - 1) * (0.5 + jitter())
