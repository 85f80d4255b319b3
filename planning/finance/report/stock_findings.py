"""What lies on the shelves, why it is that much, what of it is too much, and what is to come."""

from collections.abc import Sequence

import altair as alt
import polars as pl

from planning.finance.budgets import budget_of
from planning.finance.forms.facts import SHARE, Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import (
    INK,
    OTHERS,
    OURS,
    TODAY,
    Cell,
    Chart,
    Figure,
    Row,
    Table,
)
from planning.finance.money import amount, cents
from planning.finance.report import ageing, causes, spend
from planning.finance.report.ageing import Age
from planning.finance.report.causes import WORDS, Bridge
from planning.finance.report.sight import Sight

WIDTH, HEIGHT, FULL = 500, 270, 1060
LEVELS = "today's levels"


def money(cents: int) -> str:
    """Whole units of money, for a title."""
    return f"{cents / 100:,.0f}"


def headline(sight: Sight, facts: Facts) -> list[Figure]:
    """The amounts a reader came for."""
    unit, shelf = sight.currency, int(sight.shelf_cents.sum())
    found = [("stock.value", f"on the shelves on {sight.as_of}, {unit}", amount(shelf))]
    budget = budget_of(sight.ready)
    if budget is not None:
        left = round(budget * 100) - shelf
        words = "left of the budget" if left >= 0 else "over the budget"
        found.append(("stock.budget_left", f"{words}, {unit}", amount(abs(left))))
    excess = int(ageing.excess_cents(sight).sum())
    found.append(("stock.excess", f"of it excess, {unit}", amount(excess)))
    aside = sum(one.provision for one in ageing.ages(sight))
    found.append(("provision.total", f"to be set aside for the excess, {unit}", amount(aside)))
    return [Figure(key, facts.add(key, label, of, unit).shown, label) for key, label, of in found]


def shelves(sight: Sight, facts: Facts) -> Finding:
    """Stock value over the year, against the budget."""
    unit, past = sight.currency, ageing.history(sight)
    budget, shelf = budget_of(sight.ready), int(sight.shelf_cents.sum())
    rows = [
        row(f"{day}", facts.add(f"stock.history.{day}", f"stock value on {day}", amount(of), unit))
        for day, of in past
    ]
    title = f"{money(shelf)} {unit} lie on the shelves"
    words = "Every count of the last year, at today's prices and rates."
    if budget is not None:
        cell = facts.add("stock.budget", "budget for stock", budget, unit)
        rows.append(row("budget", cell, is_sum=True))
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
            name = rule.mark_text(color=TODAY, align="left", dx=4, dy=-7, fontSize=11)
            layers.append(name.encode(x=alt.value(0), y="budget:Q", text="said:N"))
        chart = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT)
    table = Table(("count of", f"stock value, {unit}"), rows)
    native = Native("line", (1,), axis=f"stock value, {unit}")
    return Finding("stock", title, words, (table,), chart, native if len(past) > 1 else None)


