"""Proposals: raised, merged and put in force together with the plan they belong to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store import audit
from data.store.bulk import read_rows, write_in_turns
from data.store.engine import Store
from data.store.leases import Lease, hold
from data.store.night_tables import DECISIONS, OUTBOX, PROPOSALS, RELEASED, RELEASES, RUNS
from data.store.runs import move_pointer, published
from inventory.ledger import Request

_ROWS_PER_TURN: Final = 500
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
    write_in_turns(store, PROPOSALS, rows, rows_per_turn=_ROWS_PER_TURN)
    store.transact(lambda connection: hold(connection, lease))


def publish(
    store: Store, lease: Lease, run_id: str, merge: Merge, request: Request
) -> dict[str, int]:
    """Put a run in force with its staged proposals: one transaction, once.

    What somebody decided since `merge` was made is left as it was decided.
    """

    def work(connection: sa.Connection) -> dict[str, int]:
        hold(connection, lease)
        pointer = published(connection, lock=True)
        if pointer is not None and pointer.run_id == run_id:
            return _counts(connection, run_id)
        _withdraw(connection, merge.superseded)
        _change(connection, run_id, merge.changed)
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


def confirm(store: Store, run_id: str) -> None:
    """Note, in turns, that a published run still says what its open proposals say."""
    old = sa.and_(PROPOSALS.c.state == "open", PROPOSALS.c.last_run_id != run_id)
    some = sa.select(PROPOSALS.c.proposal_id).where(old).limit(_ROWS_PER_TURN)
    few = sa.update(PROPOSALS).where(PROPOSALS.c.proposal_id.in_(some), old)
    few = few.values(last_run_id=run_id)
    while store.transact(lambda connection: connection.execute(few).rowcount) > 0:
        continue


def _withdraw(connection: sa.Connection, numbers: Sequence[int]) -> None:
    for start in range(0, len(numbers), _ROWS_PER_TURN):
        some = PROPOSALS.c.proposal_id.in_(numbers[start : start + _ROWS_PER_TURN])
        gone = sa.update(PROPOSALS).where(some, PROPOSALS.c.state == "open")
        connection.execute(gone.values(state="superseded", version=PROPOSALS.c.version + 1))


def _change(connection: sa.Connection, run_id: str, changed: pl.DataFrame) -> None:
    if changed.is_empty():
        return
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in CHANGING}
    as_seen = sa.and_(
        PROPOSALS.c.proposal_id == sa.bindparam("number"),
        PROPOSALS.c.version == sa.bindparam("seen"),
        PROPOSALS.c.state == "open",
    )
    rows = [
        {
            "number": row["proposal_id"],
            "seen": row["version"],
            **{f"new_{name}": row[name] for name in CHANGING},
        }
        for row in changed.iter_rows(named=True)
    ]
    update = sa.update(PROPOSALS).where(as_seen)
    connection.execute(
        update.values(version=PROPOSALS.c.version + 1, last_run_id=run_id, **values), rows
    )


def is_visible() -> sa.ColumnElement[bool]:
    """True of proposals whose run was published; others are being prepared."""
    said_by = RUNS.c.run_id.in_([PROPOSALS.c.run_id, PROPOSALS.c.last_run_id])
    return sa.exists().where(said_by, RUNS.c.state == "published")


def open_proposals(store: Store, *, prepared: bool = False) -> pl.DataFrame:
    """Every open proposal, by number; with `prepared` those too that nobody sees yet.

    Beside the table's columns: `visible`.
    """
    query = sa.select(PROPOSALS, is_visible().label("visible"))
    query = query.where(PROPOSALS.c.state == "open")
    if not prepared:
        query = query.where(is_visible())
    with store.read() as connection:
        return read_rows(connection, query.order_by(PROPOSALS.c.proposal_id))


def proposals(store: Store, state: str | None = "open") -> pl.DataFrame:
    """Proposals in `state`, or all, by number."""
    query = sa.select(PROPOSALS).where(is_visible())
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


def _counts(connection: sa.Connection, run_id: str) -> dict[str, int]:
    """Open proposals in all, and how many of them this run raised."""
    number = sa.func.count()
    still = sa.select(number).where(PROPOSALS.c.state == "open")
    new = sa.select(number).where(PROPOSALS.c.run_id == run_id)
    return {
        "open": connection.execute(still).scalar_one(),
        "raised": connection.execute(new).scalar_one(),
    }
