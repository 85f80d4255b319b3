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
DAYS_PER_YEAR = 365.0


def month_ends() -> NDArray[np.int64]:
    """The last day of each month of the history, as day numbers."""
    months = np.arange("2023-11", "2026-11", dtype="datetime64[M]").astype("datetime64[D]")
    return np.asarray((months - np.datetime64(FIRST_DAY, "D")).astype(np.int64) - 1)
