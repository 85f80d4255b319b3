"""One migrated, empty store per test, on each engine: a real file, a real server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from data.store.engine import Store
from data.store.migrate import migrate
from tests.data.store import postgres

ENGINES = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.running() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "store.db"
    migrate(path)
    return path


@pytest.fixture(params=ENGINES)
def engine_name(request) -> str:
    return request.param


@pytest.fixture
def place(engine_name, request, tmp_path) -> Iterator[str]:
    """Where an empty, migrated database is: a path or a URL."""
    if engine_name == "sqlite":
        path = tmp_path / "store.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        yield str(path)
        return
    cluster = request.getfixturevalue("cluster")
    url = cluster.lend()
    yield url
    cluster.take_back(url)


@pytest.fixture
def store(place) -> Iterator[Store]:
    store = Store(place)
    yield store
    store.close()
