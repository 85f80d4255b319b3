"""The same requests in the same order: SQLite and PostgreSQL answer alike, to the last word."""

import random
import re
import shutil
from datetime import timedelta

import pytest

from data.store.engine import Store
from tests.api.world import NOW, Door, fill
from tests.data.store.shop import violations

PARTS, PLACES = ("P-100", "P-200", "AB/12", "NONE"), ("FSL-1", "FSL-2", "CW", "FAR-1")
WHO = ("technician", "technician", "planner", "service")
RUNNING = {"reservation_id", "movement_id", "exception_id", "feedback_id"}


def _request(draw: random.Random) -> tuple[str, str, dict | None]:
    part, place = draw.choice(PARTS), draw.choice(PLACES)
    pieces = draw.randint(1, 4)
    at = {"part_id": part, "location_id": place, "quantity": pieces}
    order = f"RO-{draw.randint(1, 12)}"
    verb = draw.choice(("send", "arrive", "hand-over", "drop"))
    kind = draw.choice(("receipt", "issue", "return", "scrap"))
    until = (NOW + timedelta(hours=draw.randint(1, 50))).isoformat()
    asked = {"part_id": part, "quantity": pieces}
    return draw.choice(
        (
            *[("POST", "/v1/reservations", {"lines": [at], "hold_until": until})] * 3,
            ("POST", "/v1/reservations/{nth}/cancel", {}),
            ("POST", "/v1/reservations/{nth}/fulfil", {}),
            ("POST", "/v1/movements", {"kind": kind, **at}),
            ("POST", "/v1/movements", {"kind": "count", **at, "counted": pieces}),
            ("POST", "/v1/repair-orders",
             {"repair_order_id": order, "location_id": "FSL-1", "lines": [asked]}),
            ("POST", f"/v1/repair-orders/{order}/lines", {"lines": [asked]}),
            ("POST", f"/v1/repair-orders/{order}/lines/{draw.randint(1, 3)}/{verb}", {}),
            ("POST", f"/v1/repair-orders/{order}/close", {}),
            ("POST", "/v1/feedback",
             {"kind": "not_there", "part_id": part, "location_id": "FSL-1",
              "repair_order_id": order, "line": 1}),
            ("GET", f"/v1/repair-orders/{order}", None),
            ("GET", f"/v1/availability?part_id={part}&location_id=FSL-1&quantity={pieces}", None),
            ("GET", f"/v1/promise?part_id={part}&location_id={place}&quantity={pieces}", None),
            ("GET", f"/v1/parts?q={draw.choice(('pump', 'P1O0', 'AB12', 'seal kit'))}", None),
            ("GET", f"/v1/stock?limit={draw.randint(1, 5)}", None),
            ("GET", "/v1/reservations?limit=3", None),
            ("GET", "/v1/repair-orders?limit=2", None),
            ("GET", "/v1/exceptions?limit=5", None),
        )
    )  # fmt: skip


class Alike:
    """Answers with running numbers told by when they were first seen.

    What was refused half-way may use a number up on one engine, and gives it back on the other.
    """

    def __init__(self) -> None:
        self.seen: dict[tuple[str, int], int] = {}
        self.held: list[int] = []

    def of(self, value, name: str = ""):
        if isinstance(value, dict):
            return {key: self.of(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [self.of(one, name) for one in value]
        if name in RUNNING and value is not None:
            return self.seen.setdefault((name, value), len(self.seen))
        return re.sub(r"\d+", "#", value) if name == "detail" else value


def _told(door: Door, seed: int, steps: int) -> list[tuple]:
    draw, found, alike = random.Random(seed), [], Alike()
    for step in range(steps):
        method, path, body = _request(draw)
        if "{nth}" in path:
            nth = draw.random()
            path = path.format(nth=alike.held[int(nth * len(alike.held))] if alike.held else 1)
        key = f"key {step - draw.randint(0, 1)}"  # every other write repeats a key
        who = draw.choice(WHO)
        more = {} if body is None else {"json": body}
        answer = door.ask(method, path, who, key=key, **more)
        door.clock.forward(seconds=15)
        told = answer.json()
        if answer.status_code == 201 and path == "/v1/reservations":
            alike.held.append(told["reservation_id"])
        cursor = told.pop("next", None)
        found.append((method, answer.status_code, cursor is None, alike.of(told)))
    assert violations(door.store) == []
    return found


@pytest.mark.parametrize(
    ("seed", "steps"),
    [(1, 150), *(pytest.param(seed, 2000, marks=pytest.mark.soak) for seed in (2, 3))],
)
def test_both_engines_answer_alike(company, cluster, tmp_path, seed, steps):
    path = tmp_path / "company.db"
    shutil.copy(company[0], path)
    here, url = Store(path), cluster.lend()
    there = Store(url)
    fill(there)
    stories = []
    for store, tokens in ((here, company[1]), (there, None)):
        door = Door(store, tokens)
        with door.client:
            stories.append(_told(door, seed, steps))
        store.close()
    cluster.take_back(url)
    assert stories[0] == stories[1]
    assert len({status for _, status, _, _ in stories[0]}) >= 5
