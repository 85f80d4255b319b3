"""The days of a replay, cut into the periods in which things happen: days, weeks or months."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import numpy as np

from inventory.demand import Floats, Ints
from inventory.errors import OutOfRange


class Period(StrEnum):
    """How finely the requests are recorded."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    @property
    def days(self) -> float:
        """Its mean length."""
        return {Period.DAY: 1.0, Period.WEEK: 7.0, Period.MONTH: 365.25 / 12}[self]


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """Periods one after the other; period p lasts from day `day[p]` to day `day[p + 1]`.

    Days are counted from the first one, `start`.
    """

    start: date
    day: Ints
    period: Period

    @classmethod
    def between(cls, start: date, end: date, period: Period) -> "Timeline":
        """From `start` to `end`, both included; the last period may be cut short."""
        if end < start:
            raise OutOfRange("days to replay", (end - start).days + 1, "1 or more")
        last = (end - start).days + 1
        if period is Period.MONTH:
            months = range(start.year * 12 + start.month, end.year * 12 + end.month)
            firsts = [date(month // 12, month % 12 + 1, 1) for month in months]
            inner = [(first - start).days for first in firsts]
        else:
            inner = list(range(int(period.days), last, int(period.days)))
        return cls(start, np.array([0, *inner, last], dtype=np.int64), period)

    def __len__(self) -> int:
        return len(self.day) - 1

    @property
    def days(self) -> int:
        """Length of all periods together."""
        return int(self.day[-1])

    @property
    def end(self) -> date:
        """The last day."""
        return self.start + timedelta(days=self.days - 1)

    def of(self, days_from_start: Ints) -> Ints:
        """The period in which each day lies."""
        return np.asarray(np.searchsorted(self.day, days_from_start, side="right") - 1)

    def lead_time(self, lead_time_days: Floats) -> Ints:
        """Lead times in periods, rounded up."""
        return np.ceil(lead_time_days / self.period.days - 1e-9).astype(np.int64)

    def review(self, review_period_days: Floats) -> Ints:
        """Periods from review to review; 0 where orders leave within the period of the request."""
        return np.floor(review_period_days / self.period.days + 0.5).astype(np.int64)
