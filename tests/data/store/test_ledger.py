"""The ledger's rules, one by one, on both engines."""

from datetime import timedelta

import polars as pl
import pytest

from data.store.batches import keep_tables
from data.store.ledger import expire_due
from inventory.errors import UnknownWord
from inventory.ledger import Refusal
from inventory.ledger_commands import (
    Cancel,
    Correct,
    Count,
    Expire,
    Fulfil,
    Issue,
    Line,
    LockLocation,
    Receive,
    Reserve,
    Return,
    Scrap,
    Transfer,
    UnlockLocation,
)
from tests.data.store.shop import (
    MORNING,
    a_request,
    ask,
    balance,
    done,
    hold,
    perform,
    put,
    rows,
    violations,
)


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(store):
    yield
    assert violations(store) == []


def test_every_kind_of_movement_posts_both_sides(store):
    put(store, 10)
    done(store, Issue("P-1", "L-1", 2))
    done(store, Transfer("P-1", "L-1", "L-2", 3))
    done(store, Return("P-1", "L-1", 1))
    done(store, Scrap("P-1", "L-1", 1))
    done(store, Correct("P-1", "L-1", 2, "found behind the shelf"))
    done(store, Count("P-1", "L-1", 4))
    assert balance(store) == (4, 0)
    assert balance(store, place="L-2") == (3, 0)
    outside = rows(store, "SELECT account, SUM(pieces) FROM journal GROUP BY account ORDER BY 1")
    assert outside == [
        ("adjustment", 1),
        ("available", 7),
        ("consumed", 1),
        ("scrapped", 1),
        ("supplier", -10),
    ]


@pytest.mark.parametrize(
    "command",
    [
        Issue("P-1", "L-1", 3),
        Scrap("P-1", "L-1", 3),
        Transfer("P-1", "L-1", "L-2", 3),
        hold(3),
        Correct("P-1", "L-1", -3, "lost"),
    ],
    ids=lambda command: command.route,
)
def test_what_is_not_there_is_refused_and_nothing_moves(store, command):
    put(store, 2)
    answer = ask(store, command)
    assert answer.code == Refusal.INSUFFICIENT
    assert answer.body["lines"][0]["available"] == 2
    assert balance(store) == (2, 0)
    assert rows(store, "SELECT COUNT(*) FROM movements") == [(1,)]


def test_only_customers_refusals_are_kept_as_demand(store):
    ask(store, hold(3, repair_order_id="RO-1", customer_class="gold"))
    ask(store, Issue("P-1", "L-1", 1, document_id="RO-2"))
    ask(store, Transfer("P-1", "L-1", "L-2", 3))
    kept = rows(store, "SELECT quantity, available, document_id FROM refused_requests ORDER BY 3")
    assert kept == [(3, 0, "RO-1"), (1, 0, "RO-2")]


def test_several_lines_are_held_together_or_not_at_all(store):
    put(store, 1, "P-1")
    put(store, 1, "P-2")
    both = (Line("P-1", "L-1", 1), Line("P-2", "L-1", 2))
    assert [each["line"] for each in ask(store, Reserve(both)).body["lines"]] == [2]
    assert (balance(store, "P-1"), balance(store, "P-2")) == ((1, 0), (1, 0))
    answer = done(store, Reserve(both, partly=True))
    assert [each["line"] for each in answer.body["lines"]] == [1]
    assert [each["line"] for each in answer.body["refused"]] == [2]
    assert (balance(store, "P-1"), balance(store, "P-2")) == ((1, 1), (1, 0))


def test_the_same_part_on_two_lines_is_not_promised_twice(store):
    put(store, 3)
    twice = (Line("P-1", "L-1", 2), Line("P-1", "L-1", 2))
    assert ask(store, Reserve(twice)).code == Refusal.INSUFFICIENT
    assert balance(store) == (3, 0)
    assert len(done(store, Reserve(twice, partly=True)).body["lines"]) == 1
    assert balance(store) == (3, 2)


def test_a_reservation_is_served_in_parts_and_the_rest_given_back(store):
    put(store, 5)
    number = done(store, hold(4)).body["reservation_id"]
    assert ask(store, Fulfil(number, {1: 99})).code == Refusal.EXCEEDS
    assert done(store, Fulfil(number, {1: 1})).body["state"] == "active"
    assert balance(store) == (4, 3)
    after = done(store, Fulfil(number, {1: 2}, release_rest=True))
    assert after.body["state"] == "fulfilled"
    assert after.body["lines"] == [
        {"line": 1, "held": 0, "at_risk": 0, "fulfilled": 3, "released": 1}
    ]
    assert balance(store) == (2, 0)


@pytest.mark.parametrize("ending", [Cancel, Fulfil, Expire], ids=lambda kind: kind.route)
def test_a_final_state_is_final(store, ending):
    put(store, 5)
    number = done(store, hold(4, expires_at=MORNING)).body["reservation_id"]
    done(store, ending(number))
    before = balance(store)
    for again in (Cancel, Fulfil, Expire):
        assert ask(store, again(number)).code == Refusal.FINAL_STATE
    assert balance(store) == before


def test_time_runs_out_at_the_stated_moment_and_not_before(store):
    put(store, 2)
    number = done(store, hold(1, expires_at=MORNING + timedelta(minutes=5))).body["reservation_id"]
    done(store, hold(1))  # holds until somebody decides
    assert ask(store, Expire(number), minutes=4).code == Refusal.NOT_DUE
    assert expire_due(store, MORNING + timedelta(minutes=4), "clock") == []
    assert [each.ok for each in expire_due(store, MORNING + timedelta(minutes=5), "clock")] == [
        True
    ]
    assert balance(store) == (2, 1)


