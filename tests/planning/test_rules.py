from datetime import date

import polars as pl

from planning import rules
from planning.rules import FAR
from tests.planning.builders import tables

DAY = date(2026, 9, 30)
PLACE = pl.DataFrame({"part_id": ["P-1", "P-1", "P-2"], "location_id": ["L-1", "L-2", "L-1"]})


def a_rule(**changes):
    return {"part_id": "P-1", "location_id": "L-1", **changes}


def ruled(*rows, today=()):
    levels = [{"part_id": "P-1", "location_id": "L-1", "reorder_point": now} for now in today]
    return rules.of(PLACE, tables(item_rules=list(rows), current_policies=levels), DAY)


def bounds(*rows, today=()):
    found = ruled(*rows, today=today)
    return int(found.lowest[0]), int(found.highest[0])


def test_without_rules_every_level_is_allowed():
    found = ruled()
    assert not found.any
    assert bounds() == (-FAR, FAR)


def test_a_least_and_a_largest_level_are_reorder_points():
    assert bounds(a_rule(minimum_level=1, maximum_level=6)) == (1, 6)


def test_never_keeps_a_part_off_the_shelf_and_always_keeps_one_there():
    assert bounds(a_rule(stocking="never")) == (-FAR, -1)
    assert bounds(a_rule(stocking="always")) == (0, FAR)
    assert bounds(a_rule(stocking="always", minimum_level=2)) == (2, FAR)
    assert bounds(a_rule(stocking="free")) == (-FAR, FAR)


def test_a_cap_on_the_change_counts_from_todays_level_and_only_where_there_is_one():
    assert bounds(a_rule(maximum_change=2), today=[5]) == (3, 7)
    assert bounds(a_rule(maximum_change=2)) == (-FAR, FAR)


def test_a_cap_goes_before_a_largest_level_so_that_it_is_reached_step_by_step():
    rule = a_rule(maximum_change=2, maximum_level=6)
    assert bounds(rule, today=[10]) == (8, 8)
    found = ruled(rule, today=[10])
    (warning,) = rules.contradictions(PLACE, found).to_dicts()
    assert warning["code"] == "rule.contradiction"
    assert warning["part_id"] == "P-1"
    assert "the level is 8 at most" in warning["message"]


def test_a_rule_for_the_part_at_the_location_beats_part_location_and_everything():
    everything = a_rule(part_id=None, location_id=None, maximum_level=1)
    of_location = a_rule(part_id=None, maximum_level=2)
    of_part = a_rule(location_id=None, maximum_level=3)
    own = a_rule(maximum_level=4)
    all_four = ruled(everything, of_location, of_part, own)
    assert all_four.highest.tolist() == [4, 3, 2]
    assert ruled(everything, of_location).highest.tolist() == [2, 1, 2]


def test_an_expired_rule_makes_room_for_the_next():
    over = a_rule(maximum_level=4, valid_to=date(2026, 9, 29))
    last_day = a_rule(maximum_level=4, valid_to=DAY)
    of_part = a_rule(location_id=None, maximum_level=3)
    assert ruled(over, of_part).highest[0] == 3
    assert ruled(last_day, of_part).highest[0] == 4


def test_the_reason_comes_along():
    found = ruled(a_rule(maximum_level=4, reason="no room"))
    assert found.reason.to_list() == ["no room", None, None]
