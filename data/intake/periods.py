"""Closed periods: where the history begins or ends within one, and where nobody reported at all."""

from datetime import date, timedelta

import polars as pl

from data.intake.draft import Draft
from data.intake.quarantine import Quarantine
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
    rows = draft.frame["date"].filter(draft.in_mask() & (draft.frame["quantity"] >= 0))
    days = rows.filter(rows <= as_of).unique().sort()
    if len(days) < FEW_DAYS:
        return
    every = _EVERY[settings.period]
    silence = max(3, 2 * int(days.tail(366).diff().drop_nulls().dt.total_days().max() or 0))  # type: ignore[arg-type]
    _first(days, every, settings.period, draft, quarantine)
    _last(days, as_of, every, silence, draft, quarantine)
    _gaps(days, every, draft, quarantine)


def _first(days: pl.Series, every: str, period: str, draft: Draft, quarantine: Quarantine) -> None:
    """Say that the first period is partial if silence does not explain its late beginning."""
    first = _day(days, 0)
    start = _start(first, every)
    usual = max(3, 2 * int(days.head(60).diff().drop_nulls().dt.total_days().median() or 0))  # type: ignore[arg-type]
    if (first - start).days > usual:
        text = (
            f"{draft.file} begins on {first}, within a {period}: its first {period} is not whole. "
            "Export from the first of one, or read its first figures with care."
        )
        quarantine.note("period.partial_first", "demand", "date", text, value=str(first))


def _last(
    days: pl.Series, as_of: date, every: str, silence: int, draft: Draft, quarantine: Quarantine
) -> None:
    """Say that the last period is partial: as_of lies within it, or the rows end long before."""
    last = _day(days, -1)
    end = _end(last, every)
    if end <= as_of and (end - last).days <= silence:
        return
    if as_of < end:
        text = (
            f"{draft.file} ends on {last}, and {_start(last, every)} to {end} is not over on "
            f"{as_of}: what lies in it is not counted yet."
        )
    else:
        text = (
            f"{draft.file} ends on {last}, long before {as_of}. If the export was cut, plan with "
            f"--as-of {last}; else the days since count as without demand."
        )
    quarantine.note("period.partial_last", "demand", "date", text, value=str(last))


def _gaps(days: pl.Series, every: str, draft: Draft, quarantine: Quarantine) -> None:
    seen = days.dt.truncate(every).unique().sort()
    whole = pl.date_range(_day(seen, 0), _day(seen, -1), every, eager=True)
    missing = whole.filter(~whole.is_in(seen.implode()))
    if len(missing):
        shown = ", ".join(str(day) for day in missing.head(SHOWN_GAPS))
        more = f" and {len(missing) - SHOWN_GAPS} more" if len(missing) > SHOWN_GAPS else ""
        text = (
            f"{draft.file} has no row at all in the periods from {shown}{more}. They count as "
            "missing, not as without demand; deliver them if they exist."
        )
        quarantine.note("period.gap_all_parts", "demand", "date", text, value=str(missing[0]))


def _day(days: pl.Series, place: int) -> date:
    found = days[place]
    assert isinstance(found, date)
    return found


def _start(day: date, every: str) -> date:
    return _day(pl.Series([day]).dt.truncate(every), 0)


def _end(day: date, every: str) -> date:
    return _day(pl.Series([_start(day, every)]).dt.offset_by(every), 0) - timedelta(days=1)
