"""Any sequence of commands leaves the ledger as the model says; planted bugs are found."""

import shutil
from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from data.store import at_risk, audit, balances, idempotency, journal, ledger
from data.store.engine import Store
from data.store.ledger_tables import BALANCES
from inventory import ledger_commands as commands
from tests.data.store.model import Model
from tests.data.store.shop import MORNING, a_request, perform, rows, violations

PARTS = st.sampled_from(["P-1", "P-2"])
PLACES = st.sampled_from(["L-1", "L-2"])
ITEMS = st.tuples(PARTS, PLACES)
PIECES = st.integers(1, 4)
PICKS = st.integers(0, 11)
WANTED = st.just({}) | st.dictionaries(st.integers(1, 2), PIECES, max_size=2)


class Machine(RuleBasedStateMachine):
    """Does everything twice: in the store and in the model."""

    open_store = None  # set by the test: a function that opens an empty store
    seen: Counter

    def __init__(self):
        super().__init__()
        self.store, self.model, self.last = self.open_store(), Model(), None

    def teardown(self):
        self.store.close()

    @initialize()
    def open_the_shop(self):
        for item in (("P-1", "L-1"), ("P-1", "L-2"), ("P-2", "L-1")):
            self._both(commands.Receive(*item, 6), self.model.come(item, 6))
        self.reserve([(("P-1", "L-1"), 2)], partly=False, hours=-1)
        self.reserve([(("P-1", "L-1"), 3)], partly=False, hours=1)

    def _both(self, command, expected: str) -> None:
        request = a_request()
        answer = perform(self.store, request, command)
        assert answer.code == expected, (command, answer, expected)
        self.last = (request, command, answer)
        self.seen[f"{command.route} {answer.code}"] += 1
        self._compare()

    def _compare(self) -> None:
        found = rows(
            self.store, "SELECT part_id, location_id, on_hand, reserved FROM stock_balances"
        )
        assert {(row[0], row[1]): row[2:] for row in found if row[2]} == {
            item: (there, self.model.reserved(item))
            for item, there in self.model.on_hand.items()
            if there
        }
        lines = rows(
            self.store,
            "SELECT reservation_id, line, state, held, at_risk, fulfilled, released"
            " FROM reservation_lines JOIN reservations USING (reservation_id)",
        )
        assert {(row[0], row[1]): row[2:] for row in lines} == {
            (number, place): (booking.state, *line.figures)
            for number, booking in self.model.bookings.items()
            for place, line in booking.lines.items()
        }
        refused = rows(self.store, "SELECT part_id, location_id, quantity FROM refused_requests")
        assert sorted(refused) == sorted(self.model.refused)
        assert violations(self.store) == []

    @rule(item=ITEMS, pieces=PIECES)
    def receive(self, item, pieces):
        self._both(commands.Receive(*item, pieces), self.model.come(item, pieces))

    @rule(item=ITEMS, pieces=PIECES)
    def give_back(self, item, pieces):
        self._both(commands.Return(*item, pieces), self.model.come(item, pieces))

    @rule(item=ITEMS, pieces=PIECES)
    def issue(self, item, pieces):
        self._both(commands.Issue(*item, pieces), self.model.issue(item, pieces))

    @rule(item=ITEMS, pieces=PIECES)
    def scrap(self, item, pieces):
        self._both(commands.Scrap(*item, pieces), self.model.go(item, pieces))

    @rule(part=PARTS, away=st.booleans(), pieces=PIECES)
    def transfer(self, part, away, pieces):
        ends = ("L-1", "L-2") if away else ("L-2", "L-1")
        self._both(commands.Transfer(part, *ends, pieces), self.model.transfer(part, *ends, pieces))

    @rule(counted=st.integers(0, 6))
    def count_a_busy_shelf(self, counted):
        self.count(("P-1", "L-1"), counted)

    @rule(item=ITEMS, counted=st.integers(0, 6))
    def count(self, item, counted):
        self._both(commands.Count(*item, counted), self.model.count(item, counted))

    @rule(item=ITEMS, pieces=st.integers(-3, 3).filter(bool))
    def correct(self, item, pieces):
        self._both(commands.Correct(*item, pieces, "found"), self.model.correct(item, pieces))

    @rule(wishes=st.lists(st.tuples(ITEMS, PIECES), min_size=1, max_size=3), partly=st.booleans(),
          hours=st.none() | st.integers(-1, 1))  # fmt: skip
    def reserve(self, wishes, partly, hours):
        until = None if hours is None else MORNING + timedelta(hours=hours)
        lines = tuple(commands.Line(*item, pieces) for item, pieces in wishes)
        command = commands.Reserve(lines, expires_at=until, partly=partly)
        self._both(command, self.model.reserve(wishes, until, partly=partly))

    def _one_of_mine(self, pick: int) -> int:
        return pick % len(self.model.bookings) + 1 if pick < 11 else 99

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICKS)
    def cancel(self, pick):
        number = self._one_of_mine(pick)
        self._both(commands.Cancel(number), self.model.close(number, "cancelled"))

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICKS)
    def expire(self, pick):
        number = self._one_of_mine(pick)
        answer = self.model.close(number, "expired", now=MORNING)
        self._both(commands.Expire(number), answer)

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICKS, wanted=WANTED, release_rest=st.booleans())
    def fulfil(self, pick, wanted, release_rest):
        number = self._one_of_mine(pick)
        command = commands.Fulfil(number, wanted, release_rest)
        self._both(command, self.model.fulfil(number, wanted, release_rest=release_rest))

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICKS)
    def hand_over_what_was_lost_or_never_promised(self, pick):
        self.count(("P-1", "L-1"), 0)
        self.fulfil(pick, {}, release_rest=False)
        self.fulfil(pick, {1: 9}, release_rest=False)

    @precondition(lambda self: self.model.bookings)
    @rule(pick=PICKS)
    def let_time_run_out_and_try_again(self, pick):
        self.expire(pick)
        self.cancel(pick)

    @rule(place=PLACES, part=PARTS)
    def try_a_closed_location(self, place, part):
        self.model.locked.add(place)
        self._both(commands.LockLocation(place, "count"), "ok")
        self._both(commands.Issue(part, place, 1), self.model.issue((part, place), 1))
        self.model.locked.remove(place)
        self._both(commands.UnlockLocation(place), "ok")

    @precondition(lambda self: self.last)
    @rule(changed=st.booleans())
    def repeat_the_last_request(self, changed):
        request, command, first = self.last
        if changed and isinstance(command, commands.Receive):
            other = commands.Receive(command.part_id, command.location_id, command.pieces + 1)
            assert perform(self.store, request, other).code == "idempotency.mismatch"
        else:
            again = perform(self.store, request, command)
            assert (again.code, dict(again.body)) == (first.code, dict(first.body))
            assert again.replayed
        self.seen["repeated"] += 1
        self._compare()


