"""The application on a filled company, on each engine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from data.store.engine import Store
from data.store.migrate import migrate
from planning.people import passwords
from tests.api.race_shop import Shop
from tests.api.walk import served
from tests.api.world import Door, fill, hire
from tests.data.store import postgres


@pytest.fixture(scope="session", autouse=True)
def _hasty_passwords() -> Iterator[None]:
    """Passwords of tests are hashed in a millisecond; one test signs in with the real price."""
    real = passwords._hasher
    hasty = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._hasher = lambda: hasty
    yield
    passwords._hasher = real


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.running() as cluster:
        yield cluster


def _company(path: Path, *, today: bool) -> tuple[Path, dict[str, str]]:
    migrate(path)
    store = Store(path)
    fill(store)
    tokens = hire(store, today=today)
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    return path, tokens


@pytest.fixture(scope="session")
def company(_hasty_passwords, tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A database file with the baseline company, and everybody's token."""
    return _company(tmp_path_factory.mktemp("company") / "company.db", today=False)


@pytest.fixture(scope="session")
def company_today(_hasty_passwords, tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """The same for a server with a clock of its own."""
    return _company(tmp_path_factory.mktemp("today") / "company.db", today=True)


@pytest.fixture
def store(company, tmp_path) -> Iterator[Store]:
    path = tmp_path / "company.db"
    shutil.copy(company[0], path)
    store = Store(path)
    yield store
    store.close()


@pytest.fixture
def door(store, company) -> Iterator[Door]:
    door = Door(store, company[1])
    with door.client:
        yield door


@pytest.fixture(params=["sqlite", "postgres"])
def any_door(request, tmp_path) -> Iterator[Door]:
    """The same on both engines."""
    if request.param == "sqlite":
        yield request.getfixturevalue("door")
        return
    cluster = request.getfixturevalue("cluster")
    url = cluster.lend()
    store = Store(url)
    fill(store)
    door = Door(store)
    with door.client:
        yield door
    store.close()
    cluster.take_back(url)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shop(request, tmp_path_factory) -> Iterator[Shop]:
    """A server with two processes, on each engine."""
    folder = tmp_path_factory.mktemp("races")
    if request.param == "sqlite":
        path, tokens = request.getfixturevalue("company_today")
        place = folder / "company.db"
        shutil.copy(path, place)
        store = Store(place)
    else:
        place = request.getfixturevalue("cluster").lend()
        store = Store(place)
        fill(store)
        tokens = hire(store, today=True)
    with served(folder, "--workers", "2", place=place) as (address, _):
        shop = Shop(address, store, tokens)
        yield shop
        shop.hang_up()
    store.close()
    if request.param == "postgres":
        request.getfixturevalue("cluster").take_back(place)
