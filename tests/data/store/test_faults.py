"""Locks, deadlocks and dead connections: tried again a few times, then refused, never half done."""

import sqlite3
import threading

import psycopg
import pytest
import sqlalchemy as sa

from data.store.engine import Store
from data.store.ledger import perform
from data.store.retry import TRIES, StoreBusy, wait_seconds, worth_a_retry
from inventory.ledger import Refusal
from tests.data.store.shop import a_request, balance, done, hold, put, rows, violations


class Injected:
    """Raises at the k-th statement from now on, once or for ever; counts what it raised."""

    def __init__(self, store: Store, trouble, at: int, *, lasting: bool = False) -> None:
        self.trouble, self.at, self.lasting, self.seen, self.fired = trouble, at, lasting, 0, 0
        self.store = store
        sa.event.listen(store.engine, "before_cursor_execute", self)

    def __call__(self, *_):
        self.seen += 1
        if self.seen == self.at or (self.lasting and self.seen > self.at):
            self.fired += 1
            raise self.trouble()

    def lift(self) -> None:
        sa.event.remove(self.store.engine, "before_cursor_execute", self)


def _troubles(store: Store) -> list:
    if store.is_sqlite:
        return [lambda: sqlite3.OperationalError("database is locked")]
    return [
        psycopg.errors.SerializationFailure,
        psycopg.errors.DeadlockDetected,
        psycopg.errors.LockNotAvailable,
    ]


@pytest.fixture
def patient(place):
    waits = []
    store = Store(place, jitter=lambda: 0.5, sleep=waits.append, lock_seconds=0.2)
    store.waits = waits
    yield store
    store.close()


def _wrapped(trouble):
    """As SQLAlchemy hands it on."""
    return lambda: sa.exc.OperationalError("statement", {}, trouble())


def test_trouble_at_every_statement_is_overcome_or_leaves_nothing(patient):
    put(patient, 1000)
    fired, place = 0, 0
    for trouble in _troubles(patient):
        for at in range(1, 100):
            before, place = balance(patient), place + 1
            fault = Injected(patient, _wrapped(trouble), at)
            answer = perform(patient, a_request(key=f"at {place}"), hold(1))
            fault.lift()
            assert answer.ok
            assert balance(patient) == (before[0], before[1] + 1)
            if not fault.fired:
                break  # past the last statement
            fired += 1
        else:
            pytest.fail("the loop ended by its cap")
    assert fired >= 10 * len(_troubles(patient))
    assert violations(patient) == []


def test_lasting_trouble_ends_in_a_refusal_with_nothing_changed(patient):
    put(patient, 5)
    fault = Injected(patient, _wrapped(_troubles(patient)[0]), 3, lasting=True)
    with pytest.raises(StoreBusy):
        perform(patient, a_request(key="k"), hold(1))
    fault.lift()
    assert fault.fired >= TRIES  # and at the way back to the savepoint
    assert patient.waits == [wait_seconds(tries, lambda: 0.5) for tries in range(1, TRIES)]
    assert balance(patient) == (5, 0)
    assert not done(patient, hold(1), key="k").replayed


def test_waits_double_and_are_spread_by_the_draw():
    assert [wait_seconds(tries, lambda: 0.5) for tries in (1, 2, 3)] == [0.02, 0.04, 0.08]
    assert wait_seconds(1, lambda: 0.0) < wait_seconds(1, lambda: 0.99)


def test_other_trouble_is_not_tried_again(patient):
    fault = Injected(patient, lambda: sa.exc.ProgrammingError("s", {}, ValueError("bad")), 1)
    with pytest.raises(sa.exc.ProgrammingError):
        perform(patient, a_request(), hold(1))
    fault.lift()
    assert (fault.fired, patient.waits) == (1, [])
    assert not worth_a_retry(ValueError("locked"))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_file_locked_by_another_program_is_waited_for_and_then_refused(patient, place):
    put(patient, 5)
    other = sqlite3.connect(place, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        perform(patient, a_request(), hold(1))
    assert balance(patient) == (5, 0)  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    done(patient, hold(1))
    assert violations(patient) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_full_disk_refuses_and_leaves_the_books_whole(store):
    put(store, 10_000)
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limit = f"PRAGMA max_page_count = {pages + 2}"
    sa.event.listen(store.engine, "checkout", lambda raw, *_: raw.execute(limit))
    with pytest.raises(sa.exc.OperationalError, match="full"):
        all(done(store, hold(1), key=f"{number}").ok for number in range(2000))
    assert balance(store)[1] > 0
    assert rows(store, "SELECT SUM(held) FROM reservation_lines")[0][0] == balance(store)[1]
    assert violations(store) == []
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"


@pytest.mark.parametrize("engine_name", ["postgres"], indirect=True)
def test_a_cut_connection_changes_nothing_twice(store, place):
    """The server drops everybody while reservations run; each is repeated until answered."""
    put(store, 200)
    stop, cuts = threading.Event(), []

    def cut():
        query = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
        with psycopg.connect(place, autocommit=True) as connection:
            for _ in range(6):
                stop.wait(0.1)
                found = connection.execute(f"{query} AND datname = current_database()").fetchall()
                cuts.extend(found)

    cutter = threading.Thread(target=cut)
    cutter.start()
    try:
        answers = [perform(store, a_request(key=f"r{number}"), hold(1)) for number in range(60)]
    finally:
        stop.set()
        cutter.join()
    assert all(answer.ok for answer in answers)
    assert cuts
    assert balance(store) == (200, 60)
    assert rows(store, "SELECT COUNT(*) FROM reservations") == [(60,)]
    assert violations(store) == []
    assert perform(store, a_request(), hold(1000)).code == Refusal.INSUFFICIENT
