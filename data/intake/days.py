"""Days: the day at the site, the day the plan speaks of, and what was not yet known then."""

from collections.abc import Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine
from data.intake.settings import IntakeSettings

NO_DAY = date(1990, 1, 1)  # where nothing that came in bears a date


def check_zones(locations: Draft, quarantine: Quarantine) -> None:
    """Reject locations in a time zone that does not exist."""
    zone = locations.frame["timezone"]
    named = zone.drop_nulls().unique().to_list()
    unknown = [name for name in named if not _is_zone(name)]
    remedy = pl.lit("no such time zone. Write it as Europe/Berlin.")
    quarantine.reject(
        locations, Finding("timezone.unknown", "timezone", zone.is_in(unknown), remedy)
    )


def _is_zone(name: str) -> bool:
    """Whether there is such a time zone; asking for one is far quicker than listing all."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def to_site_days(draft: Draft, locations: Draft, quarantine: Quarantine) -> None:
    """Moments become days in the time zone of the row's location; said where the day changes."""
    zones = dict(locations.accepted().select("location_id", "timezone").drop_nulls().iter_rows())
    for column, moments in draft.moments.items():
        written = draft.frame[column]
        zone = draft.frame["location_id"].cast(pl.String).replace_strict(zones, default=None)
        at_site = written
        for name in zone.filter(moments.is_not_null()).drop_nulls().unique().sort():
            local = moments.dt.convert_time_zone(name).dt.date()
            at_site = local.zip_with((zone == name).fill_null(False) & local.is_not_null(), at_site)
        moved = (at_site != written).fill_null(False)
        remedy = pl.format(
            "{} as written is {} at {}; it counts there.",
            pl.col(column).cast(pl.String),
            pl.col("_site_day").cast(pl.String),
            pl.col("location_id").cast(pl.String),
        )
        draft.frame = draft.frame.with_columns(at_site.alias("_site_day"))
        quarantine.warn(draft, Finding("date.converted_to_site_day", column, moved, remedy))
        draft.frame = draft.frame.with_columns(at_site.alias(column)).drop("_site_day")
        draft.moved[column] = moved


def latest_day(drafts: Mapping[str, Draft]) -> date:
    """The latest `stock.as_of`, else the last day with demand."""
    for table, column in (("stock", "as_of"), ("demand", "date")):
        if (draft := drafts.get(table)) is not None and len(draft):
            latest = draft.frame[column].filter(draft.in_mask()).max()
            if isinstance(latest, date):
                return latest
    return NO_DAY


def check_future(
    draft: Draft, as_of: date, settings: IntakeSettings, quarantine: Quarantine
) -> None:
    """Reject rows of what has happened that are dated after `as_of`.

    A moment of that day that falls on the next one at the site stays in: no closed period has it.
    """
    findings: list[Finding] = []
    for column in draft.table.columns:
        latest = draft.frame[column.name].max() if column.of_the_past else None
        if not isinstance(latest, date) or latest <= as_of:
            continue
        days = draft.frame[column.name]
        later = days > as_of
        if (moved := draft.moved.get(column.name)) is not None:
            later &= ~(moved & (days <= as_of + timedelta(days=1)))
        remedy = pl.lit(f"it lies after {as_of}, the day of this plan.")
        findings.append(Finding("date.future", column.name, later, remedy))
    if settings.later_rows == "leave_out":
        for finding in findings:
            draft.drop(finding.rows)
    else:
        quarantine.reject(draft, *findings)
