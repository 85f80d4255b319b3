"""Who may do what over HTTP: one row per route, one cell per role; the table of docs/api.md.

A cell is the status a request that is right in everything else gets. `probe` makes that request,
each time for something new, so that an allowed cell really succeeds however often it is asked.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.api.planned import publish
from tests.api.world import PASSWORD, Door

ROLES = ("none", "technician", "planner", "finance", "admin", "service", "auditor")
LINE = {"part_id": "P-100", "location_id": "FSL-1", "quantity": 1}
Prepare = Callable[[Door, str], dict[str, Any]]
NUMBERS = itertools.count(1)


def nothing(_door: Door, _who: str) -> dict[str, Any]:
    return {}


def held(door: Door, who: str) -> dict[str, Any]:
    """A reservation of whoever asks, if they may have one, else the technician's."""
    owner = who if who in ("technician", "planner", "service") else "technician"
    made = door.post("/v1/reservations", owner, json={"lines": [LINE]})
    return {"reservation": made.json()["reservation_id"]}


def planned(door: Door, _who: str) -> dict[str, Any]:
    with door.store.read() as connection:
        ask = connection.exec_driver_sql
        runs = ask("SELECT COUNT(*) FROM runs").scalar()
    run = f"2025-06-30.{runs + 1}"
    publish(door.store, run)
    with door.store.read() as connection:
        ask = connection.exec_driver_sql
        proposal = ask("SELECT MIN(proposal_id) FROM proposals WHERE state = 'open'").scalar()
        exception = ask("SELECT MAX(exception_id) FROM exceptions").scalar()
    return {"run": run, "proposal": proposal, "exception": exception}


def locked(door: Door, who: str) -> dict[str, Any]:
    unlocked(door, who)
    door.post("/v1/locations/FSL-2/lock", "planner", json={"reason": "count"})
    return {}


def keyed(door: Door, _who: str) -> dict[str, Any]:
    made = door.post("/v1/admin/users/erp1/keys", "admin", json={"label": "x", "role": "service"})
    return {"api_key": made.json()["key_id"]}


def reported(door: Door, who: str) -> dict[str, Any]:
    from planning.night.places import folder_of
    from planning.settings import Settings

    told = planned(door, who)
    folder = folder_of(Settings(), door.store) / told["run"] / "report"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "night.json").write_text("{}")
    return told


def reportable(door: Door, who: str) -> dict[str, Any]:
    """A published night whose plan lies in its folder."""
    from planning.night.places import folder_of
    from planning.settings import Settings

    told = planned(door, who)
    plan = folder_of(Settings(), door.store) / told["run"] / "verify"
    plan.mkdir(parents=True, exist_ok=True)
    (plan / "policies.parquet").touch()
    return told


def imported(door: Door, _who: str) -> dict[str, Any]:
    made = door.post("/v1/imports/kits", "planner", files=KITS)
    return {"import": made.json()["import_id"]}


def repairing(door: Door, who: str) -> dict[str, Any]:
    """A repair order of whoever asks, if they may have one; its second line comes from CW."""
    owner = who if who in ("technician", "planner", "service") else "technician"
    made = door.post("/v1/repair-orders", owner, json=a_repair())
    assert made.status_code == 201, made.text
    return {"order": made.json()["repair_order_id"]}


def handed(door: Door, who: str) -> dict[str, Any]:
    told = repairing(door, who)
    owner = who if who in ("technician", "planner", "service") else "technician"
    done = door.post(f"/v1/repair-orders/{told['order']}/lines/1/hand-over", owner)
    assert done.status_code == 200, done.text
    return told


def somebody(door: Door, _who: str) -> dict[str, Any]:
    """An account nobody needs."""
    told = new_account()
    made = door.post("/v1/admin/users", "admin", json=told)
    assert made.status_code == 201, made.text
    return {"name": told["name"]}


