"""Why a forecast is what it is, in a planner's words; whole columns at a time."""

import numpy as np
import polars as pl

from forecasting.classify import CLASSES, DemandClasses
from forecasting.history import History
from forecasting.periods import PeriodKind, Periods

_NAMES_OF_DATES = {PeriodKind.DAY: "%d %b %Y", PeriodKind.WEEK: "week of %d %b %Y"}


def reasons(history: History, classes: DemandClasses, periods: Periods | None) -> pl.Series:
    """One sentence for each item: class, requests, time, and when the last one came."""
    word = "period" if periods is None else str(periods.kind)
    last = np.append(history.period, 0)[history.start[1:] - 1]
    table = pl.DataFrame(
        {
            "class": pl.Series(classes.code).cast(pl.Int64),
            "requests": np.diff(history.start),
            "months": history.periods - np.minimum(history.first_period, history.periods),
            "last": last,
        }
    )
    counted = pl.format(
        "{}, {} in {}, last {}",
        pl.col("class").replace_strict(dict(enumerate(str(one) for one in CLASSES)),
                                       return_dtype=pl.String),
        _counted("requests", "request"),
        _counted("months", word),
        pl.col("last").replace_strict(_dates(history, periods), return_dtype=pl.String),
    )  # fmt: skip
    nothing = pl.format(
        "no request in {}: expected like the rarest of its kind", _counted("months", word)
    )
    chosen = pl.when(pl.col("requests") > 0).then(counted).otherwise(nothing)
    return table.select(chosen.alias("reason")).to_series()


def _counted(column: str, word: str) -> pl.Expr:
    plural = pl.when(pl.col(column) == 1).then(pl.lit(word)).otherwise(pl.lit(f"{word}s"))
    return pl.format("{} {}", pl.col(column), plural)


def _dates(history: History, periods: Periods | None) -> dict[int, str]:
    """The name of each period: `in March 2026`, or how long ago it was."""
    if periods is None:
        return {k: f"{history.periods - k} periods ago" for k in range(max(history.periods, 1))}
    name = _NAMES_OF_DATES.get(periods.kind, "in %b %Y")
    days = periods.starts()[: max(history.periods, 1)].astype(object)
    return {number: day.strftime(name) for number, day in enumerate(days)}