def bridge(sight: Sight, facts: Facts, gap: float, each: object) -> Finding:
    """Why it is that much."""
    first = causes.of_plans(sight, gap, each)  # type: ignore[arg-type]
    whole = causes.joined(first, causes.to_shelves(sight))
    unit = sight.currency
    start = "the plan" if first is None else f"the plan of {sight.before.as_of}"  # type: ignore[union-attr]
    opening = facts.add("bridge.opening", f"stock value of {start}", amount(whole.opening), unit)
    rows = [row(f"stock value of {start}", opening, is_sum=True)]
    for at, step in enumerate(whole.steps):
        if first is not None and at == len(first.steps):
            middle = facts.add(
                "bridge.plan", "stock value of the plan", amount(first.closing), unit
            )
            rows.append(row(f"stock value of the plan of {sight.as_of}", middle, is_sum=True))
        label = WORDS[step.cause]
        cell = facts.add(f"bridge.{step.cause.replace(' ', '_')}", label, amount(step.change), unit)
        rows.append(row(f"\u2003{label}", cell))
        if step.cause == "open":
            level = int(cents(sight.today.value(sight.unit_cost)).sum())  # type: ignore[union-attr]
            cell = facts.add("stock.levels", LEVELS, amount(level), unit)
            rows.append(row(LEVELS, cell, is_sum=True))
    closing = facts.add("bridge.closing", "on the shelves", amount(whole.closing), unit)
    rows.append(row(f"on the shelves on {sight.as_of}", closing, is_sum=True))
    largest = max(whole.steps, key=lambda one: abs(one.change))
    words = (
        "Each step is the difference of two amounts of stock: the plan made anew with one cause "
        "changed after the other, then today's levels (those in force until proposals are "
        "decided), then the shelves. They add up to the cent."
    )
    if first is not None and any(one.change == 0 for one in first.steps):
        words += " 0.00: as far as the tables tell, nothing of it has changed."
    way = "more" if largest.change >= 0 else "less"
    title = f"The largest step: {WORDS[largest.cause]}, {money(abs(largest.change))} {unit} {way}"
    table = Table(("", unit), rows)
    return Finding("bridge", title, words, (table,), _waterfall(whole, first, start, sight, unit),
                   Native("column", (1,), axis=unit), wide=True)  # fmt: skip


def _waterfall(whole: Bridge, first: Bridge | None, start: str, sight: Sight, unit: str) -> Chart:
    rows: list[dict[str, object]] = []

    def stands(name: str, of: int) -> None:
        rows.append({"name": name, "low": 0.0, "high": of / 100, "kind": "amount"})

    at = whole.opening
    stands(start, at)
    for number, step in enumerate(whole.steps):
        if first is not None and number == len(first.steps):
            stands(f"the plan of {sight.as_of}", at)
        low, high = sorted((at, at + step.change))
        kind = "more" if step.change >= 0 else "less"
        rows.append({"name": WORDS[step.cause], "low": low / 100, "high": high / 100, "kind": kind})
        at += step.change
        if step.cause == "open":
            stands(LEVELS, at)
    stands("on the shelves", at)
    colours = alt.Scale(domain=["amount", "more", "less"], range=[INK, TODAY, OURS])
    return (
        alt.Chart(pl.DataFrame(rows))
        .mark_bar()
        .encode(
            y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=280)),
            x=alt.X("low:Q", title=f"stock value, {unit}", axis=alt.Axis(format="~s")),
            x2="high:Q",
            color=alt.Color("kind:N", scale=colours, title=None, legend=alt.Legend(orient="top")),
        )
        .properties(width=FULL - 300, height=28 * len(rows))
    )


def excess(sight: Sight, facts: Facts) -> Finding:
    """Excess and dead stock by age, and the provision."""
    unit, found = sight.currency, ageing.ages(sight)
    here = f"on the shelves on {sight.as_of}, {unit}"
    rows = [_age_row(facts, one, unit) for one in found]
    shelf, beyond, aside = (
        sum(getattr(one, name) for one in found) for name in ("shelf", "excess", "provision")
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
        f"Excess is what lies beyond the plan's highest position plus {days:,.0f} days of demand. "
        "Age is the time since the part was last asked for anywhere; what share of the excess is "
        "set aside at which age is a setting (provision)."
    )
    headings = ("last asked for", f"stock, {unit}", f"excess, {unit}", "set aside",
                f"provision, {unit}")  # fmt: skip
    native = Native("column", (2, 4), axis=unit)
    return Finding("excess", title, words, (Table(headings, rows),), _by_age(found, unit), native)


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


