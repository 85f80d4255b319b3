"""Proposals: raised, merged and put in force together with the plan they belong to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from data.store import audit, changes
from data.store.bulk import read_rows, write_in_turns
from data.store.changes import CHANGING, ROWS_PER_TURN
from data.store.engine import Store
from data.store.leases import Lease, hold
from data.store.night_tables import (
    CHANGES,
    DECISIONS,
    OUTBOX,
    PROPOSALS,
    RELEASED,
    RELEASES,
    RUNS,
)
from data.store.plans import LINES, hash_of_lines
from data.store.runs import move_pointer, published, published_run
from inventory.ledger import Request


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """What becomes of the open proposals: rows to raise, rows to change, numbers to withdraw."""

    raised: pl.DataFrame  # part_id, location_id, cause and the columns of `CHANGING`
    changed: pl.DataFrame  # proposal_id, version and the columns of `CHANGING`
    superseded: Sequence[int]


def stage(store: Store, lease: Lease, run_id: str, raised: pl.DataFrame) -> None:
    """Write new proposals in turns; nobody sees them before their run is published."""
    store.transact(lambda connection: hold(connection, lease))
    rows = raised.select("part_id", "location_id", "cause", *CHANGING).with_columns(
        run_id=pl.lit(run_id),
        last_run_id=pl.lit(run_id),
        state=pl.lit("open"),
        version=pl.lit(1, pl.Int64),
    )
    write_in_turns(store, PROPOSALS, rows, rows_per_turn=ROWS_PER_TURN)
    store.transact(lambda connection: hold(connection, lease))


def publish(
    store: Store, lease: Lease, run_id: str, merge: Merge, request: Request
) -> dict[str, int]:
    """Put a run in force with its staged proposals: one pointer moves, once.

    What becomes of the proposals that are open is written beside them before, and carried over
    after it; `changes` says how it is read meanwhile. What somebody decided since `merge` was made
    is left as it was decided.
    """
    before = published_run(store)
    if before != run_id:
        changes.carry_over(store, before)  # what a night that died then left to do
        withdrawn = _seen(store, merge.superseded)
        changes.prepare(store, lease, run_id, merge.changed, withdrawn)
    counts = _counts(store, run_id)
    lines = hash_of_lines(store, run_id)

    def work(connection: sa.Connection) -> None:
        hold(connection, lease)
        pointer = published(connection, lock=True)
        if pointer is not None and pointer.run_id == run_id:
            return
        move_pointer(connection, run_id, request.at)
        news = {
            "created_at": request.at,
            "topic": "plan published",
            "payload": json.dumps({"run_id": run_id, **counts}, sort_keys=True),
            "dedupe_key": f"published {run_id}",
            "attempts": 0,
        }
        connection.execute(sa.insert(OUTBOX), news)
        audit.append(connection, request, "publish", f"run {run_id}", {**counts, LINES: lines})

    store.transact(work, repeatable=True)
    changes.carry_over(store, run_id)
    return counts


def _seen(store: Store, numbers: Sequence[int]) -> pl.DataFrame:
    """The versions that open proposals have now: proposal_id, version."""
    query = sa.select(PROPOSALS.c.proposal_id, PROPOSALS.c.version)
    with store.read() as connection:
        found = read_rows(connection, query.where(PROPOSALS.c.state == "open"))
    return found.filter(pl.col("proposal_id").is_in(list(numbers)))


def is_visible() -> sa.ColumnElement[bool]:
    """True of proposals whose run was published; others are being prepared."""
    said_by = RUNS.c.run_id.in_([PROPOSALS.c.run_id, PROPOSALS.c.last_run_id])
    return sa.exists().where(said_by, RUNS.c.state == "published")


def open_proposals(store: Store, *, prepared: bool = False) -> pl.DataFrame:
    """Every open proposal, by number; with `prepared` those too that nobody sees yet.

    Beside the table's columns: `visible`. The newest run that still says so is, of those that are
    seen, the one in force.
    """
    query = sa.select(PROPOSALS, is_visible().label("visible"))
    query = query.where(PROPOSALS.c.state == "open")
    with store.read() as connection:
        told = read_rows(connection, query.order_by(PROPOSALS.c.proposal_id))
        found = changes.as_published(connection, told).filter(pl.col("state") == "open")
        pointer = published(connection)
    if not prepared:
        found = found.filter("visible")
    in_force = pl.lit(pointer.run_id if pointer else None, pl.String)
    return found.with_columns(
        last_run_id=pl.when("visible").then(in_force).otherwise("last_run_id")
    )


def proposals(store: Store, state: str | None = "open") -> pl.DataFrame:
    """Proposals in `state`, or all, by number."""
    query = sa.select(PROPOSALS).where(is_visible())
    with store.read() as connection:
        told = read_rows(connection, query.order_by(PROPOSALS.c.proposal_id))
        found = changes.as_published(connection, told)
    return found if state is None else found.filter(pl.col("state") == state)


def past_decisions(store: Store) -> pl.DataFrame:
    """Every decision with the proposal it decided and when it was handed over, oldest first."""
    columns: list[Any] = [
        *(column for column in DECISIONS.c if column.name not in ("version",)),
        *(
            PROPOSALS.c[name]
            for name in (
                "part_id",
                "location_id",
                "kind",
                "cause",
                "current_reorder_point",
                "current_order_quantity",
                "proposed_reorder_point",
                "proposed_order_quantity",
                "quantity",
                "source",
            )
        ),
        RELEASES.c.at.label("released_at"),
    ]
    query = (
        sa.select(*columns)
        .join(PROPOSALS, PROPOSALS.c.proposal_id == DECISIONS.c.proposal_id)
        .outerjoin(RELEASED, RELEASED.c.decision_id == DECISIONS.c.decision_id)
        .outerjoin(RELEASES, RELEASES.c.release_id == RELEASED.c.release_id)
        .order_by(DECISIONS.c.decision_id)
    )
    with store.read() as connection:
        return read_rows(connection, query)


def _counts(store: Store, run_id: str) -> dict[str, int]:
    """Open proposals once `run_id` is in force, and how many of them it raised."""
    still = sa.select(sa.func.count()).where(PROPOSALS.c.state == "open")
    gone = sa.exists().where(
        CHANGES.c.run_id == run_id,
        CHANGES.c.proposal_id == PROPOSALS.c.proposal_id,
        CHANGES.c.seen_version == PROPOSALS.c.version,
        CHANGES.c.withdrawn,
    )
    new = sa.select(sa.func.count()).where(PROPOSALS.c.run_id == run_id)
    with store.read() as connection:
        return {
            "open": connection.execute(still.where(~gone)).scalar_one(),
            "raised": connection.execute(new).scalar_one(),
        }
