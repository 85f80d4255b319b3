"""Whatever was recorded, counted and changed by hand: no forecast is nan, infinite or negative."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.intake.tables import TABLES
from planning.expectation import expect
from planning.recorded import recorded
from planning.settings import Settings
from planning.supply import of as supply_of
from planning.world import build
from tests.planning.builders import a_lane, a_location, a_part, a_stock, an_intake, tables

AS_OF = date(2026, 9, 20)
ITEMS = [(part, place) for part in ("NEW", "OLD", "PUMP") for place in ("DEPOT", "STORE")]
days = st.integers(0, 1100).map(lambda back: AS_OF - timedelta(days=back))
later = st.integers(-900, 900).map(lambda ahead: AS_OF + timedelta(days=ahead))
items = st.sampled_from(ITEMS)
documents = st.sampled_from([None, None, "D-1", "D-2"])
sizes = st.one_of(st.integers(-40, 40), st.integers(-(10**9), 10**9))
demand = st.lists(st.tuples(items, days, sizes, documents), max_size=50)
counts = st.lists(
    st.tuples(items, days, st.integers(0, 2), st.integers(0, 1)),
    max_size=30,
    unique_by=lambda row: row[:2],
)
hands = st.lists(
    st.tuples(
        st.sampled_from([None, "NEW", "OLD", "PUMP"]),
        st.sampled_from([None, "DEPOT", "STORE"]),
        later,
        st.integers(0, 700),
        st.sampled_from([None, 0.0, 0.5, 1e6]),
        st.sampled_from([None, -(10.0**6), 3.0]),
    ),
    max_size=4,
)
bases = st.lists(
    st.tuples(items, st.integers(0, 10**6), st.sampled_from([None, 0.0, 0.1, 1e3]), later),
    max_size=5,
)


def found(rows=(), stock=(), changes=(), base=()):
    """Forecasts of three parts at two places; OLD is replaced by NEW."""
    given = tables(
        parts=[a_part("NEW"), a_part("OLD", superseded_by="NEW"), a_part("PUMP")],
        locations=[a_location("DEPOT"), a_location("STORE", parent_id="DEPOT")],
        lead_times=[a_lane("DEPOT", 40.0), a_lane("STORE", None)],
        demand=[
            {"part_id": part, "location_id": place, "date": day, "quantity": pieces,
             "document_id": document}
            for (part, place), day, pieces, document in rows if pieces >= 0
        ],
        stock=[
            a_stock(part, place, pieces, as_of=day, on_order=coming)
            for (part, place), day, pieces, coming in stock
        ] + [a_stock(part, place, as_of=AS_OF + timedelta(days=1)) for part, place in ITEMS],
        demand_changes=[
            {"part_id": part, "location_id": place, "valid_from": begin,
             "valid_to": begin + timedelta(days=length), "factor": factor, "pieces": pieces,
             "reason": "why", "author": "Ada"}
            for part, place, begin, length, factor, pieces in changes
        ],
        installed_base=[
            {"machine_type": f"M{number}", "location_id": place, "machines": machines,
             "part_id": part, "parts_per_machine": 2, "failures_per_machine_year": failures,
             "valid_from": begin, "valid_to": None}
            for number, ((part, place), machines, failures, begin) in enumerate(base)
        ],
    )  # fmt: skip
    back = [row for row in rows if row[2] < 0]
    schema = TABLES["demand"].schema
    aside = [
        dict.fromkeys(schema) | {"part_id": part, "location_id": place, "date": day,
                                 "quantity": pieces, "document_id": document}
        for (part, place), day, pieces, document in back
    ]  # fmt: skip
    returns = pl.DataFrame(aside, schema=schema).with_columns(reason=pl.lit("return"))
    intake = replace(an_intake(given, AS_OF), set_aside=returns)
    world = build(given, Settings())
    known = recorded(world, intake, Settings())
    lanes = supply_of(world, given, Settings())
    return known, expect(world, lanes, known.asked, intake, Settings())


def assert_sensible(known, expected):
    assert (known.asked["pieces"] >= 1).all()
    law = expected.demand
    for column in (law.demand_per_day, law.demand_variance_per_day, law.rate_variance):
        assert np.isfinite(column).all()
        assert (column >= 0).all()
    for row in range(len(law)):
        law.sizes.item(row)  # checks itself
    assert expected.words["reason"].null_count() == 0
    assert expected.words["demand_per_day_unchanged"].is_finite().all()


@settings(max_examples=60, deadline=None)
@given(demand, counts, hands, bases)
def test_nothing_recorded_gives_nan_infinity_or_a_negative(rows, stock, changes, base):
    assert_sensible(*found(rows, stock, changes, base))


def every_month(pieces, item=("PUMP", "STORE"), document=None):
    return [(item, AS_OF - timedelta(days=30 * back), pieces, document) for back in range(30)]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"rows": every_month(0)},
        {"rows": every_month(-5)},
        {"rows": [*every_month(2), *every_month(-2)]},
        {"rows": [*every_month(2, document="D"), *every_month(-2, document="D")]},
        {"rows": every_month(3, ("OLD", "STORE"))},
        {"rows": [(("PUMP", "STORE"), AS_OF, 10**9, None)]},
        {"rows": every_month(1), "stock": [(("PUMP", "STORE"), AS_OF, 0, 1)]},
        {"rows": every_month(1), "changes": [(None, None, AS_OF - timedelta(900), 999, 0.0, None)]},
        {"rows": every_month(1), "changes": [(None, None, AS_OF, 9, None, -(10.0**9))]},
        {"rows": every_month(1), "base": [(("NEW", "STORE"), 10**6, 1e3, AS_OF)]},
        {"rows": every_month(1), "base": [(("NEW", "STORE"), 0, 0.0, AS_OF)]},
    ],
    ids=[
        "nothing", "zeros", "only returns", "all came back", "documents undone", "only the old",
        "one huge request today", "empty today", "change over all time", "all pieces taken away",
        "a million machines", "no machine left",
    ],
)  # fmt: skip
def test_degenerate_companies_are_forecast_sensibly(given):
    assert_sensible(*found(**given))
