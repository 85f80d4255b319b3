"""Repair orders over HTTP: what a technician and a customer see, and who may not."""

from datetime import date, timedelta

import polars as pl
import pytest

from data.store.batches import keep_tables
from planning.promises.reassess import reassess
from tests.api.world import NOW, Door, request

ORDER = {
    "repair_order_id": "RO-1",
    "location_id": "FSL-1",
    "customer_id": "C-1",
    "lines": [{"part_id": "P-100", "quantity": 2}],
}


@pytest.fixture
def desk(any_door) -> Door:
    """The company with lanes, orders, customers and contracts."""
    tables = {
        "lead_times": pl.DataFrame(
            {
                "part_id": [None, None, None], "location_id": ["CW", "FSL-1", "FSL-2"],
                "lead_time_days": [20.0, 2.0, 2.0], "source": ["supplier", "parent", "parent"],
                "emergency_lead_time_days": [None, 1.0, None], "emergency_cost": [None, 90.0, None],
            },
            schema_overrides={"part_id": pl.String},
        ),
        "open_orders": pl.DataFrame(
            {
                "order_id": ["PO-1"], "part_id": ["P-200"], "location_id": ["FSL-1"],
                "quantity": [1], "ordered_on": [date(2025, 6, 20)],
                "expected_on": [date(2025, 7, 4)],
            }
        ),
        "customers": pl.DataFrame(
            {"customer_id": ["C-1"], "name": ["Alpine Foods"], "customer_class": ["key"]}
        ),
        "contracts": pl.DataFrame(
            {
                "contract_id": ["K-1"], "customer_id": ["C-1"], "tier": ["A"],
                "valid_from": [date(2025, 1, 1)], "valid_to": [date(2027, 1, 1)],
            }
        ),
    }  # fmt: skip
    keep_tables(any_door.store, tables, taken_in_at=NOW)
    return any_door


def opened(door: Door, who: str = "technician", **more):
    answer = door.post("/v1/repair-orders", who, json={**ORDER, **more})
    assert answer.status_code == 201, answer.text
    return answer


def test_ways_come_with_the_cheapest_that_keeps_the_deadline_first(desk):
    query = "/v1/promise?part_id=P-200&location_id=FSL-1&deadline={}"
    soon = desk.get(query.format("2025-07-02T12:00:00Z"), "planner").json()["ways"]
    assert (soon[0]["way"], soon[0]["cost"]) == ("emergency", 90.0)
    late = desk.get(query.format("2025-07-20T12:00:00Z"), "planner").json()["ways"]
    assert (late[0]["way"], late[0]["cost"]) == ("on_order", 0.0)
    assert late[0]["likely_by"] < late[0]["promised_for"]
    assert "cost" not in desk.get(query.format("2025-07-20T12:00:00Z"), "technician").text


