"""Repair orders from opening to hand-over, and what customers are told on the way."""

import json
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from data.store.invariants import check_invariants
from data.store.ledger import perform
from data.store.outbox import MOST_ATTEMPTS
from data.store.promise_writing import MadePromise, make
from inventory.ledger import Refusal
from inventory.ledger_commands import Count, Fulfil, Receive
from planning.promises import scores
from planning.promises.reassess import reassess
from planning.promises.telling import sink_of, tell
from planning.repairs import feedback, handling, opening, progress
from planning.repairs.asking import LineAsked, OrderAsked
from planning.repairs.feedback import Feedback
from planning.repairs.handling import LineNamed
from tests.data.store.shop import balance, rows, violations
from tests.planning.promises.shop import NOW, asks, done, open_shop, orders, put


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(store):
    yield
    assert violations(store) == []


def an_order(number: str = "RO-1", *lines: tuple, **more) -> OrderAsked:
    asked = tuple(LineAsked(*one) for one in lines or (("PUMP", 1),))
    return OrderAsked(number, more.pop("place", "LYON"), asked, **more)


def seen(store, outlook, number: str = "RO-1", at=NOW):
    with store.read() as connection:
        return progress.show(connection, outlook, number, at)


def states(store, outlook, number: str = "RO-1", at=NOW):
    return [one.state for one in seen(store, outlook, number, at).lines]


COMING = orders(("PO-1", "PUMP", "LYON", 1, date(2025, 6, 20), date(2025, 7, 4), None))


def test_a_repair_goes_from_the_shelf_to_the_machine_and_back(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 2)
    put(store, "SEAL", "LYON", 9)
    order = an_order("RO-1", ("PUMP", 1), ("SEAL", 4), customer_id="C-1")
    done(opening.open_order(store, outlook, asks(), order))
    now = seen(store, outlook)
    assert (now.progress, now.tier) == ("ready to start", "A")
    assert [line.state for line in now.lines] == ["ready", "ready"]
    assert now.parts_cost == 120.0
    assert balance(store, "PUMP", "LYON") == (2, 1)
    for line in (1, 2):
        done(handling.hand_over(store, asks(), LineNamed("RO-1", line)))
    assert balance(store, "SEAL", "LYON") == (5, 0)
    done(handling.give_back(store, asks(), LineNamed("RO-1", 2), 1))
    assert balance(store, "SEAL", "LYON") == (6, 0)
    too_many = handling.give_back(store, asks(), LineNamed("RO-1", 2), 4)
    assert too_many.code == Refusal.EXCEEDS
    done(handling.close(store, asks(), "RO-1", None, cancelled=False))
    assert seen(store, outlook).parts_cost == 115.0
    assert handling.send(store, asks(), LineNamed("RO-1", 1)).code == Refusal.FINAL_STATE
    assert rows(store, "SELECT outcome FROM promise_outcomes") == [("kept",), ("kept",)]


