"""Copies of the whole database, made while it is in use, and the way back.

`back_up` copies an SQLite store into one file that can be opened as it is. `export_tables` writes
the tables of either engine, as they were at one moment, into a ZIP of Parquet files that
`import_tables` reads into an empty database of either engine: PostgreSQL's backup without its
client programs, and the road from one engine to the other.
"""

import hashlib
import json
import os
import sqlite3
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store.bulk import read_rows, write_rows
from data.store.engine import Store
from data.store.invariants import check_invariants
from data.store.migrate import migrate, revision_of
from data.store.schema import METADATA

_MANIFEST: Final = "manifest.json"


class BadBackup(Exception):
    """A copy that is not what it should be; it was not put in place."""


def back_up(store: Store, target: Path) -> Path:
    """Copy an SQLite store into `target`, readable by its owner alone; writers are not held up.

    Raises:
        BadBackup: when the copy is damaged or breaks an invariant; `target` is left as it was.
    """
    if not store.is_sqlite:
        raise BadBackup("Only an SQLite store is one file; use the export for PostgreSQL.")
    part = _private(target)
    source = sqlite3.connect(str(store.url.database))
    copy = sqlite3.connect(part)
    try:
        source.backup(copy)  # in one step: a snapshot, which in WAL mode holds up nobody
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, not three
        copy.commit()
    finally:
        copy.close()
        source.close()
    _check(part)
    return _put_in_place(part, target)


def export_tables(store: Store, target: Path) -> Path:
    """Write every table, all as of one moment, into a ZIP of Parquet files."""
    part = _private(target)
    with store.read() as connection, zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:
        facts: dict[str, Any] = {"revision": revision_of(connection), "tables": {}}
        for table in METADATA.sorted_tables:
            frame = read_rows(connection, sa.select(table).order_by(*table.primary_key.columns))
            written = BytesIO()
            frame.write_parquet(written, compression="zstd")
            archive.writestr(f"{table.name}.parquet", written.getvalue())
            hashed = hashlib.sha256(written.getvalue()).hexdigest()
            facts["tables"][table.name] = {"rows": frame.height, "sha256": hashed}
        archive.writestr(_MANIFEST, json.dumps(facts, indent=2, sort_keys=True))
    return _put_in_place(part, target)


def import_tables(archive_path: Path, place: str | Path) -> int:
    """Fill the empty database at `place` from an export; returns how many rows it holds.

    Raises:
        BadBackup: when the archive was changed, is of another revision, or breaks an invariant, or
            when `place` is in use already; nothing is written.
    """
    revision = migrate(place)
    store = Store(place, lock_seconds=60)
    try:
        with zipfile.ZipFile(archive_path) as archive, store.write() as connection:
            facts = json.loads(archive.read(_MANIFEST))
            if facts["revision"] != revision:
                raise BadBackup(f"The export is of revision {facts['revision']}, not {revision}.")
            _refuse_a_used(connection)
            total = sum(
                _fill(connection, table, archive, facts["tables"][table.name])
                for table in METADATA.sorted_tables
            )
            if found := check_invariants(connection):
                raise BadBackup(f"The export breaks an invariant: {found[0].sentence}")
            return total
    finally:
        store.close()


def _private(target: Path) -> Path:
    """An empty file beside `target` that only its owner may read."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    return part


def _check(part: Path) -> None:
    engine = sa.create_engine(  # opened as it is: a store would make three files of it
        "sqlite://", creator=lambda: sqlite3.connect(part), poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        damage = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        broken = [each.sentence for each in check_invariants(connection)]
    if damage != ["ok"] or broken:
        part.unlink()
        raise BadBackup(f"The copy is not sound: {[*damage, *broken]}")


def _put_in_place(part: Path, target: Path) -> Path:
    with part.open("rb") as written:
        os.fsync(written.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
    return target


def _refuse_a_used(connection: sa.Connection) -> None:
    for name in ("movements", "batches", "runs"):
        if connection.execute(sa.select(METADATA.tables[name]).limit(1)).first() is not None:
            raise BadBackup(f"The database is in use: {name} holds rows.")
    connection.execute(sa.delete(METADATA.tables["audit_head"]))


def _fill(
    connection: sa.Connection, table: sa.Table, archive: zipfile.ZipFile, facts: dict[str, Any]
) -> int:
    content = archive.read(f"{table.name}.parquet")
    if hashlib.sha256(content).hexdigest() != facts["sha256"]:
        raise BadBackup(f"{table.name} is not what was exported.")
    rows = write_rows(connection, table, pl.read_parquet(BytesIO(content)))
    number = table.autoincrement_column
    if connection.dialect.name == "postgresql" and number is not None and rows:
        highest = sa.select(sa.func.max(number)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, number.name)
        connection.execute(sa.select(sa.func.setval(sequence, highest)))
    return rows
