"""A running server to race at: everybody's connection, and what its database shows."""

import http.client
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from data.store import balances
from data.store.engine import Store
from data.store.invariants import check_invariants
from data.store.ledger import perform
from inventory.ledger_commands import Count
from tests.api.world import a_key, request

TRIALS = 2


@dataclass
class Shop:
    """A server, its database, and everybody's token."""

    address: str
    store: Store
    tokens: dict[str, str]
    lines: list[http.client.HTTPConnection] = field(default_factory=list)

    def hang_up(self) -> None:
        while self.lines:
            self.lines.pop().close()

    def client(self, who: str):
        """A connection of somebody's that is open already: `ask(method, path, body, key)`."""
        place = urlsplit(self.address)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        self.lines.append(connection)

        def ask(method: str, path: str, content=None, key: str = "", **headers):
            told = {
                "Authorization": f"Bearer {self.tokens[who]}",
                "Content-Type": "application/json",
                "Idempotency-Key": key or a_key(),
                **{name.replace("_", "-"): value for name, value in headers.items()},
            }
            text = None if content is None else json.dumps(content)
            while True:
                connection.request(method, path, text, told)
                answer = connection.getresponse()
                body = json.loads(answer.read())
                if answer.status != 429:
                    return answer.status, body
                time.sleep(0.2)  # many hands share one account: it asked too often

        return ask

    def leave_free(self, pieces: int) -> None:
        """Count until so many pieces are free: those who wait already are served first."""
        while (now := self.free())[0] - now[1] != pieces:
            self.set_stock(now[1] + pieces)

    def set_stock(self, pieces: int, part: str = "P-100", place: str = "FSL-1") -> None:
        assert perform(self.store, request(), Count(part, place, pieces)).ok

    def free(self, part: str = "P-100", place: str = "FSL-1") -> tuple[int, int]:
        with self.store.read() as connection:
            balance = balances.read(connection, part, place)
        return balance.on_hand, balance.reserved

    def sound(self) -> bool:
        with self.store.read() as connection:
            return check_invariants(connection) == []


def hold(pieces: int, part: str = "P-100", place: str = "FSL-1") -> dict:
    return {"lines": [{"part_id": part, "location_id": place, "quantity": pieces}]}


def codes(runs) -> Counter:
    assert [run.error for run in runs if run.error] == []
    return Counter((run.result[0], run.result[1].get("code", "")) for run in runs)
