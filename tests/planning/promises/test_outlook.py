"""A server learns lanes beside its requests; a command learns them when it first asks."""

from datetime import date, timedelta

import polars as pl
import pytest

from data.store.batches import keep_tables
from planning.promises import lanes
from planning.promises.inquiry import Inquiry, inquire
from tests.planning.promises.shop import NOW, open_shop, orders, put, tables

SLOW = pl.DataFrame(
    {
        "order_id": [f"OLD-{n}" for n in range(30)],
        "part_id": ["PUMP"] * 30,
        "location_id": ["CW"] * 30,
        "quantity": [1] * 30,
        "ordered_on": [date(2025, 3, 1) + timedelta(days=n) for n in range(30)],
        "promised_on": [date(2025, 3, 21) + timedelta(days=n) for n in range(30)],
        "received_on": [date(2025, 4, 10) + timedelta(days=n) for n in range(30)],
        "supplier_id": ["ACME"] * 30,
    }
)
OTHER = tables(parts=tables()["parts"].with_columns(superseded_by=pl.lit(None, pl.String)))


@pytest.fixture
def learning(monkeypatch) -> list:
    """What was learnt: one entry each time lanes are."""
    times, learn = [], lanes.learn

    def counted(*given):
        times.append(given[-1])
        return learn(*given)

    monkeypatch.setattr(lanes, "learn", counted)
    return times


def ask(store, outlook, now):
    with store.read() as connection:
        return inquire(connection, outlook, Inquiry("PUMP", "CW"), now)


def test_whoever_asks_first_on_a_new_day_does_not_wait_for_what_is_learnt_beside(store, learning):
    outlook = open_shop(store)
    ask(store, outlook, NOW)
    outlook.renewed_beside = True
    ask(store, outlook, NOW + timedelta(days=1))
    assert len(learning) == 1
    with store.read() as connection:
        outlook.renew(connection, NOW + timedelta(days=1))
    assert len(learning) == 2


def test_a_delivery_is_seen_at_once_and_its_lanes_once_they_are_learnt(store, learning):
    outlook = open_shop(store)
    before = ask(store, outlook, NOW)
    outlook.renewed_beside = True
    keep_tables(store, {**OTHER, "receipts": SLOW}, taken_in_at=NOW)
    at_once = ask(store, outlook, NOW)
    assert {way.part_id for way in before.ways} == {"PUMP", "PUMP-2"}
    assert {way.part_id for way in at_once.ways} == {"PUMP"}
    assert at_once.best.promised_for == before.best.promised_for
    with store.read() as connection:
        outlook.renew(connection, NOW)
    later = ask(store, outlook, NOW)
    assert later.best.promised_for > at_once.best.promised_for + timedelta(days=5)
    assert later.best.basis == "30 receipts of its lane"


def test_a_command_learns_when_it_asks(store, learning):
    outlook = open_shop(store, open_orders=orders())
    put(store, "PUMP", "CW", 1)
    for day in (0, 0, 1):
        ask(store, outlook, NOW + timedelta(days=day))
    assert len(learning) == 2
