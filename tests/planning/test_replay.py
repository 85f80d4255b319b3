"""The replay: hand-made stories, and a day-by-day replay without any shortcut as its judge."""

from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from inventory.errors import OutOfRange
from inventory.policy import ReorderPolicy
from planning.replay import Period, replay

MONDAY = date(2024, 1, 1)


def day(number):
    return MONDAY + timedelta(days=number)


def asked(*rows):
    """Requests as (part, day number, pieces)."""
    columns = {
        "part_id": pl.String,
        "location_id": pl.String,
        "date": pl.Date,
        "quantity": pl.Int64,
    }
    return pl.DataFrame(
        [(part, "HUB", day(when), size) for part, when, size in rows], columns, orient="row"
    )


def policies(*rows, **more):
    """Policies as (part, R, Q, lead time in days)."""
    table = pl.DataFrame(
        [(part, "HUB", point, quantity, float(days), 10.0) for part, point, quantity, days in rows],
        [
            "part_id",
            "location_id",
            "reorder_point",
            "order_quantity",
            "lead_time_days",
            "unit_cost",
        ],
        orient="row",
    )
    return table.with_columns(**more)


def played(requests, levels, days, **more):
    return replay(requests, levels, start=MONDAY, end=day(days - 1), **more)


def only(result):
    return result.measures.row(0, named=True)


def test_a_request_takes_from_the_shelf_and_the_next_waits_for_the_delivery():
    # one piece; ordered at the night of day 0, three days under way: there on the morning of day 4
    found = only(played(asked(("A", 0, 1), ("A", 2, 1)), policies(("A", 0, 1, 3)), 10))
    assert (found["requests_at_once"], found["requests"]) == (1, 2)
    assert found["waiting_piece_days"] == 1.5  # from noon of day 2 to the morning of day 4
    assert found["waiting_days"] == 0.75
    assert found["mean_on_hand"] == pytest.approx((0.5 + 4) / 10)  # and again from day 6
    assert (found["orders"], found["end_on_hand"], found["end_on_order"]) == (2, 1, 0)


def test_pieces_count_one_by_one_and_a_request_in_part_is_no_request_at_once():
    found = only(played(asked(("A", 1, 3)), policies(("A", 1, 1, 5)), 3))
    assert (found["pieces_at_once"], found["requests_at_once"]) == (2, 0)
    assert found["end_backorders"] == 1


def test_what_waits_is_served_before_what_comes_later():
    levels = policies(("A", 0, 1, 1))
    found = only(played(asked(("A", 0, 3), ("A", 2, 1)), levels, 6))
    assert found["requests_at_once"] == 1  # two for those who wait, one for the next
    assert found["end_backorders"] == 0


def test_the_smallest_multiple_that_lifts_the_position_above_the_reorder_point_is_ordered():
    found = only(played(asked(("A", 0, 9)), policies(("A", 2, 4, 2)), 10))
    assert (found["orders"], found["pieces_ordered"]) == (1, 8)


def test_up_to_a_level_orders_exactly_what_is_missing():
    levels = policies(("A", 2, 4, 2), order_up_to_level=pl.lit(20))
    found = only(played(asked(("A", 0, 18)), levels, 10))
    assert (found["orders"], found["pieces_ordered"], found["end_on_hand"]) == (1, 18, 20)


def test_above_the_reorder_point_nothing_is_ordered():
    levels = policies(("A", 2, 4, 2), order_up_to_level=pl.lit(20))
    assert only(played(asked(("A", 0, 17)), levels, 10))["orders"] == 0


def test_a_review_a_week_waits_for_sunday_night():
    found = only(played(asked(("A", 1, 1)), policies(("A", 0, 1, 2)), 14, review_period_days=7))
    assert found["mean_on_hand"] * 14 == pytest.approx(1.5 + 5)  # there again on day 9


def test_an_item_may_have_a_review_period_of_its_own():
    levels = policies(("A", 0, 1, 2), review_period_days=pl.lit(7.0))
    assert only(played(asked(("A", 1, 1)), levels, 14))["mean_on_hand"] * 14 == pytest.approx(6.5)


