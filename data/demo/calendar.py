"""The days of the demo company: day 0 is the first of its history, nothing reads a clock."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

FIRST_DAY = date(2023, 10, 1)
AS_OF = date(2026, 9, 30)
LAST_DAY = date(2027, 9, 30)

HISTORY_DAYS = (AS_OF - FIRST_DAY).days + 1
HORIZON_DAYS = (LAST_DAY - FIRST_DAY).days + 1  # the history and one further year
FIRST_WEEKDAY = FIRST_DAY.weekday()  # Monday is 0
HISTORY_MONTHS = 36
DAYS_PER_YEAR = 365.0
ONE_DAY = np.timedelta64(1, "D")


def month_ends() -> NDArray[np.int64]:
    """The last day of each month of the history, as day numbers."""
    return np.flatnonzero(np.diff(month_of_day()[: HISTORY_DAYS + 1]))


def month_of_day() -> NDArray[np.int64]:
    """Month of each day of the horizon, 0 for the first of the history."""
    day = np.arange(np.datetime64(FIRST_DAY, "D"), np.datetime64(LAST_DAY, "D") + ONE_DAY)
    months = day.astype("datetime64[M]").astype(np.int64)
    return np.asarray(months - months[0])
