"""The finance report of a plan: seen, told once, and put into every form."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data.intake import Intake
from planning import summary, unplanned_stock
from planning.answer import Answer
from planning.engines import Each, cores
from planning.finance.forms import printed, sheets
from planning.finance.forms.facts import Facts, run_of
from planning.finance.forms.findings import Finding, Told
from planning.finance.forms.page import document
from planning.finance.money import CENT, cents
from planning.finance.report import ageing, books
from planning.finance.report.findings import (
    bridge,
    consistency,
    costs,
    orders_ahead,
    overrides,
    service,
    stock,
    suppliers,
    unplanned,
    where,
)
from planning.finance.report.of_night import OfNight
from planning.finance.report.sight import Before, Sight, counts, levels, rest_of, words_of
from planning.plan import planned_question, refusal
from planning.prepare import InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages
from planning.world import ITEM


def report(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    plan: Path | None = None,
    before: Path | None = None,
    since: date | None = None,
    as_of: date | None = None,
    night: OfNight | None = None,
) -> Answer:
    """What stock is worth and why, what it costs and serves, and what comes.

    Args:
        folder: the company's tables.
        settings: of the company.
        stages: hears what is under way.
        plan: folder of the plan; None: today's levels are looked at as the plan.
        before: an earlier folder of tables, to say why the plan changed.
        since: else the same tables as they were known on that day.
        as_of: the day of the report.
        night: what the database knows, where the report is of a night.
    """
    night = night or OfNight()
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of)
        then = None
        if before or night.before or since:
            source = before or night.before or folder
            then = prepare(source, settings=settings, stages=Stages(), as_of=since or night.since)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    with cores() as each:
        with stages("measure"):
            sight = _sight(ready, plan, then, night, each)
        with stages("figures"):
            facts = Facts(sight.run_id, sight.as_of)
            shelves = ageing.shelves(sight)
            told = _told(sight, shelves, facts, night, settings.gap, each)
    return _in_every_form(told, sight, shelves, stages)


def _in_every_form(told: Told, sight: Sight, shelves: pl.DataFrame, stages: Stages) -> Answer:
    """The same figures as page, workbook, print and tables."""
    with stages("page"):
        page = document(
            told.title, told.lead, told.figures, [one.section() for one in told.findings],
            told.footer,
        )  # fmt: skip
    with stages("workbook"):
        book = sheets.workbook(told)
    with stages("print"):
        paper = printed.pdf(told)
    intake = sight.ready.intake
    said = {
        "run": summary.run(intake, stages),
        "run_id": sight.run_id,
        "outcome": "report",
        "items": len(sight.question.items),
        "currency": sight.currency,
        "title": told.title,
        "measured": [{"finding": one.id, "says": one.title} for one in told.findings],
        "figures": {one.id: str(told.facts[one.id].value) for one in told.figures},
        **summary.intake_report(intake),
    }
    return Answer(
        said,
        {"facts": told.facts.table(), "items": _items(sight, shelves)},
        {"report.html": page},
        files={"report.xlsx": book, "report.pdf": paper},
    )


def _sight(
    ready: Prepared, plan: Path | None, then: Prepared | None, night: OfNight, each: Each
) -> Sight:
    question = planned_question(ready)
    have = counts(ready, question)
    today = None
    if not ready.intake.tables["current_policies"].is_empty():
        today = levels(ready, question, None, each)
    before = None
    if then is not None:
        old = planned_question(then)
        place = then.world.items[old.rows].select(ITEM)
        lay = unplanned_stock.lying(then, old.rows)
        worth = int(cents((lay["on_hand"] * lay["unit_cost"]).to_numpy()).sum())
        before = Before(old, place, _day(then.intake), worth)
    return Sight(
        ready=ready,
        question=question,
        plan=levels(ready, question, plan, each),
        today=today,
        on_hand=have["on_hand"].to_numpy(),
        position=have["position"].to_numpy(),
        words=words_of(ready, question),
        rest=rest_of(ready, question),
        run_id=night.run_id or run_of(ready.intake.input_hash),
        before=before,
        attainment=night.attainment,
        overrides=night.overrides,
    )


def _day(intake: Intake) -> date:
    return intake.as_of or date.min


def _told(
    sight: Sight, shelves: pl.DataFrame, facts: Facts, night: OfNight, gap: float, each: Each
) -> Told:
    ages = ageing.ages(shelves, sight.ready.settings.provision)
    figures = stock.headline(sight, ages, facts)
    found = (
        stock.shelves(sight, facts),
        stock.excess(sight, ages, facts),
        where.finding(sight, shelves, facts),
        unplanned.finding(sight, shelves, ages, facts),
        bridge.finding(sight, facts, gap, each),
        costs.finding(sight, facts),
        orders_ahead.finding(sight, facts),
        service.finding(sight, facts),
        consistency.finding(sight, facts),
        suppliers.finding(sight, facts),
        overrides.finding(sight, facts),
        _ledger(sight, night, facts),
    )
    findings = [one for one in found if one is not None]
    lead = (
        f"{len(sight.question.items):,} items on {sight.as_of}, money in {sight.currency} at the "
        "latest rates. Amounts are rounded once, item by item: all sums add up to the cent."
    )
    footer = f"sparewise · run {sight.run_id} · as of {sight.as_of}"
    title = f"{findings[0].title}; {findings[1].title[0].lower()}{findings[1].title[1:]}"
    return Told(title, lead, figures, findings, facts, footer)


def _ledger(sight: Sight, night: OfNight, facts: Facts) -> Finding | None:
    if night.moved is None:
        return None
    price = sight.ready.intake.tables["parts"].select("part_id", "unit_cost")
    since = str(night.since or "the first day")
    return books.finding(night.moved, price, since, facts, sight.currency)


def _items(sight: Sight, shelves: pl.DataFrame) -> pl.DataFrame:
    """The shelves behind the sums, with exact amounts; those of no plan have 0 in its columns."""
    cost = costs.by_item(sight, sight.plan)
    beyond = [0] * sight.rest.height
    columns: dict[str, Any] = {
        "stock_value": shelves["shelf"],
        "excess_value": shelves["excess"],
        "plan_stock_value": [*cost["stock"].tolist(), *beyond],
        "holding_per_year": [*cost["holding"].tolist(), *beyond],
        "ordering_per_year": [*cost["ordering"].tolist(), *beyond],
        "delay_per_year": [*cost["delay"].tolist(), *beyond],
    }
    exact = [
        (pl.Series(name, of).cast(pl.Decimal(38, 2)) * CENT).cast(pl.Decimal(38, 2)).alias(name)
        for name, of in columns.items()
    ]
    return shelves.select(
        *ITEM,
        "tier",
        "criticality",
        "supplier",
        "on_hand",
        "unit_cost",
        *exact,
        run_id=pl.lit(sight.run_id),
        as_of=pl.lit(sight.as_of),
        why_not_planned="why",
    )
