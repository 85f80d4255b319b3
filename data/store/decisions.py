"""Decisions: one per proposal, compared and set, written once and never changed; and releases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store import audit, changes, plan_edits
from data.store.batches import content_hash
from data.store.bulk import read_rows
from data.store.canonical import canonical
from data.store.engine import Store
from data.store.ledger_tables import AUDIT
from data.store.night_tables import DECISIONS, PROPOSALS, RELEASED, RELEASES, RUNS
from data.store.proposals import is_visible
from data.store.runs import published
from inventory.ledger import Request

FIRST_PAIR: Final = "first pair of eyes"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What somebody says of a proposal."""

    word: str  # approved, rejected or overridden
    reason_code: str = ""
    comment: str = ""
    reorder_point: int | None = None
    order_quantity: int | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of it: `decided`, `waits` for a second person, or a code of refusal."""

    proposal_id: int
    code: str
    message: str = ""


def decide(
    store: Store,
    seen: Sequence[tuple[int, int]],
    verdict: Verdict,
    request: Request,
    *,
    run_id: str,
    four_eyes_value: float,
) -> list[Decided]:
    """Decide proposals (number, version) as they were seen under `run_id`.

    Each is decided only if it is still open, at that version, and `run_id` is still in force; the
    others are told apart by code, and nothing happens to them.
    """
    return store.transact(
        lambda connection: decide_within(
            connection, seen, verdict, request, run_id=run_id, four_eyes_value=four_eyes_value
        )
    )


def decide_within(
    connection: sa.Connection,
    seen: Sequence[tuple[int, int]],
    verdict: Verdict,
    request: Request,
    *,
    run_id: str,
    four_eyes_value: float,
) -> list[Decided]:
    """The same inside a transaction of the caller's."""
    pointer = locked_pointer(connection)
    if pointer is None or pointer != run_id:
        newer = f"A newer plan is in force: {pointer}. Look again."
        return [Decided(number, "plan.superseded", newer) for number, _ in seen]
    impossible = outcome_of(connection, run_id) == "impossible"
    if impossible and verdict.word == "approved":
        no = "This plan cannot keep every promise; it cannot be approved."
        return [Decided(number, "plan.impossible", no) for number, _ in seen]
    changes.settle(connection, [number for number, _ in seen])
    told = [
        _decide_one(connection, number, version, verdict, request, run_id, four_eyes_value)
        for number, version in sorted(seen)
    ]
    if any(one.code == "decided" for one in told):
        plan_edits.next_version(connection, run_id)
    return told


def _decide_one(
    connection: sa.Connection,
    number: int,
    version: int,
    verdict: Verdict,
    request: Request,
    run_id: str,
    four_eyes_value: float,
) -> Decided:
    row = connection.execute(
        sa.select(PROPOSALS)
        .where(PROPOSALS.c.proposal_id == number, is_visible())
        .with_for_update(of=PROPOSALS)
    ).first()
    refused = _refused(connection, row, number, version, request.actor, run_id)
    if refused is not None:
        return refused
    first = ""
    subject = f"proposal {number} version {version}"
    if (
        verdict.word != "rejected"
        and _at_stake(connection, row, verdict, run_id) >= four_eyes_value
    ):
        first = _first_actor(connection, subject, verdict)
        if not first or first == request.actor:
            if not first:
                audit.append(connection, request, FIRST_PAIR, subject, _detail(verdict))
            return Decided(number, "waits", "It waits for a second person.")
    taken = connection.execute(
        sa.update(PROPOSALS)
        .where(
            PROPOSALS.c.proposal_id == number,
            PROPOSALS.c.state == "open",
            PROPOSALS.c.version == version,
        )
        .values(state=verdict.word, version=version + 1, last_run_id=run_id)
    )
    if taken.rowcount != 1:
        return Decided(number, "proposal.changed", "It changed since it was read. Look again.")
    decision = {
        "proposal_id": number,
        "verdict": verdict.word,
        "version": version,
        "actor": first or request.actor,
        "second_actor": request.actor if first else None,
        "at": request.at,
        "reason_code": verdict.reason_code or None,
        "comment": verdict.comment or None,
        "reorder_point": verdict.reorder_point,
        "order_quantity": verdict.order_quantity,
        "expires_on": verdict.expires_on,
    }
    connection.execute(sa.insert(DECISIONS), decision)
    audit.append(connection, request, verdict.word, subject, _detail(verdict))
    return Decided(number, "decided")


def _refused(
    connection: sa.Connection, row: Any, number: int, version: int, actor: str, run_id: str
) -> Decided | None:
    """Why `actor` cannot decide what they saw; None where they can."""
    if row is None:
        return Decided(number, "ref.unknown", f"There is no proposal {number}.")
    if row.state != "open":
        return Decided(number, "proposal.decided", f"It is {row.state} already.")
    if row.version != version:
        return Decided(number, "proposal.changed", "It changed since it was read. Look again.")
    if plan_edits.edited_by(connection, run_id, number, actor):
        return Decided(number, "four_eyes", "You changed this proposal; somebody else decides it.")
    return None


