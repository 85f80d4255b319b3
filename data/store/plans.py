"""Plans as rows under their run's number: written in turns, seen once the pointer says so."""

import polars as pl
import sqlalchemy as sa

from data.store.batches import content_hash
from data.store.bulk import read_rows, repeat_in_turns, write_in_turns
from data.store.engine import Store
from data.store.leases import Lease, hold
from data.store.night_tables import EXCEPTIONS, OVERRIDES, PLAN_LINES, RUNS

_ROWS_PER_TURN = 500
_LINES_PER_LOOK = 20_000
LINES = "lines"  # the hash of a plan's lines, in the audit of its publication
_OF_DOOR = ("data", "outlier")


def write_plan(store: Store, lease: Lease, run_id: str, policies: pl.DataFrame) -> int:
    """Write the lines of a run's plan in place of what a cut-off writing left."""
    lines = policies.select(
        column.name for column in PLAN_LINES.c if column.name in policies.columns
    )
    return _replace(store, lease, PLAN_LINES, run_id, lines)


def write_exceptions(store: Store, lease: Lease, run_id: str, found: pl.DataFrame) -> int:
    """Write what a run wants somebody to look at."""
    return _replace(store, lease, EXCEPTIONS, run_id, found)


def write_override_outcomes(store: Store, lease: Lease, run_id: str, found: pl.DataFrame) -> int:
    """Write what overrides cost or save against their proposals, as of a run."""
    return _replace(store, lease, OVERRIDES, run_id, found)


def plan_lines(store: Store, run_id: str) -> pl.DataFrame:
    """The lines of a run's plan, by part and location."""
    return _read(store, PLAN_LINES, run_id, "part_id", "location_id")


def drop_lines(store: Store, kept: set[str]) -> None:
    """Delete, in turns, plan lines and exceptions of every run that is not `kept`."""
    for table in (PLAN_LINES, EXCEPTIONS):
        with store.read() as connection:
            every = {row.run_id for row in connection.execute(sa.select(RUNS.c.run_id))}
        for run_id in sorted(every - kept):
            _clear(store, table, run_id)


def lines_hash(connection: sa.Connection, run_id: str) -> str:
    """SHA-256 of the lines of a run's plan, as they are in the database."""
    query = sa.select(PLAN_LINES).where(PLAN_LINES.c.run_id == run_id)
    order = (PLAN_LINES.c.part_id, PLAN_LINES.c.location_id)
    lines = read_rows(connection, query.order_by(*order))
    return content_hash(lines.sort(*(column.name for column in order)))


def hash_of_lines(store: Store, run_id: str) -> str:
    """The same, of lines that nobody changes meanwhile: read piece by piece."""
    item = (PLAN_LINES.c.part_id, PLAN_LINES.c.location_id)
    pieces: list[pl.DataFrame] = []
    last = ("", "")
    while not pieces or pieces[-1].height == _LINES_PER_LOOK:
        after = sa.tuple_(*item) > sa.tuple_(*map(sa.literal, last))
        query = sa.select(PLAN_LINES).where(PLAN_LINES.c.run_id == run_id, after)
        with store.read() as connection:
            pieces.append(read_rows(connection, query.order_by(*item).limit(_LINES_PER_LOOK)))
        if not pieces[-1].is_empty():
            last = pieces[-1].select("part_id", "location_id").row(-1)
    return content_hash(pl.concat(pieces).sort("part_id", "location_id"))


def exceptions_of(store: Store, run_id: str) -> pl.DataFrame:
    """What a run wants somebody to look at, and what the door said since."""
    query = sa.select(EXCEPTIONS).where(
        sa.or_(EXCEPTIONS.c.run_id == run_id, EXCEPTIONS.c.run_id.is_(None)),
        EXCEPTIONS.c.state == "open",
    )
    with store.read() as connection:
        return read_rows(connection, query.order_by(EXCEPTIONS.c.exception_id))


def override_outcomes(store: Store, run_id: str) -> pl.DataFrame:
    """What overrides cost or save, as of a run."""
    return _read(store, OVERRIDES, run_id, "decision_id")


def override_history(store: Store) -> pl.DataFrame:
    """What each override cost or saved as of every published run, and until when that held.

    Columns: decision_id, cost_per_year_change, days (until the next run, 0 for the last).
    """
    published = sa.select(RUNS.c.run_id, RUNS.c.as_of, RUNS.c.started_at)
    with store.read() as connection:
        runs = read_rows(connection, published.where(RUNS.c.state == "published"))
        told = read_rows(connection, sa.select(OVERRIDES))
    order = runs.sort("as_of", "started_at")
    days = (pl.col("as_of").shift(-1) - pl.col("as_of")).dt.total_days().fill_null(0)
    columns = ("decision_id", "cost_per_year_change", "days")
    return told.join(order.select("run_id", days=days), on="run_id").select(columns)


def keep_door_exceptions(store: Store, found: pl.DataFrame) -> None:
    """Write what the door wants looked at in place of what it said before."""

    def work(connection: sa.Connection) -> None:
        of_door = sa.and_(
            EXCEPTIONS.c.run_id.is_(None),
            EXCEPTIONS.c.state == "open",
            EXCEPTIONS.c.kind.in_(_OF_DOOR),  # what people said stays until somebody closes it
        )
        connection.execute(sa.update(EXCEPTIONS).where(of_door).values(state="closed"))
        if not found.is_empty():
            connection.execute(sa.insert(EXCEPTIONS), found.to_dicts())

    store.transact(work)


def _replace(store: Store, lease: Lease, table: sa.Table, run_id: str, rows: pl.DataFrame) -> int:
    store.transact(lambda connection: hold(connection, lease))
    _clear(store, table, run_id)
    named = rows.with_columns(run_id=pl.lit(run_id))
    write_in_turns(store, table, named, rows_per_turn=_ROWS_PER_TURN)
    store.transact(lambda connection: hold(connection, lease))
    return rows.height


def _clear(store: Store, table: sa.Table, run_id: str) -> None:
    """Delete what is there of a run, in turns."""
    key = next(column for column in table.primary_key if column.name != "run_id")
    mine = table.c.run_id == run_id
    some = sa.select(key).where(mine).order_by(key).limit(_ROWS_PER_TURN)
    few = sa.delete(table).where(mine, key.in_(some))
    repeat_in_turns(store, lambda connection: connection.execute(few).rowcount)


def _read(store: Store, table: sa.Table, run_id: str, *order: str) -> pl.DataFrame:
    query = sa.select(table).where(table.c.run_id == run_id)
    with store.read() as connection:
        return read_rows(connection, query.order_by(*(table.c[name] for name in order)))
