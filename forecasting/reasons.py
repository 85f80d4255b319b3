"""Why a forecast is what it is, in a planner's words; whole columns at a time."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.classify import CLASSES, DemandClasses
from forecasting.history import History, Totals
from forecasting.periods import PeriodKind, Periods
from inventory.demand import Floats

_NAMES_OF_DATES = {PeriodKind.DAY: "%d %b %Y", PeriodKind.WEEK: "the week of %d %b %Y"}
FADED, SWOLLEN = 0.5, 1.5  # chance of demand now against its share so far: dying, growing
SILENT_PERIODS = 3  # dying takes at least so many periods without demand


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """What a forecast rests on, by item."""

    history: History
    totals: Totals
    classes: DemandClasses
    chance: Floats  # of demand in a period to come
    memory_periods: Floats  # how long the rate is believed to last
    season: Floats | None = None  # factor of the months ahead; None: no site has a season


def reasons(grounds: Grounds, periods: Periods | None) -> pl.Series:
    """One sentence for each item, such as "lumpy, 5 requests in 36 months, last in Mar 2026: …"."""
    word = "period" if periods is None else str(periods.kind)
    table = _table(grounds)
    table = table.with_columns(
        _named("class", table["class"], [str(one) for one in CLASSES]),
        _named("last", table["last_period"], _dates(grounds.history, periods)),
        *(_counted(table[name], word) for name in ("periods", "memory", "until_next")),
        began=pl.col("periods") > 0,
    )
    plural = pl.when(pl.col("requests") == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    seen = pl.format(
        "{}, {} request{} in {}, {}{}{}: memory of {}",
        "class",
        "requests",
        plural,
        "periods",
        pl.when("dying").then(pl.lit("dying since ")).otherwise(pl.lit("last in ")),
        "last",
        pl.when("growing").then(pl.lit(", growing")).otherwise(pl.lit("")),
        "memory",
    )
    silent = pl.format(
        "no request in {}: one in {} expected, as of items like it", "periods", "until_next"
    )
    new = pl.format(
        "new, no {} recorded yet: one request in {} expected, as of items like it",
        pl.lit(word),
        "until_next",
    )
    silent = pl.when("began").then(silent).otherwise(new)
    chosen = pl.when(pl.col("requests") > 0).then(seen).otherwise(silent)
    told = table.select(chosen.alias("reason")).to_series()
    return told if grounds.season is None else _with_season(told, grounds.season)


def _with_season(told: pl.Series, factor: Floats) -> pl.Series:
    """The season ahead, where it moves demand by a twentieth or more."""
    table = pl.DataFrame({"reason": told, "factor": factor})
    season = pl.format("{}; season of the site: × {}", "reason", pl.col("factor").round(2))
    matters = (pl.col("factor") - 1).abs() >= 0.05
    return table.select(pl.when(matters).then(season).otherwise("reason").alias("reason"))["reason"]


def _table(grounds: Grounds) -> pl.DataFrame:
    history, totals = grounds.history, grounds.totals
    busy, counted = np.diff(totals.start), np.maximum(totals.periods, 1)
    last_busy = np.append(totals.period, 0)[totals.start[1:] - 1]
    silence = totals.periods - 1 - last_busy
    share = busy / counted
    fallen = (busy >= 2) & (silence >= SILENT_PERIODS) & (grounds.chance < FADED * share)
    return pl.DataFrame(
        {
            "class": grounds.classes.code,
            "requests": np.diff(history.start),
            "periods": totals.periods,
            "last_period": np.append(history.period, 0)[history.start[1:] - 1],
            "dying": fallen,
            "growing": (busy >= 2) & (grounds.chance > SWOLLEN * share),
            "memory": np.maximum(np.minimum(np.rint(grounds.memory_periods), counted), 1).astype(
                np.int64
            ),
            "until_next": np.rint(1 / np.maximum(grounds.chance, 1e-4)).astype(np.int64),
        }
    )


def _named(column: str, number: pl.Series, names: list[str]) -> pl.Series:
    """The name of each number; looking names up takes less time than writing each anew."""
    return pl.Series(column, names, dtype=pl.String).gather(number)


def _counted(number: pl.Series, word: str) -> pl.Series:
    """Such as `1 month`, `12 months`."""
    most = int(number.to_numpy().max(initial=0))
    names = [f"{count} {word}{'' if count == 1 else 's'}" for count in range(most + 1)]
    return _named(number.name, number, names)


def _dates(history: History, periods: Periods | None) -> list[str]:
    """The name of each period: `Mar 2026`, or its number where there is no calendar."""
    if periods is None:
        return [f"period {k + 1}" for k in range(max(history.periods, 1))]
    name = _NAMES_OF_DATES.get(periods.kind, "%b %Y")
    days = periods.starts()[: max(history.periods, 1)].astype(object)
    return [day.strftime(name) for day in days]
