"""A night's report for somebody who does not wait for it: made in a child process, once.

It lies beside the night it is of, in a folder that appears whole. One report is made at a time: the
lock of a file is handed to the child, so it is free again when the child is gone, however it went.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.store.engine import Store
from data.store.once import once
from data.store.stock_commands import Done
from inventory.ledger import Answer, Refusal, Refused, Request
from planning import children, outputs
from planning.file_locks import is_held, locked
from planning.finance.report.of_night import NoSuchNightError, place_of
from planning.night.places import folder_of
from planning.settings import Settings, load
from planning.stages import Stages

FOLDER = "finance"
LOCK = "reports.lock"
Carry = Callable[[dict[str, Any], int], None]  # what to make, and the lock it is made under


class State(StrEnum):
    """What became of a night's report."""

    NONE = "none"  # nobody asked for it
    UNDER_WAY = "under way"
    FAILED = "failed"  # its log says why
    THERE = "there"


def state_of(nights: Path, run_id: str) -> State:
    """What became of the report of a night."""
    whole = nights / run_id / FOLDER
    if whole.is_dir():
        return State.THERE
    if not _part(whole).is_dir():
        return State.NONE
    return State.UNDER_WAY if is_held(nights / LOCK) else State.FAILED


def ask_for(
    store: Store, settings: Settings, request: Request, run_id: str, *, carry: Carry
) -> Answer:
    """Let `carry` begin the report of a night; blank: of the plan in force. Made once, it stays."""
    nights = folder_of(settings, store)
    try:
        run_id = place_of(store, nights, run_id).night.run_id
    except NoSuchNightError as nothing:
        return Answer(Refusal.UNKNOWN, {"message": str(nothing), "field": "run_id"})
    if state_of(nights, run_id) is State.THERE:
        return Answer("ok", {"run_id": run_id, "state": State.THERE.value})
    lock = locked(nights / LOCK)
    try:
        answer = once(store, request, "make report", {"run_id": run_id}, _begun(run_id, lock))
        if answer.ok and not answer.replayed and lock is not None:
            _part(nights / run_id / FOLDER).mkdir(exist_ok=True)
            place = store.url.render_as_string(hide_password=False)
            carry({"place": place, "nights": str(nights), "run_id": run_id}, lock)
    finally:
        if lock is not None:
            os.close(lock)
    return answer


def _begun(run_id: str, lock: int | None) -> Callable[[sa.Connection], Done]:
    def work(_connection: sa.Connection) -> Done:
        if lock is None:
            said = "A report is being made. Ask again when it is there."
            raise Refused(Refusal.RUNNING, said)
        return Done(f"report {run_id}", {"run_id": run_id, "state": State.UNDER_WAY.value})

    return work


def in_a_child(told: dict[str, Any], lock: int) -> None:
    """Make it in a process of its own, which holds the lock as long as it lives."""
    log = Path(told["nights"]) / told["run_id"] / f"{FOLDER}.log"
    children.begin("planning.finance.report.asked", told, log, anew=True, held=[lock])


def make(told: dict[str, Any]) -> Path:
    """The report, in every form; returns its folder."""
    from planning.finance.report.use_case import report  # charts and forms: not for a server

    nights, run_id = Path(told["nights"]), told["run_id"]
    whole = nights / run_id / FOLDER
    store = Store(told["place"])
    try:
        place = place_of(store, nights, run_id)
    finally:
        store.close()
    answer = report(
        place.frozen,
        settings=load(place.frozen),
        stages=Stages(),
        plan=place.plan,
        as_of=date.fromisoformat(run_id[:10]),
        night=place.night,
    )
    part = _part(whole)
    outputs.write(part, answer)
    return part.replace(whole)


def _part(whole: Path) -> Path:
    return whole.with_suffix(".part")


if __name__ == "__main__":
    make(json.load(sys.stdin))
