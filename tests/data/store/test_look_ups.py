"""One part is found by its number, not by reading the whole delivery it came with."""

from datetime import date

import polars as pl
import pytest

from data.store import catalogue, supply_reading
from data.store.batches import keep_tables
from data.store.engine import Store
from tests.data.store.shop import MORNING

PARTS = 20_000
LOOK_UPS = {
    "a part": catalogue._ONE,
    "what replaced it": catalogue._REPLACED_BY,
    "what it replaced": catalogue._REPLACES,
    "what may be used instead": catalogue._INSTEAD,
    "its facts": supply_reading._PART,
    "its lead times": supply_reading._STATED,
    "its open orders": supply_reading._COMING,
    "what is booked": supply_reading._BOOKED,
}


@pytest.fixture
def full_store(store) -> Store:
    parts = [f"P-{n:06d}" for n in range(PARTS)]
    at = {"part_id": parts, "location_id": ["L-1"] * PARTS}
    tables = {
        "parts": pl.DataFrame(
            {"part_id": parts, "unit_cost": [1.0] * PARTS, "superseded_by": [*parts[1:], None]}
        ),
        "substitutes": pl.DataFrame(
            {"part_id": parts, "substitute_id": parts[::-1], "both_ways": [True] * PARTS}
        ),
        "lead_times": pl.DataFrame({**at, "lead_time_days": [3.0] * PARTS}),
        "open_orders": pl.DataFrame({**at, "order_id": parts, "quantity": [1] * PARTS}),
        "stock": pl.DataFrame(
            {**at, "on_hand": [1] * PARTS, "as_of": [date(2025, 1, 1)] * PARTS}
        ),
    }  # fmt: skip
    keep_tables(store, tables, taken_in_at=MORNING, rows_per_turn=PARTS)
    if not store.is_sqlite:
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")  # as the server does by itself, a little later
    return store


def test_a_single_part_is_looked_up_by_an_index_of_its_number(full_store):
    found = {}
    with full_store.read() as connection:
        for name, query in LOOK_UPS.items():
            asked = query.params(part="P-004711").compile(
                connection, compile_kwargs={"literal_binds": True}
            )
            explain = "EXPLAIN QUERY PLAN " if full_store.is_sqlite else "EXPLAIN "
            plan = connection.exec_driver_sql(explain + str(asked))
            found[name] = [str(row[-1]) for row in plan]
    assert {name: steps for name, steps in found.items() if not _by_number(steps)} == {}


def _by_number(steps: list[str]) -> bool:
    """True for a search by delivery and number, in the words of either engine."""
    words = ("part_id=", "superseded_by=", "(part_id =", "(superseded_by =")
    whole = ("Seq Scan on " + name for name in ("parts", "substitutes", "lead", "open", "stock"))
    plan = "\n".join(steps)
    return any(word in plan for word in words) and not any(scan in plan for scan in whole)
