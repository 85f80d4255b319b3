"""What today's levels, or those of a plan, cost and deliver, by the laws a plan is made with."""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from inventory.demand import Ints
from optimizer.assess import assess
from optimizer.evaluate import Delivered, evaluated
from planning import as_network, policies, summary, tables
from planning.answer import Answer
from planning.engines import cores
from planning.plan import planned_question, refusal
from planning.pose import DAYS_PER_YEAR, Question
from planning.prepare import InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages
from planning.world import ITEM

NOT_STOCKED = -1


def evaluate(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    as_of: date | None = None,
    plan: Path | None = None,
) -> Answer:
    """Cost, stock value and every promise at the levels of `plan`, else at today's."""
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    question = planned_question(ready)
    with cores() as each, stages("measure"):
        given = _given(ready, plan)
        levels = _of_items(ready, question, given)
        point, quantity = _columns(levels)
        now = evaluated(question.items, point, quantity, each=each)
        table = _table(ready, question, levels, now)
        achieved = assess(question.items, question.targets, point, quantity, now=now, each=each)
        network = as_network.judged(ready, question, point, quantity, each=each)
    missed = as_network.warning(achieved, network)
    doubts = _warnings(ready, question, given, levels)
    return Answer(
        {
            "run": summary.run(ready.intake, stages),
            "items": table.height,
            "outcome": "evaluated",
            "currency": ready.world.currency,
            "cost_per_year": summary.costs(table, _delay_per_year(question, now)),
            "stock_value": float(table["stock_value"].sum()),
            "targets": summary.target_rows(achieved, network),
            **summary.intake_report(
                ready.intake, more_warnings=pl.concat([missed, doubts], how="diagonal_relaxed")
            ),
        },
        {"policies": table, "rejected": ready.intake.rejected},
        summary.pages(ready.intake),
    )


def levels_of(ready: Prepared, question: Question, plan: Path | None) -> pl.DataFrame:
    """Reorder point and order quantity of every item of the question, and whether it has any.

    An item without a level is not stocked: it is ordered for whoever waits, piece by piece.
    """
    return _of_items(ready, question, _given(ready, plan))


def _of_items(ready: Prepared, question: Question, given: pl.DataFrame) -> pl.DataFrame:
    known = given.select(*ITEM, "reorder_point", "order_quantity", known=True)
    place = ready.world.items[question.rows].select(ITEM)
    return place.join(known, on=ITEM, how="left", maintain_order="left").with_columns(
        pl.col("reorder_point").fill_null(NOT_STOCKED),
        pl.col("order_quantity").fill_null(1),
        pl.col("known").fill_null(False),
    )


def _given(ready: Prepared, plan: Path | None) -> pl.DataFrame:
    return ready.intake.tables["current_policies"] if plan is None else read_policies(plan)


def read_policies(plan: Path) -> pl.DataFrame:
    """The policies that an earlier run wrote."""
    return pl.read_parquet(plan / "policies.parquet")


def _columns(levels: pl.DataFrame) -> tuple[Ints, Ints]:
    point, quantity = (levels[name].to_numpy() for name in ("reorder_point", "order_quantity"))
    return np.asarray(point, dtype=np.int64), np.asarray(quantity, dtype=np.int64)


def _table(
    ready: Prepared, question: Question, levels: pl.DataFrame, now: Delivered
) -> pl.DataFrame:
    level, quantity = _columns(levels)
    words = pl.when("known").then(pl.lit("as it stands")).otherwise(pl.lit("no level known"))
    return policies.table(
        ready.world,
        question,
        level,
        quantity,
        now,
        previous=tables.previous_levels(ready, question.rows),
        why=levels.select(reason=words),
    )


def _delay_per_year(question: Question, now: Delivered) -> float:
    price = question.items.delay_cost_per_day
    if price is None:
        return 0.0
    return float(price @ now.customers_backorders) * DAYS_PER_YEAR


def _warnings(
    ready: Prepared, question: Question, given: pl.DataFrame, levels: pl.DataFrame
) -> pl.DataFrame:
    """What the figures leave out."""
    found = [_without_level(levels), _beyond(ready, question, given)]
    return pl.concat([*found, tables.not_counted(ready, question)], how="diagonal_relaxed")


def _beyond(ready: Prepared, question: Question, given: pl.DataFrame) -> pl.DataFrame:
    """One warning for all levels of items that are not planned: what they hold is not known."""
    place = ready.world.items[question.rows].select(ITEM)
    stocked = given.filter(pl.col("reorder_point") >= 0)
    number = stocked.join(place, on=ITEM, how="anti").height
    message = (
        f"Levels given where nothing is planned ({number}) are not counted: the part is no longer "
        "active, or no lead time is known."
    )
    row = {"code": "policy.not_planned", "table": "current_policies", "message": message}
    return pl.DataFrame([row])[: int(number > 0)]


def _without_level(levels: pl.DataFrame) -> pl.DataFrame:
    """One warning for all items that have no level."""
    missing = levels.height - int(levels["known"].sum())
    message = f"{missing} items have no level; they count as not stocked."
    row = {"code": "policy.missing", "table": "current_policies", "message": message}
    return pl.DataFrame([row])[: int(missing > 0)]
