"""Requests made ready: returns netted, outliers cut, chains joined, empty shelves not counted."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import forecast
from forecasting.cleaning import (
    changed,
    from_installed_base,
    hidden_periods,
    net_of_returns,
    successors,
    without_outliers,
)
from tests.forecasting.builders import a_history

ints = np.array


def test_a_return_takes_back_the_newest_request_before_it():
    item, day, pieces = net_of_returns(ints([0, 0, 0, 0]), ints([1, 3, 5, 9]), ints([5, 4, -6, 2]))
    assert (item.tolist(), day.tolist(), pieces.tolist()) == ([0, 0], [1, 9], [3, 2])


def test_a_return_never_reaches_another_item_or_a_later_request():
    item, _, pieces = net_of_returns(ints([0, 1, 1]), ints([1, 1, 4]), ints([5, -3, 2]))
    assert (item.tolist(), pieces.tolist()) == ([0, 1], [5, 2])


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(-9, 9))))
def test_netting_leaves_what_was_asked_less_what_came_back_and_nothing_below_one(rows):
    item, day, pieces = ints(rows, dtype=np.int64).reshape(-1, 3).T
    of, _, left = net_of_returns(item, day, pieces)
    assert (left >= 1).all()
    for one in range(3):
        asked = pieces[(item == one) & (pieces > 0)].sum()
        back = -pieces[(item == one) & (pieces < 0)].sum()
        assert max(asked - back, 0) <= left[of == one].sum() <= asked


def test_one_request_of_500_among_single_pieces_is_cut_and_shown():
    cut = without_outliers(ints([0] * 8), ints([1, 2, 1, 1, 2, 1, 1, 500]))
    assert cut.pieces.tolist() == [1, 2, 1, 1, 2, 1, 1, 10]
    assert cut.cut.tolist() == [False] * 7 + [True]


@pytest.mark.parametrize("pieces", [[1, 2, 500], [1, 9, 2, 12, 1, 20, 3], [500] * 9, [1] * 9])
def test_few_requests_wide_sizes_and_equal_sizes_are_left_alone(pieces):
    cut = without_outliers(ints([0] * len(pieces)), ints(pieces))
    assert cut.pieces.tolist() == pieces
    assert not cut.cut.any()


def test_a_chain_of_supersession_ends_at_its_last_part_and_a_circle_nowhere():
    assert successors(ints([1, 2, -1, -1, 5, 4])).tolist() == [2, 2, 2, 3, 4, 5]


def test_months_with_an_empty_shelf_do_not_lower_the_forecast():
    rows = [0, 0, 0], [0, 1, 2], [1, 1, 1]
    known = np.ones(12, dtype=bool)
    plain = a_history(*rows, known=known)
    table = pl.DataFrame({"item": [0] * 9, "period": range(3, 12), "share": [0.0] * 9})
    hidden = plain.hiding(*hidden_periods(table))
    assert hidden.totals().periods.tolist() == [3]
    assert (
        forecast(hidden).demand.demand_per_day[0] > 1.5 * forecast(plain).demand.demand_per_day[0]
    )


def test_a_hidden_month_in_which_it_was_asked_for_counts():
    history = a_history([0, 0], [0, 5], [1, 1], known=np.ones(12, dtype=bool))
    hidden = history.hiding(ints([0, 0]), ints([5, 6])).totals()
    assert (hidden.period.tolist(), hidden.periods.tolist()) == ([0, 5], [11])


def test_nothing_hidden_after_an_origin_is_taken_out_before_it():
    history = a_history([0], [0], [1], known=np.ones(12, dtype=bool)).hiding(ints([0]), ints([8]))
    assert history.until(6).totals().periods.tolist() == [6]


def test_machines_that_fail_twice_a_year_ask_for_their_parts():
    rate = from_installed_base(ints([10.0]), ints([2.0]), ints([3.0]))
    assert rate[0] == pytest.approx(60 / 365)


def test_a_planner_doubling_demand_doubles_its_mean_and_the_variance_of_its_stream():
    before = forecast(a_history([0, 0], [2, 6], [1, 4])).demand
    after = changed(before, ints([2.0]), ints([0.0]))
    assert after.demand_per_day[0] == pytest.approx(2 * before.demand_per_day[0])
    assert after.demand_variance_per_day[0] == pytest.approx(2 * before.demand_variance_per_day[0])
    assert after.rate_variance[0] == pytest.approx(4 * before.rate_variance[0])


def test_a_planner_ending_demand_leaves_none():
    before = forecast(a_history([0], [2], [1])).demand
    after = changed(before, ints([0.0]), ints([-1.0]))
    assert (after.demand_per_day[0], after.demand_variance_per_day[0]) == (0.0, 0.0)


@pytest.mark.parametrize(("largest", "counted"), [(5, 5), (7, 7), (8, 5), (90, 5)])
def test_among_single_pieces_eight_at_once_stand_out_and_seven_do_not(largest, counted):
    assert without_outliers(ints([0] * 9), ints([1] * 8 + [largest])).pieces[-1] == counted


def test_outliers_are_looked_for_within_an_item():
    item, pieces = ints([0] * 8 + [1] * 8), ints([1] * 8 + [300] * 8)
    assert not without_outliers(item, pieces).cut.any()


def test_a_period_hidden_twice_is_taken_out_once():
    history = a_history([0], [0], [1], known=np.ones(12, dtype=bool))
    assert history.hiding(ints([0, 0, 0]), ints([5, 5, 7])).totals().periods.tolist() == [10]
