"""The demo company as a database one can walk about in: taken in, planned, with people."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from data.demo import write_company
from data.store.engine import Store
from data.store.migrate import migrate
from planning.night import places
from planning.night import use_case as nights
from planning.people.demo import hire
from planning.settings import Settings

DATABASE: Final = "company.db"
_PART: Final = ".part"


def demo_database(folder: Path, say: Callable[[str], None]) -> Path:
    """The database in `folder`, made from the demo company's tables if there is none."""
    place = folder / DATABASE
    if place.exists():
        migrate(place)
        return place
    tables = folder / "input"
    if not (tables / "parts.csv").exists() and not (tables / "parts.parquet").exists():
        say("Writing the demo company ...")
        write_company(tables, parts=150, locations=8, seed=1, form=None)
    making = folder / f"making{_PART}.db"
    for old in folder.glob(f"{making.name}*"):
        old.unlink()
    migrate(making)
    store, settings = Store(making), Settings()
    try:
        say("Taking its tables in ...")
        nights.deliver(store, tables, settings, actor="demo")
        say("Planning its first night ...")
        nights_folder = places.folder_of(Settings(), Store(place))
        nights.run_night(store, settings, nights_folder, actor="demo")
        hire(store, folder)
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        store.close()
    making.replace(place)
    return place
