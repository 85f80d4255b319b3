"""Short reads for a process that answers many: one connection stays open between them.

Only for SQLite, where a read costs microseconds and no wait; call it from one thread alone.
"""

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from data.store.engine import Store

T = TypeVar("T")


class Reader:
    """One connection of `store`, opened when first needed; every read sees one moment."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._connection: sa.Connection | None = None

    def read(self, work: Callable[[sa.Connection], T]) -> T:
        """What `work` reads in one consistent view."""
        if self._connection is None:
            self._connection = self._store.engine.connect()
        try:
            with self._connection.begin():
                return work(self._connection)
        except sa.exc.DBAPIError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
