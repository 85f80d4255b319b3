"""The schema is what the migrations make of it, on both engines."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from data.store.engine import Store
from data.store.migrate import migrate, newest_revision, revision_of
from data.store.schema import INSERT_ONLY, METADATA


def test_the_migrated_database_is_the_schema_to_the_last_column_and_comment(store):
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_migrating_twice_changes_nothing(place):
    assert migrate(place) == migrate(place) == newest_revision()


def test_every_column_says_what_it_holds():
    silent = [str(c) for table in METADATA.tables.values() for c in table.c if not c.comment]
    assert silent == []


@pytest.mark.parametrize("name", INSERT_ONLY)
def test_history_is_never_rewritten(store, name):
    table = METADATA.tables[name]
    column = next(iter(table.c))
    with store.write() as connection:
        triggers = sa.text(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :name"
            if store.is_sqlite
            else "SELECT count(*) FROM pg_trigger WHERE tgrelid = CAST(:name AS regclass)"
            " AND NOT tgisinternal"
        )
        assert connection.execute(triggers, {"name": name}).scalar_one() >= 2
        connection.execute(
            sa.update(table).values({column.name: column})
        )  # empty: nothing to refuse


def test_a_database_never_migrated_has_no_revision(tmp_path):
    store = Store(tmp_path / "empty.db")
    with store.read() as connection:
        assert revision_of(connection) is None
    store.close()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ("UPDATE plan_lines SET reorder_point = 5", "written once"),
        ("UPDATE proposals SET reason = 'x' WHERE proposal_id = 2", "final"),
        ("DELETE FROM proposals WHERE proposal_id = 1", "kept"),
        ("UPDATE decisions SET verdict = 'approved'", "only added"),
        ("DELETE FROM decisions", "only added"),
    ],
)
def test_what_was_decided_stays_as_it_was_decided(store, change, word):
    run = (
        "INSERT INTO runs (run_id, as_of, state, actor, fencing, started_at, code_version)"
        " VALUES ('r', '2025-07-01', 'published', 'cron', 1, '2025-07-01', '0')",
        "INSERT INTO plan_lines (run_id, part_id, location_id, reorder_point, order_quantity,"
        " base_stock_level) VALUES ('r', 'P', 'L', 1, 1, 2)",
        *(
            "INSERT INTO proposals (run_id, last_run_id, part_id, location_id, kind, cause, state,"
            f" version, value_change, reason) VALUES ('r', 'r', 'P', 'L', 'level', 'demand',"
            f" '{state}', 1, 0, 'demand up')"
            for state in ("open", "rejected")
        ),
        "INSERT INTO decisions (proposal_id, verdict, version, actor, at, reason_code)"
        " VALUES (2, 'rejected', 1, 'ada', '2025-07-01', 'no_demand')",
        "UPDATE proposals SET state = 'approved' WHERE proposal_id = 1",
    )
    with store.write() as connection:
        for statement in run:
            connection.exec_driver_sql(statement)
    with pytest.raises(sa.exc.DBAPIError, match=word), store.write() as connection:
        connection.exec_driver_sql(change)


def test_a_new_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "a" / "new" / "folder" / "company.db"
    migrate(path)
    store = Store(path)
    with store.write():
        assert {each.stat().st_mode & 0o777 for each in path.parent.iterdir()} == {0o600}
    store.close()


def test_a_store_in_memory_is_refused():
    with pytest.raises(ValueError, match="lives in a file"):
        Store("sqlite://")
