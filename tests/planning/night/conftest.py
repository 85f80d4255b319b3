"""A small company on each engine, and a clock that a test turns."""

from datetime import UTC, date, datetime, timedelta

import pytest

from data.demo import write_company
from data.store.engine import Store
from data.store.migrate import migrate
from planning.night.use_case import deliver, run_night
from planning.settings import Settings
from tests.data.store.conftest import (  # noqa: F401 - fixtures of the store's own tests
    cluster,
    engine_name,
    migrated_file,
    place,
    store,
)

DAY = date(2026, 9, 30)
SETTINGS = Settings(verify_sample=10)


class Clock:
    """Gives moments a second apart, and jumps when asked to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 1, 2, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=0.001)
        return self.now

    def jump(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="session")
def tables(tmp_path_factory):
    """A tiny demo company's input folder."""
    folder = tmp_path_factory.mktemp("tiny") / "input"
    write_company(folder, parts=8, locations=3, seed=3)
    return folder


@pytest.fixture
def company(store, tables, clock):  # noqa: F811
    """A store that the tables were delivered to."""
    deliver(store, tables, SETTINGS, actor="ada", clock=clock)
    clock.jump(60)
    return store


@pytest.fixture
def nights(tmp_path):
    return tmp_path / "nights"


@pytest.fixture(scope="session")
def undisturbed(tables, tmp_path_factory):
    """The answer and the run folder of a night that nobody disturbed, on SQLite."""
    base = tmp_path_factory.mktemp("undisturbed")
    migrate(base / "store.db")
    found, clock = Store(base / "store.db"), Clock()
    deliver(found, tables, SETTINGS, actor="ada", clock=clock)
    clock.jump(60)
    answer = run_night(found, SETTINGS, base / "nights", actor="ada", clock=clock)
    found.close()
    return answer, base / "nights" / answer.summary["run_id"]
