"""What was handed over and what was asked in vain become demand, each need once."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from data.store.batches import keep_tables
from data.store.ledger import perform
from data.store.ledger_demand import demand_rows
from inventory.ledger import Request
from inventory.ledger_commands import Fulfil, Issue, Receive, Return, Scrap, Transfer
from tests.data.store.shop import MORNING, ask, done, hold, put


def _demand(store) -> list[tuple]:
    with store.read() as connection:
        frame = demand_rows(connection)
    return frame.select("part_id", "location_id", "quantity", "document_id").rows()


def test_an_empty_ledger_has_no_demand(store):
    assert _demand(store) == []


def test_only_customers_are_demand(store):
    put(store, 10)
    done(store, Issue("P-1", "L-1", 2))
    done(store, Issue("P-1", "L-1", 2))
    done(store, Transfer("P-1", "L-1", "L-2", 1))
    done(store, Scrap("P-1", "L-1", 1))
    done(store, Return("P-1", "L-1", 1))
    number = done(store, hold(2, repair_order_id="RO-1")).body["reservation_id"]
    assert _demand(store) == [("P-1", "L-1", 2, None)] * 2  # held is not yet handed over
    done(store, Fulfil(number))
    assert _demand(store)[-1] == ("P-1", "L-1", 2, "RO-1")


def test_what_came_back_unused_was_no_demand(store):
    put(store, 10)
    done(store, Issue("P-1", "L-1", 3, document_id="RO-1"))
    done(store, Return("P-1", "L-1", 2, document_id="RO-1"))
    done(store, Issue("P-1", "L-1", 1, document_id="RO-2"))
    done(store, Return("P-1", "L-1", 1, document_id="RO-2"))
    assert _demand(store) == [("P-1", "L-1", 1, "RO-1")]


def test_asking_three_times_in_vain_is_one_need(store):
    for _ in range(3):
        ask(store, hold(2, repair_order_id="RO-1"))
    ask(store, hold(1))
    ask(store, hold(1))
    assert _demand(store) == [("P-1", "L-1", 1, None)] * 2 + [("P-1", "L-1", 2, "RO-1")]


def test_a_need_served_by_a_sister_site_belongs_where_it_was_first_asked(store):
    put(store, 5, place="L-2")
    ask(store, hold(2, repair_order_id="RO-1"), minutes=0)
    number = done(store, hold(2, place="L-2", repair_order_id="RO-1"), minutes=1)
    done(store, Fulfil(number.body["reservation_id"]), minutes=2)
    assert _demand(store) == [("P-1", "L-1", 2, "RO-1")]


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Etc/GMT+12", date(2025, 6, 30)),
        ("America/Chicago", date(2025, 6, 30)),
        ("Europe/Berlin", date(2025, 7, 1)),
        ("Asia/Kolkata", date(2025, 7, 1)),
        ("Pacific/Kiritimati", date(2025, 7, 1)),
        (None, date(2025, 7, 1)),
    ],
)
def test_a_day_is_the_day_at_the_location(store, zone, day):
    places = pl.DataFrame({"location_id": ["L-1"], "timezone": pl.Series([zone], dtype=pl.String)})
    keep_tables(store, {"locations": places}, taken_in_at=MORNING)
    moment = datetime(2025, 7, 1, 2, tzinfo=UTC)
    perform(store, Request("ada", "a", moment), Receive("P-1", "L-1", 1))
    perform(store, Request("ada", "b", moment), Issue("P-1", "L-1", 1))
    with store.read() as connection:
        assert demand_rows(connection)["date"].to_list() == [day]
