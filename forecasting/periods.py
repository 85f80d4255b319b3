"""Periods of a history: days, weeks from Monday or months, and which of them are closed."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints

Dates = NDArray[np.datetime64]
MANY_DAYS = 100_000  # beyond which a list of all days is no shorter than the dates


class PeriodKind(StrEnum):
    """How time is cut into pieces; the setting `period`."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Periods:
    """Consecutive whole periods of one kind; the first starts on `first`, `count` of them."""

    kind: PeriodKind
    first: date  # the first day of the first period
    count: int

    @classmethod
    def closed(cls, kind: PeriodKind, first_date: date, as_of: date) -> "Periods":
        """The periods from the one that holds `first_date` whose last day is not after `as_of`."""
        unit_of_first = _unit(kind, np.array([first_date], dtype="datetime64[D]"))[0]
        day_after = np.datetime64(as_of, "D") + np.timedelta64(1, "D")
        first_open = _unit(kind, np.array([day_after]))[0]
        first = _first_day(kind, np.array([unit_of_first]))[0].astype(object)
        return cls(kind, first, max(0, int(first_open - unit_of_first)))

    def without_first(self) -> "Periods":
        """The same but for the first one, which is not whole."""
        if not self.count:
            return self
        second = self.starts()[1].astype(object)
        return Periods(self.kind, second, self.count - 1)

    def nearest(self, dates: Dates) -> Ints:
        """The period whose start lies nearest to each date: −1 and below before all of them."""
        days = np.asarray(dates).astype("datetime64[D]").astype(np.int64)
        number = self.number(dates)
        unit = _unit(self.kind, np.array([self.first], dtype="datetime64[D]"))[0] + number
        begin = _first_day(self.kind, unit).astype(np.int64)
        length = _first_day(self.kind, unit + 1).astype(np.int64) - begin
        return np.asarray(number + (2 * (days - begin) >= length), dtype=np.int64)

    def starts(self) -> Dates:
        """First day of each period, and of the one after the last (`count` + 1 days)."""
        unit = _unit(self.kind, np.array([self.first], dtype="datetime64[D]"))[0]
        return _first_day(self.kind, unit + np.arange(self.count + 1))

    def days(self) -> Floats:
        """Length of each period."""
        return np.diff(self.starts()).astype(np.float64)

    def number(self, dates: Dates) -> Ints:
        """The period of each date: 0 … count − 1; outside, below 0 or at least `count`."""
        days = np.asarray(dates).astype("datetime64[D]")
        if not len(days):
            return np.zeros(0, dtype=np.int64)
        first = _unit(self.kind, np.array([self.first], dtype="datetime64[D]"))[0]
        earliest, latest = days.min(), days.max()
        if latest - earliest > np.timedelta64(MANY_DAYS, "D"):
            return np.asarray(_unit(self.kind, days) - first, dtype=np.int64)
        # Days are few and dates many: the calendar is asked once for each day.
        number = _unit(self.kind, np.arange(earliest, latest + np.timedelta64(1, "D"))) - first
        return np.asarray(number[(days - earliest).astype(np.int64)], dtype=np.int64)


def _unit(kind: PeriodKind, days: Dates) -> Ints:
    """Number of the day, week or month since 1970; weeks start on Monday (1970 on a Thursday)."""
    if kind is PeriodKind.MONTH:
        return days.astype("datetime64[M]").astype(np.int64)
    since_1970 = days.astype(np.int64)
    return since_1970 if kind is PeriodKind.DAY else (since_1970 + 3) // 7


def _first_day(kind: PeriodKind, units: Ints) -> Dates:
    if kind is PeriodKind.MONTH:
        return units.astype("datetime64[M]").astype("datetime64[D]")
    days = units if kind is PeriodKind.DAY else units * 7 - 3
    return days.astype("datetime64[D]")
