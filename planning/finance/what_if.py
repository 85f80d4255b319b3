"""One change priced: the company as it is, and with a scenario upon it, planned alike."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from inventory.service import ServiceTarget
from optimizer.evaluate import evaluated
from planning import summary
from planning.answer import Answer
from planning.engines import Each, cores
from planning.evaluate import levels_of
from planning.exits import Exit
from planning.finance import what_if_page
from planning.finance.budgets import budget_of
from planning.finance.forms.facts import run_of, stamped
from planning.finance.scenario import promises
from planning.finance.scenario.changed import changed
from planning.finance.scenario.contracts import by_contract
from planning.finance.scenario.reading import read
from planning.finance.what_if_tables import Side, figures, moves, whole
from planning.finance.what_if_tables import priced as priced_table
from planning.plan import EXIT_OF, planned_question, refusal, solved
from planning.pose import Question
from planning.prepare import InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages


class Priced(NamedTuple):
    """What promises cost, and what becomes of them where the budget is short."""

    prices: Sequence[promises.Price] = ()
    need: float | None = None  # stock that all of them need
    breaks: Sequence[promises.Broken] = ()


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
    priced = Priced()
    with cores() as each:
        with stages("plans"):
            before = _side(ready, planned_question(ready), plan, settings.gap, each)
            other = changed(ready, asked)
            after = _side(other, planned_question(other), None, settings.gap, each)
        if price_promises:
            priced = _priced(after, settings.gap, each, stages)
        kept = after.plan if price_promises else None
        with stages("contracts"):
            held = by_contract(other, after.question, kept, settings.gap, each)
    tables = {
        "figures": pl.concat([figures(before, "before"), figures(after, "after")]),
        "moves": moves(before, after),
        "promises": priced_table(priced.prices),
        "contracts": held,
    }
    report = {
        "run": summary.run(ready.intake, stages),
        "scenario": asked.name,
        "compared_with": "a plan made as it is" if plan is None else plan.name,
        **_report(before, after, priced, tables["figures"]),
        **summary.intake_report(ready.intake),
    }
    report |= _screen(report)
    page = {"what_if.html": what_if_page.page(report, tables)}
    code = EXIT_OF[after.plan.outcome] if after.plan else Exit.DONE
    told = stamped(tables, run_of(ready.intake.input_hash), ready.intake.as_of)
    return Answer(report, told, page, exit=code)


def _report(before: Side, after: Side, priced: Priced, told: pl.DataFrame) -> dict[str, Any]:
    """What the two plans come to, and what becomes of promises."""
    back = promises.taken_back(before.question.targets, after.question.targets)
    bound = after.plan.lower_bound_per_day if after.plan else None
    return {
        "outcome": str(after.plan.outcome) if after.plan else "",
        "currency": before.ready.world.currency,
        "before": whole(told, "before"),
        "after": whole(told, "after"),
        "takes_back": [_said_back(one, level, before.ready) for one, level in back],
        "breaks": [one._asdict() for one in priced.breaks if one.is_less],
        "budget": budget_of(after.ready),
        "promises_need": priced.need,
        "lower_bound_per_year": summary.per_year(bound),
        "targets": summary.target_rows(after.plan.targets) if after.plan else [],
    }


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


def _priced(after: Side, gap: float, each: Each, stages: Stages) -> Priced:
    """Each promise, the plan with it and without it; what a budget below them breaks first."""
    items, targets = after.question.items, after.question.targets
    found: Sequence[promises.Price] = ()
    if after.plan is not None:
        with stages("promises"):
            contracts = after.ready.intake.tables["contracts"]
            day = _day(after.ready)
            found = promises.prices(items, targets, after.plan, contracts, day, gap, each)
    budget = budget_of(after.ready)
    if budget is None:
        return Priced(found)
    with stages("budget"):
        return Priced(found, *promises.breaks_first(items, targets, budget, gap, each))


def _day(ready: Prepared) -> date:
    return ready.intake.as_of


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
