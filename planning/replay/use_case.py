"""The command `replay`: recorded demand of a folder against a plan or today's levels."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data.intake import Intake, take_in
from planning import summary, supply, world
from planning.answer import Answer
from planning.evaluate import read_policies
from planning.intake_settings import intake_settings
from planning.plan import refusal
from planning.prepare import FORECAST_NEEDS, InputRefusedError
from planning.replay import ReplayResult, replay
from planning.settings import Settings
from planning.stages import Stages
from planning.world import ITEM, World

NO_DAY_IS_LATER = date(2199, 12, 31)  # a replay looks back: every recorded day counts


def replay_folder(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    start: date,
    plan: Path | None = None,
    demand: Path | None = None,
) -> Answer:
    """Play the demand recorded from `start` on; every item starts at its highest position."""
    with stages("take in"):
        options = intake_settings(settings, FORECAST_NEEDS)
        intake = take_in(folder, as_of=NO_DAY_IS_LATER, settings=options, instead=demand)
    if intake.refused_files:
        return refusal(InputRefusedError(intake), stages)
    asked = intake.tables["demand"].filter(pl.col("quantity") > 0, pl.col("date") >= start)
    end = asked["date"].max()
    if not isinstance(end, date):
        return _nothing_to_play(intake, start, stages)
    with stages("replay"):
        company = world.build(intake.tables, settings)
        policies = _policies(company, intake, settings, plan)
        played = replay(asked, policies, start=start, end=end)
    return Answer(_summary(intake, company, played, stages), {"measures": played.measures})


def _policies(
    company: World, intake: Intake, settings: Settings, plan: Path | None
) -> pl.DataFrame:
    """Levels with lead time, review period and price; items of unknown lead time are left out."""
    levels = intake.tables["current_policies"] if plan is None else read_policies(plan)
    lanes = supply.of(company, intake.tables, settings)
    place = company.items.select(ITEM).with_columns(
        lead_time_days=pl.Series(lanes.lead_times.mean_days),
        review_period_days=pl.Series(lanes.lead_times.review_period_days),
        unit_cost=company.of_parts("unit_cost"),
    )
    known = place.filter(pl.col("lead_time_days").is_not_nan())
    columns = (*ITEM, "reorder_point", "order_quantity")
    return levels.select(columns).join(known, on=ITEM, how="inner").sort(ITEM)


def _summary(
    intake: Intake, company: World, played: ReplayResult, stages: Stages
) -> dict[str, Any]:
    return {
        "run": summary.run(intake, stages),
        "currency": company.currency,
        **played.summary,
        "title": f"Replay of {played.summary['days']} days",
        "measured": [_row(played.summary)],
        "rejected_rows": intake.rejected.height,
    }


def _row(found: dict[str, Any]) -> dict[str, str]:
    """The figures that matter, as a person reads them."""
    shares = ("line_fill_rate", "fill_rate", "value_fill_rate")
    said = {name.replace("_", " "): f"{100 * (found[name] or 0):.2f} %" for name in shares}
    return {
        "mean stock value": f"{found['stock_value']:,.0f}",
        **said,
        "waiting days": f"{found['waiting_days'] or 0:.2f}",
        "orders": f"{found['orders']:,}",
        "requests": f"{found['requests']:,}",
    }


def _nothing_to_play(intake: Intake, start: date, stages: Stages) -> Answer:
    message = f"No demand is recorded on or after {start}; there is nothing to play."
    warning = {"code": "replay.no_demand", "table": "demand", "message": message}
    return Answer({"run": summary.run(intake, stages), "requests": 0, "warnings": [warning]})
