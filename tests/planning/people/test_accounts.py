"""An account is made once, however many ask for it at the same moment."""

from datetime import UTC, datetime

import pytest

from data.store import people
from data.store.engine import Store
from inventory.ledger import Refusal, Request
from inventory.people import Role
from planning.people import accounts
from tests.data.store.conftest import (  # noqa: F401 - fixtures of the store's own tests
    cluster,
    engine_name,
    migrated_file,
    place,
)
from tests.data.store.races import race

NOW = datetime(2026, 10, 1, 2, tzinfo=UTC)


@pytest.fixture
def crowd(place):  # noqa: F811
    store = Store(place, connections=8, lock_seconds=20)
    yield store
    store.close()


def names(store):
    with store.read() as connection:
        return [row.name for row in people.accounts(connection, "", 100)]


def test_of_eight_who_make_the_same_account_one_does_and_seven_are_told(crowd):
    def maker(number):
        request = Request(f"admin {number}", f"key {number}", NOW)
        return lambda: accounts.make(crowd, request, "mo", Role.TECHNICIAN)

    for _ in range(3):
        runs = race(*map(maker, range(8)))
        assert [run.error for run in runs if run.error] == []
    codes = sorted(str(run.result.code) for run in runs)
    assert codes == sorted(["ok", *[str(Refusal.TAKEN)] * 7])
    assert names(crowd) == ["mo"]


def test_the_first_admins_token_makes_one_admin(crowd):
    token = accounts.first_admin_token(crowd)
    password = "a long enough password"

    def maker(number):
        return lambda: accounts.make_first_admin(crowd, token, f"admin{number}", password, NOW)

    runs = race(*map(maker, range(6)))
    assert [run.error for run in runs if run.error] == []
    assert sum(run.result for run in runs) == 1
    assert len(names(crowd)) == 1
