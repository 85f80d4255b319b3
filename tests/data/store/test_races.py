"""What happens when several people do things to the same pieces at the same moment."""

import random
from datetime import timedelta
from functools import partial

import pytest

from data.store.engine import Store
from data.store.ledger import expire_due, perform
from inventory.ledger import Refusal
from inventory.ledger_commands import (
    Cancel,
    Count,
    Expire,
    Fulfil,
    Issue,
    Line,
    Receive,
    Reserve,
    Transfer,
)
from tests.data.store.races import overlapping, race
from tests.data.store.shop import (
    MORNING,
    a_request,
    ask,
    balance,
    codes,
    done,
    hold,
    put,
    rows,
    violations,
)


@pytest.fixture
def crowd(place):
    store = Store(place, connections=32, lock_seconds=20)
    yield store
    assert violations(store) == []
    store.close()


def _ask(store, command, **request):
    sent = a_request(**request)
    return lambda: perform(store, sent, command)


def _answers(runs):
    assert [run.error for run in runs if run.error] == []
    if len(runs) > 4:
        assert overlapping(runs) >= 0.9 * len(runs)
    return [run.result for run in runs]


def _raced(rounds) -> bool:
    """Of few runners one may be through before the next is awake; over all rounds most met."""
    return sum(overlapping(runs) for runs in rounds) >= 0.75 * sum(len(runs) for runs in rounds)


def test_three_doors_sell_the_same_twenty_pieces_once(crowd):
    put(crowd, 20)
    sizes = [1, 2, 3, 5] * 8
    assert sum(sizes) == 88
    doors = (
        hold,
        lambda size: Issue("P-1", "L-1", size),
        lambda size: Transfer("P-1", "L-1", "L-2", size),
    )
    commands = [(size, doors[place % 3](size)) for place, size in enumerate(sizes)]
    answers = _answers(race(*(_ask(crowd, command) for _, command in commands)))
    granted = sum(size for (size, _), each in zip(commands, answers, strict=True) if each.ok)
    on_hand, reserved = balance(crowd)
    rest = on_hand - reserved
    assert granted + rest == 20
    refused = [size for (size, _), each in zip(commands, answers, strict=True) if not each.ok]
    assert min(refused) > rest  # nobody was sent away whose wish still fits


@pytest.mark.parametrize("rounds", [15, pytest.param(200, marks=pytest.mark.soak)])
def test_two_jobs_that_want_the_same_two_parts_never_share_them(crowd, rounds):
    met = []
    for number in range(rounds):
        parts = (f"A-{number}", f"B-{number}")
        for part in parts:
            put(crowd, 1, part)
        lines = tuple(Line(part, "L-1", 1) for part in parts)
        runs = race(_ask(crowd, Reserve(lines)), _ask(crowd, Reserve(lines[::-1])))
        answers = _answers(runs)
        met.append(runs)
        assert codes(answers) == ["ok", Refusal.INSUFFICIENT]
        assert [balance(crowd, part) for part in parts] == [(1, 1), (1, 1)]
    assert _raced(met)


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.soak)])
def test_one_key_sent_by_twenty_at_once_takes_effect_once(crowd, rounds):
    put(crowd, 1000)
    for number in range(rounds):
        request = a_request(key=f"round {number}")
        commands = [hold(1)] * 20 + [hold(2)] * 5
        answers = _answers(race(*(partial(perform, crowd, request, each) for each in commands)))
        kept = rows(crowd, f"SELECT code FROM idempotency WHERE key = 'round {number}'")
        winners = [each for each in answers if each.ok]
        assert len(kept) == 1
        assert len({str(each.body) for each in winners}) == 1
        assert sum(not each.replayed for each in winners) == 1
        assert {each.code for each in answers if not each.ok} == {Refusal.OTHER_REQUEST}
    assert rows(crowd, "SELECT COUNT(*) FROM reservations") == [(rounds,)]


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.soak)])
def test_a_reservation_ends_once_whoever_ends_it(crowd, rounds):
    put(crowd, rounds)
    met = []
    for _ in range(rounds):
        before = balance(crowd)
        number = done(crowd, hold(1, expires_at=MORNING)).body["reservation_id"]
        endings = (Cancel(number), Cancel(number), Fulfil(number), Expire(number))
        runs = race(*(_ask(crowd, ending) for ending in endings))
        answers = _answers(runs)
        met.append(runs)
        assert codes(answers) == ["ok", *[Refusal.FINAL_STATE] * 3]
        handed_over = answers[2].ok
        assert balance(crowd) == (before[0] - handed_over, before[1])
    assert _raced(met)


