"""The efficient curve: what stock costs a year against how long repairs wait, and where we stand.

Every point is a plan that no other beats in both. Tiers, sites and kinds of parts are read off the
same plans; where nobody shares a depot each of them is on a curve of its own.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from inventory.demand import Floats
from optimizer.evaluate import evaluated
from optimizer.frontier import Frontier, Point
from planning import policies, summary, tables
from planning.answer import Answer
from planning.engines import Each, cores
from planning.evaluate import levels_of
from planning.finance import curve_page
from planning.finance.budgets import budget_of
from planning.finance.efficient import Figures, Yard, levels_beside, rows_of, yard_of
from planning.finance.forms.facts import run_of, stamped
from planning.plan import planned_question, refusal
from planning.pose import DAYS_PER_YEAR, Question
from planning.prepare import InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages

POINTS = 100
TODAY, PLAN, BUDGET, PRICED = "today's levels", "the plan", "the budget", "delay at its price"


class NoSuchPointError(Exception):
    """A point was asked for that the curve does not have."""


def curve(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    as_of: date | None = None,
    plan: Path | None = None,
    points: int = POINTS,
    point: int | None = None,
) -> Answer:
    """Plans from hardly any stock to hardly any delay, with today, a plan and the budget marked.

    Args:
        folder: the company's tables.
        settings: of the company.
        stages: hears what is under way.
        as_of: the day of the question.
        plan: folder of a plan to mark.
        points: how many plans.
        point: the one whose levels are written too, as a plan for `evaluate` and others.

    Raises:
        NoSuchPointError: the curve has no such point.
    """
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    question = planned_question(ready)
    with cores() as each:
        with stages("candidates"):
            frontier = Frontier(question.items, each=each)
            yard = yard_of(question.items, frontier, each)
            beside = _beside(ready, question, yard, plan, each)
        with stages("points") as tell:
            values = [-one["delay_days"][0] * yard.weight[:, 0].sum() for one in beside.values()]
            found = frontier.points(points, values=values, tell=tell)
            marks = [
                *(_against(frontier, yard, found, name, one) for name, one in beside.items()),
                *_chosen(ready, frontier, yard, found),
            ]
        with stages("tables"):
            shown = {"curve": _table(frontier, yard, found), "marks": _marks(yard, beside)}
            run_id = run_of(ready.intake.input_hash)
            written = stamped(shown, run_id, ready.intake.as_of)
            if point is not None:
                chosen = _numbered(found, point)
                written["policies"] = _policies(ready, question, frontier, chosen)
    report = {
        "run": summary.run(ready.intake, stages),
        "items": len(question.items),
        "outcome": "curve" if frontier.is_proven else "not_proven",
        "currency": ready.world.currency,
        "points": len(found),
        "passes": len(frontier.seen),
        "marks": marks,
        **_screen(marks, ready.world.currency),
        **summary.intake_report(ready.intake, more_warnings=tables.unplanned(ready)),
    }
    page = {"curve.html": curve_page.page(report, written)}
    return Answer(report, written, {**summary.pages(ready.intake), **page})


def _screen(marks: Sequence[Mapping[str, Any]], currency: str) -> dict[str, Any]:
    """What the screen shows of the marks."""
    rows = []
    for mark in marks:
        named = ((mark["name"], mark), ("  same delay", mark.get("same_service")),
                 ("  same cost", mark.get("same_cost")))  # fmt: skip
        rows += [
            {
                "": name,
                "cost a year": f"{one['cost_per_year']:,.0f}",
                "stock value": f"{one['stock_value']:,.0f}",
                "delay, days": f"{one['delay_days']:.2f}",
                "pieces at once": f"{one['share_at_once']:.1%}",
                "value at once": f"{one['value_at_once']:.1%}",
            }
            for name, one in named
            if one and "delay_days" in one
        ]
    return {"title": f"Levels, and plans on the curve beside them, {currency}", "measured": rows}


def _beside(
    ready: Prepared, question: Question, yard: Yard, plan: Path | None, each: Each
) -> dict[str, Figures]:
    """What today's levels and the plan deliver."""
    sources = {} if ready.intake.tables["current_policies"].is_empty() else {TODAY: None}
    found = {}
    for name, source in (sources if plan is None else {**sources, PLAN: plan}).items():
        levels = levels_of(ready, question, source)
        point, quantity = (levels[one].to_numpy() for one in ("reorder_point", "order_quantity"))
        found[name] = levels_beside(yard, question, point, quantity, each)
    return found


def _against(
    frontier: Frontier, yard: Yard, points: Sequence[Point], name: str, figures: Figures
) -> dict[str, Any]:
    """Levels beside the curve: what their service, and their money, could be."""
    delay, cost = float(figures["delay_days"][0]), float(figures["cost_per_year"][0])
    pieces = float(yard.weight[:, 0].sum())
    as_good = frontier.reaching(points, lambda one: one.value >= -delay * pieces)
    ordering = float(yard.ordering.sum())
    dearer = frontier.reaching(
        points, lambda one: one.cost_per_day * DAYS_PER_YEAR + ordering > cost
    )
    for_less = None if dearer is None else _before(frontier, points, dearer)
    return {
        "name": name,
        **_first(figures),
        "same_service": _said(yard, as_good),
        "same_cost": _said(yard, for_less),
    }


