"""The API's part of the project's list of bad inputs, made into requests on a prepared company."""

import io
import json
import zlib
from pathlib import Path
from typing import Any

from api.v1.imports import LARGEST_UPLOAD
from inventory.ledger_commands import LockLocation
from tests.api.planned import publish
from tests.api.world import Door, a_key, request

LIST = json.loads(
    (Path(__file__).parents[1] / "instances" / "bad_inputs_api.json").read_text(encoding="utf-8")
)
CASES = LIST["cases"]
OLD, PLAN = "2025-06-29.1", "2025-06-30.1"


class Stage:
    """The company in the state a case speaks of, and what its placeholders stand for."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.names: dict[str, str] = {"plan": PLAN, "old_plan": OLD, "token": "sws_not-a-token"}

    def prepare(self, case: dict[str, Any]) -> None:
        """Bring about what the case takes for granted."""
        door, path = self.door, case["request"]["path"]
        if "/plans/" in path:
            publish(door.store, OLD)
            publish(door.store, PLAN, day=1)
            self.names["own_edited_plan"] = self.names["approved_plan"] = PLAN
        if "own_edited_plan" in path:
            edit = {"json": {"reorder_point": 7}, "headers": {"If-Match": '"1"'}}
            door.ask("PATCH", f"/v1/plans/{PLAN}/lines/P-100@FSL-1", "planner", **edit)
        if "approved_plan" in path:
            approve = {"headers": {"If-Match": '"1"'}}
            assert door.post(f"/v1/plans/{PLAN}/approve", "planner", **approve).is_success
        if "/reservations/{{" in path:
            self._reserve()
        if case.get("precondition") == "FSL-2 locked":
            command = LockLocation("FSL-2", "stock count")
            from data.store.ledger import perform

            assert perform(door.store, request(), command).ok

    def _reserve(self) -> None:
        line = {"part_id": "P-100", "location_id": "FSL-1", "quantity": 1}
        made = self.door.post("/v1/reservations", "technician", json={"lines": [line]})
        number = str(made.json()["reservation_id"])
        self.names["own_reservation"] = self.names["cancelled"] = number

    def identity(self, case: dict[str, Any]) -> str:
        """Who asks: a role, nobody, or somebody whose token is good no more."""
        role = case["request"]["role"]
        if role == "jwt_tampered":
            return "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYWRtaW4ifQ.AAAA"
        if role != "deactivated":
            return role
        change = {"json": {"active": False}, "headers": {"If-Match": '"1"'}}
        assert self.door.ask("PATCH", "/v1/admin/users/tech2", "admin", **change).is_success
        return "colleague"

    def request(self, case: dict[str, Any], twin: Any = None) -> tuple[str, str, dict[str, Any]]:
        """Method, path and options of the case's request, or of its good twin."""
        asked = case["request"]
        path = self._filled(asked["path"])
        headers = {
            name: self._filled(_unfolded(value)) for name, value in asked.get("headers", {}).items()
        }
        options: dict[str, Any] = {"headers": headers, "key": None}
        if twin is not None and isinstance(twin, str):
            options["content"] = twin.encode()
            headers.setdefault("Content-Type", "application/json")
        elif "json" in asked:
            body = json.loads(json.dumps(asked["json"]))
            if isinstance(twin, dict):
                _into(body, twin)
            options["content"] = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        elif "raw" in asked:
            self._raw(asked["raw"], options, headers)
        return asked["method"], path, options

    def _raw(self, raw: Any, options: dict[str, Any], headers: dict[str, str]) -> None:
        if isinstance(raw, dict) and "$multipart_bytes" in raw:
            content = io.BytesIO(b"x" * (LARGEST_UPLOAD + 4096))
            options["files"] = {"file": ("demand.csv", content, "text/csv")}
            headers["Idempotency-Key"] = a_key()
        elif isinstance(raw, dict) and "$multipart_name" in raw:
            rows = b"part_id,location_id,date,quantity\nP-100,FSL-1,2025-06-01,1\n"
            options["files"] = {"file": (raw["$multipart_name"], rows, "text/csv")}
            headers["Idempotency-Key"] = a_key()
        else:
            options["content"] = _unfolded(raw)
            headers.setdefault("Content-Type", "application/json")

    def _filled(self, text: str) -> str:
        for name, value in {**self.names, "uuid": a_key()}.items():
            text = text.replace("{{" + name + "}}", value)
        return text


def _unfolded(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if "$gzip_zeros" in value:
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        zeros = bytes(1 << 20)
        pieces = [packer.compress(zeros) for _ in range(value["$gzip_zeros"] >> 20)]
        return b"".join([*pieces, packer.flush()])
    if "$repeat_pair" in value:
        first, last, times = value["$repeat_pair"]
        return first * times + last * times
    sign, times = value["$repeat"]
    repeated = sign * times
    return value["$template"] % repeated if "$template" in value else repeated


def _into(body: dict[str, Any], twin: dict[str, Any]) -> None:
    """Put the twin's good values where the bad ones are: in the body or in its first line."""
    for name, value in twin.items():
        target = body["lines"][0] if name in ("quantity", "part_id", "location_id") else body
        target[name] = value
