"""The plan: a folder of tables becomes proposed reorder points, with the proof and the reason."""

from concurrent.futures import Future
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from data.intake import Intake
from inventory.measures import Measures
from optimizer import solve
from optimizer.plan import Outcome, StockingPlan
from planning import actions, policies, reasons, summary, tables
from planning.answer import Answer
from planning.engines import cores
from planning.exits import Exit
from planning.measuring import measured
from planning.pose import DAYS_PER_YEAR, Question, pose
from planning.prepare import PLAN_NEEDS, InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages

EXIT_OF = {
    Outcome.OPTIMAL: Exit.DONE,
    Outcome.NOT_PROVEN: Exit.DONE,
    Outcome.STOPPED: Exit.NOT_PROVEN,
    Outcome.IMPOSSIBLE: Exit.NOT_PROVEN,
}


def plan(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    as_of: date | None = None,
    strict: bool = False,
    reading: Future[Intake] | None = None,
) -> Answer:
    """Reorder points of least cost that keep every promise, and what to do now to get there."""
    try:
        ready = prepare(
            folder,
            settings=settings,
            stages=stages,
            as_of=as_of,
            needs=PLAN_NEEDS,
            strict=strict,
            reading=reading,
        )
    except InputRefusedError as refused:
        return refusal(refused, stages)
    question = planned_question(ready)
    with cores() as each, stages("optimise"):
        result = solve(question.items, question.targets, gap=settings.gap, each=each)
    return explained(ready, question, result, stages)


def explained(ready: Prepared, question: Question, result: StockingPlan, stages: Stages) -> Answer:
    """What the optimizer chose as tables and a summary, each level with its reason."""
    with cores() as each, stages("explain"):
        level, quantity = result.reorder_point, result.order_quantity
        achieved = measured(question.items, level, quantity, each=each)
        written = _tables(ready, question, result, achieved)
    report = _summary(ready, question, result, written, stages)
    return Answer(report, written, summary.pages(ready.intake), EXIT_OF[result.outcome])


def refusal(refused: InputRefusedError, stages: Stages) -> Answer:
    """Only what was rejected, and which files were refused and why."""
    report = {"run": summary.run(refused.intake, stages), **summary.intake_report(refused.intake)}
    tables_kept = {"rejected": refused.intake.rejected}
    return Answer(report, tables_kept, exit=Exit.INPUT_REFUSED)


def planned_question(ready: Prepared) -> Question:
    """The question about every item whose lead time is known."""
    rows = np.flatnonzero(ready.supply.known)
    demand, lead_times = ready.expectation.demand, ready.supply.lead_times
    return pose(ready.world, ready.intake.tables, demand, lead_times, rows)


def _tables(
    ready: Prepared, question: Question, result: StockingPlan, achieved: Measures
) -> dict[str, pl.DataFrame]:
    world = ready.world
    level, quantity = result.reorder_point, result.order_quantity
    previous = tables.previous_levels(ready, question.rows)
    return {
        "policies": policies.table(
            world,
            question,
            level,
            quantity,
            achieved,
            previous=previous,
            reason=reasons.levels(question, result, previous),
        ),
        "proposals": actions.propose(
            tables.shelf(ready, question, level, quantity, previous),
            excess_after_days=ready.settings.excess_after_days,
            excess_value=ready.settings.excess_value,
        ),
        "forecasts": tables.forecasts(world, ready.expectation),
        "rejected": ready.intake.rejected,
    }


def _summary(
    ready: Prepared,
    question: Question,
    result: StockingPlan,
    written: dict[str, pl.DataFrame],
    stages: Stages,
) -> dict[str, object]:
    rows = written["policies"]
    delay = result.cost_per_day.delay * DAYS_PER_YEAR
    more = pl.concat([tables.unplanned(ready), ready.warnings], how="diagonal_relaxed")
    return {
        "run": summary.run(ready.intake, stages),
        "items": rows.height,
        "outcome": str(result.outcome),
        "approvable": result.outcome is not Outcome.IMPOSSIBLE,
        "currency": ready.world.currency,
        "cost_per_year": summary.costs(rows, delay),
        "lower_bound_per_year": summary.per_year(result.lower_bound_per_day),
        "gap": result.gap,
        "stock_value": float(rows["stock_value"].sum()),
        "changes": summary.changes(rows),
        "targets": summary.target_rows(result.targets),
        **summary.intake_report(ready.intake, more_warnings=more),
    }