def ahead(sight: Sight, facts: Facts) -> Finding:
    """Spend by month and supplier, with its range."""
    found, unit = spend.ahead(sight), sight.currency
    months = found.table["month"].unique().sort().to_list()
    worth = found.table.group_by("supplier").agg(pl.col("cents").sum()).sort(
        "cents", "supplier", descending=[True, False]
    )  # fmt: skip
    upto = [
        row(
            f"{end:%Y-%m}",
            _month(facts, found.table, end, unit),
            facts.add(f"spend.upto.{end:%Y-%m}", f"spend up to {end}", amount(mean), unit),
            facts.add(f"spend.low.{end:%Y-%m}", f"low, up to {end}", amount(low), unit),
            facts.add(f"spend.high.{end:%Y-%m}", f"high, up to {end}", amount(high), unit),
        )
        for end, mean, low, high in found.upto
    ]
    by_supplier = _by_supplier(facts, found.table, worth["supplier"].to_list(), months, unit)
    end, mean, low, high = found.upto[2]
    title = (
        f"{money(mean)} {unit} of orders by {end}; in 8 of 10 cases {money(low)} to {money(high)}"
    )
    words = (
        "Orders to suppliers that bring positions to the plan and replace what customers ask for, "
        "in the month they are placed. In 8 of 10 cases the sum up to the end of a month stays "
        "within the shaded range: demand varies, prices and the plan are taken as they are."
    )
    frame = pl.DataFrame(
        [{"month": f"{end:%Y-%m}", "mean": m / 100, "low": l / 100, "high": h / 100}
         for end, m, l, h in found.upto]  # noqa: E741
    )  # fmt: skip
    base = alt.Chart(frame).encode(
        x=alt.X("month:O", title="up to the end of", axis=alt.Axis(labelAngle=-45))
    )
    band = base.mark_area(color=OURS, opacity=0.18).encode(
        y=alt.Y("low:Q", title=f"spend so far, {unit}", axis=alt.Axis(format="~s")), y2="high:Q"
    )
    dots = alt.OverlayMarkDef(color=OURS)
    line = base.mark_line(color=OURS, strokeWidth=2.5, point=dots).encode(y="mean:Q")
    headings = ("month", f"in the month, {unit}", f"up to its end, {unit}",
                f"8 of 10: from, {unit}", f"to, {unit}")  # fmt: skip
    tables = (Table(headings, upto), by_supplier)
    chart = alt.layer(band, line).properties(width=FULL, height=HEIGHT)
    return Finding(
        "spend", title, words, tables, chart, Native("column", (1,), axis=unit), wide=True
    )


def _month(facts: Facts, table: pl.DataFrame, end: object, unit: str) -> Cell:
    month = f"{end:%Y-%m}"
    value = int(table.filter(pl.col("month").dt.strftime("%Y-%m") == month)["cents"].sum())
    return facts.add(f"spend.month.{month}", f"spend in {month}", amount(value), unit)


def _by_supplier(
    facts: Facts, table: pl.DataFrame, suppliers: list[str], months: list[object], unit: str
) -> Table:
    """The next three months, and the twelve, by supplier."""
    cents = {(one["month"], one["supplier"]): one["cents"] for one in table.iter_rows(named=True)}
    rows, near = [], months[:3]
    for name in [*suppliers, ""]:

        def of(month: object, name: str = name) -> int:
            return sum(cents[month, one] for one in ([name] if name else suppliers))

        key = f"spend.supplier.{name or 'all'}"
        cells = [
            facts.add(f"{key}.{month:%Y-%m}", f"spend in {month:%Y-%m}, {name or 'all'}",
                      amount(of(month)), unit)
            for month in near
        ]  # fmt: skip
        year = facts.add(f"{key}.year", f"spend in twelve months, {name or 'all'}",
                         amount(sum(of(month) for month in months)), unit)  # fmt: skip
        rows.append(row(name or "all", *cells, year, is_sum=not name))
    headings = ("supplier", *(f"{month:%Y-%m}" for month in near), "twelve months")
    return Table(headings, rows, caption=f"orders by supplier, {unit}")
