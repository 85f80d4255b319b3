"""What will be ordered, by month and supplier."""

import altair as alt
import polars as pl

from planning.finance.forms.facts import Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import (
    OURS,
    Cell,
    Table,
)
from planning.finance.money import amount
from planning.finance.report import spend
from planning.finance.report.findings.shown import FULL, HEIGHT, money
from planning.finance.report.sight import Sight


def finding(sight: Sight, facts: Facts) -> Finding:
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
