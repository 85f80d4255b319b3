"""Why that much lies on the shelves: from the last plan to this one, to levels, to shelves."""

import altair as alt
import polars as pl

from planning.finance.forms.facts import Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import (
    INK,
    OURS,
    TODAY,
    Chart,
    Table,
)
from planning.finance.money import amount, cents
from planning.finance.report import causes
from planning.finance.report.causes import WORDS, Bridge
from planning.finance.report.findings.shown import FULL, money
from planning.finance.report.sight import Sight

LEVELS = "today's levels"


def finding(sight: Sight, facts: Facts, gap: float, each: object) -> Finding:
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
        label = _label(step.cause, sight)
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
    if any(one.cause == "unplanned" for one in whole.steps):
        words += (
            " No plan speaks of parts that are no longer active, or without a known lead time: "
            "what lies of them comes last."
        )
    if first is not None and any(one.change == 0 for one in first.steps):
        words += " 0.00: as far as the tables tell, nothing of it has changed."
    way = "more" if largest.change >= 0 else "less"
    title = f"The largest step: {WORDS[largest.cause]}, {money(abs(largest.change))} {unit} {way}"
    table = Table(("", unit), rows)
    return Finding("bridge", title, words, (table,), _waterfall(whole, first, start, sight, unit),
                   Native("waterfall", (1,), axis=unit), wide=True)  # fmt: skip


def _label(cause: str, sight: Sight) -> str:
    """A step in words; what lay where nothing was planned, with its day."""
    if cause == "unplanned" and sight.before is not None:
        return f"{WORDS[cause]}, on {sight.before.as_of}"
    return WORDS[cause]


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
