from datetime import date, timedelta

import numpy as np
import pytest

from planning.expectation import (
    FROM_OUTSIDE,
    MOST_BANDS,
    NOBODY_ASKS,
    expect,
    of_similar_price,
)
from planning.histories import calendar, first_whole
from planning.recorded import requests
from planning.settings import Settings
from planning.supply import of as supply_of
from planning.world import build
from tests.forecasting.builders import a_history
from tests.planning.builders import a_location, a_part, a_stock, an_intake, tables

AS_OF = date(2026, 9, 30)
PLACES = [a_location("DEPOT"), a_location("STORE", parent_id="DEPOT")]


def asked_for(quantity=1, day=AS_OF, **changes):
    row = {"part_id": "P-1", "location_id": "STORE", "date": day, "quantity": quantity}
    return {**row, **changes}


def a_world(**given):
    given = {"parts": [a_part("P-1"), a_part("P-2")], "locations": PLACES, **given}
    all_tables = tables(**given)
    return build(all_tables, Settings()), all_tables


def expected_on(as_of, world, all_tables):
    lanes = supply_of(world, all_tables, Settings())
    asked = requests(world, all_tables["demand"])
    return expect(world, lanes, asked, an_intake(all_tables, as_of), Settings())


def expected(**given):
    world, all_tables = a_world(**given)
    found = expected_on(AS_OF, world, all_tables)
    row = {
        name: number
        for number, name in enumerate(world.items.select("part_id", "location_id").rows())
    }
    return row, found


def test_rows_of_one_document_at_one_item_are_one_request():
    world, all_tables = a_world(
        demand=[
            asked_for(2, document_id="D-1"),
            asked_for(3, document_id="D-1"),
            asked_for(3, document_id="D-2"),
            asked_for(4),
            asked_for(4),
        ]
    )
    assert sorted(requests(world, all_tables["demand"])["pieces"]) == [3, 4, 4, 5]


def test_the_same_document_at_another_part_is_another_request():
    demand = [asked_for(document_id="D-1"), asked_for(document_id="D-1", part_id="P-2")]
    world, all_tables = a_world(demand=demand)
    assert requests(world, all_tables["demand"]).height == 2


def test_a_location_where_nobody_asks_serves_no_customers_of_its_own():
    row, found = expected(demand=[asked_for()])
    assert found.demand.demand_per_day[row["P-1", "DEPOT"]] == 0
    assert found.words["reason"][row["P-1", "DEPOT"]] == NOBODY_ASKS
    assert found.demand.demand_per_day[row["P-1", "STORE"]] > 0


def test_a_part_never_asked_for_where_others_are_is_rare_and_not_impossible():
    months = [asked_for(day=AS_OF - timedelta(days=30 * back)) for back in range(12)]
    row, found = expected(demand=months, stock=[a_stock("P-2", "STORE")])
    rate = found.demand.demand_per_day
    assert 0 < rate[row["P-2", "STORE"]] < rate[row["P-1", "STORE"]]


def test_a_request_of_the_running_month_does_not_count_yet():
    before = [asked_for(day=date(2026, 6, 15)), asked_for(day=date(2026, 7, 15))]
    world, all_tables = a_world(demand=[*before, asked_for(500, day=date(2026, 9, 12))])
    late = expected_on(date(2026, 9, 12), world, all_tables)
    assert late.words["events"].sum() == 2
    closed = expected_on(AS_OF, world, all_tables)
    assert closed.words["events"].sum() == 3


def test_a_forecast_from_outside_replaces_the_engine_at_its_item_only():
    given = {
        "part_id": "P-1",
        "location_id": "STORE",
        "demand_per_day": 2.0,
        "mean_request_size": 3.0,
        "request_size_variance": 2.0,
        "rate_variance": 0.1,
    }
    demand = [asked_for(), asked_for(part_id="P-2")]
    row, found = expected(demand=demand, forecasts=[given])
    at = row["P-1", "STORE"]
    assert found.words["method"][at] == FROM_OUTSIDE
    assert found.demand.demand_per_day[at] == 2.0
    assert found.demand.sizes.mean()[at] == pytest.approx(3.0, rel=1e-6)
    assert found.demand.demand_variance_per_day[at] == pytest.approx(2.0 * (9 + 2) / 3)
    assert found.demand.rate_variance[at] == 0.1
    assert found.words["method"][row["P-2", "STORE"]] != FROM_OUTSIDE


