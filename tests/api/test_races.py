"""Races over HTTP, at a real server with two processes, on SQLite and on PostgreSQL.

Clients are threads with their own connections, released at once; what they are told and what the
database shows must agree to the piece.
"""

import http.client
import json
from collections.abc import Iterator
from functools import partial
from urllib.parse import urlsplit

import pytest

from tests.api.planned import publish
from tests.api.race_shop import TRIALS, codes, hold
from tests.api.world import a_key
from tests.data.store.races import overlapping, race


@pytest.fixture(autouse=True)
def _hung_up(shop) -> Iterator[None]:
    yield
    shop.hang_up()


def test_seven_pieces_go_to_seven_of_thirty_two(shop):
    for _ in range(TRIALS):
        held = shop.free()[1]
        shop.set_stock(held + 7)
        clients = [shop.client("technician") for _ in range(32)]
        runs = race(*(partial(ask, "POST", "/v1/reservations", hold(1)) for ask in clients))
        assert codes(runs) == {(201, ""): 7, (409, "stock.insufficient"): 25}
        assert overlapping(runs) >= 29
        losers = [run.result[1] for run in runs if run.result[0] == 409]
        assert all(one["lines"][0]["available"] == 0 for one in losers)
        winners = {run.result[1]["reservation_id"] for run in runs if run.result[0] == 201}
        assert len(winners) == 7
        assert shop.free() == (held + 7, held + 7)
    assert shop.sound()


def test_one_key_twenty_times_is_one_reservation(shop):
    shop.set_stock(shop.free()[1] + 60)
    for _ in range(TRIALS):
        before, key = shop.free()[1], a_key()
        clients = [shop.client("technician") for _ in range(20)]
        runs = race(*(partial(ask, "POST", "/v1/reservations", hold(1), key) for ask in clients))
        assert codes(runs) == {(201, ""): 20}
        assert len({json.dumps(run.result[1]) for run in runs}) == 1
        assert shop.free()[1] == before + 1
        others = race(*(partial(ask, "POST", "/v1/reservations", hold(2), key) for ask in clients))
        assert codes(others) == {(409, "idempotency.mismatch"): 20}
        assert shop.free()[1] == before + 1


def test_two_crossing_jobs_have_one_winner(shop):
    ways = (("P-100", "P-200"), ("P-200", "P-100"))
    shop.set_stock(1, "P-200", "FSL-2")
    for _ in range(TRIALS * 5):
        shop.set_stock(shop.free("P-100", "FSL-2")[1] + 1, "P-100", "FSL-2")
        clients = [shop.client("technician"), shop.client("colleague")]
        bodies = [
            {"lines": [hold(1, part, "FSL-2")["lines"][0] for part in order]} for order in ways
        ]
        runs = race(
            *(
                partial(ask, "POST", "/v1/reservations", body)
                for ask, body in zip(clients, bodies, strict=True)
            )
        )
        assert codes(runs) == {(201, ""): 1, (409, "stock.insufficient"): 1}
        number = next(r.result[1]["reservation_id"] for r in runs if r.result[0] == 201)
        give = shop.client("planner")("POST", f"/v1/reservations/{number}/cancel", {})
        assert give[0] == 200
    assert shop.sound()


def test_a_reservation_ends_once_however_it_ends(shop):
    for _ in range(TRIALS * 3):
        held = shop.free()[1]
        shop.set_stock(held + 3)
        status, made = shop.client("technician")("POST", "/v1/reservations", hold(2))
        assert status == 201, made
        number = made["reservation_id"]
        verbs = ("cancel", "cancel", "fulfil", "fulfil")
        clients = [shop.client("technician") for _ in verbs]
        runs = race(
            *(
                partial(ask, "POST", f"/v1/reservations/{number}/{verb}", {})
                for ask, verb in zip(clients, verbs, strict=True)
            )
        )
        assert codes(runs) == {(200, ""): 1, (409, "reservation.state"): 3}
        state = next(run.result[1]["state"] for run in runs if run.result[0] == 200)
        left = held + 3 - (2 if state == "fulfilled" else 0)
        assert shop.free() == (left, held)
    assert shop.sound()


def test_sixteen_approvals_of_one_plan_are_one(shop):
    publish(shop.store, "2025-06-30.1", lines=100)
    clients = [shop.client(who) for who in ("planner", "second planner") for _ in range(8)]
    path = "/v1/plans/2025-06-30.1/approve"
    runs = race(*(partial(ask, "POST", path, {}, If_Match='"1"') for ask in clients))
    seen = codes(runs)
    assert seen[200, ""] == 1
    assert seen[412, "version.stale"] + seen[409, "plan.immutable"] == 15
    done = next(run.result[1] for run in runs if run.result[0] == 200)
    assert done["decided"] == 100
    with shop.store.read() as connection:
        counted = "SELECT COUNT(*) FROM decisions"
        assert connection.exec_driver_sql(counted).scalar() == 100


def test_two_nights_asked_for_at_once_are_one(shop):
    clients = [shop.client("planner"), shop.client("admin")]
    runs = race(*(partial(ask, "POST", "/v1/runs", {"as_of": "2025-06-29"}) for ask in clients))
    seen = codes(runs)
    assert (seen[202, ""], seen[409, "run.in_progress"]) == (1, 1)
    begun = next(run.result[1]["run_id"] for run in runs if run.result[0] == 202)
    refused = next(run.result[1] for run in runs if run.result[0] == 409)
    assert refused["run_id"] == begun


def test_a_client_that_gave_up_and_asks_again_gets_its_first_answer(shop):
    """The answer is lost on the way: the line is cut before it is read."""
    shop.set_stock(shop.free()[1] + 5)
    before, key = shop.free()[1], a_key()
    place = urlsplit(shop.address)
    body = json.dumps(hold(1))
    told = {
        "Authorization": f"Bearer {shop.tokens['technician']}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    for _ in range(5):
        cut = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
        cut.request("POST", "/v1/reservations", body, told)
        cut.sock.close()
        cut.close()
    status, made = shop.client("technician")("POST", "/v1/reservations", hold(1), key)
    assert status == 201
    again = shop.client("technician")("POST", "/v1/reservations", hold(1), key)
    assert again == (201, made)
    assert shop.free()[1] == before + 1
