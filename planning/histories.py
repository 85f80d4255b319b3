"""Histories of a company's items: recorded requests by closed period, and what of them counts."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.intake import Intake
from data.intake.accepted import coded
from forecasting import History, PeriodKind, Periods
from forecasting.cleaning import hidden_periods
from inventory.demand import Ints
from planning import shelves
from planning.settings import Settings
from planning.world import World

NOT_WHOLE = "period.partial_first"  # the door's word for a history that begins within a period
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Remembered:
    """Histories of the items that customers ask for, and the calendar they are kept in."""

    history: History
    periods: Periods
    rows: Ints  # of the world, one each item of the history


def remembered(
    world: World,
    asked: pl.DataFrame,
    intake: Intake,
    settings: Settings,
    *,
    spoken_for: Ints | None = None,
) -> Remembered:
    """What is known of the items that customers ask for.

    Args:
        world: the company.
        asked: requests made ready (see `planning.recorded`): item, date, pieces.
        intake: what came through the door.
        settings: of the company.
        spoken_for: by item of the world, the period from which a planner's change explains what
            is asked for, so that it does not count here; None: nowhere.
    """
    periods = whole_periods(world, intake, settings)
    rows = with_customers(world, asked)
    place = np.full(len(world.items), -1, dtype=np.int64)
    place[rows] = np.arange(len(rows))
    item, number = asked["item"].to_numpy(), periods.number(asked["date"].to_numpy())
    counts = (number >= 0) & (number < periods.count) & (place[item] >= 0)
    if spoken_for is not None:
        counts &= number < spoken_for[item]
    history = History.of(
        place[item[counts]],
        number[counts],
        asked["pieces"].to_numpy()[counts],
        part=world.items["part"].to_numpy()[rows],
        location=world.items["location"].to_numpy()[rows],
        days=periods.days(),
        first_period=first_whole(world, periods)[rows],
        known=known(intake, periods),
    )
    hidden = _hidden(world, intake, periods, spoken_for)
    hidden = (place[hidden[0]], hidden[1])
    kept = hidden[0] >= 0
    if kept.any():
        history = history.hiding(hidden[0][kept], hidden[1][kept])
    return Remembered(history, periods, rows)


def calendar(world: World, as_of: date, settings: Settings) -> Periods:
    """Closed periods, from the first row of the demand table."""
    first = world.items["first_row"].min()
    start = first if isinstance(first, date) else as_of
    return Periods.closed(PeriodKind(settings.period), start, as_of)


def whole_periods(world: World, intake: Intake, settings: Settings) -> Periods:
    """Closed periods without a first one in the midst of which the table begins."""
    periods = calendar(world, intake.as_of, settings)
    if (intake.warnings["code"] == NOT_WHOLE).any() and periods.count > 1:
        return periods.without_first()
    return periods


def with_customers(world: World, asked: pl.DataFrame) -> Ints:
    """Items at locations where anybody ever asked for anything, but those that have an heir."""
    location = world.items["location"].to_numpy()
    has_customers = np.zeros(len(world.locations), dtype=bool)
    has_customers[location[asked["item"].unique().to_numpy()]] = True
    return np.flatnonzero(has_customers[location] & ~replaced(world))


def replaced(world: World) -> Flags:
    """True for items of parts that have an heir: their requests are its requests."""
    if world.heirs.is_empty():
        return np.zeros(len(world.items), dtype=bool)
    return world.items["part_id"].is_in(world.heirs["part_id"].implode()).to_numpy()


def first_whole(world: World, periods: Periods) -> Ints:
    """By item, the first period of which its part saw the better half."""
    first = world.items["first_row"].fill_null(periods.first).to_numpy()
    number = periods.nearest(first)
    return np.where(periods.number(first) < periods.count, np.clip(number, 0, None), 0)


def known(intake: Intake, periods: Periods) -> Flags:
    """By period, whether anybody reported anything, be it that nobody asked."""
    days = [coded(intake.tables, "demand")["date"], intake.set_aside["date"]]
    number = periods.number(pl.concat(days).unique().drop_nulls().to_numpy())
    number = number[(number >= 0) & (number < periods.count)]
    return np.bincount(number, minlength=periods.count) > 0


def _hidden(
    world: World, intake: Intake, periods: Periods, spoken_for: Ints | None
) -> tuple[Ints, Ints]:
    """Items and periods whose silence says nothing: empty shelves, times that a change explains."""
    empty = shelves.in_stock(world, coded(intake.tables, "stock"), periods, intake.as_of)
    item, period = hidden_periods(empty)
    if spoken_for is None:
        return item, period
    under = np.flatnonzero(spoken_for < periods.count)
    length = periods.count - spoken_for[under]
    ends = np.cumsum(length)
    later = np.arange(length.sum()) - np.repeat(ends - length, length)
    return (
        np.concatenate([item, np.repeat(under, length)]),
        np.concatenate([period, np.repeat(spoken_for[under], length) + later]),
    )