def test_without_any_history_or_forecast_nothing_is_expected_and_nothing_breaks():
    row, found = expected(stock=[a_stock("P-1", "STORE")])
    assert found.demand.demand_per_day[row["P-1", "STORE"]] == 0


def test_a_row_of_nothing_is_a_row_the_silence_since_then_is_known():
    zero = asked_for(0, day=date(2024, 1, 10), part_id="P-2")
    late = asked_for(day=date(2024, 4, 20))
    world, _ = a_world(demand=[zero, late], stock=[a_stock("P-1", "DEPOT")])
    periods = calendar(world, AS_OF, Settings())
    assert periods.first == date(2024, 1, 1)
    by_part = dict(zip(world.items["part_id"], first_whole(world, periods), strict=True))
    assert by_part == {"P-1": 4, "P-2": 0}


def test_a_part_whose_first_row_comes_late_in_a_period_counts_from_the_next():
    rows = [asked_for(0, day=date(2024, 1, 2)), asked_for(0, day=date(2024, 3, 9), part_id="P-2")]
    for day, first in ((9, 2), (16, 2), (17, 3), (31, 3)):
        rows[1]["date"] = date(2024, 3, day)
        world, _ = a_world(demand=rows)
        found = first_whole(world, calendar(world, AS_OF, Settings()))
        assert found[world.items["part_id"] == "P-2"].tolist() == [first, first], day


def test_a_part_recorded_as_silent_is_expected_less_than_one_that_is_new():
    demand = [asked_for(day=date(2026, month, 9)) for month in range(1, 10)]
    new = asked_for(day=date(2026, 9, 3), part_id="P-2")
    months = [asked_for(0, day=date(2026, month, 3), part_id="P-2") for month in range(1, 9)]
    row, found = expected(demand=[*demand, new])
    _, silent = expected(demand=[*demand, new, *months])
    at = row["P-2", "STORE"]
    assert silent.demand.demand_per_day[at] < found.demand.demand_per_day[at]


def test_a_part_whose_first_row_is_of_the_running_month_is_as_if_it_had_none():
    before = [asked_for(day=date(2026, month, 15)) for month in (5, 6, 7)]
    stock = [a_stock("P-2", "STORE")]
    rates = []
    for rows in (before, [*before, asked_for(0, day=date(2026, 9, 2), part_id="P-2")]):
        world, all_tables = a_world(demand=rows, stock=stock)
        found = expected_on(date(2026, 9, 12), world, all_tables)
        rates.append(found.demand.demand_per_day.tolist())
    assert rates[0] == rates[1]


def priced(items, requests_each=5, seed=2):
    """Parts of all prices, some alike; each was asked for as often."""
    cost = np.round(np.random.default_rng(seed).lognormal(3, 2, items), 1)
    item = np.repeat(np.arange(items), requests_each)
    return cost, a_history(item, item % 12, np.ones(len(item)), items=items)


@pytest.mark.parametrize(
    ("parts", "requests_each", "bands"),
    [(0, 1, 1), (1, 300, 1), (99, 9, 1), (100, 9, 2), (400, 1, 2), (400, 5, 8), (3000, 9, 20)],
)
def test_there_are_as_many_bands_of_price_as_there_is_to_learn_from(parts, requests_each, bands):
    cost, history = priced(parts, requests_each)
    band = of_similar_price(cost, history)
    assert band.max(initial=0) + 1 == bands <= MOST_BANDS
    if bands > 1:
        assert np.bincount(band).min() > 0.8 * parts / bands


def test_bands_rise_with_the_price_and_equal_prices_share_one():
    cost, history = priced(600)
    band = of_similar_price(cost, history)
    order = np.argsort(cost, kind="stable")
    assert (np.diff(band[order]) >= 0).all()
    assert (band[order][1:] == band[order][:-1])[np.diff(cost[order]) == 0].all()
    assert (of_similar_price(np.ones(600), history) == 0).all()
