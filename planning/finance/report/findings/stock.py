"""What lies on the shelves, and what of it is too much."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from planning.finance.budgets import budget_of
from planning.finance.forms.facts import SHARE, Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import (
    OTHERS,
    OURS,
    TODAY,
    Cell,
    Chart,
    Figure,
    Row,
    Table,
)
from planning.finance.money import amount
from planning.finance.report import ageing
from planning.finance.report.ageing import Age
from planning.finance.report.findings.shown import HEIGHT, WIDTH, money
from planning.finance.report.sight import Sight


def headline(sight: Sight, ages: Sequence[Age], facts: Facts) -> list[Figure]:
    """The amounts a reader came for."""
    unit, shelf = sight.currency, sight.total_cents
    found = [("stock.value", f"on the shelves on {sight.as_of}, {unit}", amount(shelf))]
    budget = budget_of(sight.ready)
    if budget is not None:
        left = round(budget * 100) - shelf
        words = "left of the budget" if left >= 0 else "over the budget"
        found.append(("stock.budget_left", f"{words}, {unit}", amount(abs(left))))
    excess = sum(one.excess for one in ages)
    found.append(("stock.excess", f"of it excess, {unit}", amount(excess)))
    aside = sum(one.provision for one in ages)
    found.append(("provision.total", f"to be set aside for the excess, {unit}", amount(aside)))
    for key, label, of in found:
        facts.add(key, label, of, unit)
    return [Figure(key, facts[key].short, label, facts[key].shown) for key, label, _ in found]


def shelves(sight: Sight, facts: Facts) -> Finding:
    """Stock value over the year, against the budget."""
    unit, past = sight.currency, ageing.history(sight)
    budget, shelf = budget_of(sight.ready), sight.total_cents
    rows = [
        row(f"{day}", facts.add(f"stock.history.{day}", f"stock value on {day}", amount(of), unit))
        for day, of in past
    ]
    title = f"{money(shelf)} {unit} lie on the shelves"
    words = "Every count of the last year, at today's prices and rates."
    if budget is not None:
        cell = facts.add("stock.budget", "budget for stock", budget, unit)
        rows.append(row("budget", cell, is_sum=True))
        left = facts["stock.budget_left"]
        rows.append(row(left.label.split(",")[0], Cell(left.shown, left.id), is_sum=True))
        apart = money(abs(shelf - round(budget * 100)))
        title += f", {apart} {'over' if shelf > budget * 100 else 'under'} the budget"
        words += " The dashed line is the budget."
    chart = None
    if len(past) > 1:
        frame = pl.DataFrame(
            {"day": [f"{day}" for day, _ in past], "value": [of / 100 for _, of in past]}
        )
        dots = alt.OverlayMarkDef(color=OURS)
        line = alt.Chart(frame).mark_line(color=OURS, point=dots, strokeWidth=2.5)
        layers = [
            line.encode(
                x=alt.X("day:O", title="count of", axis=alt.Axis(labelAngle=-45)),
                y=alt.Y("value:Q", title=f"stock value, {unit}", axis=alt.Axis(format="~s")),
            )
        ]
        if budget is not None:
            said = f"budget {budget:,.0f}"
            rule = alt.Chart(pl.DataFrame({"budget": [budget], "said": [said]}))
            layers.append(rule.mark_rule(color=TODAY, strokeDash=[5, 4]).encode(y="budget:Q"))
            aside = 12 if past[0][1] > budget * 100 else -7  # where the line is not
            name = rule.mark_text(color=TODAY, align="left", dx=4, dy=aside, fontSize=11)
            layers.append(name.encode(x=alt.value(0), y="budget:Q", text="said:N"))
        chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    table = Table(("count of", f"stock value, {unit}"), rows)
    native = Native("line", (1,), axis=f"stock value, {unit}")
    return Finding("stock", title, words, (table,), chart, native if len(past) > 1 else None)


def excess(sight: Sight, ages: Sequence[Age], facts: Facts) -> Finding:
    """Excess and dead stock by age, and the provision."""
    unit = sight.currency
    here = f"on the shelves on {sight.as_of}, {unit}"
    rows = [_age_row(facts, one, unit) for one in ages]
    shelf, beyond, aside = (
        sum(getattr(one, name) for one in ages) for name in ("shelf", "excess", "provision")
    )
    rows.append(
        row("all",
            facts.add("stock.value", here, amount(shelf), unit),
            facts.add("excess.all", "excess in all", amount(beyond), unit),
            "",
            facts.add("excess.provision", "provision in all", amount(aside), unit),
            is_sum=True)
    )  # fmt: skip
    share = beyond / shelf if shelf else 0.0
    title = f"{share:.0%} of the stock is excess; {money(aside)} {unit} should be set aside"
    days = sight.ready.settings.excess_after_days
    words = (
        f"Excess is what lies beyond the plan's highest position plus {days:,.0f} days of demand, "
        "that of the sites a place supplies included. "
        "Age is the time since the part was last asked for anywhere; what share of the excess is "
        "set aside at which age is a setting (provision)."
    )
    if not sight.rest.is_empty():
        words += (
            " Where nothing is planned (a part no longer active, or no lead time known) all beyond "
            "that demand is excess."
        )
    headings = ("last asked for", f"stock, {unit}", f"excess, {unit}", "set aside",
                f"provision, {unit}")  # fmt: skip
    native = Native("column", (2, 4), axis=unit)
    return Finding("excess", title, words, (Table(headings, rows),), _by_age(ages, unit), native)


def _age_row(facts: Facts, one: Age, unit: str) -> Row:
    key, when = f"excess.{one.name.replace(' ', '_')}", f"last asked for {one.name}"
    return row(
        one.name,
        facts.add(f"{key}.stock", f"stock, {when}", amount(one.shelf), unit),
        facts.add(f"{key}.excess", f"excess, {when}", amount(one.excess), unit),
        facts.add(f"{key}.share", f"set aside of it, {one.name}", one.share, SHARE),
        facts.add(f"{key}.provision", f"provision, {one.name}", amount(one.provision), unit),
    )


def _by_age(found: Sequence[Age], unit: str) -> Chart:
    frame = pl.DataFrame(
        {
            "age": [one.name for one in found for _ in range(2)],
            "what": ["excess", "provision"] * len(found),
            "value": [v / 100 for one in found for v in (one.excess, one.provision)],
        }
    )
    return (
        alt.Chart(frame)
        .mark_bar()
        .encode(
            x=alt.X("age:N", sort=None, title="last asked for",
                    axis=alt.Axis(labelAngle=0, labelLimit=110)),
            y=alt.Y("value:Q", title=unit, axis=alt.Axis(format="~s")),
            xOffset=alt.XOffset("what:N", sort=None),
            color=alt.Color("what:N", title=None, legend=alt.Legend(orient="top"),
                            scale=alt.Scale(domain=["excess", "provision"], range=[OTHERS, TODAY])),
        )
        .properties(width=WIDTH, height=HEIGHT)
    )  # fmt: skip
