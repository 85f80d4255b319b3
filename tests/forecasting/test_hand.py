"""What a planner's change was worth is told by what was asked for."""

import numpy as np
import polars as pl

from forecasting.hand import worth_of_changes
from tests.forecasting.builders import a_history


def doubled_after(period=12):
    """Two requests a month, then four; the last six months are the time of the change."""
    item = [0] * (2 * period + 4 * 6)
    when = [t for t in range(period) for _ in range(2)] + [
        t for t in range(period, period + 6) for _ in range(4)
    ]
    return a_history(item, when, [1] * len(item), periods=period + 6)


def changes(**columns):
    row = {"item": [0], "first_period": [12], "last_period": [17], "factor": [1.0], "pieces": [0.0]}
    return pl.DataFrame(row | columns)


def test_a_planner_who_foresaw_the_doubling_gained():
    worth = worth_of_changes(doubled_after(), changes(factor=[2.0], author=["Ada"]))
    assert worth["gained"][0] > 1
    assert worth["asked"][0] == 24
    assert worth["author"][0] == "Ada"
    assert worth["expected_with"][0] > 1.9 * worth["expected_without"][0]


def test_a_planner_who_halved_what_doubled_lost():
    assert worth_of_changes(doubled_after(), changes(factor=[0.5]))["gained"][0] < -1


def test_a_change_that_changes_nothing_is_worth_nothing():
    assert worth_of_changes(doubled_after(), changes())["gained"][0] == 0


def test_a_change_whose_time_is_not_over_is_not_judged_yet():
    assert worth_of_changes(doubled_after(), changes(last_period=[18])).is_empty()


def test_pieces_are_added_over_the_whole_time():
    worth = worth_of_changes(doubled_after(), changes(pieces=[12.0]))
    np.testing.assert_allclose(worth["expected_with"] - worth["expected_without"], 12.0)
