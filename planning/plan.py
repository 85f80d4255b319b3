"""The plan: a folder of tables becomes proposed reorder points, with the proof and the reason."""

from concurrent.futures import Future
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl

from data.intake import Intake
from optimizer import solve
from optimizer.assess import assess
from optimizer.evaluate import Delivered, evaluated
from optimizer.plan import Outcome, StockingPlan
from optimizer.worth import Worth, worth
from planning import (
    actions,
    as_network,
    basis,
    objective,
    policies,
    reasons,
    since,
    summary,
    tables,
)
from planning.answer import Answer
from planning.engines import Each, cores
from planning.exits import Exit
from planning.finance.budgets import budget_of
from planning.finance.scenario.changed import changed
from planning.finance.scenario.reading import read
from planning.pose import DAYS_PER_YEAR, Question, pose
from planning.prepare import PLAN_NEEDS, InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages
from planning.wish import Wish

EXIT_OF = {
    Outcome.OPTIMAL: Exit.DONE,
    Outcome.NOT_PROVEN: Exit.DONE,
    Outcome.STOPPED: Exit.NOT_PROVEN,
    Outcome.IMPOSSIBLE: Exit.NOT_PROVEN,
}


def plan(  # noqa: PLR0913 - what a command may say
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    as_of: date | None = None,
    strict: bool = False,
    wish: Wish | None = None,
    scenario: Path | None = None,
    last: Path | None = None,
    reading: Future[Intake] | None = None,
) -> Answer:
    """Reorder points that do best what was wished for, and what to do now to get there.

    Without a wish: least cost that keeps every promise. A `scenario` is a file that says what is
    to be planned otherwise than it is. With the folder of the last plan every level says why it
    differs from the one there.

    Raises:
        WrongUsageError: the wish or the scenario does not fit the tables, or the folder of the
            last plan holds none.
    """
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
    if scenario is not None:
        ready = changed(ready, read(scenario))
    question = objective.aimed(planned_question(ready), wish or Wish(), budget_of(ready))
    with cores() as each, stages("optimise"):
        result = solved(question, settings.gap, each)
    return explained(ready, question, result, stages, last)


def solved(question: Question, gap: float, each: Each) -> StockingPlan:
    """The plan, with every promise that was made among its targets, binding or not."""
    items = question.items
    plan = solve(items, question.targets, goal=question.goal, gap=gap, each=each)
    if not question.reported:
        return plan
    point, quantity = plan.reorder_point, plan.order_quantity
    return replace(plan, targets=assess(items, question.reported, point, quantity, each=each))


def explained(
    ready: Prepared,
    question: Question,
    result: StockingPlan,
    stages: Stages,
    last: Path | None = None,
) -> Answer:
    """What the optimizer chose as tables and a summary, each level with its reason."""
    with cores() as each, stages("explain"):
        level, quantity = result.reorder_point, result.order_quantity
        achieved = evaluated(question.items, level, quantity, each=each)
        achieved = tables.with_those_below(ready, question, achieved)
        value = worth(question.items, result, achieved, each=each)
        network = as_network.judged(ready, question, level, quantity, each=each)
        written = _tables(ready, question, result, achieved, value)
        kept = {"basis": basis.basis_of(ready.world, question, result)}
        if last is not None:
            changes = since.changes_since(last, ready.world, question, result, each=each)
            written["policies"] = since.told(written["policies"], changes)
    report = _summary(ready, question, result, written, network, stages)
    pages = summary.pages(ready.intake)
    return Answer(report, written, pages, EXIT_OF[result.outcome], kept=kept)


def refusal(refused: InputRefusedError, stages: Stages) -> Answer:
    """Only what was rejected, and which files were refused and why."""
    report = {"run": summary.run(refused.intake, stages), **summary.intake_report(refused.intake)}
    tables_kept = {"rejected": refused.intake.rejected}
    return Answer(report, tables_kept, exit=Exit.INPUT_REFUSED)


def planned_question(ready: Prepared) -> Question:
    """The question about every item whose lead time is known."""
    supply = ready.supply.together(ready.settings.echelons_together)
    tables_in, demand = ready.intake.tables, ready.expectation.demand
    return pose(ready.world, tables_in, demand, supply, ready.intake.as_of)


def _tables(
    ready: Prepared, question: Question, result: StockingPlan, achieved: Delivered, value: Worth
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
            why=reasons.levels(question, result, value, previous),
        ),
        "proposals": actions.propose(
            tables.shelf(ready, question, level, quantity, previous, achieved.replenished_per_day),
            excess_after_days=ready.settings.excess_after_days,
            excess_value=ready.settings.excess_value,
        ),
        "forecasts": tables.forecasts(world, ready.expectation),
        "rejected": ready.intake.rejected,
        "targets": basis.targets_of(result.targets),
    }


def _summary(
    ready: Prepared,
    question: Question,
    result: StockingPlan,
    written: dict[str, pl.DataFrame],
    network: as_network.Judged,
    stages: Stages,
) -> dict[str, object]:
    rows = written["policies"]
    delay = result.cost_per_day.delay * DAYS_PER_YEAR
    missed = as_network.warning(result.targets, network)
    found = [missed, tables.warnings(ready, question), ready.warnings]
    more = pl.concat(found, how="diagonal_relaxed")
    return {
        "run": summary.run(ready.intake, stages),
        "items": rows.height,
        "outcome": str(result.outcome),
        "goal": summary.goal(question, result),
        "approvable": result.outcome is not Outcome.IMPOSSIBLE,
        "currency": ready.world.currency,
        "cost_per_year": summary.costs(rows, delay),
        "lower_bound_per_year": summary.per_year(result.lower_bound_per_day),
        "gap": result.gap,
        "stock_value": float(rows["stock_value"].sum()),
        "changes": summary.changes(rows),
        "targets": summary.target_rows(result.targets, network),
        **summary.intake_report(ready.intake, more_warnings=more),
    }