def test_whole_or_nothing(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    order = an_order("RO-1", ("PUMP", 1), ("SEAL", 4), whole=True)
    answer = opening.open_order(store, outlook, asks(), order)
    assert answer.code == Refusal.INSUFFICIENT
    assert answer.body["lines"] == [{"line": 2, "part_id": "SEAL"}]
    assert balance(store, "PUMP", "LYON") == (1, 0)
    assert seen(store, outlook) is None
    order = an_order("RO-1", ("PUMP", 1), ("SEAL", 4))
    done(opening.open_order(store, outlook, asks(), order))
    assert states(store, outlook) == ["ready", "waiting"]
    refused = "SELECT part_id, location_id, quantity, document_id FROM refused_requests"
    assert rows(store, refused) == [("SEAL", "LYON", 4, "RO-1")]


def test_opening_twice_under_one_key_is_opening_once(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 5)
    request = asks()
    first = done(opening.open_order(store, outlook, request, an_order()))
    again = opening.open_order(store, outlook, request, an_order())
    assert (again.body, again.replayed) == (first.body, True)
    assert balance(store, "PUMP", "LYON") == (5, 1)
    assert opening.open_order(store, outlook, asks(), an_order()).code == Refusal.TAKEN
    assert balance(store, "PUMP", "LYON") == (5, 1)


def test_a_piece_that_comes_in_goes_to_the_best_tier_then_to_the_first(store):
    outlook = open_shop(store, open_orders=COMING)
    for number, customer in (("RO-1", ""), ("RO-2", "C-2"), ("RO-3", "C-1")):
        order = an_order(number, ("PUMP", 1, "on_order"), customer_id=customer)
        minute = asks(minutes=int(number[-1]))
        if number == "RO-1":
            done(opening.open_order(store, outlook, minute, order))
        else:  # one piece comes, the second and third have to be ordered
            order = an_order(number, ("PUMP", 1, "new_order"), customer_id=customer)
            done(opening.open_order(store, outlook, minute, order))
    put(store, "PUMP", "LYON", 1, NOW + timedelta(days=2))
    waiting = {n: states(store, outlook, n)[0] for n in ("RO-1", "RO-2", "RO-3")}
    assert waiting == {"RO-1": "waiting", "RO-2": "waiting", "RO-3": "ready"}
    put(store, "PUMP", "LYON", 1, NOW + timedelta(days=3))
    assert states(store, outlook, "RO-2") == ["ready"]
    assert balance(store, "PUMP", "LYON") == (2, 2)  # nobody else can take them
    told = rows(store, "SELECT topic FROM outbox WHERE topic = 'part.ready'")
    assert len(told) == 2


def test_pieces_held_elsewhere_are_sent_and_arrive(store):
    outlook = open_shop(store)
    put(store, "PUMP", "DIJON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    assert states(store, outlook) == ["held"]
    assert seen(store, outlook).progress == "reserved"
    assert balance(store, "PUMP", "DIJON") == (1, 1)
    done(handling.send(store, asks(hours=1), LineNamed("RO-1", 1)))
    assert seen(store, outlook).progress == "under way"
    done(handling.arrive(store, asks(hours=20), LineNamed("RO-1", 1)))
    assert seen(store, outlook).progress == "ready to start"
    assert rows(store, "SELECT outcome FROM promise_outcomes") == [("kept",)]
    done(handling.hand_over(store, asks(hours=21), LineNamed("RO-1", 1)))
    assert balance(store, "PUMP", "DIJON") == (0, 0)


def test_a_dropped_line_gives_its_piece_to_whoever_waits(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1")))
    later = an_order("RO-2", ("PUMP", 1, "new_order"))
    done(opening.open_order(store, outlook, asks(minutes=1), later))
    done(handling.drop(store, asks(hours=1), LineNamed("RO-1", 1)))
    assert states(store, outlook, "RO-2") == ["ready"]
    assert balance(store, "PUMP", "LYON") == (1, 1)
    outcomes = "SELECT outcome FROM promise_outcomes ORDER BY promise_id"
    assert rows(store, outcomes) == [("withdrawn",), ("kept",)]


def test_somebody_who_saw_an_older_version_changes_nothing(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    assert handling.hand_over(store, asks(), LineNamed("RO-1", 1, 7)).code == Refusal.STALE
    done(handling.hand_over(store, asks(), LineNamed("RO-1", 1, 1)))


def test_a_promise_that_slips_is_told_before_anybody_asks(store, tmp_path):
    outlook = open_shop(store, open_orders=COMING)
    order = an_order("RO-1", ("PUMP", 1, "on_order"))
    done(opening.open_order(store, outlook, asks(), order))
    first = seen(store, outlook).lines[0]
    assert first.promised_for < NOW + timedelta(days=15)
    assert reassess(store, outlook, asks(hours=1)).moved == ()
    late = NOW + timedelta(days=9)
    moved = reassess(store, outlook, asks("clock", late)).moved
    assert len(moved) == 1
    assert moved[0].old == first.promised_for < moved[0].new
    after = seen(store, outlook, at=late)
    assert after.progress == "delayed"
    assert after.lines[0].promised_for == first.promised_for  # the first promise never changes
    assert after.lines[0].expected_by == moved[0].new
    file = tmp_path / "told.jsonl"
    assert tell(store, outlook, sink_of(f"file:{file}"), late).told == 1
    news = json.loads(file.read_text())
    assert (news["topic"], news["repair_order_id"]) == ("promise.moved", "RO-1")
    assert "not as promised before" in news["sentence"]
    assert tell(store, outlook, sink_of(f"file:{file}"), late).told == 0
    assert reassess(store, outlook, asks("clock", late, hours=1)).moved == ()


def test_news_nobody_takes_are_kept_and_told_later(store, tmp_path):
    outlook = open_shop(store, open_orders=COMING)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("PUMP", 1, "on_order"))))
    late = NOW + timedelta(days=9)
    assert reassess(store, outlook, asks("clock", late)).moved
    calls = []

    def deaf(news):
        calls.append(news)
        raise ConnectionRefusedError("nobody there")

    assert tell(store, outlook, deaf, late).failed == 1
    assert tell(store, outlook, deaf, late).failed == 0  # not yet again
    for hour in range(MOST_ATTEMPTS):
        tell(store, outlook, deaf, late + timedelta(hours=8 * (hour + 1)))
    assert len(calls) == MOST_ATTEMPTS
    assert tell(store, outlook, deaf, late + timedelta(days=30)).given_up == 1


@pytest.mark.parametrize("table", ["promises", "promise_events", "promise_outcomes", "feedback"])
def test_no_promise_changes_in_silence(store, table):
    outlook = open_shop(store, open_orders=COMING)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("PUMP", 1, "on_order"))))
    late = NOW + timedelta(days=9)
    reassess(store, outlook, asks("clock", late))
    done(feedback.give(store, outlook, asks(), Feedback("late", "PUMP", "LYON")))
    put(store, "PUMP", "LYON", 1, late)
    assert rows(store, f"SELECT COUNT(*) FROM {table}")[0][0] == 1
    column = {"promises": "promised_for", "promise_outcomes": "at"}.get(table, "at")
    for change in (f"UPDATE {table} SET {column} = NULL", f"DELETE FROM {table}"):
        with pytest.raises(sa.exc.DBAPIError, match="only added"), store.write() as connection:
            connection.exec_driver_sql(change)


