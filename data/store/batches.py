"""Tables that came in, batch by batch: loaded in turns, put in force by one pointer."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store.bulk import polars_type, read_rows, repeat_in_turns, write_in_turns
from data.store.engine import Store
from data.store.master_tables import BATCHES, CURRENT_BATCHES, INCOMING

_ROWS_PER_LOOK: Final = 20_000


def keep_tables(
    store: Store,
    tables: Mapping[str, pl.DataFrame],
    *,
    taken_in_at: datetime,
    as_of: date | None = None,
    rows_per_turn: int = 1000,
) -> dict[str, str]:
    """Load `tables` and put them in force together; returns the batch of each.

    A table that is what it was keeps its batch. Until the last row is there, readers see the tables
    that were in force before; a load that was cut off is begun again.
    """
    batches = {
        name: _load(store, name, frame, taken_in_at, as_of, rows_per_turn)
        for name, frame in sorted(tables.items())
    }
    store.transact(lambda connection: _put_in_force(connection, batches, taken_in_at, as_of))
    return batches


def batches_in_force(connection: sa.Connection) -> dict[str, str]:
    """The batch of each table that readers see."""
    rows = connection.execute(sa.select(CURRENT_BATCHES).order_by(CURRENT_BATCHES.c.table_name))
    return {row.table_name: row.batch_id for row in rows}


def read_table(connection: sa.Connection, name: str, batch_id: str | None = None) -> pl.DataFrame:
    """The rows of `name` in `batch_id` or in force, in canonical order; none where it has none."""
    table = INCOMING[name]
    if batch_id is None:
        batch_id = batches_in_force(connection).get(name, "")
    query = (
        sa.select(*_columns_of(name))
        .where(table.c.batch_id == batch_id)
        .order_by(table.c.row_number)
    )
    return read_rows(connection, query)


def read_delivery(store: Store, name: str, batch_id: str) -> pl.DataFrame:
    """The rows of `name` in a complete batch, in canonical order; none where it has none.

    A batch does not change any more, so it is read piece by piece: one long look would keep
    SQLite's log from being cleared, and somebody would have to clear all of it afterwards.
    """
    table = INCOMING[name]
    number, columns = table.c.row_number, _columns_of(name)
    pieces: list[pl.DataFrame] = []
    while not pieces or pieces[-1].height == _ROWS_PER_LOOK:
        first = len(pieces) * _ROWS_PER_LOOK
        query = sa.select(*columns).where(
            table.c.batch_id == batch_id, number >= first, number < first + _ROWS_PER_LOOK
        )
        with store.read() as connection:
            pieces.append(read_rows(connection, query.order_by(number)))
        store.clear_log()  # while nobody here looks: others' writes begin it anew
    return pl.concat(pieces)


def _columns_of(name: str) -> list[sa.Column[Any]]:
    own = ("batch_id", "row_number")
    return [column for column in INCOMING[name].c if column.name not in own]


def drop_batches(store: Store, keep: set[str], *, rows_per_turn: int = 5000) -> int:
    """Drop every complete batch that is neither in force nor in `keep`; returns how many."""
    with store.read() as connection:
        spared = keep | set(batches_in_force(connection).values())
        complete = sa.select(BATCHES).where(BATCHES.c.state == "complete")
        gone = [row for row in connection.execute(complete) if row.batch_id not in spared]
    for row in gone:
        store.transact(lambda connection, each=row.batch_id: _mark(connection, each, "dropped"))  # type: ignore[misc]
        _clear(store, INCOMING[row.table_name], row.batch_id, rows_per_turn)
    return len(gone)


def content_hash(frame: pl.DataFrame) -> str:
    """SHA-256 of the rows in the order they are in."""
    text = frame.write_csv(null_value=r"\N", quote_style="non_numeric", float_precision=None)
    return hashlib.sha256(text.encode()).hexdigest()


def _load(
    store: Store,
    name: str,
    frame: pl.DataFrame,
    taken_in_at: datetime,
    as_of: date | None,
    rows_per_turn: int,
) -> str:
    table = INCOMING[name]
    wanted = [column for column in table.c if column.name in frame.columns]
    frame = frame.select(pl.col(each.name).cast(polars_type(each.type)) for each in wanted)
    hashed = content_hash(frame)
    batch = {
        "batch_id": f"{name} {hashed[:16]}",
        "table_name": name,
        "content_hash": hashed,
        "row_count": frame.height,
        "as_of": as_of,
        "taken_in_at": taken_in_at,
        "state": "loading",
    }
    if _begin(store, batch):
        _clear(store, table, str(batch["batch_id"]), rows_per_turn)
        numbered = frame.with_row_index("row_number").with_columns(
            pl.col("row_number").cast(pl.Int64), batch_id=pl.lit(batch["batch_id"])
        )
        write_in_turns(store, table, numbered, rows_per_turn=rows_per_turn)
        store.transact(lambda connection: _mark(connection, str(batch["batch_id"]), "complete"))
    return str(batch["batch_id"])


def _begin(store: Store, batch: dict[str, object]) -> bool:
    """True when the batch has to be loaded."""
    named = BATCHES.c.batch_id == batch["batch_id"]

    def begin(connection: sa.Connection) -> bool:
        state = connection.execute(sa.select(BATCHES.c.state).where(named)).scalar()
        if state is None:
            connection.execute(sa.insert(BATCHES), batch)
        elif state == "dropped":
            connection.execute(sa.update(BATCHES).where(named).values(state="loading"))
        return state != "complete"

    return store.transact(begin)


def _clear(store: Store, table: sa.Table, batch_id: str, rows_per_turn: int) -> None:
    """Delete what is there of a batch, in turns."""
    mine = table.c.batch_id == batch_id
    first_rows = sa.select(table.c.row_number).where(mine).limit(rows_per_turn)
    some = sa.delete(table).where(mine, table.c.row_number.in_(first_rows))
    repeat_in_turns(store, lambda connection: connection.execute(some).rowcount)


def _mark(connection: sa.Connection, batch_id: str, state: str) -> None:
    connection.execute(sa.update(BATCHES).where(BATCHES.c.batch_id == batch_id).values(state=state))


def _put_in_force(
    connection: sa.Connection, batches: dict[str, str], now: datetime, as_of: date | None
) -> None:
    """Move the pointers; a batch that comes back after another one was taken in now, not then."""
    pointer = CURRENT_BATCHES
    before = set(batches_in_force(connection).values())
    for batch_id in sorted(set(batches.values()) - before):
        mine = sa.update(BATCHES).where(BATCHES.c.batch_id == batch_id)
        connection.execute(mine.values(taken_in_at=now, as_of=as_of))
    connection.execute(sa.delete(pointer).where(pointer.c.table_name.in_(sorted(batches))))
    rows = [{"table_name": name, "batch_id": batch_id} for name, batch_id in batches.items()]
    if rows:
        connection.execute(sa.insert(pointer), rows)
