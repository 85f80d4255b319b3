"""One change priced: the company as it is, and with a scenario upon it, planned alike."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from inventory.service import ServiceTarget
from optimizer.evaluate import Delivered, evaluated
from optimizer.plan import StockingPlan
from planning import summary
from planning.answer import Answer
from planning.engines import Each, cores
from planning.evaluate import levels_of
from planning.exits import Exit
from planning.finance import what_if_page
from planning.finance.budgets import budget_of
from planning.finance.scenario import promises
from planning.finance.scenario.changed import changed
from planning.finance.scenario.reading import read
from planning.plan import EXIT_OF, planned_question, refusal, solved
from planning.pose import DAYS_PER_YEAR, Question
from planning.prepare import InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages
from planning.world import ITEM

KINDS = ("tier", "location_id", "criticality")


class Side(NamedTuple):
    """The company with its plan, before or after."""

    ready: Prepared
    question: Question
    plan: StockingPlan | None  # None: levels from outside
    point: Ints
    quantity: Ints
    delivered: Delivered


def what_if(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    scenario: Path,
    plan: Path | None = None,
    as_of: date | None = None,
    price_promises: bool = True,
) -> Answer:
    """Cost, stock value and delay before and after, what moves, and what promises cost.

    Args:
        folder: the company's tables.
        settings: of the company.
        stages: hears what is under way.
        scenario: the file that says what changes.
        plan: folder of the plan to compare with; None: the company planned as it is.
        as_of: the day of the question.
        price_promises: also plan without each promise in turn.

    Raises:
        WrongUsageError: the scenario means nothing here.
    """
    asked = read(scenario)
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    with cores() as each:
        with stages("plans"):
            base = planned_question(ready)
            before = _side(ready, base, plan, settings.gap, each)
            other = changed(ready, asked)
            after = _side(other, planned_question(other), None, settings.gap, each)
        found = _promises(after, settings.gap, each, stages) if price_promises else []
        short: tuple[float | None, list[promises.Broken]] = (None, [])
        if price_promises:
            short = _short(after, settings.gap, each, stages)
    back = promises.taken_back(before.question.targets, after.question.targets)
    figures = pl.concat([_figures(before, "before"), _figures(after, "after")])
    report = {
        "run": summary.run(ready.intake, stages),
        "scenario": asked.name,
        "compared_with": "a plan made as it is" if plan is None else plan.name,
        "outcome": str(after.plan.outcome) if after.plan else "",
        "currency": ready.world.currency,
        "before": _whole(figures, "before"),
        "after": _whole(figures, "after"),
        "takes_back": [_said_back(one, level, ready) for one, level in back],
        "breaks": [one._asdict() for one in short[1] if one.is_less],
        "budget": budget_of(other),
        "promises_need": short[0],
        "lower_bound_per_year": summary.per_year(
            after.plan.lower_bound_per_day if after.plan else None
        ),
        "targets": summary.target_rows(after.plan.targets) if after.plan else [],
        **summary.intake_report(ready.intake),
    }
    contracts = promises.by_contract(ready.intake.tables["contracts"], found, _day(ready))
    tables = {
        "figures": figures,
        "moves": _moves(before, after),
        "promises": _priced_table(found),
        "contracts": contracts,
    }
    report |= _screen(report)
    page = {"what_if.html": what_if_page.page(report, tables)}
    code = EXIT_OF[after.plan.outcome] if after.plan else Exit.DONE
    return Answer(report, tables, page, exit=code)


def _side(ready: Prepared, question: Question, plan: Path | None, gap: float, each: Each) -> Side:
    made = None
    if plan is None:
        made = solved(question, gap, each)
        point, quantity = made.reorder_point, made.order_quantity
    else:
        levels = levels_of(ready, question, plan)
        point, quantity = (levels[one].to_numpy() for one in ("reorder_point", "order_quantity"))
    found = evaluated(question.items, point, quantity, each=each)
    return Side(ready, question, made, point, quantity, found)


def _promises(after: Side, gap: float, each: Each, stages: Stages) -> list[promises.Price]:
    if after.plan is None:
        return []
    with stages("promises"):
        question, ready = after.question, after.ready
        contracts = ready.intake.tables["contracts"]
        return promises.prices(
            question.items, question.targets, after.plan, contracts, _day(ready), gap, each
        )


def _short(
    after: Side, gap: float, each: Each, stages: Stages
) -> tuple[float | None, list[promises.Broken]]:
    """The stock that promises need, and what breaks first where the budget is below it."""
    budget = budget_of(after.ready)
    if budget is None:
        return None, []
    with stages("budget"):
        question = after.question
        return promises.breaks_first(question.items, question.targets, budget, gap, each)


def _day(ready: Prepared) -> date:
    return ready.intake.as_of


def _columns(side: Side) -> pl.DataFrame:
    """By item: money a year, stock value, pieces asked for, waiting and at once."""
    items, now = side.question.items, side.delivered.measures
    rate = items.demand.demand_per_day
    delay = np.zeros(len(items))
    if items.delay_cost_per_day is not None:
        delay = items.delay_cost_per_day * side.delivered.customers_backorders * DAYS_PER_YEAR
    world, rows = side.ready.world, side.question.rows
    columns: dict[str, Floats] = {
        "stock_value": items.unit_cost * now.expected_on_hand,
        "holding": items.holding_cost_per_day * now.expected_on_hand * DAYS_PER_YEAR,
        "ordering": items.ordering_cost * now.orders_per_day * DAYS_PER_YEAR,
        "delay_cost": delay,
        "pieces": rate,
        "waiting": np.where(rate > 0, side.delivered.customers_backorders, 0.0),
        "at_once": np.where(rate > 0, rate * np.nan_to_num(now.fill_rate), 0.0),
        "value_asked": rate * items.unit_cost,
        "value_served": np.where(
            rate > 0, rate * items.unit_cost * np.nan_to_num(now.fill_rate), 0
        ),
    }
    place = world.items[rows].select(
        *ITEM,
        tier=world.of_locations("tier").gather(rows).fill_null("none"),
        criticality=world.of_parts("criticality").gather(rows),
    )
    return place.with_columns(pl.Series(name, of) for name, of in columns.items())


def _figures(side: Side, when: str) -> pl.DataFrame:
    """One row per scope: what it costs, holds and delivers."""
    frame = _columns(side).with_columns(all=pl.lit(""))
    asked = pl.col("pieces").sum()
    sums = [
        pl.col("stock_value", "holding", "ordering", "delay_cost").sum(),
        (pl.col("holding") + pl.col("ordering")).sum().alias("cost_per_year"),
        pl.when(asked > 0).then(pl.col("waiting").sum() / asked).alias("delay_days"),
        pl.when(asked > 0).then(pl.col("at_once").sum() / asked).alias("share_at_once"),
        pl.when(asked > 0)
        .then(pl.col("value_served").sum() / pl.col("value_asked").sum())
        .alias("value_at_once"),
    ]
    scopes = [("all", "all"), *((kind.removesuffix("_id"), kind) for kind in KINDS)]
    rows = [
        frame.group_by(pl.col(column).alias("name"))
        .agg(sums)
        .sort("name")
        .select(pl.lit(when).alias("when"), pl.lit(scope).alias("scope"), pl.all())
        for scope, column in scopes
    ]
    return pl.concat(rows)


def _whole(figures: pl.DataFrame, when: str) -> dict[str, Any]:
    return figures.filter(when=when, scope="all").drop("when", "scope", "name").row(0, named=True)


def _moves(before: Side, after: Side) -> pl.DataFrame:
    """Items whose level or stock changes, the largest change of stock value first."""
    sides = [
        side.ready.world.items[side.question.rows]
        .select(ITEM)
        .with_columns(
            pl.Series(f"reorder_point_{when}", side.point),
            pl.Series(f"order_quantity_{when}", side.quantity),
            pl.Series(
                f"stock_value_{when}",
                side.question.items.unit_cost * side.delivered.measures.expected_on_hand,
            ),
        )
        for side, when in ((before, "before"), (after, "after"))
    ]
    both = sides[0].join(sides[1], on=ITEM, how="full", coalesce=True)
    change = pl.col("stock_value_after").fill_null(0.0) - pl.col("stock_value_before").fill_null(
        0.0
    )
    moved = ~pl.col("reorder_point_after").eq_missing(pl.col("reorder_point_before"))
    moved = moved | ~pl.col("order_quantity_after").eq_missing(pl.col("order_quantity_before"))
    return (
        both.with_columns(stock_value_change=change)
        .filter(moved)
        .sort(pl.col("stock_value_change").abs(), *ITEM, descending=[True, False, False])
    )


def _priced_table(found: Sequence[promises.Price]) -> pl.DataFrame:
    rows = [
        {
            "promise": one.label,
            "cost_per_year": one.cost_per_year,
            "stock_value": one.stock_value,
            "reached_without": one.achieved_without,
            "delay_days_with": one.waiting_with,
            "delay_days_without": one.waiting_without,
            "since": one.since,
            "contracts": one.contracts,
        }
        for one in found
    ]
    schema = {
        "promise": pl.String,
        "cost_per_year": pl.Float64,
        "stock_value": pl.Float64,
        "reached_without": pl.Float64,
        "delay_days_with": pl.Float64,
        "delay_days_without": pl.Float64,
        "since": pl.Date,
        "contracts": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def _said_back(target: ServiceTarget, level: float | None, ready: Prepared) -> dict[str, Any]:
    """A promise that is taken back, in words: to what, since when it was given, to how many."""
    contracts = ready.intake.tables["contracts"]
    since, number = promises.since(contracts, target, _day(ready))
    return {
        "promise": promises.label(target),
        "left": level,
        "since": None if since is None else str(since),
        "contracts": number,
    }


def _screen(report: dict[str, Any]) -> dict[str, Any]:
    """What the screen shows."""
    then, now = report["before"], report["after"]
    names = {
        "stock_value": "stock value",
        "holding": "holding a year",
        "ordering": "ordering a year",
        "delay_cost": "delay a year",
        "delay_days": "delay, days",
        "share_at_once": "pieces at once",
        "value_at_once": "value at once",
    }
    rows = []
    for key, name in names.items():
        one = (then[key] or 0.0, now[key] or 0.0)
        pattern = "{:,.2f}" if key == "delay_days" else "{:,.0f}"
        if key.endswith("at_once"):
            pattern = "{:.1%}"
        rows.append(
            {
                "": name,
                "before": pattern.format(one[0]),
                "after": pattern.format(one[1]),
                "change": pattern.format(one[1] - one[0]),
            }
        )
    front = [
        f"TAKES BACK {one['promise']}"
        + (f", leaving {one['left']:g}" if one["left"] is not None else ", leaving nothing")
        + (f", given since {one['since']} to {one['contracts']} contracts" if one["since"] else "")
        + ". "
        for one in report["takes_back"]
    ]
    broken = [
        f"The budget of {report['budget']:,.0f} does not keep every promise. First breaks "
        f"{one['label']}: {one['reached']:.4g} instead of {one['promised']:.4g}; a piece waits "
        f"{one['days_longer']:.2f} days longer. "
        for one in report["breaks"][:1]
    ]
    return {
        "title": "".join([*front, *broken]) + f"What if: {report['scenario']}",
        "measured": rows,
    }