def test_monthly_records_are_played_by_month_with_lead_times_rounded_up():
    requests = asked(("A", 0, 1), ("A", 31, 1), ("A", 60, 1))  # January, February, March
    levels = policies(("A", 0, 1, 31))  # a day more than a mean month: two months
    result = replay(
        requests,
        levels,
        start=MONDAY,
        end=date(2024, 4, 30),
        period=Period.MONTH,
        review_period_days=0,
    )
    found = only(result)
    assert (found["requests_at_once"], found["requests"]) == (1, 3)
    assert found["waiting_piece_days"] == pytest.approx(29 / 2 + 31 / 2)
    assert result.summary["days"] == 31 + 29 + 31 + 30


def test_a_month_of_an_average_length_is_one_month_of_lead_time():
    requests = asked(("A", 0, 1), ("A", 31, 1))
    levels = policies(("A", 0, 1, 30.4))
    result = replay(
        requests,
        levels,
        start=MONDAY,
        end=date(2024, 4, 30),
        period=Period.MONTH,
        review_period_days=0,
    )
    assert result.summary["line_fill_rate"] == 1


def test_rows_that_share_a_document_are_one_request():
    requests = asked(("A", 0, 1), ("A", 1, 1), ("A", 1, 1))
    requests = requests.with_columns(document_id=pl.Series(["one", "one", None]))
    found = only(played(requests, policies(("A", 1, 1, 5)), 5))
    assert (found["requests"], found["pieces"], found["requests_at_once"]) == (2, 3, 1)


def test_returns_and_zeros_are_no_requests():
    result = played(asked(("A", 0, 1), ("A", 1, -1), ("A", 2, 0)), policies(("A", 1, 1, 5)), 5)
    assert result.summary["requests"] == 1
    assert result.summary["line_fill_rate"] == 1


def test_requests_without_a_policy_or_outside_the_days_are_not_played_but_the_former_counted():
    requests = asked(("A", 0, 1), ("B", 0, 1), ("A", 99, 1))
    result = played(requests, policies(("A", 1, 1, 5)), 5)
    assert result.summary["requests"] == 1
    assert result.summary["rows_without_policy"] == 1


def test_it_may_begin_with_the_recorded_stock_and_the_open_orders():
    stock = pl.DataFrame(
        {"part_id": ["A"], "location_id": ["HUB"], "on_hand": [1], "backorders": [3]}
    )
    coming = pl.DataFrame(
        {
            "part_id": ["A", "A", "A"],
            "location_id": ["HUB", "HUB", "HUB"],
            "quantity": [2, 4, 8],
            "expected_on": [day(-5), day(2), day(300)],
        }
    )
    levels = policies(("A", 3, 1, 1))
    found = only(played(asked(), levels, 5, stock=stock, open_orders=coming))
    assert found["orders"] == 0  # the position is 12
    assert found["mean_on_hand"] * 5 == pytest.approx(3 * 4)
    assert (found["end_on_hand"], found["end_on_order"]) == (4, 8)


def test_stock_below_the_reorder_point_is_ordered_for_in_the_first_night():
    stock = pl.DataFrame({"part_id": ["A"], "location_id": ["HUB"], "on_hand": [0]})
    found = only(played(asked(), policies(("A", 2, 3, 1)), 4, stock=stock))
    assert (found["orders"], found["end_on_hand"]) == (1, 3)
    assert found["mean_on_hand"] * 4 == pytest.approx(3 * 2)


def test_an_open_order_of_an_unknown_day_comes_a_lead_time_from_the_start():
    stock = pl.DataFrame({"part_id": ["A"], "location_id": ["HUB"], "on_hand": [0]})
    coming = pl.DataFrame(
        {"part_id": ["A"], "location_id": ["HUB"], "quantity": [5], "expected_on": [None]},
        schema_overrides={"expected_on": pl.Date},
    )
    found = only(played(asked(), policies(("A", 2, 3, 3)), 4, stock=stock, open_orders=coming))
    assert found["mean_on_hand"] * 4 == pytest.approx(5)


def test_a_part_that_is_not_stocked_is_bought_for_each_request():
    found = only(played(asked(("A", 0, 2)), policies(("A", -1, 1, 2)), 5))
    assert (found["orders"], found["pieces_ordered"], found["mean_on_hand"]) == (1, 2, 0)
    assert found["waiting_piece_days"] == 2 * 2.5


