"""Create the database or bring it up to date; one process at a time, wholly or not at all."""

import os
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from data.store.engine import Store, url_of

_FOLDER: Final = Path(__file__).parent / "migrations"
_MIGRATION_LOCK: Final = 7_732_927_354  # any number, as long as every version takes the same


def migrate(place: str | Path, *, revision: str = "head") -> str:
    """Bring the database at `place` (URL or SQLite path) up to `revision`; returns where it is.

    An SQLite file that is not there is made, with its folder, readable by its owner alone.
    """
    _make_file(url_of(place))
    store = Store(place, lock_seconds=60)
    try:
        with store.engine.connect() as connection:
            _migrate(connection, store.is_sqlite, revision)
        with store.read() as connection:
            return revision_of(connection) or ""
    finally:
        store.close()


def _make_file(url: sa.URL) -> None:
    if url.get_backend_name() != "sqlite" or not url.database or Path(url.database).exists():
        return
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))


def _migrate(connection: sa.Connection, is_sqlite: bool, revision: str) -> None:
    if is_sqlite:  # tables are rebuilt by copying: references must not follow the old one
        connection.execution_options(sparewise_writes=True)
        _pragma_outside_transaction(connection, "foreign_keys=OFF")
    with connection.begin():
        if not is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        command.upgrade(_config(connection), revision)
        if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError("a migration broke a reference; nothing was changed")
    if is_sqlite:
        _pragma_outside_transaction(connection, "foreign_keys=ON")


def _pragma_outside_transaction(connection: sa.Connection, pragma: str) -> None:
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def revision_of(connection: sa.Connection) -> str | None:
    """The revision the database is at; None when it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The revision this version of the product works with."""
    return ScriptDirectory.from_config(_config(None)).get_current_head() or ""


def _config(connection: sa.Connection | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