def _before(frontier: Frontier, points: Sequence[Point], dearer: Point) -> Point | None:
    """The dearest known plan that costs less than `dearer`."""
    known = sorted((*points, *frontier.seen), key=lambda one: one.cost_per_day)
    return next((one for one in reversed(known) if one.cost_per_day < dearer.cost_per_day), None)


def _chosen(
    ready: Prepared, frontier: Frontier, yard: Yard, points: Sequence[Point]
) -> list[dict[str, Any]]:
    """The plans on the curve that the budget, and the price of delay, point to."""
    found = []
    budget = budget_of(ready)
    if budget is not None:
        over = frontier.reaching(points, lambda one: one.columns.stock_value.sum() > budget)
        bought = points[-1] if over is None else _before(frontier, points, over)
        found.append({"name": BUDGET, "budget": budget, **(_said(yard, bought) or {})})
    if yard.is_priced:
        best = min(points, key=lambda one: _with_delay(yard, one))
        found.append({"name": PRICED, **(_said(yard, best) or {})})
    return found


def _with_delay(yard: Yard, point: Point) -> float:
    figures = yard.of(point)
    return float(figures["cost_per_year"][0] + figures["delay_cost_per_year"][0])


def _first(figures: Figures) -> dict[str, float]:
    return {name: float(of[0]) for name, of in figures.items()}


def _said(yard: Yard, point: Point | None) -> dict[str, float] | None:
    """A plan of the curve in the words of the summary."""
    if point is None:
        return None
    fixed = float(yard.ordering.sum())
    return {
        **_first(yard.of(point)),
        "lower_bound_per_year": point.bound_per_day * DAYS_PER_YEAR + fixed,
        "next_day_costs_per_year": _next_day(yard, point)[0],
    }


def _next_day(yard: Yard, point: Point) -> Floats:
    """By scope, what one day less of delay for everybody costs a year, at the margin."""
    pieces = yard.scopes.summed(yard.weight[:, 0])
    return np.asarray(point.price_per_day * DAYS_PER_YEAR * pieces)


def _table(frontier: Frontier, yard: Yard, points: Sequence[Point]) -> pl.DataFrame:
    """One row per point and scope, with the price of the next day and of the next point."""
    frames = []
    for number, one in enumerate(points):
        whole = np.arange(len(yard.scopes.places)) == 0
        bound = one.bound_per_day * DAYS_PER_YEAR + yard.ordering.sum()
        frames.append(
            rows_of(
                yard,
                yard.of(one) | {"next_day_costs_per_year": _next_day(yard, one)},
                point=pl.lit(number),
                price_per_piece_and_day=pl.lit(one.price_per_day),
                lower_bound_per_year=pl.Series(np.where(whole & frontier.is_proven, bound, np.nan)),
            )
        )
    table = pl.concat(frames)
    more = pl.col("cost_per_year").shift(-1) - pl.col("cost_per_year")
    better = 100 * (pl.col("share_at_once").shift(-1) - pl.col("share_at_once"))
    next_point = pl.when(better > 1e-9).then(more / better).over("scope", "name", order_by="point")
    first = ["point", "scope", "name", "price_per_piece_and_day"]
    return table.with_columns(next_point_costs_per_year=next_point).select(
        *first, pl.exclude(first)
    )


def _marks(yard: Yard, beside: Mapping[str, Figures]) -> pl.DataFrame:
    """Levels beside the curve, one row per scope."""
    frames = [rows_of(yard, figures, levels=pl.lit(name)) for name, figures in beside.items()]
    if not frames:
        return pl.DataFrame(schema={"levels": pl.String, "scope": pl.String, "name": pl.String})
    return pl.concat(frames).select("levels", pl.exclude("levels"))


def _numbered(points: Sequence[Point], number: int) -> Point:
    if not 0 <= number < len(points):
        raise NoSuchPointError(f"There is no point {number}; they go from 0 to {len(points) - 1}.")
    return points[number]


def _policies(
    ready: Prepared, question: Question, frontier: Frontier, point: Point
) -> pl.DataFrame:
    """The levels of a point, as `plan` writes its own."""
    level, quantity = frontier.levels(point.price_per_day), frontier.order_quantity
    words = f"on the curve where a piece's day of delay is worth {point.price_per_day:.4g}"
    return policies.table(
        ready.world,
        question,
        level,
        quantity,
        evaluated(question.items, level, quantity),
        previous=tables.previous_levels(ready, question.rows),
        why=pl.DataFrame({"reason": pl.repeat(words, len(level), eager=True)}),
    )
