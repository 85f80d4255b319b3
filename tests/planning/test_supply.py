import numpy as np
import pytest

from planning import supply
from planning.settings import Settings
from planning.world import build
from tests.planning.builders import a_lane, a_location, a_part, a_stock, tables

CHAIN = [
    a_location("DEPOT"),
    a_location("STORE", parent_id="DEPOT"),
    a_location("VAN", parent_id="STORE"),
]


def supplied(settings=None, **given):
    given.setdefault("parts", [a_part()])
    given.setdefault("locations", CHAIN)
    given.setdefault("stock", [a_stock(location_id="VAN")])
    all_tables = tables(**given)
    world = build(all_tables, settings or Settings())
    found = supply.of(world, all_tables, settings or Settings())
    return dict(zip(world.items["location_id"], range(len(world.items)), strict=True)), found


def test_every_location_has_its_own_lane_and_knows_who_is_above():
    lanes = [a_lane("DEPOT", 30.0), a_lane("STORE", 3.0), a_lane("VAN", 1.0)]
    row, found = supplied(lead_times=lanes)
    days, whole_way = found.lead_times.mean_days, found.days_from_supplier
    assert [days[row[name]] for name in ("DEPOT", "STORE", "VAN")] == [30.0, 3.0, 1.0]
    assert [whole_way[row[name]] for name in ("DEPOT", "STORE", "VAN")] == [30.0, 33.0, 34.0]
    assert found.parent_item[row["VAN"]] == row["STORE"]
    assert found.source[row["VAN"]] == "STORE"
    assert found.source[row["DEPOT"]] == "supplier"


def test_the_spread_of_a_lane_is_its_own():
    lanes = [a_lane(name, 5.0, lead_time_sd_days=sd) for name, sd in zip(
        ("DEPOT", "STORE", "VAN"), (3.0, 4.0, 12.0), strict=True)]  # fmt: skip
    row, found = supplied(lead_times=lanes)
    assert np.sqrt(found.lead_times.variance_days[row["VAN"]]) == pytest.approx(12.0)


def test_a_row_for_the_part_beats_one_for_every_part_even_when_it_is_blank():
    lanes = [a_lane("DEPOT", 30.0), a_lane("STORE", 3.0), a_lane("VAN", 1.0)]
    special = a_lane("STORE", None, part_id="P-1")
    row, found = supplied(lead_times=[*lanes, special])
    known = found.known
    assert known[row["DEPOT"]]
    assert not known[row["STORE"]]
    assert not known[row["VAN"]], "what is unknown above is unknown below"


def test_a_site_that_its_supplier_serves_does_not_wait_for_its_parent():
    lanes = [a_lane("DEPOT", 30.0), a_lane("STORE", 9.0, source="supplier"), a_lane("VAN", 1.0)]
    row, found = supplied(lead_times=lanes)
    assert found.days_from_supplier[row["VAN"]] == 10.0
    assert found.parent_item[row["STORE"]] == -1


def test_a_location_without_a_lane_is_unknown():
    row, found = supplied(lead_times=[a_lane("DEPOT"), a_lane("STORE")])
    assert not found.known[row["VAN"]]


def test_review_periods_follow_the_supplier():
    lanes = [a_lane("DEPOT"), a_lane("STORE"), a_lane("VAN")]
    settings = Settings(review_period_days=1.0, review_period_days_of={"S-1": 7.0})
    _, found = supplied(settings, lead_times=lanes, parts=[a_part(supplier_id="S-1")])
    assert set(found.lead_times.review_period_days) == {7.0}


def test_in_a_network_deeper_than_is_planned_together_every_item_waits_the_whole_way():
    lanes = [a_lane(name, days, lead_time_sd_days=sd) for name, days, sd in (
        ("DEPOT", 30.0, 3.0), ("STORE", 3.0, 4.0), ("VAN", 1.0, 12.0))]  # fmt: skip
    row, found = supplied(lead_times=lanes)
    assert found.together(3) is found
    apart = found.together(2)
    assert apart.parent_item.tolist() == [-1, -1, -1]
    assert apart.lead_times.mean_days[row["VAN"]] == 34.0
    assert np.sqrt(apart.lead_times.variance_days[row["VAN"]]) == pytest.approx(13.0)
