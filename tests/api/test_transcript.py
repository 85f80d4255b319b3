"""The technician's task in docs/promise.md is what really happens, word for word."""

import json
import os
import re
from datetime import date
from pathlib import Path

import polars as pl

from data.store.batches import keep_tables
from tests.api.world import NOW

DOC = Path(__file__).parents[2] / "docs" / "promise.md"
STEPS = (
    ("A customer rings; the machine needs a pump seal kit and a shaft.", "GET",
     "/v1/customers/C-1", None, ("name", "tier")),
    ("Which number is it?", "GET", "/v1/parts?q=pump+seal", None,
     ("parts.0.part_id", "parts.0.description")),
    ("Is it here?", "GET", "/v1/availability?part_id=P-100&location_id=FSL-1&quantity=2", None,
     ("parts.0.free_here", "eta", "sentence")),
    ("The shaft is not. When can it be, at the latest on Friday?", "GET",
     "/v1/promise?part_id=P-200&location_id=FSL-1&deadline=2025-07-04T18:00:00Z", None,
     ("ways.0.way", "ways.0.from_name", "ways.0.promised_for", "ways.0.keeps_deadline",
      "sentence")),
    ("Open the repair: hold what is there, promise the rest.", "POST", "/v1/repair-orders",
     {"repair_order_id": "RO-1", "location_id": "FSL-1", "customer_id": "C-1",
      "need_by": "2025-07-04T18:00:00Z",
      "lines": [{"part_id": "P-100", "quantity": 2}, {"part_id": "P-200", "quantity": 1}]},
     ("progress", "ready_by", "lines.0.state", "lines.0.sentence", "lines.1.state")),
    ("The shaft leaves the other site, and arrives.", "POST",
     "/v1/repair-orders/RO-1/lines/2/send", None, ("progress", "lines.1.state")),
    ("", "POST", "/v1/repair-orders/RO-1/lines/2/arrive", None, ("progress", "sentence")),
    ("Both go into the machine; one seal kit was too many.", "POST",
     "/v1/repair-orders/RO-1/lines/1/hand-over", None, ("lines.0.state",)),
    ("", "POST", "/v1/repair-orders/RO-1/lines/2/hand-over", None, ("lines.1.state",)),
    ("", "POST", "/v1/repair-orders/RO-1/lines/1/return", {"quantity": 1}, ("lines.0.returned",)),
    ("Done.", "POST", "/v1/repair-orders/RO-1/close", None, ("state",)),
)  # fmt: skip


def picked(answer, path: str):
    for name in path.split("."):
        answer = answer[int(name)] if name.isdigit() else answer[name]
    return answer


def lay_out(door) -> None:
    tables = {
        "lead_times": pl.DataFrame(
            {"location_id": ["CW", "FSL-1", "FSL-2"], "lead_time_days": [20.0, 2.0, 2.0],
             "source": ["supplier", "parent", "parent"]}
        ),
        "customers": pl.DataFrame(
            {"customer_id": ["C-1"], "name": ["Alpine Foods"], "customer_class": ["key"]}
        ),
        "contracts": pl.DataFrame(
            {"contract_id": ["K-1"], "customer_id": ["C-1"], "tier": ["A"],
             "valid_from": [date(2025, 1, 1)], "valid_to": [date(2027, 1, 1)]}
        ),
    }  # fmt: skip
    keep_tables(door.store, tables, taken_in_at=NOW)


def transcript(door) -> str:
    lines = []
    for why, method, path, body, shown in STEPS:
        door.clock.forward(hours=1)
        answer = door.ask(method, path, "technician", json=body)
        assert answer.status_code in (200, 201), answer.text
        lines += [f"# {why}"] * bool(why) + [f"{method} {path}"]
        lines += ["  " + json.dumps(body)] * bool(body)
        told = answer.json()
        lines += [f"  → {name}: {json.dumps(picked(told, name))}" for name in shown]
    return "```text\n" + "\n".join(lines) + "\n```"


def test_the_transcript_is_what_happens(door):
    lay_out(door)
    told = transcript(door)
    text = DOC.read_text(encoding="utf-8")
    marks = re.compile(r"(<!-- transcript -->\n).*?(<!-- /transcript -->)", re.DOTALL)
    if os.environ.get("SPAREWISE_REWRITE"):
        DOC.write_text(marks.sub(lambda m: f"{m[1]}{told}\n{m[2]}", text), encoding="utf-8")
        return
    written = marks.search(text)
    assert written is not None
    assert written[0].split("\n", 1)[1].rsplit("\n", 1)[0] == told
