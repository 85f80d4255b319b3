"""Short words for talking to a ledger in tests: who asks, at what moment, under which key."""

import itertools
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from data.store.engine import Store
from data.store.invariants import check_invariants
from data.store.ledger import perform
from inventory.ledger import Answer, Request
from inventory.ledger_commands import Command, Line, Receive, Reserve

MORNING = datetime(2025, 7, 1, 6, tzinfo=UTC)
_KEYS = itertools.count()


def a_request(actor: str = "ada", *, key: str = "", minutes: float = 0) -> Request:
    return Request(actor, key or f"key {next(_KEYS)}", MORNING + timedelta(minutes=minutes))


def ask(store: Store, command: Command, **request) -> Answer:
    return perform(store, a_request(**request), command)


def done(store: Store, command: Command, **request) -> Answer:
    answer = ask(store, command, **request)
    assert answer.ok, answer
    return answer


def put(store: Store, pieces: int, part: str = "P-1", place: str = "L-1") -> None:
    done(store, Receive(part, place, pieces))


def hold(pieces: int, part: str = "P-1", place: str = "L-1", **more) -> Reserve:
    return Reserve((Line(part, place, pieces),), **more)


def balance(store: Store, part: str = "P-1", place: str = "L-1") -> tuple[int, int]:
    with store.read() as connection:
        query = "SELECT on_hand, reserved FROM stock_balances"
        rows = connection.exec_driver_sql(
            f"{query} WHERE part_id='{part}' AND location_id='{place}'"
        )
        return tuple(rows.first() or (0, 0))


def rows(store: Store, query: str) -> list[tuple]:
    with store.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def violations(store: Store) -> list:
    with store.read() as connection:
        return check_invariants(connection)


def codes(answers: Iterable[Answer]) -> list[str]:
    return sorted(str(answer.code) for answer in answers)