def test_a_count_below_what_is_promised_puts_the_latest_promises_at_risk(store):
    put(store, 7)
    numbers = [done(store, hold(1)).body["reservation_id"] for _ in range(7)]
    answer = done(store, Count("P-1", "L-1", 4))
    assert [each["reservation_id"] for each in answer.body["at_risk"]] == numbers[:3:-1]
    assert balance(store) == (4, 4)
    assert ask(store, Fulfil(numbers[-1])).code == Refusal.AT_RISK
    assert rows(store, "SELECT COUNT(*) FROM reservation_events WHERE kind = 'at_risk'") == [(3,)]


def test_pieces_that_come_go_to_the_oldest_promise_at_risk_first(store):
    put(store, 3)
    numbers = [done(store, hold(1)).body["reservation_id"] for _ in range(3)]
    done(store, Count("P-1", "L-1", 0))
    put(store, 1)
    assert ask(store, hold(1)).code == Refusal.INSUFFICIENT  # a newcomer does not jump the queue
    assert done(store, Fulfil(numbers[0])).body["state"] == "fulfilled"
    put(store, 1, place="L-2")
    done(store, Transfer("P-1", "L-2", "L-1", 1))
    assert done(store, Fulfil(numbers[1])).body["state"] == "fulfilled"
    done(store, Return("P-1", "L-1", 1))
    assert done(store, Fulfil(numbers[2])).body["state"] == "fulfilled"


def test_a_cancelled_promise_passes_its_piece_to_one_at_risk(store):
    put(store, 2)
    first, second = (done(store, hold(1)).body["reservation_id"] for _ in range(2))
    done(store, Count("P-1", "L-1", 1))
    done(store, Cancel(first))
    assert balance(store) == (1, 1)
    assert done(store, Fulfil(second)).body["state"] == "fulfilled"


def test_a_closed_location_hands_out_nothing(store):
    put(store, 5)
    number = done(store, hold(1)).body["reservation_id"]
    done(store, LockLocation("L-1", "yearly count"))
    for command in (
        hold(1),
        Issue("P-1", "L-1", 1),
        Fulfil(number),
        Transfer("P-1", "L-1", "L-2", 1),
    ):
        assert ask(store, command).code == Refusal.LOCKED
    done(store, Count("P-1", "L-1", 5))
    done(store, UnlockLocation("L-1"))
    assert ask(store, UnlockLocation("L-1")).code == Refusal.UNKNOWN
    done(store, hold(1))


def test_a_reservation_nobody_made_is_unknown(store):
    for command in (Cancel(99), Fulfil(99), Expire(99)):
        assert ask(store, command).code == Refusal.UNKNOWN


def test_a_repeated_request_gets_the_first_answer_and_no_second_effect(store):
    put(store, 5)
    request = a_request()
    first, again = (perform(store, request, hold(1)) for _ in range(2))
    assert (first.replayed, again.replayed) == (False, True)
    assert (first.code, dict(first.body)) == (again.code, dict(again.body))
    assert balance(store) == (5, 1)
    assert perform(store, request, hold(2)).code == Refusal.OTHER_REQUEST


def test_a_refusal_is_repeated_too_even_when_pieces_came_meanwhile(store):
    request = a_request()
    first = perform(store, request, hold(1))
    put(store, 5)
    again = perform(store, request, hold(1))
    assert (again.code, dict(again.body)) == (first.code, dict(first.body))
    assert again.replayed


def test_one_key_serves_two_people(store):
    put(store, 5)
    done(store, hold(1), actor="ada", key="k")
    assert not done(store, hold(1), actor="ben", key="k").replayed
    assert balance(store) == (5, 2)


def test_a_shelf_never_holds_more_than_can_be_counted(store):
    for _ in range(3):
        put(store, 10**9)
    with store.write() as connection:  # a thousand such deliveries later
        connection.exec_driver_sql("UPDATE stock_balances SET on_hand = 999999999999")
    assert ask(store, Receive("P-1", "L-1", 2)).code == Refusal.EXCEEDS
    with store.write() as connection:
        connection.exec_driver_sql("UPDATE stock_balances SET on_hand = 3000000000")


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
def test_text_that_cannot_be_kept_is_refused_before_anything_is_written(store, text):
    for command in (hold(1, repair_order_id=text), hold(1, part=text), Issue("P", "L", 1, text)):
        with pytest.raises(UnknownWord):
            ask(store, command)
    assert rows(store, "SELECT COUNT(*) FROM idempotency") == [(0,)]


def test_what_the_catalogue_does_not_name_is_unknown(store):
    parts = pl.DataFrame({"part_id": ["P-1"], "unit_cost": [1.0]})
    places = pl.DataFrame({"location_id": ["L-1"]})
    keep_tables(store, {"parts": parts, "locations": places}, taken_in_at=MORNING)
    for command, field in (
        (hold(1, place="X"), "location_id"),
        (hold(1, part="X"), "part_id"),
        (Issue("X", "L-1", 1), "part_id"),
        (Receive("P-1", "X", 1), "location_id"),
        (Count("X", "L-1", 3), "part_id"),
    ):
        answer = ask(store, command)
        assert (answer.code, answer.body["field"]) == (Refusal.UNKNOWN, field)
    assert ask(store, hold(1)).code == Refusal.INSUFFICIENT  # known, and none there
    assert rows(store, "SELECT COUNT(*) FROM stock_balances") == [(0,)]
    assert rows(store, "SELECT COUNT(*) FROM refused_requests") == [(1,)]
