"""Where nights keep their files."""

from pathlib import Path

from data.store.engine import Store
from planning.settings import Settings


def folder_of(settings: Settings, store: Store) -> Path:
    """The folder of nights: the settings say, else beside an SQLite file, else here."""
    return _beside(settings, store, "nights")


def uploads_of(settings: Settings, store: Store) -> Path:
    """The folder of tables that came in over HTTP."""
    return _beside(settings, store, "uploads")


def _beside(settings: Settings, store: Store, what: str) -> Path:
    if what == "nights" and settings.nights_folder:
        return Path(settings.nights_folder).absolute()
    if store.is_sqlite:
        file = Path(str(store.url.database))
        return file.with_name(f"{file.stem}.{what}")
    return Path.cwd() / f"sparewise.{what}"