def free_to_run(door: Door, _who: str) -> dict[str, Any]:
    """No night is under way."""
    with door.store.write() as connection:
        connection.exec_driver_sql("UPDATE runs SET state = 'failed' WHERE state = 'running'")
        connection.exec_driver_sql("DELETE FROM leases")
    return {}


def unlocked(door: Door, _who: str) -> dict[str, Any]:
    with door.store.write() as connection:
        connection.exec_driver_sql("DELETE FROM location_locks")
    return {}


def kitted(door: Door, _who: str) -> dict[str, Any]:
    from polars import DataFrame

    from data.store.batches import keep_tables
    from tests.api.world import NOW

    kits = DataFrame({"job_type": ["seal"], "part_id": ["P-100"], "quantity": [2]})
    keep_tables(door.store, {"kits": kits}, taken_in_at=NOW)
    return {}


def a_repair() -> dict[str, Any]:
    """A repair order nobody opened before."""
    return {
        "repair_order_id": f"RO-{next(NUMBERS)}",
        "location_id": "FSL-1",
        "customer_id": "C-1",
        "lines": [
            {"part_id": "P-100", "quantity": 1},
            {"part_id": "P-200", "quantity": 1, "way": "nearby"},
        ],
    }


def new_account() -> dict[str, Any]:
    """Somebody who is not there yet."""
    return {"name": f"new.{next(NUMBERS)}", "role": "planner", "password": PASSWORD}


KITS = {"file": ("kits.csv", b"job_type,part_id,quantity\nseal,P-100,1\n", "text/csv")}


@dataclass(frozen=True)
class Row:
    """A route, what a good request to it is, and the status each role gets."""

    method: str
    path: str
    cells: str  # one status per role, in the order of ROLES; 2 = the good one, 3 = 403, 1 = 401
    good: int = 200
    address: str = ""
    more: dict[str, Any] | Callable[[], dict[str, Any]] = field(default_factory=dict)
    prepare: Prepare = nothing

    def status(self, who: str) -> int:
        cell = self.cells.replace(" ", "")[ROLES.index(who)]
        return {"2": self.good, "3": 403, "1": 401}[cell]

    def probe(self, door: Door, who: str):
        told = self.prepare(door, who)
        address = (self.address or self.path).format(**told)
        more = self.more() if callable(self.more) else self.more
        return door.ask(self.method, address, who, **more)


