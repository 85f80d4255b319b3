"""The doctor finds nothing where nothing is wrong, and says what it saw where something is."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from data.store import audit
from data.store.doctor import examine, file_system_of
from data.store.engine import Store
from data.store.migrate import migrate
from tests.data.store.shop import done, hold, put
from tests.data.store.test_invariants import force

EXPECTED = {"fsync is on"}  # the tests' server does not wait for the disk


def _troubles(store, **more) -> set[str]:
    return {each.question for each in examine(store, **more) if not each.good} - EXPECTED


def test_a_sound_store_has_no_trouble(store):
    put(store, 5)
    done(store, hold(1))
    assert _troubles(store) == set()
    assert len(examine(store)) >= 20


def test_damage_is_named(store):
    put(store, 5)
    force(store, "UPDATE stock_balances SET on_hand = on_hand + 1")
    assert _troubles(store) == {"I3: Balances are the sum of the journal."}


def test_a_restored_older_copy_shows_against_the_exported_head(store):
    put(store, 5)
    with store.read() as connection:
        head = audit.head(connection)
    ahead = audit.Head(head.sequence + 3, "later")
    assert _troubles(store, exported=ahead) == {"The audit is what it was"}


def test_an_old_schema_is_said_before_anything_else(tmp_path):
    migrate(tmp_path / "old.db", revision="0002")
    store = Store(tmp_path / "old.db")
    assert [each.question for each in examine(store)] == ["The schema is current"]
    store.close()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_lost_reference_is_found(store):
    force(store, "INSERT INTO current_batches VALUES ('parts', 'nowhere')")
    assert _troubles(store) == {"Every reference has its row"}
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("PRAGMA journal_mode")).scalar() == "wal"


def test_a_network_share_is_told_from_a_disk():
    mounts = "/dev/sda / ext4 rw 0 0\nserver:/x /srv/with\\040space nfs4 rw 0 0\n"
    assert file_system_of(Path("/srv/with space/company.db"), mounts) == "nfs4"
    assert file_system_of(Path("/srv/company.db"), mounts) == "ext4"
    assert file_system_of(Path("/srv/company.db"), "") == ""
