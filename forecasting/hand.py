"""The planner's hand: what changes of a forecast were worth, told by what was asked for."""

import numpy as np
import polars as pl

from forecasting.backtest.kernels import asked_between
from forecasting.backtest.methods import Predicted, of_law
from forecasting.cleaning import changed
from forecasting.history import History
from forecasting.predict import forecast
from inventory.demand import Floats, Ints

LEVELS = np.array([0.5, 0.9, 0.95, 0.99])


def worth_of_changes(history: History, changes: pl.DataFrame) -> pl.DataFrame:
    """What each change gained or cost, for those whose time has closed.

    A change is judged as the forecast would have been made when it began: the law of demand over
    its time with and without it, by pinball loss at 0.5, 0.9, 0.95 and 0.99 together.

    Args:
        history: requests by item.
        changes: item, first_period, last_period (both count), factor, pieces (of the whole time);
            further columns, such as reason and author, are kept.

    Returns:
        The rows of `changes` that are closed, with expected_without, expected_with, asked (pieces)
        and gained (pinball loss avoided, pieces; negative: it would have been better left alone).
    """
    closed = changes.filter(
        (pl.col("last_period") < history.periods) & (pl.col("first_period") > 0)
    ).sort("first_period", maintain_order=True)
    tables = [
        _judged(history, group, int(first))
        for (first,), group in closed.group_by("first_period", maintain_order=True)
    ]
    return pl.concat(tables) if tables else _none(closed)


def _judged(history: History, group: pl.DataFrame, first: int) -> pl.DataFrame:
    """The changes that began in period `first`."""
    until = history.until(first)
    item = group["item"].to_numpy()
    length = (group["last_period"] - first + 1).to_numpy()
    days = length * float(until.days.mean())
    everyone = np.full(len(history), days.max())
    everyone[item] = days
    plain = forecast(until, horizon_days=everyone).demand.take(item)
    moved = changed(plain, group["factor"].to_numpy(), group["pieces"].to_numpy() / days)
    asked = _asked(history, item, first, length)
    without, with_it = of_law(plain, days, LEVELS), of_law(moved, days, LEVELS)
    return group.with_columns(
        expected_without=pl.Series(without.mean),
        expected_with=pl.Series(with_it.mean),
        asked=pl.Series(asked),
        gained=pl.Series(_loss(without, asked) - _loss(with_it, asked)),
    )


def _asked(history: History, item: Ints, first: int, length: Ints) -> Floats:
    """Pieces asked for in the time of each change."""
    begin = np.full(len(history), first)
    answer = np.empty(len(item))
    for one in np.unique(length):
        total = asked_between(history.start, history.period, history.pieces, begin, begin + one)
        answer[length == one] = total[item[length == one]]
    return answer


def _loss(predicted: Predicted, asked: Floats) -> Floats:
    off = asked[:, None] - predicted.quantile
    return np.asarray(np.maximum(LEVELS * off, (LEVELS - 1) * off).sum(axis=1), dtype=np.float64)


def _none(closed: pl.DataFrame) -> pl.DataFrame:
    names = ("expected_without", "expected_with", "asked", "gained")
    return closed.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in names)