def test_together_shares_are_weighted_by_requests_pieces_and_value():
    levels = policies(("A", 0, 1, 50), ("B", 4, 1, 50), unit_cost=pl.Series([100.0, 1.0]))
    result = played(asked(("A", 0, 2), ("B", 0, 4), ("B", 1, 1)), levels, 10)
    summary = result.summary
    assert summary["line_fill_rate"] == pytest.approx(2 / 3)
    assert summary["fill_rate"] == pytest.approx(6 / 7)
    assert summary["value_fill_rate"] == pytest.approx((100 + 5) / (200 + 5))
    assert summary["stock_value"] == pytest.approx(result.measures["stock_value"].sum())
    assert summary["waiting_days"] == pytest.approx(9.5 / 7)


def test_nothing_asked_for_is_nothing_promised():
    result = played(asked(), policies(("A", 0, 1, 5)), 5)
    assert result.summary["line_fill_rate"] is None
    assert only(result)["waiting_days"] is None
    assert only(result)["mean_on_hand"] == 1


def test_an_end_before_the_start_is_refused():
    with pytest.raises(OutOfRange):
        played(asked(), policies(("A", 0, 1, 5)), 0)


def slow_replay(requests, policy, up_to, lead_time, review, days):
    """Every morning, noon and night of one item, nothing skipped."""
    net = position = max(up_to or policy.base_stock_level, 0)
    arrivals, tally = {}, {"at_once": 0, "orders": 0, "on_hand": 0.0, "backorders": 0.0}
    for today in range(days):
        net += arrivals.pop(today, 0)
        morning = net
        for size in (size for when, size in requests if when == today):
            tally["at_once"] += min(size, max(net, 0))
            net, position = net - size, position - size
        for level in (morning, net):
            tally["on_hand"] += max(level, 0) / 2
            tally["backorders"] += max(-level, 0) / 2
        looked_at = review == 0 or (today + 1) % review == 0
        if looked_at and position <= policy.reorder_point:
            order = up_to - position if up_to else policy.pieces_to_order(position)
            when = today + 1 + lead_time if review else today + max(lead_time, 1)
            arrivals[when] = arrivals.get(when, 0) + order
            position, tally["orders"] = position + order, tally["orders"] + 1
    return tally | {"net": net, "position": position}


@settings(max_examples=150, deadline=None)
@given(
    requests=st.lists(st.tuples(st.integers(0, 39), st.integers(1, 9)), max_size=25),
    policy=st.builds(ReorderPolicy, st.integers(-3, 12), st.integers(1, 6)),
    above=st.integers(0, 5),
    lead_time=st.integers(0, 12),
    review=st.sampled_from([0, 1, 2, 7]),
)
def test_it_agrees_with_a_replay_that_skips_nothing(requests, policy, above, lead_time, review):
    up_to = policy.base_stock_level + above if above and policy.base_stock_level > 0 else None
    levels = policies(
        ("A", policy.reorder_point, policy.order_quantity, lead_time),
        order_up_to_level=pl.lit(up_to, pl.Int64),
    )
    rows = asked(*(("A", when, size) for when, size in sorted(requests)))
    found = only(played(rows, levels, 40, review_period_days=review))
    slow = slow_replay(sorted(requests), policy, up_to, lead_time, review, 40)
    assert found["pieces_at_once"] == slow["at_once"]
    assert found["orders"] == slow["orders"]
    assert found["mean_on_hand"] * 40 == pytest.approx(slow["on_hand"])
    assert found["waiting_piece_days"] == pytest.approx(slow["backorders"])
    assert found["end_on_hand"] - found["end_backorders"] == slow["net"]
    assert found["end_on_order"] == slow["position"] - slow["net"]


def test_the_order_of_rows_changes_nothing():
    requests = asked(*((part, when % 30, 1 + when % 4) for when in range(200) for part in "AB"))
    levels = policies(("A", 6, 3, 4), ("B", 2, 1, 9))
    straight = played(requests, levels, 30)
    turned = played(requests.reverse(), levels.reverse(), 30)
    assert_frame_equal(straight.measures, turned.measures.reverse(), check_exact=True)
    assert straight.summary == turned.summary
