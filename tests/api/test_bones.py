"""The door: who comes in, what a read and a write look like, how a refusal is told."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from fastapi import APIRouter

from api.access import GuardedRoute, Undeclared
from api.app import create_app
from api.desk import Desk
from api.pages.days import end_of
from planning.settings import Settings
from tests.api.world import SECRET

ONE = {"lines": [{"part_id": "P-100", "location_id": "FSL-1", "quantity": 1}]}


def test_a_technician_finds_a_part_and_holds_it(any_door):
    found = any_door.get("/v1/parts?q=p100", "technician").json()
    assert [part["part_id"] for part in found["parts"]] == ["P-100"]
    made = any_door.post("/v1/reservations", "technician", json=ONE)
    assert made.status_code == 201, made.text
    number = made.json()["reservation_id"]
    mine = any_door.get("/v1/reservations", "technician").json()["reservations"]
    assert [one["reservation_id"] for one in mine] == [number]


def test_a_repeated_write_takes_effect_once(any_door):
    first = any_door.post("/v1/reservations", "technician", key="same", json=ONE)
    any_door.clock.forward(seconds=5)  # what the server adds by its clock is no other wish
    again = any_door.post("/v1/reservations", "technician", key="same", json=ONE)
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    other = {"lines": [{**ONE["lines"][0], "quantity": 2}]}
    refused = any_door.post("/v1/reservations", "technician", key="same", json=other)
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency.mismatch")


def test_a_refusal_names_code_and_field(any_door):
    answer = any_door.post("/v1/reservations", "technician", json={"lines": []})
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (422, "list.empty")
    assert answer.json()["field"] == "lines"


def test_costs_are_for_those_who_answer_for_the_money(any_door):
    seen = {who: any_door.get("/v1/parts/P-100", who).json() for who in ("technician", "planner")}
    assert "unit_cost" not in seen["technician"]
    assert seen["planner"]["unit_cost"] == 12.5


FINDS = {
    "P-100": ["P-100"],
    "p1o0": ["P-100"],
    "P-1000": ["P-100"],
    "P010": ["P-100"],
    "PUMP seal": ["P-100"],
    "ab12": ["AB/12"],
    "xyz": [],
    "' OR 1=1 --": [],
}


def test_parts_are_found(any_door):
    for text, found in FINDS.items():
        parts = any_door.get("/v1/parts", params={"q": text}).json()["parts"]
        assert [part["part_id"] for part in parts] == found, text


def test_an_old_number_leads_to_the_new_one(any_door):
    old = any_door.get("/v1/parts/P-099").json()
    assert (old["superseded_by"], old["successors"]) == ("P-100", ["P-100"])
    assert any_door.get("/v1/parts/P-100").json()["replaces"] == ["P-099"]
    assert any_door.get("/v1/parts/AB/12").status_code == 200


def test_a_route_without_a_role_stops_the_start(store):
    router = APIRouter(route_class=GuardedRoute)
    with pytest.raises(Undeclared):
        router.get("/open")(lambda: None)
    careless = APIRouter()
    careless.get("/open")(lambda: None)
    with pytest.raises(Undeclared):
        create_app(Desk(store, Settings(), SECRET), more=[careless])


def test_a_day_is_over_when_it_is_over_at_the_place(door):
    """Nine in the evening of 30 June in Chicago, four in the morning of 1 July in Berlin."""
    door.clock.now = datetime(2025, 7, 1, 2, tzinfo=UTC)
    for who, place, over in (("colleague", "FSL-2", False), ("technician", "FSL-1", True)):
        line = {"part_id": "P-100", "location_id": place, "quantity": 1}
        asked = {"lines": [line], "need_by": "2025-06-30"}
        answer = door.post("/v1/reservations", who, json=asked)
        assert answer.status_code == (422 if over else 201), answer.text
        page = door.get(f"/part/P-100?at={place}&need_by=2025-06-30", who)
        assert page.status_code == (422 if over else 200)
    assert end_of(date(2025, 6, 30), ZoneInfo("America/Chicago")) == datetime(
        2025, 7, 1, 4, 59, 59, tzinfo=UTC
    )