ETAG = {"headers": {"If-Match": '"1"'}}
NO = {"json": {"reason_code": "demand"}, **ETAG}
OVER = {
    "json": {"reason_code": "demand", "reorder_point": 5, "expires_on": "2025-12-31"}, **ETAG
}  # fmt: skip
LOGIN = {"json": {"name": "tech1", "password": PASSWORD}}
PASS = {"json": {"old_password": PASSWORD, "new_password": "another good password"}}
PARTS = "1 2 2 2 2 2 3"
HOLD = "1 2 2 3 3 2 3"
SEE = "1 2 2 3 2 2 3"
PLAN = "1 3 2 2 2 3 2"
P_ONLY = "1 3 2 3 3 3 3"
A_ONLY = "1 3 3 3 2 3 3"
ALL = "1 2 2 2 2 2 2"
IMPORT = "1 3 2 3 2 2 3"
REPORT = "1 3 2 2 3 3 2"
AUDIT = "1 3 3 3 2 3 2"
MATRIX = (
    Row("GET", "/healthz", "2 2 2 2 2 2 2"),
    Row("GET", "/metrics", "1 3 3 3 2 2 3"),
    Row("POST", "/v1/auth/login", "2 2 2 2 2 2 2", more=LOGIN),
    Row("POST", "/v1/auth/logout", ALL),
    Row("GET", "/v1/users/me", ALL),
    Row("PATCH", "/v1/users/me", "1 2 2 2 2 3 2", more=PASS),
    Row("GET", "/v1/admin/users", A_ONLY),
    Row("POST", "/v1/admin/users", A_ONLY, 201, more=lambda: {"json": new_account()}),
    Row("GET", "/v1/admin/users/{name}", A_ONLY, address="/v1/admin/users/tech1"),
    Row("PATCH", "/v1/admin/users/{name}", A_ONLY, prepare=somebody,
        more={"json": {"active": False}, **ETAG}),
    Row("GET", "/v1/admin/users/{name}/keys", A_ONLY, address="/v1/admin/users/erp1/keys"),
    Row("POST", "/v1/admin/users/{name}/keys", A_ONLY, 201, "/v1/admin/users/erp1/keys",
        {"json": {"label": "x", "role": "service"}}),
    Row("POST", "/v1/admin/users/{name}/keys/{key_id}/end", A_ONLY,
        address="/v1/admin/users/erp1/keys/{api_key}/end", prepare=keyed),
    Row("GET", "/v1/parts", PARTS),
    Row("GET", "/v1/parts/{part_id:path}", PARTS, address="/v1/parts/P-100"),
    Row("GET", "/v1/availability", PARTS,
        address="/v1/availability?part_id=P-100&location_id=FSL-1"),
    Row("GET", "/v1/promise", PARTS, address="/v1/promise?part_id=P-100&location_id=FSL-1"),
    Row("GET", "/v1/locations", PARTS),
    Row("POST", "/v1/locations/{location_id}/lock", P_ONLY, address="/v1/locations/FSL-2/lock",
        more={"json": {"reason": "count"}}, prepare=unlocked),
    Row("POST", "/v1/locations/{location_id}/unlock", P_ONLY,
        address="/v1/locations/FSL-2/unlock", prepare=locked),
    Row("GET", "/v1/stock", PARTS),
    Row("GET", "/v1/movements", "1 2 2 3 2 3 2"),
    Row("POST", "/v1/movements", HOLD, 201, more={"json": {"kind": "return", **LINE}}),
    Row("GET", "/v1/reservations", SEE),
    Row("POST", "/v1/reservations", HOLD, 201, more={"json": {"lines": [LINE]}}),
    Row("GET", "/v1/reservations/{reservation_id}", "1 2 2 3 2 2 3",
        address="/v1/reservations/{reservation}", prepare=held),
    Row("POST", "/v1/reservations/{reservation_id}/cancel", HOLD,
        address="/v1/reservations/{reservation}/cancel", prepare=held),
    Row("POST", "/v1/reservations/{reservation_id}/fulfil", HOLD,
        address="/v1/reservations/{reservation}/fulfil", prepare=held),
    Row("POST", "/v1/repair-orders", HOLD, 201,
        more=lambda: {"json": a_repair()}),
    Row("GET", "/v1/repair-orders", SEE),
    Row("GET", "/v1/repair-orders/{repair_order_id}", SEE, address="/v1/repair-orders/{order}",
        prepare=repairing),
    Row("POST", "/v1/repair-orders/{repair_order_id}/lines", HOLD, 201,
        address="/v1/repair-orders/{order}/lines",
        more={"json": {"lines": [{"part_id": "P-100", "quantity": 1}]}}, prepare=repairing),
    *(
        Row("POST", f"/v1/repair-orders/{{repair_order_id}}/lines/{{line}}/{verb}", HOLD,
            address=f"/v1/repair-orders/{{order}}/lines/2/{verb}", prepare=repairing)
        for verb in ("send", "arrive", "hand-over", "drop")
    ),
    Row("POST", "/v1/repair-orders/{repair_order_id}/lines/{line}/return", HOLD,
        address="/v1/repair-orders/{order}/lines/1/return", more={"json": {"quantity": 1}},
        prepare=handed),
    Row("POST", "/v1/repair-orders/{repair_order_id}/close", HOLD,
        address="/v1/repair-orders/{order}/close", prepare=repairing),
    Row("POST", "/v1/repair-orders/{repair_order_id}/cancel", HOLD,
        address="/v1/repair-orders/{order}/cancel", prepare=repairing),
    Row("GET", "/v1/jobs/{job_type:path}", PARTS, address="/v1/jobs/seal?location_id=FSL-1",
        prepare=kitted),
    Row("GET", "/v1/customers/{customer_id:path}", HOLD, address="/v1/customers/C-1",
        prepare=repairing),
    Row("GET", "/v1/queue", SEE, address="/v1/queue?part_id=P-100&location_id=FSL-1"),
    Row("GET", "/v1/promises/scores", "1 3 2 2 2 3 3"),
    Row("POST", "/v1/feedback", HOLD, 201,
        more={"json": {"kind": "wrong_part", "part_id": "P-100", "location_id": "FSL-1"}}),
    Row("GET", "/v1/proposals", PLAN, prepare=planned),
    Row("GET", "/v1/proposals/{proposal_id}", PLAN, address="/v1/proposals/{proposal}",
        prepare=planned),
    Row("POST", "/v1/proposals/{proposal_id}/approve", P_ONLY,
        address="/v1/proposals/{proposal}/approve", more=ETAG, prepare=planned),
    Row("POST", "/v1/proposals/{proposal_id}/reject", P_ONLY,
        address="/v1/proposals/{proposal}/reject", more=NO, prepare=planned),
    Row("POST", "/v1/proposals/{proposal_id}/override", P_ONLY,
        address="/v1/proposals/{proposal}/override", more=OVER, prepare=planned),
    Row("GET", "/v1/decisions", PLAN),
    Row("GET", "/v1/plans", PLAN, prepare=planned),
    Row("GET", "/v1/plans/{run_id}", PLAN, address="/v1/plans/{run}", prepare=planned),
    Row("GET", "/v1/plans/{run_id}/lines", PLAN, address="/v1/plans/{run}/lines", prepare=planned),
    Row("PATCH", "/v1/plans/{run_id}/lines/{line:path}", P_ONLY,
        address="/v1/plans/{run}/lines/P-100@FSL-1",
        more={"json": {"reorder_point": 9}, **ETAG}, prepare=planned),
    Row("POST", "/v1/plans/{run_id}/approve", P_ONLY, address="/v1/plans/{run}/approve",
        more=ETAG, prepare=planned),
    Row("POST", "/v1/plans/{run_id}/reject", P_ONLY, address="/v1/plans/{run}/reject", more=NO,
        prepare=planned),
    Row("GET", "/v1/runs", "1 3 2 2 2 2 2", prepare=planned),
    Row("POST", "/v1/runs", IMPORT, 202, more={"json": {"as_of": "2025-06-29"}},
        prepare=free_to_run),
    Row("GET", "/v1/runs/{run_id}", "1 3 2 2 2 2 2", address="/v1/runs/{run}", prepare=planned),
    Row("GET", "/v1/targets", PLAN, prepare=planned),
    Row("GET", "/v1/exceptions", PLAN, prepare=planned),
    Row("POST", "/v1/exceptions/{exception_id}/close", P_ONLY,
        address="/v1/exceptions/{exception}/close", prepare=planned),
    Row("GET", "/v1/reports", REPORT, prepare=reported),
    Row("POST", "/v1/reports", "1 3 2 2 3 3 3", 202, prepare=reportable,
        more={"json": {}}),  # of the plan in force
    Row("GET", "/v1/reports/service-level", REPORT,
        address="/v1/reports/service-level?from=2025-01-01&to=2025-06-30"),
    Row("GET", "/v1/reports/{run_id}/{name}", REPORT, address="/v1/reports/{run}/night.json",
        prepare=reported),
    Row("GET", "/v1/audit", AUDIT),
    Row("GET", "/v1/audit/verify", AUDIT),
    Row("POST", "/v1/imports/{table}", IMPORT, 202, "/v1/imports/kits", {"files": KITS}),
    Row("GET", "/v1/imports/{import_id}", IMPORT, address="/v1/imports/{import}",
        prepare=imported),
)  # fmt: skip
WITHOUT_CELLS = {"/v1/auth/first-admin"}  # once in a database's life; see test_first_admin
