"""What reports ask of past nights and of the journal: the plan before, what moved since."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

from data.store import catalogue
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


def moved(store: Store, since: date, until: date) -> pl.DataFrame:
    """Pieces that came on shelves or left them: part_id, location_id, kind, when, pieces.

    `when` is `before` (up to the end of `since` at the place), `between`, or `after` (`until`).
    """
    with store.read() as connection:
        when = sa.case(*_whens(catalogue.locations(connection), since, until), else_="after")
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
        return read_rows(connection, query)


def _whens(
    locations: Sequence[Mapping[str, Any]], since: date, until: date
) -> list[tuple[sa.ColumnElement[bool], str]]:
    """Which movements are when, place by place: days end at another moment elsewhere."""
    places: dict[str, list[str]] = {}
    for one in locations:
        places.setdefault(one["timezone"] or "UTC", []).append(one["location_id"])
    elsewhere = [place for zone in places if zone != "UTC" for place in places[zone]]
    at = JOURNAL.c.location_id
    found: list[tuple[sa.ColumnElement[bool], str]] = []
    for zone in sorted({"UTC", *places}):
        here = at.not_in(elsewhere) if zone == "UTC" else at.in_(places[zone])
        for day, word in ((since, "before"), (until, "between")):
            end = datetime.combine(day, time.max, ZoneInfo(zone))
            found.append((sa.and_(here, MOVEMENTS.c.at <= end), word))
    return found
