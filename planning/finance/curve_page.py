"""The efficient curve as one page: where the company stands, and what the next euro would buy."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from planning.finance.forms.facts import run_of
from planning.finance.forms.page import (
    INK,
    OURS,
    TODAY,
    Cell,
    Chart,
    Figure,
    Row,
    Section,
    Table,
    document,
    drawn,
)  # fmt: skip
from planning.finance.scopes import ALL, CRITICALITY, LOCATION, TIER

WIDTH, HEIGHT, FULL = 500, 330, 1060
COLOURS = {"today's levels": TODAY, "the plan": "#1d4ed8", "the budget": "#7c3aed",
           "delay at its price": INK}  # fmt: skip
SLOWEST = 1.2  # times the slowest mark: further left nobody wants to be
KINDS = {
    TIER: ("Tiers", "service tier"),
    LOCATION: ("Sites", "site"),
    CRITICALITY: ("Vital, essential and desirable parts", "criticality"),
}


def page(report: Mapping[str, Any], written: Mapping[str, pl.DataFrame]) -> str:
    """The page of a curve."""
    currency, table, marks = str(report["currency"]), written["curve"], report["marks"]
    shown = _worth_showing(table, marks)
    sections = [
        _cost(shown, marks, currency),
        _stock(shown, marks, currency),
        _next_day(shown, marks, currency),
        _next_point(shown, marks, currency),
        *(_kind(shown, written["marks"], kind, currency) for kind in KINDS),
        _steps(shown, currency),
    ]
    return document(
        _title(marks, currency), _lead(report), _figures(marks, currency),
        [one for one in sections if one is not None], _footer(report),
    )  # fmt: skip


def _worth_showing(table: pl.DataFrame, marks: list[dict[str, Any]]) -> pl.DataFrame:
    """Points up to some times the slowest mark's delay."""
    delays = [one["delay_days"] for one in marks if one.get("delay_days") is not None]
    if not delays:
        return table
    whole = table.filter(scope=ALL)
    kept = whole.filter(pl.col("delay_days") <= SLOWEST * max(delays))["point"]
    return table.filter(pl.col("point") >= (kept.min() or 0))


def _title(marks: list[dict[str, Any]], currency: str) -> str:
    one = next((mark for mark in marks if mark.get("same_cost")), None)
    if one is None:
        return "What shorter repairs cost"
    return (
        f"For what {one['name']} cost, {money(one['cost_per_year'])} {currency} a year, a piece"
        f" could be waited for {one['same_cost']['delay_days']:.2f} days instead of"
        f" {one['delay_days']:.2f}"
    )


def _lead(report: Mapping[str, Any]) -> str:
    return (
        f"{report['points']} plans for {report['items']:,} items on {report['run']['as_of']}. Each"
        " is proven: none that serves as well costs less. Delay is what a piece waits on average,"
        " those handed over at once included; cost is holding and ordering."
    )


def _figures(marks: list[dict[str, Any]], currency: str) -> list[Figure]:
    found = []
    for one in marks:
        if one.get("delay_days") is None:
            continue
        label = f"{one['name']}: delay at {money(one['cost_per_year'])} {currency} a year"
        found.append(Figure("", f"{one['delay_days']:.2f} days", label))
        better = one.get("same_cost")
        if better:
            label = f"what the cost of {one['name']} could reach"
            found.append(Figure("", f"{better['delay_days']:.2f} days", label))
    return found


