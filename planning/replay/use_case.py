"""The command `replay`: recorded demand of a folder against a plan or today's levels.

The whole network is played: what a site orders is asked of its parent, which ships what it has.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data.intake import Intake, take_in
from planning import summary, supply, world
from planning.answer import Answer
from planning.evaluate import NOT_STOCKED, read_policies
from planning.intake_settings import intake_settings
from planning.plan import refusal
from planning.prepare import FORECAST_NEEDS, InputRefusedError
from planning.replay import ReplayResult
from planning.replay.network import replay_network
from planning.settings import Settings
from planning.stages import Stages
from planning.world import ITEM, World

NO_DAY_IS_LATER = date(2199, 12, 31)  # a replay looks back: every recorded day counts


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """What is played: requests from `start` to `end`, and every item's lane, price and parent."""

    intake: Intake
    world: World
    asked: pl.DataFrame
    lanes: pl.DataFrame
    start: date
    end: date

    def play(self, levels: pl.DataFrame) -> ReplayResult:
        """Levels by part and location, from full shelves; an item without one is not stocked."""
        columns = (*ITEM, "reorder_point", "order_quantity")
        policies = self.lanes.join(
            levels.select(columns), on=ITEM, how="left", maintain_order="left"
        ).with_columns(
            pl.col("reorder_point").fill_null(NOT_STOCKED), pl.col("order_quantity").fill_null(1)
        )
        return replay_network(self.asked, policies, start=self.start, end=self.end)


def read_record(
    folder: Path, demand: Path | None, start: date, settings: Settings
) -> Record | Intake:
    """The record of `folder`, its demand that of `demand` if given; the intake where refused."""
    options = intake_settings(settings, FORECAST_NEEDS)
    intake = take_in(folder, as_of=NO_DAY_IS_LATER, settings=options, instead=demand)
    if intake.refused_files:
        return intake
    asked = intake.tables["demand"].filter(pl.col("quantity") > 0, pl.col("date") >= start)
    last = asked["date"].max()
    company = world.build(intake.tables, settings)
    lanes = _lanes(company, intake, settings)
    return Record(intake, company, asked, lanes, start, last if isinstance(last, date) else start)


def replay_folder(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    start: date,
    plan: Path | None = None,
    demand: Path | None = None,
) -> Answer:
    """Play the demand recorded from `start` on against `plan`, else against today's levels."""
    with stages("take in"):
        record = read_record(folder, demand, start, settings)
    if isinstance(record, Intake):
        return refusal(InputRefusedError(record), stages)
    if record.asked.is_empty():
        return _nothing_to_play(record, stages)
    with stages("replay"):
        today = record.intake.tables["current_policies"]
        played = record.play(today if plan is None else read_policies(plan))
    return Answer(_summary(record, played, stages), {"measures": played.measures})


def _lanes(company: World, intake: Intake, settings: Settings) -> pl.DataFrame:
    """Own lane, parent, review period and price by item.

    Where a lead time is unknown, the item and all below it are left out.
    """
    found = supply.of(company, intake.tables, settings)
    at = company.items["location_id"]
    parent_id = at.gather(pl.Series(found.parent_item).replace(-1, None))
    lanes = company.items.select(ITEM).with_columns(
        parent_id=parent_id,
        lead_time_days=pl.Series(found.lead_times.mean_days),
        review_period_days=pl.Series(found.lead_times.review_period_days),
        unit_cost=company.of_parts("unit_cost"),
    )
    return lanes.filter(pl.Series(found.known))


def _summary(record: Record, played: ReplayResult, stages: Stages) -> dict[str, Any]:
    return {
        "run": {**summary.run(record.intake, stages), "as_of": record.end.isoformat()},
        "currency": record.world.currency,
        **played.summary,
        "title": f"Replay of {played.summary['days']} days",
        "measured": [figures(played.summary)],
        "rejected_rows": record.intake.rejected.height,
    }


def figures(found: dict[str, Any]) -> dict[str, str]:
    """What a person reads of a replay."""
    shares = ("line_fill_rate", "fill_rate", "value_fill_rate")
    said = {name.replace("_", " "): f"{100 * (found[name] or 0):.2f} %" for name in shares}
    return {
        "mean stock value": f"{found['stock_value']:,.0f}",
        **said,
        "waiting days": f"{found['waiting_days'] or 0:.2f}",
        "orders": f"{found['orders']:,}",
        "requests": f"{found['requests']:,}",
    }


def _nothing_to_play(record: Record, stages: Stages) -> Answer:
    message = f"No demand is recorded on or after {record.start}; there is nothing to play."
    warning = {"code": "replay.no_demand", "table": "demand", "message": message}
    run = summary.run(record.intake, stages)
    return Answer({"run": run, "requests": 0, "warnings": [warning]})
