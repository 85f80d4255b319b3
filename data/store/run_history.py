"""What reports ask of past nights and of the journal: the plan before, what moved since."""

from datetime import datetime
from typing import Final

import polars as pl
import sqlalchemy as sa

from data.store.bulk import read_rows
from data.store.engine import Store
from data.store.ledger_tables import JOURNAL, MOVEMENTS
from data.store.night_tables import RUNS

ON_HAND: Final = ("available", "reserved")


def published_before(store: Store, run_id: str) -> str:
    """The published run that came last before another; blank: there was none."""
    this = sa.select(RUNS.c.finished_at).where(RUNS.c.run_id == run_id).scalar_subquery()
    query = (
        sa.select(RUNS.c.run_id)
        .where(RUNS.c.state == "published", RUNS.c.run_id != run_id, RUNS.c.finished_at < this)
        .order_by(RUNS.c.finished_at.desc(), RUNS.c.run_id.desc())
        .limit(1)
    )
    with store.read() as connection:
        return str(connection.execute(query).scalar() or "")


def moved(store: Store, since: datetime, until: datetime) -> pl.DataFrame:
    """Pieces that came on shelves or left them: part_id, location_id, kind, when, pieces.

    `when` is `before` (up to and with `since`), `between`, or `after` (`until`).
    """
    when = sa.case(
        (MOVEMENTS.c.at <= since, "before"), (MOVEMENTS.c.at <= until, "between"), else_="after"
    )
    columns = (
        JOURNAL.c.part_id,
        JOURNAL.c.location_id,
        MOVEMENTS.c.kind,
        sa.cast(when, sa.Text).label("when"),
    )
    query = (
        sa.select(*columns, sa.cast(sa.func.sum(JOURNAL.c.pieces), sa.Integer).label("pieces"))
        .join(MOVEMENTS, MOVEMENTS.c.movement_id == JOURNAL.c.movement_id)
        .where(JOURNAL.c.account.in_(ON_HAND))
        .group_by(*columns)
        .order_by(*columns)
    )
    with store.read() as connection:
        return read_rows(connection, query)
