"""A what-if as one page: before and after, what moves, what promises cost."""

from collections.abc import Mapping
from typing import Any

import altair as alt
import polars as pl

from planning.finance.forms.facts import run_of
from planning.finance.forms.page import (
    OTHERS,
    OURS,
    Cell,
    Figure,
    Row,
    Section,
    Table,
    document,
    drawn,
)

MOST = 20
WIDTH = 480


def page(report: Mapping[str, Any], tables: Mapping[str, pl.DataFrame]) -> str:
    """The whole page."""
    currency = str(report["currency"])
    sections = [
        *_warnings(report, currency),
        _compared(report, tables["figures"], currency),
        _by_scope(tables["figures"], currency),
        _moved(tables["moves"], currency),
        _promised(tables["promises"], currency),
    ]
    if not tables["contracts"].is_empty():
        sections.append(_contracts(tables["contracts"], currency))
    now, then = report["after"], report["before"]
    figures = [
        Figure(
            "",
            _signed(now["cost_per_year"] - then["cost_per_year"]),
            f"{currency} a year, holding and ordering",
        ),
        Figure("", _signed(now["stock_value"] - then["stock_value"]), f"{currency} of stock"),
        Figure(
            "",
            f"{(now['delay_days'] or 0) - (then['delay_days'] or 0):+.2f}",
            "days of mean repair delay",
        ),
    ]
    run = report["run"]
    footer = (
        f"sparewise · run {run_of(run['input_hash'])} · as of {run['as_of']} · {report['scenario']}"
    )
    return document(
        _title(report, currency),
        f"Compared with {report['compared_with']}.",
        figures,
        sections,
        footer,
    )


def _title(report: Mapping[str, Any], currency: str) -> str:
    change = report["after"]["cost_per_year"] - report["before"]["cost_per_year"]
    way = "more" if change >= 0 else "less"
    said = f"{report['scenario']}: {abs(change):,.0f} {currency} a year {way}"
    return f"Takes back a promise. {said}" if report["takes_back"] else said


def _warnings(report: Mapping[str, Any], currency: str) -> list[Section]:
    found = []
    if report["takes_back"]:
        rows = [
            _row(
                one["promise"],
                "nothing" if one["left"] is None else f"{one['left']:g}",
                one["since"] or "–",
                f"{one['contracts']:,}",
            )
            for one in report["takes_back"]
        ]
        table = Table(("promise taken back", "left of it", "given since", "contracts"), rows)
        words = "Contracts in force that rest on it are counted where they name its tier."
        found.append(
            Section("back", "This takes back what was promised", words, "", (table,), True)
        )
    if report["breaks"]:
        first = report["breaks"][0]
        rows = [
            _row(
                one["label"],
                f"{one['promised']:.4g}",
                f"{one['reached']:.4g}",
                f"{one['days_longer']:+.2f}",
                f"{one['stock_value']:,.0f}",
            )
            for one in report["breaks"]
        ]
        headings = (
            "breaks, in this order",
            "promised",
            "reached",
            "waits longer, days",
            f"stock then, {currency}",
        )
        words = "First what saves most stock for each day that a piece of its scope waits longer."
        title = (
            f"{report['budget']:,.0f} {currency} do not keep every promise: first breaks"
            f" {first['label']}, by {first['days_longer']:.2f} days"
        )
        found.append(Section("budget", title, words, "", (Table(headings, rows),), True))
    return found


def _compared(report: Mapping[str, Any], figures: pl.DataFrame, currency: str) -> Section:
    rows = []
    for key, name, pattern in (
        ("stock_value", f"stock value, {currency}", "{:,.0f}"),
        ("holding", f"holding, {currency} a year", "{:,.0f}"),
        ("ordering", f"ordering, {currency} a year", "{:,.0f}"),
        ("delay_cost", f"delay, {currency} a year", "{:,.0f}"),
        ("delay_days", "mean repair delay, days", "{:.2f}"),
        ("share_at_once", "pieces at once", "{:.2%}"),
        ("value_at_once", "value at once", "{:.2%}"),
    ):
        then, now = report["before"][key] or 0.0, report["after"][key] or 0.0
        rows.append(
            _row(name, pattern.format(then), pattern.format(now), pattern.format(now - then))
        )
    words = "Both are plans of least cost for their own promises, by the same laws and forecasts."
    return Section(
        "compared", "Before and after", words, "", (Table(("", "before", "after", "change"), rows),)
    )


