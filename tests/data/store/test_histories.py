"""What many clients saw at once can be put into one order that makes sense, for each part.

Wing and Gong's search: at any moment some operation that no other one precedes in time is next, and
what it answered fits what came before. Operations whose answer nobody heard may count or not.
"""

import random
import time
from dataclasses import dataclass

import pytest

from data.store.engine import Store
from inventory.ledger import Refusal
from inventory.ledger_commands import Cancel, Issue, Receive
from tests.data.store.races import race
from tests.data.store.shop import ask, hold, put, rows, violations


@dataclass(frozen=True)
class Told:
    """One operation: what it did to (on hand, reserved) if granted, what was answered, and when."""

    on_hand: int
    reserved: int
    granted: bool | None  # None: nobody heard the answer
    started: float
    ended: float


def explained(history: list[Told], on_hand: int, reserved: int = 0) -> bool:
    """True when some order explains every answer."""
    history = sorted(history, key=lambda each: each.started)
    seen: set[tuple[int, tuple[int, int]]] = set()
    stack = [(0, (on_hand, reserved))]  # operations done, as bits; the state after them
    everything = (1 << len(history)) - 1
    while stack:
        done, state = stack.pop()
        if done == everything:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        waiting = [place for place in range(len(history)) if not done >> place & 1]
        first_end = min(history[place].ended for place in waiting)
        for place in waiting:
            if history[place].started > first_end:
                break  # something else was over before this began
            stack += [(done | 1 << place, after) for after in _outcomes(history[place], state)]
    return False


def _outcomes(told: Told, state: tuple[int, int]) -> list[tuple[int, int]]:
    after = (state[0] + told.on_hand, state[1] + told.reserved)
    possible = 0 <= after[1] <= after[0]
    if told.granted is None:
        return [state, after] if possible else [state]
    if told.granted:
        return [after] if possible else []
    return [] if possible else [state]


def _client(store: Store, seed: int, parts: list[str], steps: int):
    def work() -> list[tuple[str, Told]]:
        draw, mine, story = random.Random(seed), [], []
        for _ in range(steps):
            part, kind = draw.choice(parts), draw.choice(["hold"] * 3 + ["issue", "come", "back"])
            if kind == "back" and mine:
                part, number = mine.pop()
                command, change = Cancel(number), (0, -1)
            elif kind == "come":
                command, change = Receive(part, "L-1", 1), (1, 0)
            elif kind == "issue":
                command, change = Issue(part, "L-1", 1), (-1, 0)
            else:
                command, change = hold(1, part), (0, 1)
            started = time.perf_counter()
            answer = ask(store, command, actor=f"client {seed}")
            ended = time.perf_counter()
            assert answer.code in ("ok", Refusal.INSUFFICIENT)
            if answer.ok and change == (0, 1):
                mine.append((part, answer.body["reservation_id"]))
            heard = answer.ok if draw.random() < 0.9 else None
            story.append((part, Told(*change, heard, started, ended if heard is not None else 1e9)))
        return story

    return work


@pytest.mark.parametrize("steps", [8, pytest.param(25, marks=pytest.mark.soak)])
def test_what_twelve_clients_saw_makes_sense(place, steps):
    store = Store(place, connections=12, lock_seconds=20)
    parts = ["P-1", "P-2", "P-3"]
    for part in parts:
        put(store, 4, part)
    runs = race(*(_client(store, seed, parts, steps) for seed in range(12)))
    assert [run.error for run in runs if run.error] == []
    stories = [each for run in runs for each in run.result]
    for part in parts:
        history = [told for about, told in stories if about == part]
        assert len({told.granted for told in history}) == 3  # granted, refused, unheard
        assert explained(history, on_hand=4)
    assert rows(store, "SELECT COUNT(*) FROM audit") == [(12 * steps + 3,)]
    assert violations(store) == []
    store.close()


def _at(start: float, *, granted: bool | None = True, reserved: int = 1) -> Told:
    return Told(0, reserved, granted, start, start + 1.5)


@pytest.mark.parametrize(
    ("story", "makes_sense"),
    [
        ([_at(0), _at(1, granted=False)], True),
        ([_at(0), _at(1)], False),  # one piece, two winners
        ([_at(0), _at(5, reserved=-1), _at(9)], True),
        ([_at(0), _at(5), _at(9, reserved=-1)], False),  # held before it was given back
        ([_at(0), _at(6), _at(5, reserved=-1)], True),  # at the same time: back first, then held
        ([_at(0, granted=False)], False),  # refused though it was there
        ([_at(0, granted=None), _at(5, granted=False)], True),  # unheard, but it counted
        ([_at(0, granted=None), _at(5)], True),  # unheard, and it did not
    ],
)
def test_forged_stories_are_told_from_true_ones(story, makes_sense):
    assert explained(story, on_hand=1) is makes_sense
