"""A copy made while the store is in use is whole, private and good for a new start."""

import shutil
import sqlite3
import threading
import zipfile

import polars as pl
import pytest

from data.store import audit
from data.store.backup import BadBackup, back_up, export_tables, import_tables
from data.store.batches import keep_tables
from data.store.engine import Store
from data.store.migrate import migrate
from inventory.ledger_commands import Cancel, Count
from tests.data.store.shop import MORNING, ask, balance, done, hold, put, rows, violations
from tests.data.store.test_invariants import force


@pytest.fixture
def lived_in(store) -> Store:
    put(store, 50)
    done(store, hold(3, repair_order_id="RO-1"))
    done(store, Cancel(done(store, hold(2)).body["reservation_id"]))
    done(store, Count("P-1", "L-1", 45))
    ask(store, hold(1000))
    parts = pl.DataFrame({"part_id": ["P-1", ""], "unit_cost": [0.1, 5.0], "active": [True, None]})
    keep_tables(store, {"parts": parts}, taken_in_at=MORNING)
    return store


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_backup_under_load_is_whole_and_private(lived_in, tmp_path):
    stop, served = threading.Event(), []

    def reserve():
        while not stop.is_set():
            served.append(ask(lived_in, hold(1)).ok)

    worker = threading.Thread(target=reserve)
    worker.start()
    try:
        copies = [back_up(lived_in, tmp_path / f"copy {turn}.db") for turn in range(3)]
    finally:
        stop.set()
        worker.join()
    assert served
    for copy in copies:
        assert copy.stat().st_mode & 0o777 == 0o600
        opened = Store(copy)
        assert violations(opened) == []
        assert balance(opened)[0] == 45
        opened.close()
    assert not list(tmp_path.glob("*.part"))
    assert violations(lived_in) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_copy_that_breaks_an_invariant_replaces_nothing(lived_in, tmp_path):
    good = back_up(lived_in, tmp_path / "copy.db").read_bytes()
    force(lived_in, "UPDATE stock_balances SET on_hand = on_hand + 1")
    with pytest.raises(BadBackup, match="sum of the journal"):
        back_up(lived_in, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_bytes() == good


def _everything(store) -> dict[str, list]:
    tables = [
        "movements",
        "journal",
        "reservations",
        "audit_head",
        "idempotency",
        "parts",
        "refused_requests",
    ]
    return {name: sorted(rows(store, f"SELECT * FROM {name}"), key=str) for name in tables}


@pytest.fixture
def elsewhere(request, tmp_path):
    """A place nobody has migrated, by engine."""
    return {
        "sqlite": lambda: str(tmp_path / "new.db"),
        "postgres": lambda: request.getfixturevalue("cluster").fresh(),
    }


def test_an_export_fills_an_empty_database_of_the_same_kind(
    lived_in, tmp_path, engine_name, elsewhere
):
    archive = export_tables(lived_in, tmp_path / "export.zip")
    place = elsewhere[engine_name]()
    assert import_tables(archive, place) > 20
    again = Store(place)
    assert _everything(again) == _everything(lived_in)
    assert done(again, hold(1)).body["reservation_id"] == 3  # numbers go on
    assert violations(again) == []
    again.close()


def test_an_export_moves_a_company_to_the_other_engine(lived_in, tmp_path, engine_name, elsewhere):
    archive = export_tables(lived_in, tmp_path / "export.zip")
    place = elsewhere["postgres" if engine_name == "sqlite" else "sqlite"]()
    import_tables(archive, place)
    moved = Store(place)
    with moved.read() as there, lived_in.read() as here:
        assert audit.head(there) == audit.head(here)
        assert audit.verify(there, audit.head(here)) is None
    assert balance(moved) == balance(lived_in)
    done(moved, hold(1))
    assert violations(moved) == []
    moved.close()


def test_a_changed_export_or_a_used_database_is_refused(lived_in, place, tmp_path):
    archive = export_tables(lived_in, tmp_path / "export.zip")
    with pytest.raises(BadBackup, match="in use"):
        import_tables(archive, place)
    shutil.copy(archive, tmp_path / "changed.zip")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(tmp_path / "changed.zip", "w") as new:
        for name in old.namelist():
            content = old.read("batches.parquet" if name == "journal.parquet" else name)
            new.writestr(name, content)
    with pytest.raises(BadBackup, match="not what was exported"):
        import_tables(tmp_path / "changed.zip", tmp_path / "new.db")
    left = sqlite3.connect(tmp_path / "new.db")
    assert left.execute("SELECT COUNT(*) FROM batches").fetchone() == (0,)
    left.close()
    assert migrate(tmp_path / "new.db")
