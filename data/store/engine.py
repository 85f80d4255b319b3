"""A store from a URL: how each engine is opened, how a transaction is read, written and retried.

SQLite: write-ahead log, `synchronous=FULL`, foreign keys, `BEGIN IMMEDIATE` for whoever writes, one
write lock per file within this process. PostgreSQL: READ COMMITTED with bounded waits for locks.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from data.store.clearing import Clearing
from data.store.retry import TRIES, StoreBusy, wait_seconds, worth_a_retry

T = TypeVar("T")
_LOCK_SECONDS: Final = 2.0
_LOOK_AGAIN_SECONDS: Final = 0.001
_MOST_CONNECTIONS: Final = 64
_USUALLY_LEFT_TO_COMMITS: Final = 1000  # pages of SQLite's log, from which on a commit clears it
_LEFT_TO_COMMITS: Final = 20_000  # where clearing beside does not keep up
_KEPT_CONNECTIONS: Final = 16
_WRITE_LOCKS: Final[dict[str, threading.Lock]] = {}
_OPENING: Final = threading.Lock()
_ANY_DRAW: Final = random.SystemRandom().random


def url_of(place: str | Path) -> sa.URL:
    """The URL of `place`: a URL as it stands, or the path of an SQLite file."""
    text = str(place)
    if "://" not in text:
        return sa.URL.create("sqlite", database=str(Path(text).absolute()))
    url = sa.make_url(text)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    return url


class Store:
    """The company's database; safe to share between threads.

    `lock_seconds` bounds every wait for a lock, `tries` how often work is started anew when the
    engine gave way to somebody else. `jitter` (a draw from [0, 1)) spreads those tries.
    `connections` are kept open; up to 64 are opened when more work at once. With `clears_beside`
    SQLite's log is cleared in a thread of its own, so that nobody who commits has to; a process
    that serves many wants that.
    """

    def __init__(
        self,
        place: str | Path,
        *,
        lock_seconds: float = _LOCK_SECONDS,
        tries: int = TRIES,
        connections: int = _KEPT_CONNECTIONS,
        clears_beside: bool = False,
        jitter: Callable[[], float] = _ANY_DRAW,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.url = url_of(place)
        self.lock_seconds, self.tries = lock_seconds, tries
        self._jitter, self._sleep = jitter, sleep
        pages = _LEFT_TO_COMMITS if clears_beside else _USUALLY_LEFT_TO_COMMITS
        self.engine = _engine(self.url, lock_seconds, connections, pages)
        self._write_lock = _lock_of(self.url)
        self._hand: ThreadPoolExecutor | None = None
        self._hands_thread = 0
        self._clearing = Clearing(self.clear_log) if clears_beside and self.is_sqlite else None

    @property
    def is_sqlite(self) -> bool:
        """True on the embedded engine."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One consistent view of everything committed, however long it is looked at."""
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    @contextmanager
    def write(self, *, lasts: bool = True) -> Iterator[sa.Connection]:
        """One transaction that may write; committed at the end, rolled back on any exception.

        Without `lasts` SQLite does not wait for the disk, and holds its lock the shorter: a power
        cut may take the work back, whole, together with whatever came after it. The next
        transaction that lasts makes it last too.
        """
        with self._my_turn(), self.engine.connect() as connection:
            connection.execution_options(sparewise_writes=True)
            hasty = self.is_sqlite and not lasts
            try:
                if hasty:
                    _pragma(connection, "synchronous=NORMAL")
                with connection.begin():
                    yield connection
                if self._clearing is not None:
                    self._clearing.wanted()
            finally:
                if hasty:
                    _pragma(connection, "synchronous=FULL")

    def transact(
        self,
        work: Callable[[sa.Connection], T],
        *,
        repeatable: bool = False,
        lasts: bool = True,
    ) -> T:
        """Do `work` in one transaction, anew when the engine gave way to somebody else.

        `lasts` as in `write`. With `repeatable`, `work` recognises that it was done before: it is
        also tried again when the connection was cut and nobody knows what became of it.

        Raises:
            StoreBusy: when every try failed.
        """
        if self._hand is None or threading.get_ident() == self._hands_thread:
            return self._done(work, repeatable, lasts)
        return self._hand.submit(self._done, work, repeatable, lasts).result()

    @contextmanager
    def by_another_hand(self) -> Iterator[None]:
        """Meanwhile `transact` does its work in a thread of its own, at the priority of now.

        Whoever steps back behind the machine's other work begins this before: a thread that has
        the lock and waits for a core keeps everybody else waiting too.
        """
        with ThreadPoolExecutor(1, "store") as hand:
            self._hands_thread = hand.submit(threading.get_ident).result()
            self._hand = hand
            try:
                yield
            finally:
                self._hand = None

    def _done(self, work: Callable[[sa.Connection], T], repeatable: bool, lasts: bool) -> T:
        for tries_made in range(1, self.tries + 1):
            try:
                with self.write(lasts=lasts) as connection:
                    return work(connection)
            except (sa.exc.DBAPIError, sa.exc.TimeoutError, TimeoutError) as trouble:
                if not worth_a_retry(trouble, repeatable=repeatable):
                    raise
                if tries_made == self.tries:
                    raise StoreBusy(self.tries) from trouble
            self._sleep(wait_seconds(tries_made, self._jitter))
        raise StoreBusy(self.tries)

    def clear_log(self) -> None:
        """Carry what is in SQLite's write-ahead log over into the file, as far as readers allow.

        Whoever writes much does it between its turns. Left to the engine, it falls to whoever
        happens to commit next: somebody at a counter would wait for it.
        """
        if not self.is_sqlite:
            return
        with self.engine.connect() as connection:
            _pragma(connection, "wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Let go of every connection."""
        if self._clearing is not None:
            self._clearing.end()
        self.engine.dispose()

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._write_lock is None:
            yield
            return
        if not self._write_lock.acquire(timeout=self.lock_seconds):
            raise TimeoutError("another writer of this process holds the database")
        try:
            yield
        finally:
            self._write_lock.release()


def _lock_of(url: sa.URL) -> "threading.Lock | None":
    if url.get_backend_name() != "sqlite":
        return None
    with _OPENING:
        path = str(Path(url.database or "").resolve())
        return _WRITE_LOCKS.setdefault(path, threading.Lock())


def _engine(url: sa.URL, lock_seconds: float, connections: int, pages: int) -> sa.Engine:
    pool = {"pool_size": connections, "max_overflow": max(_MOST_CONNECTIONS - connections, 0)}
    if url.get_backend_name() != "sqlite":
        milliseconds = round(lock_seconds * 1000)
        options = f"-c lock_timeout={milliseconds} -c timezone=UTC"
        return sa.create_engine(url, connect_args={"options": options}, pool_pre_ping=True, **pool)
    if url.database in (None, "", ":memory:"):
        raise ValueError("an SQLite store lives in a file, which several connections can open")
    engine = sa.create_engine(url, connect_args={"timeout": lock_seconds}, **pool)
    sa.event.listen(engine, "connect", _setter_up(pages))
    sa.event.listen(engine, "begin", _beginner(lock_seconds))
    return engine


def _setter_up(pages: int) -> Callable[[Any, Any], None]:
    """Sets a new connection up; commits that find so many pages in the log clear it."""

    def set_up(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, as we say
        cursor = connection.cursor()
        usual = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
        for pragma in (*usual, f"wal_autocheckpoint={pages}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return set_up


def _pragma(connection: sa.Connection, words: str) -> None:
    """Tell SQLite something outside of any transaction."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {words}")
    cursor.close()


def _beginner(lock_seconds: float) -> Callable[[sa.Connection], None]:
    """Begins a transaction; whoever has to wait for another process's looks every millisecond.

    SQLite itself would look ever more seldom, up to a tenth of a second apart, and sleep through
    the moment in which the lock is free.
    """

    def begin(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("sparewise_writes", False):
            connection.exec_driver_sql("BEGIN")
            return
        pragma = connection.connection.cursor()
        ends = time.monotonic() + lock_seconds
        pragma.execute("PRAGMA busy_timeout=0")
        try:
            while not _has_begun(connection, last=time.monotonic() >= ends):
                time.sleep(_LOOK_AGAIN_SECONDS)
        finally:
            pragma.execute(f"PRAGMA busy_timeout={round(lock_seconds * 1000)}")
            pragma.close()

    return begin


def _has_begun(connection: sa.Connection, *, last: bool) -> bool:
    """True once the write lock is ours; raises when this was the last try."""
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    except sa.exc.OperationalError as trouble:
        if last or not worth_a_retry(trouble):
            raise
        return False
    return True
