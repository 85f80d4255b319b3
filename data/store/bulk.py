"""Many rows at once: one way in and one way out for each engine.

SQLite takes them through its own driver (`executemany`), PostgreSQL through COPY. No other library
may open the SQLite file: a second SQLite in one process silently drops the first one's locks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from time import perf_counter, sleep
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store.columns import Instant
from data.store.engine import Store

_ROWS_PER_PIECE: Final = 100_000
_NULL: Final = r"\N"
_LONGEST_TURN_SECONDS: Final = 0.02
_LONG_TURN_SECONDS: Final = 0.05  # the machine has more to do: whoever waits gets more of it
_REST_AFTER_LONG: Final = 3.0
_FEWEST_ROWS_PER_TURN: Final = 100
_ROWS_PER_CLEARING: Final = 1000  # about a megabyte of SQLite's log


def write_rows(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> int:
    """Add the rows of `frame` to `table`; the columns it lacks stay null. Returns how many."""
    write = _write_sqlite if connection.dialect.name == "sqlite" else _copy_in
    cursor = connection.connection.cursor()
    try:
        for piece in _stored(table, frame).iter_slices(_ROWS_PER_PIECE):
            write(cursor, table.name, piece)
    finally:
        cursor.close()
    return frame.height


def write_in_turns(
    store: Store, table: sa.Table, frame: pl.DataFrame, *, rows_per_turn: int = 1000
) -> None:
    """Add rows in small transactions, leaving as much time between them as each one took.

    Whoever reserves a part meanwhile waits for one turn, not for the whole table; where turns take
    long, because the machine has more to do, they have fewer rows and longer rests. Everything
    that can be made ready before is: nobody waits for it.
    """
    rows, most = _stored(table, frame), rows_per_turn
    if not store.is_sqlite:
        for piece in rows.iter_slices(most):
            _one_turn(store, partial(_written, table=table, piece=piece))
        return
    first, cleared, least = 0, 0, min(_FEWEST_ROWS_PER_TURN, rows_per_turn)
    while first < rows.height:
        ready = _Ready.of(table.name, rows.slice(first, most))
        first += _one_turn(store, ready.write)
        if first - cleared >= _ROWS_PER_CLEARING:
            cleared = first
            store.clear_log()
        slow = ready.took_seconds > _LONGEST_TURN_SECONDS
        most = max(most // 2, least) if slow else min(most + most // 4 + 1, rows_per_turn)


def repeat_in_turns(store: Store, turn: Callable[[sa.Connection], int]) -> None:
    """Do `turn` in small transactions until it finds no row, resting as long as each took."""
    uncleared = 0
    while (rows := _one_turn(store, turn)) > 0:
        uncleared += rows
        if uncleared >= _ROWS_PER_CLEARING:
            uncleared = 0
            store.clear_log()


def _one_turn(store: Store, turn: Callable[[sa.Connection], int]) -> int:
    started = perf_counter()
    rows = store.transact(turn, lasts=False)  # whoever says that all is written makes it last
    took = perf_counter() - started
    if store.is_sqlite:
        sleep(took if took <= _LONG_TURN_SECONDS else _REST_AFTER_LONG * took)
    return rows


def _written(connection: sa.Connection, *, table: sa.Table, piece: pl.DataFrame) -> int:
    cursor = connection.connection.cursor()
    try:
        _copy_in(cursor, table.name, piece)
    finally:
        cursor.close()
    return piece.height


@dataclass(slots=True)
class _Ready:
    """Rows as SQLite's driver takes them, and how long it held the file's lock over them."""

    statement: str
    values: list[tuple[Any, ...]]
    took_seconds: float = 0.0

    @classmethod
    def of(cls, table: str, rows: pl.DataFrame) -> "_Ready":
        return cls(_insert(table, rows), rows.rows())

    def write(self, connection: sa.Connection) -> int:
        started = perf_counter()
        cursor = connection.connection.cursor()
        try:
            cursor.executemany(self.statement, self.values)
        finally:
            cursor.close()
        self.took_seconds = perf_counter() - started
        return len(self.values)


def _stored(table: sa.Table, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(_as_stored(table.c[name]) for name in frame.columns)


def read_rows(connection: sa.Connection, query: sa.Select[Any]) -> pl.DataFrame:
    """The rows `query` finds, one column per selected one, in its order."""
    compiled = query.compile(
        dialect=connection.dialect, compile_kwargs={"render_postcompile": True}
    )
    read = _read_sqlite if connection.dialect.name == "sqlite" else _copy_out
    cursor = connection.connection.cursor()
    try:
        rows = read(cursor, compiled)
    finally:
        cursor.close()
    return rows.select(_as_typed(each.name, each.type) for each in query.selected_columns)


def polars_type(kind: sa.types.TypeEngine[Any]) -> pl.DataType:
    """The column type in a frame for a column type in the database."""
    pairs: tuple[tuple[type, pl.DataType], ...] = (
        (Instant, pl.Datetime("us", "UTC")),
        (sa.Boolean, pl.Boolean()),
        (sa.Date, pl.Date()),
        (sa.Integer, pl.Int64()),
        (sa.Float, pl.Float64()),
        (sa.Text, pl.String()),
    )
    return next(frame_type for column_type, frame_type in pairs if isinstance(kind, column_type))


def _as_stored(column: sa.Column[Any]) -> pl.Expr:
    kind, value = polars_type(column.type), pl.col(column.name)
    if kind == pl.Date:
        return value.cast(pl.Date).dt.strftime("%Y-%m-%d")
    if isinstance(kind, pl.Datetime):
        return value.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S.%6f+00:00")
    return value.cast(kind)


def _as_typed(name: str, kind: sa.types.TypeEngine[Any]) -> pl.Expr:
    target, value = polars_type(kind), pl.col(name)
    if target == pl.Date:
        return value.cast(pl.String).str.to_date("%Y-%m-%d")
    if isinstance(target, pl.Datetime):
        return value.cast(pl.String).str.to_datetime(time_unit="us", time_zone="UTC")
    if target == pl.Boolean:
        return pl.when(value.is_not_null()).then(value.cast(pl.String).is_in(["t", "1"]))
    return value.cast(target)


def _write_sqlite(cursor: Any, table: str, rows: pl.DataFrame) -> None:
    cursor.executemany(_insert(table, rows), rows.iter_rows())


def _insert(table: str, rows: pl.DataFrame) -> str:
    names, marks = ", ".join(rows.columns), ", ".join("?" * rows.width)
    return f"INSERT INTO {table} ({names}) VALUES ({marks})"


def _copy_in(cursor: Any, table: str, rows: pl.DataFrame) -> None:
    text = rows.write_csv(include_header=False, null_value=_NULL, quote_style="non_numeric")
    names = ", ".join(f'"{name}"' for name in rows.columns)
    with cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv, NULL '{_NULL}')") as copy:
        copy.write(text.encode())


def _read_sqlite(cursor: Any, query: Any) -> pl.DataFrame:
    positions = query.positiontup or ()
    rows = cursor.execute(query.string, [_bound(query)[name] for name in positions]).fetchall()
    columns = query.statement.selected_columns
    schema = {column.name: _fetched_as(column.type) for column in columns}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _bound(query: Any) -> dict[str, Any]:
    """The query's parameters as the driver wants them."""
    processors = query._bind_processors
    return {
        name: processors[name](value) if name in processors else value
        for name, value in query.params.items()
    }


def _fetched_as(kind: sa.types.TypeEngine[Any]) -> pl.DataType:
    stored = polars_type(kind)
    if stored == pl.Boolean:
        return pl.Int64()
    return pl.String() if isinstance(stored, pl.Date | pl.Datetime) else stored


def _copy_out(cursor: Any, query: Any) -> pl.DataFrame:
    with cursor.copy(f"COPY ({query.string}) TO STDOUT (FORMAT csv)", _bound(query)) as copy:
        text = BytesIO(b"".join(copy))
    columns = query.statement.selected_columns
    numbers = (pl.Int64, pl.Float64)
    schema = {
        column.name: kind if (kind := polars_type(column.type)) in numbers else pl.String()
        for column in columns
    }
    if not text.getbuffer().nbytes:
        return pl.DataFrame(schema=schema)
    return pl.read_csv(text, has_header=False, schema=schema)
