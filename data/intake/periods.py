"""Closed periods: where the history begins or ends within one, and where nobody reported at all."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine
from data.intake.settings import IntakeSettings

_EVERY = {"day": "1d", "week": "1w", "month": "1mo"}
FEW_DAYS = 10  # with fewer days of demand nobody can tell a silence from an end
SHOWN_GAPS = 6


def check_periods(
    draft: Draft, as_of: date, settings: IntakeSettings, quarantine: Quarantine
) -> None:
    """Warn of a history that is cut within a period, and of periods without any row at all."""
    if settings.period == "day":
        return
    days = _distinct(draft.column("date").drop_nulls())
    days = days.filter(days <= as_of)
    if len(days) < FEW_DAYS:
        return
    every = _EVERY[settings.period]
    silence = max(3, 2 * _longest_silence(days.tail(366)))
    _first(days, every, draft, quarantine)
    _last(days, as_of, every, silence, draft, quarantine)
    _gaps(days, every, draft, quarantine)


def _first(days: pl.Series, every: str, draft: Draft, quarantine: Quarantine) -> None:
    """Say that the first period is partial if silence does not explain its late beginning."""
    first = _day(days, 0)
    usual = max(3, 2 * _typical_silence(days.head(60)))
    if (first - _start(first, every)).days > usual:
        remedy = "the history begins here, within a period: that period is not whole."
        _warn("period.partial_first", first, remedy, draft, quarantine)


def _last(
    days: pl.Series, as_of: date, every: str, silence: int, draft: Draft, quarantine: Quarantine
) -> None:
    """Say that the last period is partial: as_of lies within it, or the rows end long before."""
    last = _day(days, -1)
    end = _end(last, every)
    if as_of < end:
        remedy = f"the history ends here; its period lasts until {end} and does not count yet."
    elif (end - last).days > silence:
        remedy = (
            f"the history ends here, long before {as_of}. If the export was cut, plan with "
            f"--as-of {last}; else the days since count as without demand."
        )
    else:
        return
    _warn("period.partial_last", last, remedy, draft, quarantine)


def _gaps(days: pl.Series, every: str, draft: Draft, quarantine: Quarantine) -> None:
    seen = days.dt.truncate(every).unique().sort()
    whole = pl.date_range(_day(seen, 0), _day(seen, -1), every, eager=True)
    missing = whole.filter(~whole.is_in(seen.implode()))
    if not len(missing):
        return
    shown = ", ".join(str(day) for day in missing.head(SHOWN_GAPS))
    more = f" and {len(missing) - SHOWN_GAPS} more" if len(missing) > SHOWN_GAPS else ""
    remedy = (
        f"before it no part has a row in the periods from {shown}{more}. They count as missing, "
        "not as without demand; deliver them if they exist."
    )
    after = _day(days.filter(days > _day(missing, -1)), 0)
    _warn("period.gap_all_parts", after, remedy, draft, quarantine)


def _warn(code: str, day: date, remedy: str, draft: Draft, quarantine: Quarantine) -> None:
    """A warning at the row of `day` that comes first by part and location."""
    rows = draft.rows(draft.frame["date"] == day)
    of_day = draft.frame.select("part_id", "location_id")[rows].with_columns(_row=rows)
    first = of_day.sort("part_id", "location_id", "_row")["_row"].head(1)
    quarantine.warn(draft, Finding(code, "date", draft.mask_of(first), pl.lit(remedy)))


def _typical_silence(days: pl.Series) -> int:
    between = days.diff().drop_nulls().dt.total_days().sort()
    return int(between[len(between) // 2]) if len(between) else 0


def _longest_silence(days: pl.Series) -> int:
    between = days.diff().drop_nulls().dt.total_days().sort()
    return int(between[-1]) if len(between) else 0


def _distinct(days: pl.Series) -> pl.Series:
    """The days that occur, in order: one mark for each, as years hold few of them."""
    if not len(days):
        return days
    numbers = days.to_physical().to_numpy()
    seen = np.zeros(numbers.max() - numbers.min() + 1, dtype=bool)
    seen[numbers - numbers.min()] = True
    distinct = np.flatnonzero(seen) + numbers.min()
    return pl.Series(distinct.astype(np.int32)).cast(pl.Date)


def _day(days: pl.Series, place: int) -> date:
    found = days[place]
    assert isinstance(found, date)
    return found


def _start(day: date, every: str) -> date:
    return _day(pl.Series([day]).dt.truncate(every), 0)


def _end(day: date, every: str) -> date:
    return _day(pl.Series([_start(day, every)]).dt.offset_by(every), 0) - timedelta(days=1)