@pytest.fixture
def machine(request, migrated_file, tmp_path, place):
    """A machine whose every run starts from an empty store on the test's engine."""
    runs = iter(range(10**9))

    def open_store() -> Store:
        if place.startswith("postgresql"):
            url = request.getfixturevalue("cluster").lend()
            store = Store(url)
            store.lent = url
            return store
        path = tmp_path / f"{next(runs)}.db"
        shutil.copy(migrated_file, path)
        return Store(path)

    def teardown(self):
        self.store.close()
        if hasattr(self.store, "lent"):
            request.getfixturevalue("cluster").take_back(self.store.lent)

    body = {"open_store": staticmethod(open_store), "seen": Counter(), "teardown": teardown}
    return type("MachineOnEngine", (Machine,), body)


def _run(machine, examples: int, steps: int, **more) -> None:
    quiet = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
        **more,
    )
    run_state_machine_as_test(machine, settings=quiet)


def test_any_sequence_leaves_what_the_model_says(machine, engine_name):
    _run(machine, *((60, 30) if engine_name == "sqlite" else (6, 25)))
    if engine_name == "sqlite":  # the walk has been everywhere
        wanted = ("reserve ok", "reserve stock.insufficient", "cancel ok", "fulfil ok", "repeated")
        assert min(machine.seen[each] for each in wanted) >= 5, machine.seen
        rare = ("fulfil reservation.at_risk", "fulfil quantity.exceeds", "expire ok")
        assert min(machine.seen[each] for each in rare) >= 1, machine.seen


@pytest.mark.soak
def test_any_long_sequence_leaves_what_the_model_says(machine):
    _run(machine, 1000, 60)


def _no_claim(connection, request, route, command):
    idempotency_claim(connection, request, route, command)


idempotency_claim = idempotency.claim


def _unguarded(connection, part_id, location_id, *, on_hand, reserved):
    row = sa.and_(BALANCES.c.part_id == part_id, BALANCES.c.location_id == location_id)
    there = balances.read(connection, part_id, location_id)
    figures = {"on_hand": there.on_hand + on_hand, "reserved": there.reserved + reserved}
    return connection.execute(sa.update(BALANCES).where(row).values(figures)).rowcount == 1


def _checked_without_decrement(connection, part_id, location_id, *, on_hand, reserved):
    """Each line against the same stock: what was taken before is forgotten."""
    if on_hand == 0 and reserved > 0:
        there = balances.read(connection, part_id, location_id)
        if reserved > there.available:
            return False
        real_change(connection, part_id, location_id, on_hand=0, reserved=reserved)
        return True
    return real_change(connection, part_id, location_id, on_hand=on_hand, reserved=reserved)


real_change = balances.change


def _expire_early(connection, request, command):
    return ledger.reservation_commands.cancel(connection, request, command)


def _oldest_lose(connection, request, movement_id, item, pieces):
    found = connection.execute(
        at_risk._HELD.order_by(None).order_by("reservation_id", "line"),
        {"part": item[0], "location": item[1]},
    ).all()
    return at_risk._shift(connection, request, movement_id, found, pieces, sign=-1)


def _audit_forgets(connection, request, action, subject, detail, movement_id=None):
    return real_append(connection, request, action, subject, detail)


real_append = audit.append

BUGS = {
    "repeated requests take effect again": (idempotency, "claim", _no_claim),
    "the guard is gone": (balances, "change", _unguarded),
    "promises at risk are not covered": (at_risk, "cover", lambda *_: []),
    "the oldest promise loses its piece": (at_risk, "lose", _oldest_lose),
    "the journal forgets": (journal, "write_sides", lambda *_: None),
    "refused demand is forgotten": (ledger, "_record_refused", lambda *_: None),
    "the audit forgets the movement": (audit, "append", _audit_forgets),
    "reservations expire before their time": (ledger._HANDLERS, commands.Expire, _expire_early),
    "a closed location hands out": (balances, "refuse_locked", lambda *_: None),
}  # fmt: skip


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(machine, monkeypatch, bug, capsys):
    where, name, wrong = BUGS[bug]
    if isinstance(where, dict):
        monkeypatch.setitem(where, name, wrong)
    else:
        monkeypatch.setattr(where, name, wrong)
    with pytest.raises((AssertionError, sa.exc.DBAPIError, KeyError)):
        _run(machine, 200, 30, phases=[Phase.generate])
