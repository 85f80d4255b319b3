"""Proposals: raised, merged and put in force together with the plan they belong to."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store import audit
from data.store.bulk import read_rows, write_rows
from data.store.engine import Store
from data.store.leases import Lease, hold
from data.store.night_tables import DECISIONS, OUTBOX, PROPOSALS, RELEASED, RELEASES
from data.store.runs import move_pointer, published
from inventory.ledger import Request

CHANGING: Final = (
    "kind",
    "current_reorder_point",
    "current_order_quantity",
    "proposed_reorder_point",
    "proposed_order_quantity",
    "quantity",
    "source",
    "value_change",
    "cost_per_year_change",
    "waiting_days_change",
    "reason",
)


@dataclass(frozen=True, slots=True, eq=False)
class Merge:
    """What becomes of the open proposals: rows to raise, rows to change, numbers to withdraw."""

    raised: pl.DataFrame  # part_id, location_id, cause and the columns of `CHANGING`
    changed: pl.DataFrame  # proposal_id and the columns of `CHANGING`
    superseded: Sequence[int]


def publish(
    store: Store,
    lease: Lease,
    run_id: str,
    merge: Callable[[pl.DataFrame], Merge],
    request: Request,
) -> dict[str, int]:
    """Put a run in force with its proposals: one transaction, once.

    `merge` sees the open proposals as they are at that very moment.
    """

    def work(connection: sa.Connection) -> dict[str, int]:
        hold(connection, lease)
        pointer = published(connection, lock=True)
        if pointer is not None and pointer.run_id == run_id:
            return _counts(connection, run_id)
        merged = merge(read_rows(connection, _open().order_by(PROPOSALS.c.proposal_id)))
        _write(connection, run_id, merged)
        move_pointer(connection, run_id, request.at)
        counts = _counts(connection, run_id)
        news = {
            "created_at": request.at,
            "topic": "plan published",
            "payload": json.dumps({"run_id": run_id, **counts}, sort_keys=True),
            "dedupe_key": f"published {run_id}",
            "attempts": 0,
        }
        connection.execute(sa.insert(OUTBOX), news)
        audit.append(connection, request, "publish", f"run {run_id}", counts)
        return counts

    return store.transact(work, repeatable=True)


def _write(connection: sa.Connection, run_id: str, merged: Merge) -> None:
    for start in range(0, len(merged.superseded), 500):
        some = PROPOSALS.c.proposal_id.in_(merged.superseded[start : start + 500])
        connection.execute(
            sa.update(PROPOSALS)
            .where(some)
            .values(state="superseded", version=PROPOSALS.c.version + 1)
        )
    connection.execute(
        sa.update(PROPOSALS).where(PROPOSALS.c.state == "open").values(last_run_id=run_id)
    )
    if not merged.changed.is_empty():
        values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in CHANGING}
        connection.execute(
            sa.update(PROPOSALS)
            .where(PROPOSALS.c.proposal_id == sa.bindparam("number"))
            .values(version=PROPOSALS.c.version + 1, **values),
            [
                {"number": row["proposal_id"], **{f"new_{name}": row[name] for name in CHANGING}}
                for row in merged.changed.iter_rows(named=True)
            ],
        )
    rows = merged.raised.select("part_id", "location_id", "cause", *CHANGING).with_columns(
        run_id=pl.lit(run_id),
        last_run_id=pl.lit(run_id),
        state=pl.lit("open"),
        version=pl.lit(1, pl.Int64),
    )
    write_rows(connection, PROPOSALS, rows)


def open_proposals(store: Store) -> pl.DataFrame:
    """Every open proposal, by number."""
    with store.read() as connection:
        return read_rows(connection, _open().order_by(PROPOSALS.c.proposal_id))


def proposals(store: Store, state: str | None = "open") -> pl.DataFrame:
    """Proposals in `state`, or all, by number."""
    query = sa.select(PROPOSALS)
    if state is not None:
        query = query.where(PROPOSALS.c.state == state)
    with store.read() as connection:
        return read_rows(connection, query.order_by(PROPOSALS.c.proposal_id))


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


def _open() -> sa.Select[Any]:
    return sa.select(PROPOSALS).where(PROPOSALS.c.state == "open")


def _counts(connection: sa.Connection, run_id: str) -> dict[str, int]:
    """Open proposals in all, and how many of them this run raised."""
    number = sa.func.count()
    still = sa.select(number).where(PROPOSALS.c.state == "open")
    new = sa.select(number).where(PROPOSALS.c.run_id == run_id)
    return {
        "open": connection.execute(still).scalar_one(),
        "raised": connection.execute(new).scalar_one(),
    }