def test_a_count_while_technicians_take_their_pieces(crowd):
    for number in range(5):
        part = f"P-{number}"
        put(crowd, 7, part)
        held = [done(crowd, hold(1, part)).body["reservation_id"] for _ in range(7)]
        commands = [Fulfil(each) for each in held]
        commands.insert(3, Count(part, "L-1", 4))
        answers = _answers(race(*(_ask(crowd, command) for command in commands)))
        lost = answers.pop(3).body["at_risk"]
        served = sum(each.ok for each in answers)
        assert len(lost) == 7 - served
        assert {each.code for each in answers if not each.ok} <= {Refusal.AT_RISK}
        assert balance(crowd, part)[1] == 0


@pytest.mark.parametrize("rounds", [10, pytest.param(200, marks=pytest.mark.soak)])
def test_expiry_and_handing_over_at_the_same_second(crowd, rounds):
    put(crowd, rounds)
    for _ in range(rounds):
        number = done(crowd, hold(1, expires_at=MORNING)).body["reservation_id"]
        taken, expired = race(
            _ask(crowd, Fulfil(number)), lambda: expire_due(crowd, MORNING, "clock")
        )
        assert (taken.error, expired.error) == (None, None)
        freed = any(each.ok for each in expired.result)
        assert taken.result.ok != freed
    on_hand, reserved = balance(crowd)
    taken = rows(crowd, "SELECT COUNT(*) FROM reservations WHERE state = 'fulfilled'")[0][0]
    assert (on_hand, reserved) == (rounds - taken, 0)


@pytest.mark.parametrize("steps", [6, pytest.param(200, marks=pytest.mark.soak)])
def test_everybody_at_once_leaves_the_books_in_order(crowd, steps):
    """Reserve, cancel, receive, count and hand over; the audit's order explains the result."""
    put(crowd, 50)
    held = [done(crowd, hold(1)).body["reservation_id"] for _ in range(16)]

    def worker(kind: str, seed: int):
        draw = random.Random(seed)

        def work():
            found = []
            for _ in range(steps):
                command = {
                    "reserve": lambda: hold(draw.randint(1, 3), expires_at=MORNING),
                    "cancel": lambda: Cancel(draw.choice(held)),
                    "fulfil": lambda: Fulfil(draw.choice(held)),
                    "receive": lambda: Receive("P-1", "L-1", draw.randint(1, 4)),
                    "count": lambda: Count("P-1", "L-1", draw.randint(5, 40)),
                }[kind]()
                answer = ask(crowd, command, actor=f"{kind} {seed}")
                if kind == "reserve" and answer.ok:
                    held.append(answer.body["reservation_id"])
                found.append(violations(crowd))
            return found

        return work

    crew = {"reserve": 8, "cancel": 8, "receive": 4, "count": 4, "fulfil": 8}
    runs = race(*(worker(kind, seed) for kind, size in crew.items() for seed in range(size)))
    for snapshots in _answers(runs):
        assert not any(snapshots)
    moments = rows(crowd, _BALANCE_IN_AUDIT_ORDER)
    assert all(0 <= reserved <= on_hand for on_hand, reserved in moments)
    assert moments[-1] == balance(crowd)


_BALANCE_IN_AUDIT_ORDER = """
    SELECT SUM(SUM(CASE WHEN account IN ('available', 'reserved') THEN pieces ELSE 0 END))
           OVER (ORDER BY a.sequence),
           SUM(SUM(CASE WHEN account = 'reserved' THEN pieces ELSE 0 END))
           OVER (ORDER BY a.sequence)
    FROM audit a JOIN journal j ON j.movement_id = a.movement_id
    GROUP BY a.sequence ORDER BY a.sequence
"""


def test_moments_in_between_are_whole(crowd):
    """A reader sees a transfer wholly or not at all: the pieces at both places stay ten."""
    put(crowd, 10)

    def shuttle():
        for place in range(20):
            ends = ("L-1", "L-2") if place % 2 == 0 else ("L-2", "L-1")
            done(crowd, Transfer("P-1", *ends, 1))

    def look():
        return {rows(crowd, "SELECT SUM(on_hand) FROM stock_balances")[0][0] for _ in range(60)}

    runs = race(shuttle, look, look)
    assert [run.error for run in runs] == [None] * 3
    assert runs[1].result | runs[2].result == {10}


def test_held_until_means_until_then(crowd):
    put(crowd, 1)
    done(crowd, hold(1, expires_at=MORNING + timedelta(hours=1)))
    assert ask(crowd, hold(1)).code == Refusal.INSUFFICIENT
    expire_due(crowd, MORNING + timedelta(hours=1), "clock")
    done(crowd, hold(1))
