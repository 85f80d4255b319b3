"""A small company for promises: a depot, two stores, a van, a part of each kind."""

import itertools
from datetime import UTC, date, datetime, timedelta

import polars as pl

from data.store.batches import keep_tables
from data.store.engine import Store
from data.store.ledger import perform
from inventory.ledger import Answer, Request
from inventory.ledger_commands import Receive
from planning.promises.outlook import Outlook
from planning.settings import Settings

NOW = datetime(2025, 7, 1, 6, tzinfo=UTC)
_KEYS = itertools.count()

PARTS = {
    "part_id": ["PUMP", "PUMP-2", "SEAL", "GEAR", "MYSTERY"],
    "description": ["Pump", "Pump, newer", "Seal", "Gear", "Nobody knows"],
    "unit_cost": [100.0, 130.0, 5.0, 80.0, 10.0],
    "supplier_id": ["ACME", "ACME", "ACME", "ACME", None],
    "criticality": ["A", "A", "C", "B", "C"],
    "repairable_share": [0.0, 0.0, 0.0, 0.8, 0.0],
    "repair_time_days": [None, None, None, 20.0, None],
    "active": [True] * 5,
    "superseded_by": ["PUMP-2", None, None, None, None],
}
PLACES = {
    "location_id": ["CW", "LYON", "DIJON", "VAN-1", "ISLAND"],
    "name": ["Central warehouse", "Store Lyon", "Store Dijon", "Van 1", "Island"],
    "parent_id": [None, "CW", "CW", "CW", None],
    "timezone": ["Europe/Paris"] * 4 + [None],
    "tier": ["C", "A", "B", "A", "C"],
}
LANES = {
    "part_id": [None, None, None, None],
    "location_id": ["CW", "LYON", "DIJON", "VAN-1"],
    "lead_time_days": [20.0, 2.0, 2.0, 2.0],
    "lead_time_sd_days": [4.0, 0.5, 0.5, 0.5],
    "source": ["supplier", "parent", "parent", "parent"],
    "emergency_lead_time_days": [None, 1.0, 1.0, None],
    "emergency_cost": [None, 90.0, 90.0, None],
}


def tables(**more: pl.DataFrame) -> dict[str, pl.DataFrame]:
    found = {
        "parts": pl.DataFrame(PARTS),
        "locations": pl.DataFrame(PLACES),
        "lead_times": pl.DataFrame(LANES, schema_overrides={"part_id": pl.String}),
        "substitutes": pl.DataFrame(
            {"part_id": ["SEAL"], "substitute_id": ["GEAR"], "both_ways": [False]}
        ),
        "kits": pl.DataFrame(
            {"job_type": ["overhaul"] * 2, "part_id": ["PUMP", "SEAL"], "quantity": [1, 4]}
        ),
        "customers": pl.DataFrame(
            {
                "customer_id": ["C-1", "C-2"],
                "name": ["Alpine Foods", "Castor Print"],
                "customer_class": ["key", "standard"],
            }
        ),
        "contracts": pl.DataFrame(
            {
                "contract_id": ["K-1", "K-2"],
                "customer_id": ["C-1", "C-2"],
                "tier": ["A", "C"],
                "valid_from": [date(2025, 1, 1)] * 2,
                "valid_to": [date(2027, 1, 1)] * 2,
            }
        ),
    }
    return {**found, **more}


def orders(*rows: tuple) -> pl.DataFrame:
    """(order, part, place, pieces, ordered, expected, supplier)"""
    names = ("order_id", "part_id", "location_id", "quantity", "ordered_on", "expected_on")
    schema = dict.fromkeys((*names, "supplier_id"), pl.String)
    schema |= {"quantity": pl.Int64, "ordered_on": pl.Date, "expected_on": pl.Date}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def open_shop(store: Store, **more: pl.DataFrame) -> Outlook:
    keep_tables(store, tables(**more), taken_in_at=NOW)
    return Outlook(Settings())


def asks(who: str = "ada", at: datetime = NOW, **later: float) -> Request:
    return Request(who, f"key {next(_KEYS)}", at + timedelta(**later))


def put(store: Store, part: str, place: str, pieces: int, at: datetime = NOW, order: str = ""):
    answer = perform(store, asks("goods in", at), Receive(part, place, pieces, order))
    assert answer.ok, answer


def done(answer: Answer) -> Answer:
    assert answer.ok, answer
    return answer
