"""What levels cost a year, in every dimension."""

from typing import Any

import altair as alt
import numpy as np
import polars as pl

from inventory.demand import Ints
from planning.finance.forms.facts import Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import OTHERS, OURS, TODAY, Table
from planning.finance.money import amount, cents
from planning.finance.report.findings.shown import money, site_bars
from planning.finance.report.sight import Levels, Sight
from planning.pose import DAYS_PER_YEAR

KINDS = ("tier", "location_id", "criticality", "supplier")
TITLES = {
    "tier": "tier",
    "location_id": "site",
    "criticality": "criticality",
    "supplier": "supplier",
}
COSTS = ("stock", "holding", "ordering", "delay")


def by_item(sight: Sight, levels: Levels) -> dict[str, Ints]:
    """Cents by item: stock on the shelf, and what levels cost a year by kind."""
    items, now = sight.question.items, levels.measures
    waiting = np.zeros(len(items))
    if items.delay_cost_per_day is not None:
        waiting = items.delay_cost_per_day * levels.delivered.customers_backorders
    return {
        "stock": cents(levels.value(sight.unit_cost)),
        "holding": cents(items.holding_cost_per_day * now.expected_on_hand * DAYS_PER_YEAR),
        "ordering": cents(items.ordering_cost * now.orders_per_day * DAYS_PER_YEAR),
        "delay": cents(waiting * DAYS_PER_YEAR),
    }


def finding(sight: Sight, facts: Facts) -> Finding:
    """Holding, ordering and delay cost of the plan, in every dimension."""
    unit, found = sight.currency, by_item(sight, sight.plan)
    frame = sight.words.with_columns(pl.Series(name, of) for name, of in found.items())
    tables = [_costs_by(facts, frame, kind, unit) for kind in KINDS]
    total = {name: int(of.sum()) for name, of in found.items()}
    paid = sum(total[name] for name in COSTS[1:])
    title = f"The plan costs {money(paid)} {unit} a year, {money(total['delay'])} of it waiting"
    if sight.today is not None:
        today = {name: int(of.sum()) for name, of in by_item(sight, sight.today).items()}
        now = sum(today[name] for name in COSTS[1:])
        title += f"; today's levels {money(now)}, {money(today['delay'])} of it waiting"
        tables.insert(0, _both(facts, total, today, unit))
    sites = frame.group_by("location_id").agg(pl.col(COSTS[1:]).sum() / 100).sort("location_id")
    long = sites.unpivot(index="location_id", variable_name="cost", value_name="value")
    scale = alt.Scale(domain=list(COSTS[1:]), range=[OURS, OTHERS, TODAY])
    colour = alt.Color("cost:N", title=None, legend=alt.Legend(orient="top"), scale=scale)
    chart = site_bars(long, f"{unit} a year", color=colour)
    words = (
        "Holding is what the stock that lies on the shelves on average costs, ordering what orders "
        "cost; delay is no money spent: it is days that pieces wait, at the company's own price "
        "of a day. Chart and the tables by scope show the plan."
    )
    native = Native("bar", (2, 3, 4), stacked=True, axis=f"{unit} a year", table=len(tables) - 3)
    return Finding("cost", title, words, tuple(tables), chart, native, wide=True)


def _both(facts: Facts, plan: dict[str, int], today: dict[str, int], unit: str) -> Table:
    rows = []
    for name in (*COSTS, "total"):
        pair = [
            amount(sum(of[one] for one in COSTS[1:]) if name == "total" else of[name])
            for of in (plan, today)
        ]
        label = {"stock": "stock value", "total": "cost a year"}.get(name, f"{name} a year")
        cells = (
            facts.add(f"cost.plan.{name}", f"{label}, the plan", pair[0], unit),
            facts.add(f"cost.today.{name}", f"{label}, today's levels", pair[1], unit),
            facts.add(f"cost.change.{name}", f"{label}, change", pair[0] - pair[1], unit),
        )
        rows.append(row(label, *cells, is_sum=name == "total"))
    return Table(("", f"the plan, {unit}", f"today's levels, {unit}", f"change, {unit}"), rows)


def _costs_by(facts: Facts, frame: pl.DataFrame, kind: str, unit: str) -> Table:
    grouped = frame.group_by(kind).agg(pl.col(COSTS).sum()).sort(kind)
    key = f"cost.{TITLES[kind]}"
    rows = [
        _cost_row(facts, f"{key}.{one[kind]}", str(one[kind]), one, unit)
        for one in grouped.iter_rows(named=True)
    ]
    whole = {name: int(frame[name].sum()) for name in COSTS}
    rows.append(_cost_row(facts, "cost.all", "all", whole, unit, is_sum=True))
    headings = (TITLES[kind], f"stock, {unit}", "holding a year", "ordering a year",
                "delay a year", f"cost a year, {unit}")  # fmt: skip
    return Table(headings, rows, caption=f"the plan by {TITLES[kind]}, {unit}")


def _cost_row(
    facts: Facts, key: str, name: str, of: dict[str, Any], unit: str, *, is_sum: bool = False
) -> Any:
    cells = [
        facts.add(f"{key}.{cost}", f"{cost}, {name}, the plan", amount(of[cost]), unit)
        for cost in COSTS
    ]
    paid = amount(sum(of[cost] for cost in COSTS[1:]))
    cells.append(facts.add(f"{key}.total", f"cost a year, {name}, the plan", paid, unit))
    return row(name, *cells, is_sum=is_sum)
