"""What holds the pieces of a repair: for how long, who may end it, what a repetition is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep

import pytest

from data.store import repair_reading as reading
from data.store import repair_writing as writing
from data.store.ledger import expire_due, perform
from data.store.repair_writing import OrderRow
from inventory.ledger import Refusal
from inventory.ledger_commands import Cancel, Count, Fulfil
from planning.promises.reassess import reassess
from planning.repairs import feedback, handling, opening
from planning.repairs.asking import LineAsked
from planning.repairs.feedback import Feedback
from planning.repairs.handling import LineNamed
from tests.data.store.shop import balance, rows, violations
from tests.planning.promises.shop import NOW, asks, done, open_shop, put
from tests.planning.repairs.test_errands import errands
from tests.planning.repairs.test_repairs import an_order, seen, states

LINE = LineNamed("RO-1", 1)


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(store):
    yield
    assert violations(store) == []


def reservation(store, outlook) -> int:
    return seen(store, outlook).lines[0].reservation_id


@pytest.mark.parametrize("arrives", [False, True])
def test_pieces_that_were_sent_are_not_free_again_where_they_left(store, arrives):
    outlook = open_shop(store)
    put(store, "PUMP", "DIJON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    done(handling.send(store, asks(hours=1), LINE))
    if arrives:
        done(handling.arrive(store, asks(days=2), LINE))
    assert expire_due(store, NOW + timedelta(days=30), "clock") == []
    assert balance(store, "PUMP", "DIJON") == (1, 1)
    done(handling.hand_over(store, asks(days=30), LINE))


def test_pieces_that_have_to_come_are_held_beyond_the_day_they_are_promised_for(store):
    outlook = open_shop(store)
    outlook.settings = type(outlook.settings)(hold_days=0.5)
    put(store, "PUMP", "CW", 1)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("PUMP", 1, "depot"))))
    line = seen(store, outlook).lines[0]
    assert line.held_until == line.promised_for + timedelta(days=2)
    assert expire_due(store, line.promised_for, "clock") == []


def test_a_hold_that_ended_before_anybody_sent_is_told_and_asks_nobody_to_send(store):
    outlook = open_shop(store)
    put(store, "PUMP", "DIJON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    assert len(errands(store)) == 1
    expire_due(store, NOW + timedelta(days=30), "clock")
    assert handling.send(store, asks(days=30), LINE).code == Refusal.FINAL_STATE
    assert reassess(store, outlook, asks("clock", days=30)).settled == 1
    assert (states(store, outlook), errands(store)) == (["dropped"], [])
    moved = rows(store, "SELECT new, cause FROM promise_events")
    assert moved == [(None, "nobody sent it while it was held")]


@pytest.mark.parametrize(
    ("ended", "state", "outcome"),
    [(Cancel, "dropped", "withdrawn"), (Fulfil, "handed_over", "kept")],
)
def test_a_repair_is_closed_whoever_closed_its_reservations(store, ended, state, outcome):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    done(perform(store, asks(), ended(reservation(store, outlook))))
    done(handling.close(store, asks(hours=1), "RO-1", None, cancelled=False))
    assert states(store, outlook) == [state]
    assert rows(store, "SELECT outcome FROM promise_outcomes") == [(outcome,)]


def test_feedback_on_a_hold_that_is_over_moves_nothing(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    done(perform(store, asks(), Cancel(reservation(store, outlook))))
    said = Feedback("not_there", "PUMP", "LYON", 1, "RO-1", 1)
    assert done(feedback.give(store, outlook, asks(), said)).body["moved"] is None
    assert balance(store, "PUMP", "LYON") == (1, 0)


def test_feedback_on_a_piece_that_a_count_had_lost_leaves_no_empty_movement(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    done(perform(store, asks(hours=1), Count("PUMP", "LYON", 0)))
    said = Feedback("not_there", "PUMP", "LYON", 1, "RO-1", 1)
    assert done(feedback.give(store, outlook, asks(hours=2), said)).body["moved"]


def test_only_the_pieces_that_were_missing_leave_the_books(store):
    outlook = open_shop(store)
    put(store, "SEAL", "LYON", 5)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("SEAL", 5))))
    done(feedback.give(store, outlook, asks(), Feedback("not_there", "SEAL", "LYON", 1, "RO-1", 1)))
    assert balance(store, "SEAL", "LYON") == (4, 0)


def test_feedback_on_another_part_than_the_lines_is_refused(store):
    outlook = open_shop(store)
    put(store, "SEAL", "LYON", 5)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("SEAL", 5))))
    said = Feedback("not_there", "PUMP", "LYON", 1, "RO-1", 1)
    assert feedback.give(store, outlook, asks(), said).code == Refusal.UNKNOWN
    assert balance(store, "SEAL", "LYON") == (5, 5)


def test_whoever_took_the_last_piece_is_told_so_again(store):
    """The answer was lost; the piece is gone from the shelf, because it is theirs."""
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    put(store, "SEAL", "LYON", 1)
    wanted, more = an_order("RO-1", ("PUMP", 1, "shelf")), (LineAsked("SEAL", 1, "shelf"),)
    signed, later = asks(), asks()
    told = [opening.open_order(store, outlook, signed, wanted) for _ in range(2)]
    told += [opening.add_lines(store, outlook, later, "RO-1", more) for _ in range(2)]
    assert [(one.code, one.replayed) for one in told] == [("ok", False), ("ok", True)] * 2
    assert (told[0].body, told[2].body) == (told[1].body, told[3].body)


def test_a_line_that_is_dropped_while_its_piece_comes_in_gets_none(store):
    """Whoever calls it off has not committed yet when the goods are booked in."""
    outlook = open_shop(store)
    done(opening.open_order(store, outlook, asks(), an_order()))
    with ThreadPoolExecutor(1) as pool:
        with store.write() as connection:
            line = reading.locked_line(connection, "RO-1", 1)
            writing.change_line(connection, "RO-1", line.line, state="dropped")
            coming = pool.submit(put, store, "PUMP", "LYON", 1)
            sleep(0.3)
        coming.result()
    assert states(store, outlook) == ["dropped"]
    assert balance(store, "PUMP", "LYON") == (1, 0)


@pytest.mark.parametrize("opened", [False, True])
def test_nobody_waits_for_a_piece_that_came_in_while_they_asked(store, monkeypatch, opened):
    outlook = open_shop(store)
    put(store, "SEAL", "LYON", 1)
    order = an_order("RO-1", ("SEAL", 1))
    if opened:
        done(opening.open_order(store, outlook, asks(), order))
    late = iter([lambda: put(store, "PUMP", "LYON", 1)])
    real = opening.once

    def slowly(*everything):
        next(late, lambda: None)()
        return real(*everything)

    monkeypatch.setattr(opening, "once", slowly)
    if opened:
        done(opening.add_lines(store, outlook, asks(), "RO-1", (LineAsked("PUMP", 1),)))
    else:
        done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("PUMP", 1))))
    assert states(store, outlook)[-1] == "ready"
    assert balance(store, "PUMP", "LYON") == (1, 1)


def test_of_two_who_open_one_number_at_once_one_is_told(store):
    outlook = open_shop(store)
    row = OrderRow("RO-1", "LYON", "bo", None, None, None, None, None, NOW)
    with ThreadPoolExecutor(1) as pool:
        with store.write() as connection:
            writing.open_order(connection, row)
            late = pool.submit(opening.open_order, store, outlook, asks(), an_order())
            sleep(0.3)
        assert late.result().code == Refusal.TAKEN


def test_a_way_that_only_another_part_could_go_is_refused(store):
    outlook = open_shop(store)
    put(store, "PUMP-2", "LYON", 1)
    answer = opening.open_order(store, outlook, asks(), an_order("RO-1", ("PUMP", 1, "shelf")))
    assert (answer.code, answer.body["field"]) == (Refusal.INSUFFICIENT, "lines[0].way")