def test_a_repair_goes_through(desk):
    made = opened(desk)
    told = made.json()
    assert (told["progress"], told["tier"]) == ("ready to start", "A")
    assert told["lines"][0]["sentence"].startswith("Your part is here on the shelf and kept")
    assert made.headers["etag"] == '"1"'
    assert "parts_cost" not in told
    assert desk.get("/v1/repair-orders/RO-1", "planner").json()["parts_cost"] == 25.0
    stale = desk.post(
        "/v1/repair-orders/RO-1/lines/1/hand-over", "technician", headers={"If-Match": '"9"'}
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version.stale")
    done = desk.post("/v1/repair-orders/RO-1/lines/1/hand-over", "technician").json()
    assert done["lines"][0]["state"] == "handed_over"
    back = desk.post(
        "/v1/repair-orders/RO-1/lines/1/return", "technician", json={"quantity": 1}
    ).json()
    assert back["lines"][0]["returned"] == 1
    again = desk.post("/v1/repair-orders/RO-1/lines/1/drop", "technician")
    assert (again.status_code, again.json()["code"]) == (409, "reservation.state")
    assert desk.post("/v1/repair-orders/RO-1/close", "technician").json()["state"] == "closed"
    scores = desk.get("/v1/promises/scores").json()["scores"]
    assert [(one["way"], one["promises"], one["kept"]) for one in scores] == [("shelf", 1, 1.0)]


def test_a_repeated_opening_opens_once(desk):
    first = desk.post("/v1/repair-orders", "technician", key="one", json=ORDER)
    again = desk.post("/v1/repair-orders", "technician", key="one", json=ORDER)
    assert first.json() == again.json()
    held = desk.get("/v1/stock?part_id=P-100", "planner").json()
    here = next(one for one in held["stock"] if one["location_id"] == "FSL-1")
    assert here["reserved"] == 2
    other = desk.post("/v1/repair-orders", "technician", json=ORDER)
    assert (other.status_code, other.json()["code"]) == (409, "name.taken")


def test_what_is_refused_says_why(desk):
    for change, status, code in (
        ({"location_id": "X"}, 404, "ref.unknown"),
        ({"lines": [{"part_id": "NONE", "quantity": 1}]}, 404, "ref.unknown"),
        ({"lines": [{"part_id": "P-100", "quantity": 99}], "whole": True}, 409,
         "stock.insufficient"),
        ({"lines": []}, 422, "list.empty"),
        ({"location_id": "FAR-1"}, 403, "site.forbidden"),
    ):  # fmt: skip
        answer = desk.post("/v1/repair-orders", "technician", json={**ORDER, **change})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert desk.get("/v1/repair-orders", "planner").json()["repair_orders"] == []


def test_somebody_elses_repair_is_not_there(desk):
    opened(desk)
    assert desk.get("/v1/repair-orders/RO-1", "colleague").status_code == 404
    assert desk.post("/v1/repair-orders/RO-1/cancel", "colleague").status_code == 404
    assert desk.get("/v1/repair-orders", "colleague").json()["repair_orders"] == []
    said = {"kind": "late", "part_id": "P-100", "location_id": "FSL-2", "repair_order_id": "RO-1",
            "line": 1}  # fmt: skip
    assert desk.post("/v1/feedback", "colleague", json=said).status_code == 404


def test_a_slip_is_seen_and_the_first_promise_stands(desk):
    opened(desk, "service", lines=[{"part_id": "P-200", "quantity": 1, "way": "on_order"}])
    # a key, as a session would be over by then
    first = desk.get("/v1/repair-orders/RO-1", "service").json()
    assert first["progress"] == "under way"
    promised = first["lines"][0]["promised_for"]
    queue = desk.get("/v1/queue?part_id=P-200&location_id=FSL-1", "service").json()["queue"]
    assert [(one["place"], one["tier"]) for one in queue] == [(1, "A")]
    desk.clock.forward(days=12)
    outlook = desk.app.state.desk.outlook
    moved = reassess(desk.store, outlook, request_at(desk)).moved
    assert len(moved) == 1
    later = desk.get("/v1/repair-orders/RO-1", "service").json()
    assert later["progress"] == "delayed"
    line = later["lines"][0]
    assert line["promised_for"] == promised < line["expected_by"]
    assert line["moved_because"]


def request_at(door: Door):
    asked = request("clock")
    return type(asked)(asked.actor, asked.key, door.clock())


def test_feedback_reaches_the_planner(desk):
    opened(desk)
    said = {"kind": "not_there", "part_id": "P-100", "location_id": "FSL-1", "quantity": 2,
            "repair_order_id": "RO-1", "line": 1, "note": "bin empty"}  # fmt: skip
    answer = desk.post("/v1/feedback", "technician", json=said)
    assert answer.status_code == 201, answer.text
    assert answer.json()["moved"]["way"] == "shelf"
    seen = desk.get("/v1/exceptions?kind=feedback_not_there").json()["exceptions"]
    assert [one["location_id"] for one in seen] == ["FSL-1"]
    assert "bin empty" in seen[0]["subject"]


def test_a_customer_is_recognised(desk):
    opened(desk)
    known = desk.get("/v1/customers/C-1", "technician").json()
    assert (known["name"], known["tier"]) == ("Alpine Foods", "A")
    assert [one["repair_order_id"] for one in known["open_orders"]] == ["RO-1"]
    assert desk.get("/v1/customers/C-9", "technician").status_code == 404


def test_whoever_recognises_a_customer_sees_the_repairs_they_may_see(desk):
    opened(desk)
    elsewhere = {"repair_order_id": "RO-2", "location_id": "FSL-2",
                 "lines": [{"part_id": "P-200", "quantity": 1}]}  # fmt: skip
    opened(desk, "planner", **elsewhere)
    opened(desk, "planner", **{**elsewhere, "repair_order_id": "RO-3", "customer_id": "C-7"})
    seen = {
        who: [one["repair_order_id"] for one in known["open_orders"]]
        for who in ("technician", "planner", "service")
        for known in [desk.get("/v1/customers/C-1", who).json()]
    }
    assert seen == {"technician": ["RO-1"], "planner": ["RO-2", "RO-1"], "service": []}
    assert desk.get("/v1/customers/C-7", "planner").status_code == 200
    assert desk.get("/v1/customers/C-7", "technician").status_code == 404  # from those alone


def test_pages_of_repair_orders(desk):
    for number in range(5):
        desk.clock.forward(minutes=1)
        opened(desk, repair_order_id=f"RO-{number}", lines=[{"part_id": "P-100", "quantity": 1}])
    seen, cursor = [], ""
    while True:
        page = desk.get(f"/v1/repair-orders?limit=2&cursor={cursor}", "technician").json()
        seen += [one["repair_order_id"] for one in page["repair_orders"]]
        cursor = page.get("next")
        if not cursor:
            break
    assert seen == [f"RO-{number}" for number in (4, 3, 2, 1, 0)]
    assert timedelta(0) < desk.clock() - NOW


def test_a_part_more_is_added_to_a_repair_that_is_open(desk):
    opened(desk)
    more = {"lines": [{"part_id": "P-200", "quantity": 1, "way": "nearby"}]}
    told = desk.post("/v1/repair-orders/RO-1/lines", "technician", json=more)
    assert told.status_code == 201, told.text
    assert [(one["line"], one["state"]) for one in told.json()["lines"]] == [
        (1, "ready"),
        (2, "held"),
    ]
    errand = desk.get("/v1/exceptions?kind=promise_to_send").json()["exceptions"]
    assert [one["first_action"] for one in errand] == ["Send 1 × P-200 from FSL-2 to FSL-1."]
    assert desk.post("/v1/repair-orders/RO-1/lines", "colleague", json=more).status_code == 404
    unknown = {"lines": [{"part_id": "NONE", "quantity": 1}]}
    refused = desk.post("/v1/repair-orders/RO-1/lines", "technician", json=unknown)
    assert (refused.status_code, refused.json()["code"]) == (404, "ref.unknown")
    desk.post("/v1/repair-orders/RO-1/close", "technician")
    late = desk.post("/v1/repair-orders/RO-1/lines", "technician", json=more)
    assert (late.status_code, late.json()["code"]) == (409, "reservation.state")
