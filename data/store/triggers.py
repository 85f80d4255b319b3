"""Triggers that keep history as it was: insert-only tables, and final states that stay final."""

from typing import Final

import sqlalchemy as sa

_REFUSE: Final = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is never changed: ' || TG_ARGV[0]; END $$
"""


def insert_only(connection: sa.Connection, table: str) -> None:
    """From now on rows of `table` are only ever added."""
    for verb in ("UPDATE", "DELETE"):
        _refuse(connection, table, verb, "rows are only added")
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {table}_keeps_all BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('rows are only added')"
        )


def final_states(connection: sa.Connection, table: str, state: str, *open_words: str) -> None:
    """From now on a row of `table` whose `state` is none of `open_words` stays as it is."""
    listed = ", ".join(f"'{word}'" for word in open_words)
    _refuse(connection, table, "UPDATE", "its state is final", f"OLD.{state} NOT IN ({listed})")
    _refuse(connection, table, "DELETE", "rows are kept")


def written_once(connection: sa.Connection, table: str) -> None:
    """From now on rows of `table` may be added and deleted, but not changed."""
    _refuse(connection, table, "UPDATE", "rows are written once")


def _refuse(
    connection: sa.Connection, table: str, verb: str, why: str, when: str | None = None
) -> None:
    name, condition = f"{table}_refuses_{verb.lower()}", f"WHEN ({when})" if when else ""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{table} is never changed: {why}'); END"
        )
        return
    connection.exec_driver_sql(_REFUSE)
    connection.exec_driver_sql(
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH ROW {condition}"
        f" EXECUTE FUNCTION refuse_change('{why}')"
    )
