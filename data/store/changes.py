"""What a night changes in open proposals: written beside them, true at once when it is published.

Changes are written in turns before the pointer moves and carried over in turns after it. Between
the two whoever reads or decides sees them as if they had been carried over already.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl
import sqlalchemy as sa

from data.store.bulk import read_rows, repeat_in_turns, write_in_turns
from data.store.engine import Store
from data.store.leases import Lease, hold
from data.store.night_tables import CHANGES, PROPOSALS, PUBLISHED

ROWS_PER_TURN: Final = 500
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
_IN_FORCE: Final = sa.select(PUBLISHED.c.run_id).scalar_subquery()


def prepare(
    store: Store,
    lease: Lease,
    run_id: str,
    changed: pl.DataFrame,
    withdrawn: pl.DataFrame,
) -> None:
    """Write what `run_id` will change, in place of what nights that died left.

    Args:
        store: the company's database.
        lease: of the night.
        run_id: its run.
        changed: proposal_id, version and the columns of `CHANGING`.
        withdrawn: proposal_id and version of what it does not propose any more.
    """
    store.transact(lambda connection: hold(connection, lease))
    _drop_all(store)
    both = [
        changed.select("proposal_id", "version", *CHANGING).with_columns(withdrawn=pl.lit(False)),
        withdrawn.select("proposal_id", "version").with_columns(withdrawn=pl.lit(True)),
    ]
    rows = pl.concat(both, how="diagonal_relaxed").rename({"version": "seen_version"})
    named = rows.with_columns(run_id=pl.lit(run_id))
    write_in_turns(store, CHANGES, named, rows_per_turn=ROWS_PER_TURN)


def carry_over(store: Store, run_id: str) -> None:
    """Put what the plan in force changes into its proposals, in turns; again does no harm."""

    def turn(connection: sa.Connection) -> int:
        some = sa.select(CHANGES.c.proposal_id).where(CHANGES.c.run_id == run_id)
        found = connection.execute(some.order_by(CHANGES.c.proposal_id).limit(ROWS_PER_TURN))
        numbers = [row.proposal_id for row in found]
        settle(connection, numbers)
        done = sa.and_(CHANGES.c.run_id == run_id, CHANGES.c.proposal_id.in_(numbers))
        connection.execute(sa.delete(CHANGES).where(done))
        return len(numbers)

    repeat_in_turns(store, turn)


def settle(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Put what the plan in force changes into the proposals with these numbers."""
    for start in range(0, len(numbers), ROWS_PER_TURN):
        waits = sa.and_(
            PROPOSALS.c.proposal_id.in_(numbers[start : start + ROWS_PER_TURN]),
            PROPOSALS.c.state == "open",
            CHANGES.c.proposal_id == PROPOSALS.c.proposal_id,
            CHANGES.c.seen_version == PROPOSALS.c.version,
            CHANGES.c.run_id == _IN_FORCE,
        )
        version = PROPOSALS.c.version + 1
        values = {name: CHANGES.c[name] for name in CHANGING}
        connection.execute(
            sa.update(PROPOSALS)
            .where(waits, ~CHANGES.c.withdrawn)
            .values(version=version, last_run_id=CHANGES.c.run_id, **values)
        )
        gone = sa.update(PROPOSALS).where(waits, CHANGES.c.withdrawn)
        connection.execute(gone.values(state="superseded", version=version))


def waiting(connection: sa.Connection) -> list[int]:
    """The proposals that the plan in force changes and that do not show it yet."""
    query = sa.select(CHANGES.c.proposal_id).where(CHANGES.c.run_id == _IN_FORCE)
    return list(connection.execute(query.order_by(CHANGES.c.proposal_id)).scalars())


def as_published(connection: sa.Connection, proposals: pl.DataFrame) -> pl.DataFrame:
    """Proposals as they are once everything is carried over that the plan in force changes."""
    query = sa.select(CHANGES).where(CHANGES.c.run_id == _IN_FORCE)
    coming = read_rows(connection, query)
    if coming.is_empty():
        return proposals
    new = coming.select(
        "proposal_id",
        "withdrawn",
        pl.col("seen_version").alias("version"),
        pl.col(CHANGING).name.prefix("new_"),
        state=pl.lit("open"),
        new_run="run_id",
    )
    key = ["proposal_id", "version", "state"]
    joined = proposals.join(new, on=key, how="left", maintain_order="left")
    moved = pl.col("withdrawn").is_not_null()
    changed = pl.col("withdrawn").not_().fill_null(False)
    told = [
        pl.when(changed).then(pl.col(f"new_{name}")).otherwise(pl.col(name)).alias(name)
        for name in CHANGING
    ]
    shown = pl.col("visible") | changed if "visible" in proposals.columns else None
    return joined.with_columns(
        *told,
        *([] if shown is None else [shown.alias("visible")]),
        version=pl.col("version") + moved.cast(pl.Int64),
        state=pl.when("withdrawn").then(pl.lit("superseded")).otherwise("state"),
        last_run_id=pl.when(changed).then("new_run").otherwise("last_run_id"),
    ).select(proposals.columns)


def _drop_all(store: Store) -> None:
    """Delete, in turns, what nobody will carry over."""
    key = sa.tuple_(CHANGES.c.run_id, CHANGES.c.proposal_id)
    some = sa.select(CHANGES.c.run_id, CHANGES.c.proposal_id).limit(ROWS_PER_TURN)
    few = sa.delete(CHANGES).where(key.in_(some))
    repeat_in_turns(store, lambda connection: connection.execute(few).rowcount)
