"""The command `forecast`: demand alone, without promises or levels."""

from datetime import date
from pathlib import Path

import polars as pl

from planning import changes, histories, summary, tables
from planning.answer import Answer
from planning.plan import refusal
from planning.prepare import FORECAST_NEEDS, InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages


def forecast_folder(
    folder: Path, *, settings: Settings, stages: Stages, as_of: date | None = None
) -> Answer:
    """What will be asked for at every item, how sure that is, and why."""
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of, needs=FORECAST_NEEDS)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    table = tables.forecasts(ready.world, ready.expectation)
    classes = table["demand_class"].value_counts(sort=True).drop_nulls()
    by_class = dict(sorted(classes.iter_rows()))
    report = {
        "run": summary.run(ready.intake, stages),
        "items": table.height,
        "demand_per_day": float(table["demand_per_day"].sum()),
        "classes": by_class,
        "title": "Demand",
        "measured": [{"class": word, "items": f"{count:,}"} for word, count in by_class.items()],
        **summary.intake_report(ready.intake, more_warnings=ready.warnings),
    }
    written = {"forecasts": table, "rejected": ready.intake.rejected}
    hand = changes_of(ready)
    if not hand.is_empty():
        written["changes"] = hand
    return Answer(report, written, summary.pages(ready.intake))


def changes_of(ready: Prepared) -> pl.DataFrame:
    """Planners' changes: what they do now, and what they were worth once they are over."""
    world, day = ready.world, ready.intake.as_of
    hand = changes.changes(world, ready.intake.tables["demand_changes"])
    past = histories.remembered(world, ready.asked, ready.intake, ready.settings)
    unchanged = ready.expectation.words["demand_per_day_unchanged"].to_numpy()
    return changes.report(hand, past, unchanged, ready.expectation.demand.demand_per_day, day)
