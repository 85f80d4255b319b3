"""A log that is cleared beside the work: whoever commits does not do it, and it is done."""

import sqlite3
import threading
import time

import pytest

from data.store.clearing import Clearing
from data.store.engine import Store
from data.store.migrate import migrate
from tests.data.store.shop import put

PATIENCE_SECONDS = 20


def within_patience(question) -> bool:
    ends = time.monotonic() + PATIENCE_SECONDS
    while not question():
        if time.monotonic() > ends:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.parametrize("beside", [True, False])
def test_what_was_written_reaches_the_file_while_nobody_asks_for_it(tmp_path, beside):
    path = tmp_path / "own.db"
    migrate(path)
    store = Store(path, clears_beside=beside)
    put(store, 3, "P-BESIDE")

    def in_the_file() -> bool:
        """Whether the file alone, without its log, has the row."""
        with sqlite3.connect(f"file:{path}?immutable=1", uri=True) as alone:
            query = "SELECT COUNT(*) FROM stock_balances WHERE part_id = 'P-BESIDE'"
            try:
                return bool(alone.execute(query).fetchone()[0])
            except sqlite3.DatabaseError:  # looked at while pages were being written
                return False

    assert (within_patience(in_the_file) if beside else in_the_file()) is beside
    store.close()


def test_many_writes_are_cleared_together_and_none_is_forgotten(tmp_path):
    seen, written = [], []
    clearing = Clearing(lambda: seen.append(len(written)))
    for number in range(2000):
        written.append(number)
        clearing.wanted()
        time.sleep(0.0005)
    assert within_patience(lambda: seen and seen[-1] == len(written))
    assert 1 <= len(seen) <= 20
    clearing.end()
    assert not [one for one in threading.enumerate() if one is clearing._thread]
