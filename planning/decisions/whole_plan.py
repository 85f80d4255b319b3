"""A plan as a whole: changed line by line, then approved or rejected by somebody else, once."""

from collections import Counter
from typing import Any

import sqlalchemy as sa

from data.store import decisions, plan_edits, run_reading
from data.store.decisions import Verdict
from data.store.engine import Store
from data.store.once import once
from data.store.stock_commands import Done
from inventory.ledger import Answer, Refusal, Refused, Request
from planning.decisions.use_case import LEVEL_KINDS
from planning.settings import Settings


def decide_plan(
    store: Store,
    settings: Settings,
    request: Request,
    run_id: str,
    version: int | None,
    verdict: Verdict,
) -> Answer:
    """Approve or reject every proposal of a plan that is still open, but last pieces.

    The plan must be in force, at `version`, and edited by somebody else.
    """

    def work(connection: sa.Connection) -> Done:
        rows = _open_rows(connection, run_id)
        if request.actor in plan_edits.editors(connection, run_id):
            raise Refused(Refusal.FOUR_EYES, "You changed this plan; somebody else decides it.")
        _same_version(connection, run_id, version)
        if verdict.word == "approved" and decisions.outcome_of(connection, run_id) == "impossible":
            said = "This plan cannot keep every promise; it cannot be approved."
            raise Refused(Refusal.IMPOSSIBLE, said)
        seen = [(row.proposal_id, row.version) for row in rows if row.kind != "last_piece"]
        told = decisions.decide_within(
            connection, seen, verdict, request,
            run_id=run_id, four_eyes_value=settings.four_eyes_value,
        )  # fmt: skip
        counted = Counter(one.code for one in told)
        body = {
            "run_id": run_id,
            "version": plan_edits.version_of(connection, run_id),
            "decided": counted["decided"],
            "waiting_for_second": counted["waits"],
            "last_pieces_left_alone": len(rows) - len(seen),
        }
        return Done(f"plan {run_id}", body)

    asked = {
        "run_id": run_id,
        "version": version,
        "reason": verdict.reason_code,
        "comment": verdict.comment,
    }
    return once(store, request, f"plan {verdict.word}", asked, work)


def edit_line(
    store: Store,
    request: Request,
    run_id: str,
    item: tuple[str, str],
    reorder_point: int,
    version: int | None,
) -> Answer:
    """Propose another level than the plan does; the proposal is decided by somebody else."""

    def work(connection: sa.Connection) -> Done:
        rows = _open_rows(connection, run_id)
        mine = [
            row
            for row in rows
            if (row.part_id, row.location_id) == item and row.kind in LEVEL_KINDS
        ]
        if not mine:
            said = f"No open proposal for {item[0]} at {item[1]}."
            raise Refused(Refusal.UNKNOWN, said, field="line")
        _same_version(connection, run_id, version)
        plan_edits.edit(connection, request, run_id, mine[0], reorder_point)
        body = {
            "run_id": run_id,
            "version": plan_edits.next_version(connection, run_id),
            "proposal_id": mine[0].proposal_id,
            "proposal_version": mine[0].version + 1,
            "reorder_point": reorder_point,
        }
        return Done(f"plan {run_id}", body)

    asked = {"run_id": run_id, "item": list(item), "reorder_point": reorder_point}
    return once(store, request, "edit plan", {**asked, "version": version}, work)


def decide_one(
    store: Store,
    settings: Settings,
    request: Request,
    number: int,
    version: int,
    verdict: Verdict,
) -> Answer:
    """Decide one proposal as it was seen; above the value that asks for it, it waits for two."""

    def work(connection: sa.Connection) -> Done:
        run_id = decisions.locked_pointer(connection) or ""
        (told,) = decisions.decide_within(
            connection, [(number, version)], verdict, request,
            run_id=run_id, four_eyes_value=settings.four_eyes_value,
        )  # fmt: skip
        if told.code not in ("decided", "waits"):
            raise Refused(_REFUSED[told.code], told.message, proposal_id=number)
        body: dict[str, Any] = {"proposal_id": number, "run_id": run_id}
        state = verdict.word if told.code == "decided" else "waiting_for_second"
        return Done(f"proposal {number}", {**body, "state": state})

    asked = {
        "number": number,
        "version": version,
        "reason_code": verdict.reason_code,
        "comment": verdict.comment,
        "reorder_point": verdict.reorder_point,
        "order_quantity": verdict.order_quantity,
        "expires_on": verdict.expires_on and verdict.expires_on.isoformat(),
    }
    return once(store, request, f"proposal {verdict.word}", asked, work)


_REFUSED = {
    "plan.superseded": Refusal.SUPERSEDED,
    "plan.impossible": Refusal.IMPOSSIBLE,
    "ref.unknown": Refusal.UNKNOWN,
    "proposal.decided": Refusal.DECIDED,
    "proposal.changed": Refusal.STALE,
    "four_eyes": Refusal.FOUR_EYES,
}


def _open_rows(connection: sa.Connection, run_id: str) -> list[Any]:
    """Open proposals of the plan `run_id`, which stays in force until the transaction ends."""
    pointer = decisions.locked_pointer(connection)
    if not run_reading.was_published(connection, run_id):
        raise Refused(Refusal.UNKNOWN, f"There is no plan {run_id}.", field="run_id")
    if pointer != run_id:
        said = f"A newer plan is in force: {pointer}. Look again."
        raise Refused(Refusal.SUPERSEDED, said, in_force=pointer)
    rows = plan_edits.open_ones(connection)
    if not rows:
        raise Refused(Refusal.IMMUTABLE, "Everything in this plan is decided.")
    return rows


def _same_version(connection: sa.Connection, run_id: str, version: int | None) -> None:
    now = plan_edits.version_of(connection, run_id)
    if version is None:
        raise Refused(Refusal.NO_VERSION, "Say which version you saw: If-Match.", field="If-Match")
    if version != now:
        said = f"The plan is at version {now}, not {version}. Look again."
        raise Refused(Refusal.STALE, said, version=now)
