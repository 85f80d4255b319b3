"""Schemathesis asks every operation what its description allows, with ids that are there.

Requests come from the description, ids of what is there are drawn into them, each role in turn. No
answer is a 5xx; every operation is met often enough to count.
"""

import copy
import random
from collections import Counter

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from api.openapi import guarded_routes
from data.store.ledger import perform
from inventory.ledger_commands import Receive
from inventory.people import Role
from planning.people import accounts
from planning.people.sign_in import sign_in
from tests.api.matrix import MATRIX, ROLES, Row, new_account
from tests.api.world import NOW, PASSWORD, Door, a_key, request

ENDS_THE_SESSION = {"POST /v1/auth/logout", "PATCH /v1/users/me"}
IDS = {
    "part_id": ["P-100", "P-200", "AB/12", "nothing"],
    "location_id": ["FSL-1", "FSL-2", "CW", "nowhere"],
    "to_location_id": ["FSL-1", "CW"],
    "run_id": ["2025-06-30.1", "none"],
    "name": ["extra1", "nobody"],
    "table": ["kits", "stock", "nothing"],
    "line": ["P-100@FSL-1", "P-100@FSL-2", "x"],
    "proposal_id": [1, 2, 3, 999],
    "reservation_id": [1, 2, 3, 999],
    "exception_id": [1, 999],
    "key_id": [1, 999],
    "import_id": ["none"],
    "cursor": [""],
}


class Shaker:
    """Asks one application everything its description allows, and counts what it is told."""

    def __init__(self, door: Door, examples: int, seed: int) -> None:
        self.door, self.examples, self.seed = door, examples, seed
        self.draw = random.Random(seed)
        self.seen: dict[str, Counter] = {}
        self.broken: list = []

    def everything(self) -> None:
        schema = schemathesis.openapi.from_dict(copy.deepcopy(self.door.app.openapi()))
        good = {(row.method, row.path): row for row in MATRIX}
        rows = {
            (method, route.path_format): good.get((method, route.path))
            for route in guarded_routes(self.door.app)
            for method in route.methods
        }
        for result in schema.get_all_operations():
            operation = result.ok()
            row = rows.get((operation.method.upper(), operation.path))
            if row is None:
                continue  # the first admin is made once in a database's life
            if operation.label in ENDS_THE_SESSION:
                self.of_leavers(operation.label, row)
                continue
            self.drawn(operation, row)
            self.known(operation.label, row)

    def of_leavers(self, label: str, row: Row) -> None:
        """Each time somebody else, whose session ends by it."""
        for _ in range(self.examples):
            name = new_account()["name"]
            made = accounts.make(
                self.door.store, request(), name, Role.PLANNER, password=PASSWORD, sites=("*",)
            )
            assert made.ok
            self.door.tokens[name] = sign_in(self.door.store, name, PASSWORD, NOW).token
            self.count(label, row.probe(self.door, name))
            self.count(label, row.probe(self.door, "none"))

    def drawn(self, operation, row: Row) -> None:
        """Requests drawn from the description."""

        @seeded(self.seed)
        @settings(
            max_examples=self.examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case) -> None:
            for name in case.path_parameters or {}:
                if name in IDS:
                    case.path_parameters[name] = self.draw.choice(IDS[name])
            _draw_ids(case.query, self.draw)
            _draw_ids(case.body, self.draw)
            allowed = [who for who in ROLES if row.status(who) < 400 and who != "none"]
            who = self.draw.choice(allowed or list(ROLES))
            headers = {
                "Authorization": f"Bearer {self.door.tokens[who]}",
                "Idempotency-Key": a_key(),
                "If-Match": f'"{self.draw.randint(1, 3)}"',
            }
            self.count(operation.label, _call(self.door, case, headers))

        ask()

    def known(self, label: str, row: Row) -> None:
        """The good request of the matrix, and the same of nobody."""
        allowed = [one for one in ROLES if row.status(one) < 400 and one != "none"]
        who = "planner" if "planner" in allowed else allowed[0]
        for _ in range(self.examples):
            with self.door.store.write() as connection:  # what was drawn may have closed a place
                connection.exec_driver_sql("DELETE FROM location_locks")
            self.count(label, row.probe(self.door, who))
            if row.status("none") >= 400:
                self.count(label, row.probe(self.door, "none"))

    def count(self, label: str, answer) -> None:
        self.seen.setdefault(label, Counter())[answer.status_code // 100] += 1
        if answer.status_code >= 500:
            self.broken.append((label, answer.text))
        elif answer.status_code >= 400:
            assert answer.json()["code"], answer.text


def _call(door: Door, case, headers):
    path = case.formatted_path
    more = {"json": case.body} if isinstance(case.body, dict) else {}
    query = case.query if isinstance(case.query, dict) else {}
    return door.client.request(case.method, path, params=query, headers=headers, **more)


def _draw_ids(where, draw) -> None:
    if isinstance(where, dict):
        for name, value in list(where.items()):
            if name in IDS and draw.random() < 0.8:
                where[name] = draw.choice(IDS[name])
            else:
                _draw_ids(value, draw)
    elif isinstance(where, list):
        for each in where:
            _draw_ids(each, draw)


@pytest.mark.parametrize("examples", [2, pytest.param(25, marks=pytest.mark.soak)])
def test_no_operation_breaks_whatever_it_is_asked(door, examples):
    for part, place in (("P-100", "FSL-1"), ("P-200", "FSL-2")):
        assert perform(door.store, request(), Receive(part, place, 10**6)).ok
    new = {"name": "extra1", "role": "planner", "password": PASSWORD}
    assert door.post("/v1/admin/users", "admin", json=new).is_success
    shaker = Shaker(door, examples, seed=7)
    shaker.everything()
    assert shaker.broken == []
    assert len(shaker.seen) == len(MATRIX)
    least = min(examples, 20)
    for label, counted in shaker.seen.items():
        assert counted[2] >= least, (label, counted)
        if label != "GET /healthz":
            assert counted[4] >= least, (label, counted)