def test_even_a_hand_written_event_is_told(store):
    open_shop(store)
    promise = MadePromise(
        "RO-9", 1, "PUMP", "LYON", "", "on_order", NOW, NOW, NOW, None, None, "", "said"
    )
    with store.write() as connection:
        number = make(connection, promise)
        connection.exec_driver_sql(
            "INSERT INTO promise_events (promise_id, at, actor, old, new, cause) SELECT"
            f" {number}, made_at, 'somebody', promised_for, NULL, 'why' FROM promises"
        )
    assert len(rows(store, "SELECT 1 FROM outbox WHERE topic = 'promise.moved'")) == 1


def test_a_count_that_loses_the_piece_moves_the_promise(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    done(perform(store, asks(hours=1), Count("PUMP", "LYON", 0)))
    moved = reassess(store, outlook, asks(hours=2)).moved
    assert [one.cause for one in moved] == ["a count found fewer pieces than were held"]
    assert reassess(store, outlook, asks(hours=3)).moved == ()
    assert rows(store, "SELECT outcome FROM promise_outcomes") == [("failed",)]


def test_not_there_although_shown(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 2)
    put(store, "PUMP", "DIJON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    said = Feedback("not_there", "PUMP", "LYON", 1, "RO-1", 1, "bin was empty")
    answer = done(feedback.give(store, outlook, asks(hours=1), said))
    assert answer.body["moved"]["way"] == "shelf"  # the other piece of the two
    assert balance(store, "PUMP", "LYON") == (1, 1)
    line = seen(store, outlook).lines[0]
    assert (line.state, line.outcome) == ("ready", "failed")
    assert line.moved_because == "the piece was not where the books had it"
    kinds = rows(store, "SELECT kind, location_id, state FROM exceptions")
    assert kinds == [("feedback_not_there", "LYON", "open")]
    missed = "SELECT part_id, document_id FROM refused_requests"
    assert rows(store, missed) == [("PUMP", "RO-1")]
    again = done(feedback.give(store, outlook, asks(hours=2), said))
    assert again.body["moved"]["way"] == "nearby"
    assert rows(store, missed) == [("PUMP", "RO-1")]  # one need, not two


def test_what_was_handed_over_elsewhere_is_settled(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order()))
    number = seen(store, outlook).lines[0].reservation_id
    done(perform(store, asks(), Fulfil(number)))
    assert reassess(store, outlook, asks(hours=1)).settled == 1
    assert states(store, outlook) == ["handed_over"]


def test_a_hold_ends_when_it_was_said_to_end(store):
    outlook = open_shop(store)
    put(store, "PUMP", "LYON", 1)
    until = NOW + timedelta(days=1)
    done(opening.open_order(store, outlook, asks(), an_order(hold_until=until)))
    assert reassess(store, outlook, asks(hours=23)).expired == 0
    assert reassess(store, outlook, asks(days=1)).expired == 1
    assert balance(store, "PUMP", "LYON") == (1, 0)
    assert states(store, outlook) == ["dropped"]


def test_promises_are_scored_by_site_and_lane(store):
    outlook = open_shop(store)
    put(store, "PUMP", "DIJON", 2)
    put(store, "PUMP", "LYON", 1)
    for number, hours in (("RO-1", 0), ("RO-2", 10), ("RO-3", 500)):
        done(opening.open_order(store, outlook, asks(), an_order(number)))
        if number != "RO-1":
            done(handling.arrive(store, asks(hours=hours), LineNamed(number, 1)))
        done(handling.hand_over(store, asks(hours=hours), LineNamed(number, 1)))
    with store.read() as connection:
        by = scores.scores(connection, by=("way", "location_id", "from_location_id"))
    told = by.select("way", "from_location_id", "promises", "kept").rows()
    assert told == [("nearby", "DIJON", 2, 0.5), ("shelf", "LYON", 1, 1.0)]


def test_receiving_without_anybody_waiting_holds_nothing(store):
    open_shop(store)
    done(perform(store, asks(), Receive("PUMP", "LYON", 3)))
    assert balance(store, "PUMP", "LYON") == (3, 0)


DAMAGE = [
    ("DELETE FROM outbox", "has its news"),
    ("UPDATE promise_events SET old = '2025-01-01T00:00:00.000000+00:00'", "from where it was"),
    ("UPDATE promise_outcomes SET at = '2026-01-01T00:00:00.000000+00:00'", "there in time"),
    ("UPDATE promises SET promised_for = '2025-01-01T00:00:00.000000+00:00'", "for the past"),
    ("DELETE FROM promises WHERE line = 1 AND repair_order_id = 'RO-1'", "has its promise"),
]


@pytest.mark.parametrize(("damage", "sentence"), DAMAGE, ids=[one[1] for one in DAMAGE])
@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_each_invariant_of_promises_finds_its_damage(store, damage, sentence):
    outlook = open_shop(store, open_orders=COMING)
    put(store, "SEAL", "LYON", 1)
    done(opening.open_order(store, outlook, asks(), an_order("RO-1", ("PUMP", 1, "on_order"))))
    done(opening.open_order(store, outlook, asks(), an_order("RO-2", ("SEAL", 1))))
    done(handling.hand_over(store, asks(), LineNamed("RO-2", 1)))
    reassess(store, outlook, asks("clock", NOW + timedelta(days=9)))
    with store.engine.connect() as connection:
        run = connection.exec_driver_sql
        for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            run(f"DROP TRIGGER {name}")
        run("PRAGMA defer_foreign_keys = ON")
        assert check_invariants(connection) == []
        assert run(damage).rowcount > 0
        found = check_invariants(connection)
        connection.rollback()
    assert any(sentence in one.sentence for one in found)