def _by_scope(figures: pl.DataFrame, currency: str) -> Section:
    sites = figures.filter(scope="location").select("when", "name", "stock_value")
    chart = (
        alt.Chart(sites)
        .mark_bar()
        .encode(
            y=alt.Y("name:N", title=None),
            x=alt.X("stock_value:Q", title=f"stock value, {currency}", axis=alt.Axis(format="~s")),
            yOffset=alt.YOffset("when:N", sort=["before", "after"]),
            color=alt.Color(
                "when:N",
                title=None,
                sort=["before", "after"],
                legend=alt.Legend(orient="top"),
                scale=alt.Scale(domain=["before", "after"], range=[OTHERS, OURS]),
            ),
        )
        .properties(width=WIDTH - 80, height=max(160, 26 * sites["name"].n_unique()))
    )
    both = figures.filter(scope="location").pivot("when", index="name", values="stock_value")
    title = "Stock by site"
    if {"before", "after"} <= set(both.columns):
        change = both.with_columns(by=pl.col("after").fill_null(0) - pl.col("before").fill_null(0))
        most = change.sort(pl.col("by").abs(), "name", descending=[True, False]).row(0, named=True)
        title = "No site's stock moves"
        if abs(most["by"]) >= 0.5:
            title = f"Most moves at {most['name']}: {most['by']:+,.0f} {currency} of stock"
    return Section("sites", title, "Grey before, green after.", drawn(chart))


def _moved(moves: pl.DataFrame, currency: str) -> Section:
    rows = [
        _row(
            one["part_id"],
            one["location_id"],
            _level(one["reorder_point_before"]),
            _level(one["reorder_point_after"]),
            f"{one['stock_value_change']:+,.0f}",
        )
        for one in moves.head(MOST).iter_rows(named=True)
    ]
    headings = ("part", "site", "reorder point before", "after", f"stock, {currency}")
    words = f"The {min(MOST, moves.height)} that move most stock; all are in moves.csv."
    title = f"{moves.height:,} items move"
    return Section("moves", title, words, "", (Table(headings, rows, text=(0, 1)),))


def _promised(found: pl.DataFrame, currency: str) -> Section:
    if found.is_empty():
        return Section("promises", "Promises were not priced", "Leave out --no-promises.")
    rows = [
        _row(
            one["promise"],
            f"{one['cost_per_year']:,.0f}",
            f"{one['stock_value']:+,.0f}",
            _days(one["delay_days_with"]),
            _days(one["delay_days_without"]),
            str(one["since"] or "–"),
            f"{one['contracts']:,}",
        )
        for one in found.sort("cost_per_year", "promise", descending=[True, False]).iter_rows(
            named=True
        )
    ]
    headings = (
        "promise",
        f"{currency} a year",
        f"stock, {currency}",
        "delay with, days",
        "without",
        "since",
        "contracts",
    )
    dear = found.sort("cost_per_year", "promise", descending=[True, False]).row(0, named=True)
    title = (
        f"The dearest promise is {dear['promise']}: {dear['cost_per_year']:,.0f} {currency} a year"
    )
    words = (
        "The plan with all promises less the plan without this one, holding and delay. What "
        "others carry along cost nothing by themselves."
    )
    return Section("promises", title, words, "", (Table(headings, rows),), True)


def _contracts(found: pl.DataFrame, currency: str) -> Section:
    rows = [
        _row(
            one["contract_id"],
            one["customer_id"] or "",
            one["tier"] or "",
            one["customer_class"] or "–",
            one["promised"] or "–",
            "–" if one["cost_per_year"] is None else f"{one['cost_per_year']:,.0f}",
            f"{one['since']}",
            f"{one['until']}",
        )
        for one in found.head(MOST).iter_rows(named=True)
    ]
    headings = ("contract", "customer", "tier", "class", "promised", f"{currency} a year", "since",
                "until")  # fmt: skip
    words = (
        "The plan with it and without it, when its tier's promises hold for everybody else. "
        "Contracts of one tier and one class of customers cannot be told apart: what they cost "
        "together is shared evenly among them. All are in contracts.csv."
    )
    title = f"{found.height:,} contracts are in force"
    return Section(
        "contracts", title, words, "", (Table(headings, rows, text=(0, 1, 2, 3, 4)),), True
    )


def _row(*cells: str) -> Row:
    return Row([Cell(cell) for cell in cells])


def _signed(value: float) -> str:
    return f"{value:+,.0f}"


def _level(value: int | None) -> str:
    return "–" if value is None else f"{value}"


def _days(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