def _at_stake(connection: sa.Connection, row: Any, verdict: Verdict, run_id: str) -> float:
    """Stock value that a verdict moves, money; of an override by its own levels if that is more."""
    proposed = float(abs(row.value_change))
    if verdict.reorder_point is None or row.proposed_reorder_point is None:
        return proposed
    more = verdict.reorder_point - row.proposed_reorder_point
    if verdict.order_quantity is not None and row.proposed_order_quantity is not None:
        more += (verdict.order_quantity - row.proposed_order_quantity) / 2
    each = plan_edits.piece_value(connection, run_id, row.part_id)
    return max(proposed, float(abs(row.value_change + more * each)))


def release(store: Store, request: Request) -> tuple[int, pl.DataFrame]:
    """Hand over every decision that changes something and was not handed over: number and rows.

    The number is 0 when there is nothing to hand over.
    """

    def work(connection: sa.Connection) -> int:
        locked_pointer(connection)
        waiting = read_rows(connection, _waiting())
        if waiting.is_empty():
            return 0
        head = {
            "at": request.at,
            "actor": request.actor,
            "content_hash": content_hash(waiting),
            "row_count": waiting.height,
        }
        made = connection.execute(sa.insert(RELEASES).returning(RELEASES.c.release_id), head)
        number = int(made.scalar_one())
        rows = [{"decision_id": one, "release_id": number} for one in waiting["decision_id"]]
        connection.execute(sa.insert(RELEASED), rows)
        for start in range(0, waiting.height, 500):
            some = waiting["proposal_id"][start : start + 500].to_list()
            connection.execute(
                sa.update(PROPOSALS)
                .where(PROPOSALS.c.proposal_id.in_(some))
                .values(state="released", version=PROPOSALS.c.version + 1)
            )
        audit.append(connection, request, "release", f"release {number}", head["content_hash"])
        return number

    number = store.transact(work)
    return number, released(store, number)


def released(store: Store, number: int) -> pl.DataFrame:
    """The rows of a release, the same whenever they are asked for."""
    query = _handed_over().join(RELEASED, RELEASED.c.decision_id == DECISIONS.c.decision_id)
    with store.read() as connection:
        found = read_rows(connection, query.where(RELEASED.c.release_id == number))
    return found.sort("decision_id").with_columns(release_id=pl.lit(number, pl.Int64))


def content_hash_of(store: Store, number: int) -> str:
    """The hash a release was written down with; blank when there is none."""
    query = sa.select(RELEASES.c.content_hash).where(RELEASES.c.release_id == number)
    with store.read() as connection:
        return connection.execute(query).scalar() or ""


def _handed_over() -> sa.Select[Any]:
    overridden = DECISIONS.c.verdict == "overridden"

    def chosen(own: str, proposed: str) -> Any:
        own_value = sa.func.coalesce(DECISIONS.c[own], PROPOSALS.c[proposed])
        return sa.case((overridden, own_value), else_=PROPOSALS.c[proposed]).label(own)

    return sa.select(
        PROPOSALS.c.part_id,
        PROPOSALS.c.location_id,
        PROPOSALS.c.kind,
        chosen("reorder_point", "proposed_reorder_point"),
        chosen("order_quantity", "proposed_order_quantity"),
        PROPOSALS.c.quantity,
        PROPOSALS.c.source,
        DECISIONS.c.verdict,
        DECISIONS.c.actor,
        DECISIONS.c.second_actor,
        DECISIONS.c.expires_on,
        DECISIONS.c.decision_id,
        DECISIONS.c.proposal_id,
    ).join(PROPOSALS, PROPOSALS.c.proposal_id == DECISIONS.c.proposal_id)


def _waiting() -> sa.Select[Any]:
    gone = sa.exists().where(RELEASED.c.decision_id == DECISIONS.c.decision_id)
    changing = DECISIONS.c.verdict.in_(["approved", "overridden"])
    return _handed_over().where(changing, ~gone).order_by(DECISIONS.c.decision_id)


def _detail(verdict: Verdict) -> dict[str, Any]:
    return {
        "verdict": verdict.word,
        "reason_code": verdict.reason_code,
        "comment": verdict.comment,
        "reorder_point": verdict.reorder_point,
        "order_quantity": verdict.order_quantity,
        "expires_on": verdict.expires_on.isoformat() if verdict.expires_on else None,
    }


def _first_actor(connection: sa.Connection, subject: str, verdict: Verdict) -> str:
    """Who said the same of the same version before; blank when nobody did."""
    said = sa.select(AUDIT.c.actor).where(
        AUDIT.c.action == FIRST_PAIR,
        AUDIT.c.subject == subject,
        AUDIT.c.detail == canonical(_detail(verdict)),
    )
    return connection.execute(said.order_by(AUDIT.c.sequence)).scalar() or ""


def locked_pointer(connection: sa.Connection) -> str | None:
    """The run in force, kept from changing until the transaction ends."""
    pointer = published(connection, lock=True)
    return pointer.run_id if pointer else None


def outcome_of(connection: sa.Connection, run_id: str) -> str | None:
    """How a run's plan came out."""
    return connection.execute(sa.select(RUNS.c.outcome).where(RUNS.c.run_id == run_id)).scalar()
