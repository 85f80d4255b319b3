"""Which day the plan speaks of, and what was not yet known then."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine
from data.intake.settings import IntakeSettings

NO_DAY = date(1990, 1, 1)  # where nothing that came in bears a date


def latest_day(drafts: Mapping[str, Draft]) -> date:
    """The latest `stock.as_of`, else the last day with demand."""
    for table, column in (("stock", "as_of"), ("demand", "date")):
        if (draft := drafts.get(table)) is not None and len(draft):
            latest = draft.frame[column].filter(draft.in_mask()).max()
            if isinstance(latest, date):
                return latest
    return NO_DAY


def reject_future(
    draft: Draft, as_of: date, settings: IntakeSettings, quarantine: Quarantine
) -> None:
    """Reject rows of what has happened that are dated after `as_of`."""
    findings: list[Finding] = []
    for column in draft.table.columns:
        if not column.of_the_past or (latest := draft.frame[column.name].max()) is None:
            continue
        if isinstance(latest, date) and latest > as_of:
            later = draft.frame[column.name] > as_of
            remedy = pl.lit(f"it lies after {as_of}, the day of this plan.")
            findings.append(Finding("date.future", column.name, later, remedy))
    if settings.later_rows == "set_aside":
        for finding in findings:
            draft.drop(finding.rows)
    else:
        quarantine.reject(draft, *findings)
