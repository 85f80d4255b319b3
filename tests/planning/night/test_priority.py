"""A night stands back behind other work, and its turns at the database do not."""

import os
import threading

import pytest
import sqlalchemy as sa

from planning.night.priority import LOW, standing_back

pytestmark = pytest.mark.skipif(
    not hasattr(os, "setpriority"), reason="this system knows no priorities"
)


def priority(_connection: sa.Connection | None = None) -> int:
    return os.getpriority(os.PRIO_PROCESS, 0)


def in_a_thread_of_its_own(work):
    """What `work` answers in a new thread, whose priority nobody has to give back."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_work_stands_back_and_its_turns_do_not(store):
    def night():
        usual = priority()
        with standing_back(store):
            begun = in_a_thread_of_its_own(priority)
            return usual, priority(), begun, store.transact(priority)

    usual, at_work, begun, turn = in_a_thread_of_its_own(night)
    assert at_work == begun == max(usual, LOW)
    assert turn == usual < LOW


def test_trouble_in_a_turn_is_told_and_turns_within_turns_are_done(store):
    def trouble(_connection):
        raise ValueError("planted")

    with store.by_another_hand():
        with pytest.raises(ValueError, match="planted"):
            store.transact(trouble)
        inner = store.transact(lambda _one: threading.get_ident())
        assert inner != threading.get_ident()
        if not store.is_sqlite:  # there the file has one writer
            assert store.transact(lambda _one: store.transact(lambda _two: 7)) == 7
    assert store.transact(lambda _one: threading.get_ident()) == threading.get_ident()
