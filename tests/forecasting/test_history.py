"""Histories: the same whatever the row order, gaps no zeros, periods of a real calendar."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import History, PeriodKind, Periods
from inventory.errors import OutOfRange
from tests.forecasting.builders import a_history


def test_a_history_is_the_same_whatever_the_order_of_the_rows():
    rng = np.random.default_rng(7)
    item, period, pieces = (
        rng.integers(0, 5, 300),
        rng.integers(0, 12, 300),
        rng.integers(1, 9, 300),
    )
    order = rng.permutation(300)
    one = a_history(item, period, pieces, items=5)
    other = a_history(item[order], period[order], pieces[order], items=5)
    for column in ("start", "period", "pieces", "first_period"):
        assert np.array_equal(getattr(one, column), getattr(other, column))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(1, 50)), max_size=80))
def test_grouping_loses_and_invents_no_piece(rows):
    columns = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    history = a_history(*columns, items=4, periods=6)
    for item in range(4):
        here = slice(history.start[item], history.start[item + 1])
        assert list(zip(history.period[here], history.pieces[here], strict=True)) == sorted(
            (period, pieces) for of, period, pieces in rows if of == item
        )


def test_a_part_counts_from_its_first_request_anywhere():
    history = a_history([0, 1], [4, 2], [1, 1], items=3, periods=6, part=[0, 0, 1])
    assert history.first_period.tolist() == [2, 2, 0]


def test_a_period_in_which_nobody_asked_for_anything_is_a_gap_and_no_zero():
    history = a_history([0, 0, 1], [0, 3, 1], [5, 2, 1], items=2, periods=5)
    assert history.known.tolist() == [True, True, False, True, False]
    totals = history.totals()
    assert totals.period.tolist() == [0, 2, 1 - 1]
    assert totals.periods.tolist() == [3, 2]


def test_a_table_comes_back_as_it_went_in():
    table = np.array([[0, 2, 0, 5], [0, 0, 0, 0], [1, 0, 0, 0]], dtype=float)
    from forecasting.history import Totals

    assert np.array_equal(Totals.of_table(table).table(), table)


def test_until_knows_nothing_of_what_came_later():
    history = a_history([0, 0, 1], [0, 3, 4], [5, 2, 1], items=2, periods=5)
    then = history.until(4)
    assert then.start.tolist() == [0, 2, 2]
    assert then.periods == 4


@pytest.mark.parametrize(
    ("item", "period", "pieces"), [(2, 0, 1), (0, 9, 1), (0, 0, 0), (-1, 0, 1)]
)
def test_a_request_that_cannot_be_is_refused_by_name(item, period, pieces):
    with pytest.raises(OutOfRange):
        a_history([item], [period], [pieces], items=2, periods=6)


def test_only_periods_whose_last_day_has_come_are_closed():
    may = Periods.closed(PeriodKind.MONTH, date(2024, 1, 17), date(2024, 5, 30))
    june = Periods.closed(PeriodKind.MONTH, date(2024, 1, 17), date(2024, 5, 31))
    assert (may.count, june.count) == (4, 5)
    assert june.days().tolist() == [31, 29, 31, 30, 31]


def test_weeks_start_on_monday_and_end_on_sunday():
    weeks = Periods.closed(PeriodKind.WEEK, date(2024, 5, 1), date(2024, 5, 12))
    assert (weeks.first, weeks.count) == (date(2024, 4, 29), 2)
    dates = np.array(["2024-05-05", "2024-05-06", "2024-05-13", "2024-04-28"], dtype="M8[D]")
    assert weeks.number(dates).tolist() == [0, 1, 2, -1]


def test_nothing_is_closed_before_the_first_period_ends():
    assert Periods.closed(PeriodKind.MONTH, date(2024, 5, 3), date(2024, 5, 4)).count == 0


def test_days_are_their_own_periods():
    days = Periods.closed(PeriodKind.DAY, date(1969, 12, 30), date(1970, 1, 2))
    assert (days.first, days.count, days.days().tolist()) == (date(1969, 12, 30), 4, [1.0] * 4)


def test_an_empty_history_is_a_history():
    empty = np.array([], dtype=np.int64)
    history = History.of(empty, empty, empty, part=empty, location=empty, days=np.array([]))
    assert (len(history), history.periods) == (0, 0)


@pytest.mark.parametrize(
    ("day", "number"),
    [((2025, 1, 1), 0), ((2025, 1, 16), 0), ((2025, 1, 17), 1), ((2024, 12, 31), 0),
     ((2024, 12, 9), -1), ((2025, 2, 15), 2), ((2026, 1, 30), 13)],
)  # fmt: skip
def test_the_nearest_beginning_of_a_period_is_told_for_every_day(day, number):
    periods = Periods.closed(PeriodKind.MONTH, date(2025, 1, 9), date(2025, 6, 30))
    assert periods.nearest(np.array([date(*day)], dtype="datetime64[D]")).tolist() == [number]


def test_periods_without_their_first_begin_with_the_second():
    periods = Periods.closed(PeriodKind.WEEK, date(2025, 1, 9), date(2025, 2, 2))
    later = periods.without_first()
    assert (later.first, later.count) == (date(2025, 1, 13), periods.count - 1)
    none = Periods.closed(PeriodKind.WEEK, date(2025, 1, 9), date(2025, 1, 10))
    assert none.without_first() == none