def _mark_frame(marks: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [
        {key: one[key] for key in (
            "name", "delay_days", "cost_per_year", "stock_value", "share_at_once",
        )}
        for one in marks if one.get("delay_days") is not None
    ]  # fmt: skip
    return pl.DataFrame(rows, schema_overrides={"name": pl.String})


def _curve_with_marks(
    shown: pl.DataFrame, marks: list[dict[str, Any]], x: alt.X, y: alt.Y, order: str,
    width: int = WIDTH,
) -> Chart:  # fmt: skip
    whole = shown.filter(scope=ALL)
    columns = ["delay_days", "cost_per_year", "stock_value", "share_at_once"]
    base = alt.Chart(whole.select("point", *columns))
    tips = [alt.Tooltip("delay_days:Q", title="delay, days", format=".3f"),
            alt.Tooltip("share_at_once:Q", title="at once", format=".2%"),
            alt.Tooltip("cost_per_year:Q", title="cost a year", format=",.0f"),
            alt.Tooltip("stock_value:Q", title="stock value", format=",.0f")]  # fmt: skip
    line = base.mark_line(color=OURS, strokeWidth=2.5).encode(x=x, y=y, order=order)
    dots = base.mark_circle(color=OURS, size=14).encode(x=x, y=y, tooltip=tips)
    layers = [line, dots]
    beside = _mark_frame(marks)
    if not beside.is_empty():
        names = [name for name in COLOURS if name in set(beside["name"])]
        scale = alt.Scale(domain=names, range=[COLOURS[name] for name in names])
        points = alt.Chart(beside)
        colour = alt.Color("name:N", scale=scale, title=None, legend=alt.Legend(orient="top"))
        layers.append(
            points.mark_point(size=110, filled=True, shape="diamond").encode(
                x=x, y=y, color=colour, tooltip=["name:N", *tips]
            )
        )
    return alt.layer(*layers).properties(width=width, height=HEIGHT)


def _cost(shown: pl.DataFrame, marks: list[dict[str, Any]], currency: str) -> Section:
    chart = _curve_with_marks(
        shown, marks,
        alt.X("delay_days:Q", title="mean repair delay, days (to the left is better)"),
        alt.Y("cost_per_year:Q", title=f"holding and ordering, {currency} a year",
              axis=alt.Axis(format="~s")),
        "point:Q", FULL,
    )  # fmt: skip
    rows = [
        row for one in marks if one.get("delay_days") is not None
        for row in _mark_rows(one)
    ]  # fmt: skip
    headings = ("", f"cost, {currency} a year", f"stock, {currency}", "delay, days",
                "pieces at once", "value at once")  # fmt: skip
    title = "No plan lies under the green line; a diamond above it pays for more than its delay"
    words = (
        "Delay counts every piece alike, so the line leaves dear, rare parts out first: look at the"
        " value handed over at once beside it. Promises on that value, or on vital parts, lift a"
        " plan above the line."
    )
    return Section("cost", title, words, drawn(chart), [Table(headings, rows)], wide=True)


def _mark_rows(one: Mapping[str, Any]) -> list[Row]:
    """A mark, and below it the plans of the curve with its delay and with its cost."""
    named = (
        (one["name"], one),
        ("    on the line, the same delay", one.get("same_service")),
        ("    on the line, the same cost", one.get("same_cost")),
    )
    return [_mark_row(name, figures) for name, figures in named if figures]


def _mark_row(name: str, one: Mapping[str, Any]) -> Row:
    cells = (
        name.replace("    ", "\u2003"), money(one["cost_per_year"]), money(one["stock_value"]),
        f"{one['delay_days']:.2f}", f"{one['share_at_once']:.1%}", f"{one['value_at_once']:.1%}",
    )  # fmt: skip
    return Row([Cell(cell) for cell in cells])


def _stock(shown: pl.DataFrame, marks: list[dict[str, Any]], currency: str) -> Section:
    chart = _curve_with_marks(
        shown, marks,
        alt.X("share_at_once:Q", title="pieces handed over at once",
              axis=alt.Axis(format=".0%"), scale=alt.Scale(zero=False)),
        alt.Y("stock_value:Q", title=f"stock value, {currency}", axis=alt.Axis(format="~s")),
        "point:Q",
    )  # fmt: skip
    budget = next((one["budget"] for one in marks if one.get("budget") is not None), None)
    words = "The same plans by the share of pieces that nobody waits for."
    if budget is not None:
        line = alt.Chart(pl.DataFrame({"budget": [budget]})).mark_rule(strokeDash=[5, 4], color=INK)
        chart = alt.layer(line.encode(y="budget:Q"), chart)
        words += f" The dashed line is the budget of {money(budget)} {currency}."
    last = shown.filter(scope=ALL).row(-1, named=True)
    title = (
        f"The last points are dear: {last['share_at_once']:.1%} at once ties up"
        f" {money(last['stock_value'])} {currency}"
    )
    return Section("stock", title, words, drawn(chart))


def _next_day(shown: pl.DataFrame, marks: list[dict[str, Any]], currency: str) -> Section:
    return _margin(
        shown, marks, "next_day_costs_per_year", currency, "day",
        "What one day less of delay, for every piece asked for, costs a year at each plan",
    )  # fmt: skip


def _next_point(shown: pl.DataFrame, marks: list[dict[str, Any]], currency: str) -> Section:
    return _margin(
        shown, marks, "next_point_costs_per_year", currency, "point",
        "What one point more of pieces handed over at once costs a year from each plan",
    )  # fmt: skip


def _margin(
    shown: pl.DataFrame, marks: list[dict[str, Any]], column: str, currency: str, step: str,
    words: str,
) -> Section:  # fmt: skip
    whole = shown.filter(scope=ALL).drop_nulls(column).filter(pl.col(column) > 0)
    chart = (
        alt.Chart(whole.select("point", "delay_days", column))
        .mark_line(color=OURS, strokeWidth=2.5)
        .encode(
            x=alt.X("delay_days:Q", title="mean repair delay, days"),
            y=alt.Y(f"{column}:Q", scale=alt.Scale(type="log"), axis=alt.Axis(format="~s"),
                    title=f"{currency} a year for the next {step}"),
            order="point:Q",
        )
    )  # fmt: skip
    layers, title = [chart], f"What the next {step} costs"
    named = next((one for one in marks if one.get("delay_days") is not None), None)
    if named is not None and not whole.is_empty():
        near = whole.sort((pl.col("delay_days") - named["delay_days"]).abs()).row(0, named=True)
        better = "day saved" if step == "day" else "point of service"
        costs = f"costs {money(near[column])} {currency} a year"
        title = f"At the delay of {named['name']} the next {better} {costs}"
        rule = alt.Chart(pl.DataFrame({"x": [named["delay_days"]]})).mark_rule(
            color=COLOURS.get(named["name"], INK), strokeDash=[5, 4]
        )
        layers.append(rule.encode(x="x:Q"))
    picture = alt.layer(*layers).properties(width=WIDTH, height=HEIGHT - 70)
    return Section(f"next-{step}", title, f"{words} (logarithmic scale).", drawn(picture))


def _kind(shown: pl.DataFrame, marks: pl.DataFrame, kind: str, currency: str) -> Section | None:
    """The curves of tiers, of sites, or of kinds of parts, with today's levels on each."""
    rows = shown.filter(scope=kind).drop_nulls("delay_days")
    if rows["name"].n_unique() < 2:
        return None
    heading, word = KINDS[kind]
    x = alt.X("delay_days:Q", title="mean repair delay, days")
    y = alt.Y("stock_value:Q", title=f"stock value, {currency}", axis=alt.Axis(format="~s"))
    lines = (
        alt.Chart(rows.select("point", "name", "delay_days", "stock_value"))
        .mark_line(strokeWidth=2)
        .encode(x=x, y=y, color=alt.Color("name:N", title=word), order="point:Q",
                tooltip=["name:N", "delay_days:Q", "stock_value:Q"])
    )  # fmt: skip
    layers, words = [lines], "Every line is read off the same plans; to the left is better."
    limit = rows["delay_days"].max()
    beside = (
        marks.filter(scope=kind, levels="today's levels").drop_nulls("delay_days")
        if marks.height
        else marks
    )
    title = f"{heading}: what each gets for its stock"
    if not beside.is_empty():
        slow = beside.sort("delay_days").row(-1, named=True)
        title = f"{heading}: {slow['name']} waits longest today, {slow['delay_days']:.1f} days"
        drawable = beside.filter(pl.col("delay_days") <= limit)
        layers.append(
            alt.Chart(drawable.select("name", "delay_days", "stock_value"))
            .mark_point(size=80, filled=True, shape="diamond")
            .encode(x=x, y=y, color="name:N")
        )
        words += " Diamonds are today's levels."
    picture = alt.layer(*layers).properties(width=WIDTH - 60, height=HEIGHT - 50)
    return Section(kind, title, words, drawn(picture))


def _steps(shown: pl.DataFrame, currency: str) -> Section:
    whole = shown.filter(scope=ALL)
    picked = whole.gather(sorted({round(at * (whole.height - 1) / 11) for at in range(12)}))
    rows = [
        Row([Cell(cell) for cell in (
            f"{one['point']}", days(one["delay_days"]), f"{one['share_at_once']:.2%}",
            money(one["stock_value"]), money(one["cost_per_year"]),
            money(one["lower_bound_per_year"]), money(one["next_day_costs_per_year"]),
            money(one["next_point_costs_per_year"]),
        )])
        for one in picked.iter_rows(named=True)
    ]  # fmt: skip
    headings = ("plan", "delay, days", "at once", f"stock, {currency}", f"cost, {currency} a year",
                "no plan below", "next day costs", "next point costs")  # fmt: skip
    title = "Twelve of the plans, from cheap to fast"
    words = "All are in curve.csv; `sparewise curve … --point N` writes the levels of one."
    return Section("plans", title, words, "", [Table(headings, rows)], wide=True)


def _footer(report: Mapping[str, Any]) -> str:
    run = report["run"]
    return f"sparewise · run {run_of(run['input_hash'])} · as of {run['as_of']}"


def money(value: float | None) -> str:
    """An amount to read."""
    return "–" if value is None else f"{value:,.0f}"


def days(value: float | None) -> str:
    """A delay to read."""
    return "–" if value is None else f"{value:.2f}"
