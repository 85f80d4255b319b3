"""The replay of networks: hand-made stories, and a replay piece by piece as its judge."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from inventory.errors import BrokenNetwork
from planning.replay import replay
from planning.replay.network import replay_network
from tests.planning.piece_by_piece import Place, play

MONDAY = date(2024, 1, 1)


def day(number):
    return MONDAY + timedelta(days=number)


def asked(*rows):
    """Requests as (location, day number, pieces)."""
    columns = {
        "part_id": pl.String,
        "location_id": pl.String,
        "date": pl.Date,
        "quantity": pl.Int64,
    }
    return pl.DataFrame(
        [("A", where, day(when), size) for where, when, size in rows], columns, orient="row"
    )


def policies(*rows, **more):
    """Policies as (location, parent, R, Q, lead time in days)."""
    columns = {
        "part_id": pl.String,
        "location_id": pl.String,
        "parent_id": pl.String,
        "reorder_point": pl.Int64,
        "order_quantity": pl.Int64,
        "lead_time_days": pl.Float64,
        "unit_cost": pl.Float64,
    }
    table = pl.DataFrame([("A", *row, 10.0) for row in rows], columns, orient="row")
    return table.with_columns(**more)


def played(requests, levels, days, **more):
    return replay_network(requests, levels, start=MONDAY, end=day(days - 1), **more)


def at(result, location):
    return result.measures.filter(location_id=location).row(0, named=True)


# --- stories


def test_what_the_depot_has_leaves_in_the_night_and_takes_the_lane():
    levels = policies(("HUB", None, 4, 1, 20), ("SHOP", "HUB", 0, 1, 3))
    result = played(asked(("SHOP", 0, 1), ("SHOP", 2, 1)), levels, 10)
    shop, hub = at(result, "SHOP"), at(result, "HUB")
    assert shop["requests_at_once"] == 1
    assert shop["waiting_piece_days"] == 1.5  # as if a supplier delivered in three days
    assert shop["mean_in_transit"] * 10 == 3 + 3
    assert hub["mean_on_hand"] * 10 == 5 * 1 + 4 * 2 + 3 * 7
    assert (hub["children_pieces"], hub["children_pieces_at_once"]) == (2, 2)
    assert (hub["pieces"], hub["fill_rate"], hub["orders"]) == (0, None, 2)


def test_what_the_depot_does_not_have_leaves_on_the_morning_it_arrives_there():
    levels = policies(("HUB", None, -1, 1, 5), ("SHOP", "HUB", 0, 1, 2))
    result = played(asked(("SHOP", 0, 1), ("SHOP", 1, 1)), levels, 20)
    # ordered in the night of day 0 by both; at the hub on day 6, in the shop on day 8
    assert at(result, "SHOP")["waiting_piece_days"] == 6.5
    assert at(result, "HUB")["mean_owed_to_children"] * 20 == 5 + 5
    assert at(result, "HUB")["mean_on_hand"] == 0
    assert result.summary["in_transit_value"] == pytest.approx((2 + 2) * 10 / 20)
    assert result.summary["stock_value"] == pytest.approx(at(result, "SHOP")["stock_value"])


def test_an_order_may_come_in_parts():
    levels = policies(("HUB", None, 0, 2, 4), ("SHOP", "HUB", 0, 3, 1))
    # the hub has two of three; the third comes with its own order, five mornings later
    result = played(asked(("SHOP", 0, 3)), levels, 14)
    shop = at(result, "SHOP")
    assert (shop["orders"], shop["pieces_ordered"]) == (1, 3)
    assert shop["mean_on_hand"] * 14 == 3 * 0.5 + 2 * (6 - 2) + 3 * (14 - 6)


def test_customers_and_children_of_a_depot_wait_in_one_line():
    levels = policies(("HUB", None, -1, 1, 3), ("SHOP", "HUB", -1, 1, 0))
    result = played(asked(("HUB", 0, 1), ("SHOP", 0, 1), ("HUB", 1, 1)), levels, 10)
    # three pieces on the mornings of days 4, 4 and 5
    assert at(result, "HUB")["waiting_piece_days"] == 3.5 + 3.5
    assert at(result, "SHOP")["waiting_piece_days"] == 3.5


def test_a_depot_may_wait_until_more_is_asked_for_than_it_owes():
    levels = policies(("HUB", None, -3, 1, 1), ("SHOP", "HUB", 0, 1, 1))
    result = played(asked(("SHOP", 0, 1), ("SHOP", 1, 1), ("SHOP", 5, 1)), levels, 20)
    assert at(result, "HUB")["orders"] == 1  # of the three that were asked for
    assert at(result, "HUB")["end_owed_to_children"] == 2


def test_three_levels_order_in_the_same_night():
    levels = policies(
        ("HUB", None, -1, 1, 2), ("REGION", "HUB", -1, 1, 1), ("VAN", "REGION", -1, 1, 0)
    )
    result = played(asked(("VAN", 0, 1)), levels, 10)
    assert at(result, "VAN")["waiting_piece_days"] == 3.5  # to the morning of day 1 + 2 + 1 + 0


def test_defective_pieces_come_back_where_they_are_repaired():
    repairs = {
        "repairable_share": pl.Series([1.0, 1.0, 0.0]),
        "local_repair_share": pl.Series([0.0, 1.0, 0.0]),
        "repair_time_days": pl.Series([4.0, 4.0, 4.0]),
    }
    levels = policies(
        ("HUB", None, 0, 1, 50), ("FIXES", "HUB", 0, 1, 1), ("SENDS", "HUB", 0, 1, 1), **repairs
    )
    requests = asked(("FIXES", 0, 1), ("SENDS", 0, 1))
    result = played(requests, levels, 20)
    fixes, sends, hub = (at(result, name) for name in ("FIXES", "SENDS", "HUB"))
    assert (fixes["orders"], sends["orders"], hub["orders"]) == (0, 1, 1)
    assert fixes["mean_on_hand"] * 20 == 0.5 + 16  # repaired from noon of day 0 to day 4
    up = levels.with_columns(repairable_share=pl.lit(1.0), local_repair_share=pl.lit(0.0))
    hub = at(played(requests, up, 20), "HUB")
    assert (hub["orders"], hub["end_on_hand"]) == (0, 1)


def test_it_may_begin_with_the_recorded_stock_and_the_open_orders():
    levels = policies(("HUB", None, 0, 1, 9), ("SHOP", "HUB", 1, 1, 1))
    stock = pl.DataFrame(
        {
            "part_id": ["A", "A"],
            "location_id": ["HUB", "SHOP"],
            "on_hand": [1, 0],
            "backorders": [0, 1],
        }
    )
    coming = pl.DataFrame(
        {"part_id": ["A"], "location_id": ["SHOP"], "quantity": [2], "expected_on": [day(2)]}
    )
    result = played(asked(), levels, 6, stock=stock, open_orders=coming)
    shop = at(result, "SHOP")
    assert shop["waiting_piece_days"] == 2
    assert shop["orders"] == 1  # at position 1; one more is there on day 2 too
    assert shop["mean_on_hand"] * 6 == 2 * 4


def test_requests_without_a_policy_are_counted_and_not_played():
    result = played(asked(("SHOP", 0, 1)), policies(("HUB", None, 0, 1, 9)), 6)
    assert (result.summary["requests"], result.summary["rows_without_policy"]) == (0, 1)


def test_a_parent_without_a_policy_is_named_and_refused():
    with pytest.raises(BrokenNetwork, match="'HUB' is to replenish part 'A'"):
        played(asked(), policies(("SHOP", "HUB", 0, 1, 1)), 5)


def test_locations_that_replenish_each_other_are_refused():
    with pytest.raises(BrokenNetwork):
        played(asked(), policies(("X", "Y", 0, 1, 1), ("Y", "X", 0, 1, 1)), 5)


def test_no_policies_make_no_measures_but_no_trouble_either():
    assert played(asked(("SHOP", 0, 1)), policies(), 5).measures.height == 0


# --- laws

DAYS = 14
LEVELS = st.tuples(
    st.integers(-3, 4), st.integers(1, 4), st.integers(0, 4), st.sampled_from((0, 1, 3))
)


@st.composite
def stories(draw):
    """Rows of (parent row, R, Q, L, T), parents first, and requests as (row, day, pieces)."""
    depth, rows = [], []
    for row in range(draw(st.integers(1, 6))):
        parent = draw(st.integers(-1, row - 1))
        depth.append(0 if parent < 0 else depth[parent] + 1)
        rows.append((parent, *draw(LEVELS)))
    order = sorted(range(len(rows)), key=lambda row: (depth[row], row))
    place = {row: number for number, row in enumerate(order)}
    rows = [(place.get(rows[row][0], -1), *rows[row][1:]) for row in order]
    request = st.tuples(st.integers(0, len(rows) - 1), st.integers(0, DAYS - 1), st.integers(1, 5))
    return rows, draw(st.lists(request, max_size=20))


def tables(rows, requests):
    names = [f"L{row}" for row in range(len(rows))]
    levels = policies(
        *(
            (names[row], names[parent] if parent >= 0 else None, point, quantity, days)
            for row, (parent, point, quantity, days, _) in enumerate(rows)
        ),
        review_period_days=pl.Series([float(one[-1]) for one in rows]),
    )
    return asked(*((names[row], when, size) for row, when, size in requests)), levels


def told(rows, requests):
    """The same story piece by piece; requests of a day from the smallest, as they are sorted."""
    places = []
    for parent, point, quantity, days, review in rows:
        above = places[parent] if parent >= 0 else None
        places.append(Place(above, point, quantity, days, review, shelf=max(point + quantity, 0)))
    by_day = {}
    for row, when, size in sorted(requests):
        by_day.setdefault((when, row), []).append(size)
    play(places, by_day, DAYS)
    return places


@settings(max_examples=200, deadline=None)
@given(stories())
def test_the_replay_is_the_one_that_skips_nothing(story):
    measures = played(*tables(*story), DAYS).measures
    for found, place in zip(measures.iter_rows(named=True), told(*story), strict=True):
        seen = place.seen
        for count in ("requests", "requests_at_once", "pieces", "pieces_at_once"):
            assert found[count] == seen[count], count
        assert (found["orders"], found["pieces_ordered"]) == (
            seen["orders"],
            seen["pieces_ordered"],
        )
        assert found["mean_on_hand"] * DAYS == pytest.approx(seen["on_hand_days"])
        assert found["waiting_piece_days"] == pytest.approx(seen["waiting_piece_days"])
        owed = found["mean_owed_to_children"] * DAYS
        assert owed == pytest.approx(seen["owed_to_children_days"])
        assert found["mean_in_transit"] * DAYS == pytest.approx(seen["in_transit_days"])
        assert found["end_on_hand"] == place.shelf
        assert found["end_backorders"] == place.line.count("customer")


@settings(max_examples=60, deadline=None)
@given(stories())
def test_every_piece_that_came_in_went_out_or_is_there(story):
    rows, requests = story
    levels = tables(rows, requests)[1]
    found = played(*tables(rows, requests), DAYS).measures
    start = [max(point + quantity, 0) for _, point, quantity, _, _ in rows]
    roots = pl.Series([parent < 0 for parent, *_ in rows])
    bought = found.filter(roots)["pieces_ordered"].sum()
    out = found["pieces"].sum() - found["end_backorders"].sum()
    on_the_way = found["end_on_order"].sum() - found["end_owed_to_children"].sum()
    assert sum(start) + bought == out + found["end_on_hand"].sum() + on_the_way
    assert (found["end_on_hand"] >= 0).all()
    assert levels.height == found.height


@settings(max_examples=60, deadline=None)
@given(stories())
def test_where_suppliers_deliver_everything_it_is_the_replay_of_one_echelon(story):
    rows, requests = story
    asks, levels = tables([(-1, *row[1:]) for row in rows], requests)
    found = played(asks, levels, DAYS)
    alone = replay(asks, levels, start=MONDAY, end=day(DAYS - 1))
    assert_frame_equal(found.measures.select(alone.measures.columns), alone.measures)
    assert {name: found.summary[name] for name in alone.summary} == alone.summary


@settings(max_examples=40, deadline=None)
@given(stories(), st.randoms(use_true_random=False))
def test_neither_the_order_of_rows_nor_blocks_change_anything(story, random):
    asks, levels = tables(*story)
    several = pl.concat(
        [levels, levels.with_columns(part_id=pl.lit("B")), levels.with_columns(part_id=pl.lit("C"))]
    )
    asks = pl.concat([asks, asks.with_columns(part_id=pl.lit("C"))])
    straight = played(asks, several, DAYS).measures
    rows = list(range(several.height))
    random.shuffle(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planning.replay.network.run.BLOCK", 2)
        turned = played(asks.sample(fraction=1.0, shuffle=True, seed=1), several[rows], DAYS)
    key = ["part_id", "location_id"]
    assert_frame_equal(turned.measures.sort(key), straight.sort(key), check_exact=True)
