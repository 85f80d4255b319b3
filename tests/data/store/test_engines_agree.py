"""The same commands in the same order: SQLite and PostgreSQL give the same answers."""

import random
import shutil
from datetime import timedelta

import pytest

from data.store.engine import Store
from data.store.ledger import perform
from inventory import ledger_commands as commands
from inventory.ledger import Request
from tests.data.store.shop import MORNING, rows, violations

STATE = (
    "SELECT part_id, location_id, on_hand, reserved FROM stock_balances ORDER BY 1, 2",
    "SELECT reservation_id, line, quantity, held, at_risk, fulfilled, released"
    " FROM reservation_lines ORDER BY 1, 2",
    "SELECT reservation_id, state FROM reservations ORDER BY 1",
    "SELECT part_id, location_id, quantity, available FROM refused_requests ORDER BY refused_id",
    "SELECT account, part_id, location_id, pieces FROM journal ORDER BY entry_id",
    "SELECT kind, reservation_id, line, pieces FROM reservation_events ORDER BY event_id",
    "SELECT sequence, actor, action, subject FROM audit ORDER BY 1",
)


def _command(draw: random.Random):
    part, place = draw.choice(["P-1", "P-2", "P-3"]), draw.choice(["L-1", "L-2"])
    pieces, number = draw.randint(1, 5), draw.randint(1, 60)
    ends = ("L-1", "L-2") if place == "L-1" else ("L-2", "L-1")
    until = MORNING + timedelta(hours=draw.randint(-2, 2))
    lines = tuple(
        commands.Line(draw.choice(["P-1", "P-2"]), draw.choice(["L-1", "L-2"]), draw.randint(1, 3))
        for _ in range(draw.randint(1, 3))
    )
    return draw.choice(
        [
            commands.Receive(part, place, pieces),
            commands.Issue(part, place, pieces, document_id=f"RO-{number}"),
            commands.Transfer(part, *ends, pieces),
            commands.Count(part, place, draw.randint(0, 9)),
            commands.Correct(part, place, draw.choice([-2, 1, 2]), "found"),
            commands.Return(part, place, pieces),
            commands.Scrap(part, place, pieces),
            *[commands.Reserve(lines, f"RO-{number}", "gold", until, draw.random() < 0.5)] * 4,
            commands.Fulfil(number, {}, draw.random() < 0.5),
            commands.Fulfil(number, {draw.randint(1, 2): pieces}),
            commands.Cancel(number),
            commands.Expire(number),
        ]
    )


def _tell(place: str, seed: int, operations: int) -> tuple[list, list]:
    store, draw = Store(place), random.Random(seed)
    answers = []
    for step in range(operations):
        key = f"key {step - draw.randint(0, 1)}"  # every other request repeats a key
        answer = perform(store, Request("ada", key, MORNING), _command(draw))
        facts = {name: fact for name, fact in answer.body.items() if name != "movement_id"}
        answers.append((answer.code, answer.replayed, facts))
    state = [rows(store, query) for query in STATE]
    assert violations(store) == []
    store.close()
    return answers, state


@pytest.mark.parametrize(
    ("seed", "operations"),
    [(1, 300), *(pytest.param(seed, 2000, marks=pytest.mark.soak) for seed in range(2, 22))],
)
def test_both_engines_tell_the_same_story(cluster, migrated_file, tmp_path, seed, operations):
    path = tmp_path / "store.db"
    shutil.copy(migrated_file, path)
    url = cluster.lend()
    here, there = _tell(str(path), seed, operations), _tell(url, seed, operations)
    cluster.take_back(url)
    assert here == there
    assert len({code for code, _, _ in here[0]}) >= 6  # a story with something in it
