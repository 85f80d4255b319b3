"""Where stock lies: every shelf by tier, site, criticality and supplier."""

import altair as alt
import polars as pl

from planning.finance.forms.facts import Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import OTHERS, OURS, Row, Table
from planning.finance.money import amount, cents
from planning.finance.report.ageing import PLANNED
from planning.finance.report.findings.costs import KINDS, TITLES
from planning.finance.report.findings.shown import money, site_bars
from planning.finance.report.sight import Sight

AMOUNTS = {
    "shelf": "on the shelves",
    "plan": "the plan would hold",
    "excess": "excess",
    "apart": "not planned",
}


def finding(sight: Sight, shelves: pl.DataFrame, facts: Facts) -> Finding:
    """What lies where, what the plan would hold there, and what of it is excess."""
    unit, rows = sight.currency, _by_shelf(sight, shelves)
    names = {key: word for key, word in AMOUNTS.items() if key != "apart" or len(sight.rest)}
    tables = [_table(facts, rows, kind, names, unit) for kind in KINDS]
    sites = _summed(rows, "location_id")
    most = sites.sort("shelf", "location_id", descending=[True, False]).row(0, named=True)
    share = most["shelf"] / max(sight.total_cents, 1)
    title = (
        f"{most['location_id']} holds most: {money(most['shelf'])} {unit}, {share:.0%} of the "
        f"stock, {money(most['excess'])} of it excess"
    )
    words = (
        "All that lies on the shelves, what the plan would hold on average at the same places, and "
        "the part of the stock that is excess. Each table adds up to the whole."
    )
    if "apart" in names:
        words += " Not planned: a part no longer active, or without a known lead time."
    parts = sites.select(
        "location_id",
        (pl.col("excess") / 100),
        ((pl.col("shelf") - pl.col("excess")) / 100).alias("all else"),
    )  # fmt: skip
    long = parts.unpivot(index="location_id", variable_name="stock", value_name="value")
    scale = alt.Scale(domain=["all else", "excess"], range=[OURS, OTHERS])
    colour = alt.Color(
        "stock:N", title=None, legend=alt.Legend(orient="top"), scale=scale, sort=None
    )
    chart = site_bars(
        long,
        f"stock value, {unit}",
        color=colour,
        order=alt.Order("stock:N"),
    )
    native = Native("bar", (1, 2, 3), axis=f"stock value, {unit}", table=KINDS.index("location_id"))
    return Finding("where", title, words, tables, chart, native, wide=True)


def _by_shelf(sight: Sight, shelves: pl.DataFrame) -> pl.DataFrame:
    """Every shelf with its amounts in cents."""
    plan = cents(sight.plan.value(sight.unit_cost)).tolist()
    return shelves.with_columns(
        plan=pl.Series([*plan, *[0] * sight.rest.height], dtype=pl.Int64),
        apart=pl.when(pl.col("why") != PLANNED).then("shelf").otherwise(0),
    )


def _summed(rows: pl.DataFrame, kind: str) -> pl.DataFrame:
    return rows.group_by(kind).agg(pl.col(*AMOUNTS).sum()).sort(kind)


def _table(
    facts: Facts, rows: pl.DataFrame, kind: str, names: dict[str, str], unit: str
) -> Table:  # fmt: skip
    found = [
        _row(facts, f"{TITLES[kind]}.{one[kind]}", str(one[kind]), one, names, unit)
        for one in _summed(rows, kind).iter_rows(named=True)
    ]
    whole = {key: int(rows[key].sum()) for key in names}
    found.append(_row(facts, "all", "all", whole, names, unit, is_sum=True))
    headings = (TITLES[kind], *(f"{word}, {unit}" for word in names.values()))
    return Table(headings, found, caption=f"stock by {TITLES[kind]}, {unit}")


def _row(
    facts: Facts, key: str, name: str, of: dict[str, int], names: dict[str, str], unit: str, *,
    is_sum: bool = False,
) -> Row:  # fmt: skip
    cells = [
        facts.add(f"where.{key}.{one}", f"{word}, {name}", amount(of[one]), unit)
        for one, word in names.items()
    ]
    return row(name, *cells, is_sum=is_sum)
