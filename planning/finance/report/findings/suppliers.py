"""How suppliers kept their lead times in the last year."""

from datetime import timedelta
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from planning.finance.forms.facts import COUNT, DAYS, SHARE, Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import OURS, Chart, Row, Table
from planning.finance.money import amount, cents
from planning.finance.report.findings.shown import WIDTH
from planning.finance.report.sight import Sight

WINDOW_DAYS = 365
FEWEST = 5  # receipts, to be judged


def kept_by_suppliers(sight: Sight) -> pl.DataFrame:
    """By supplier: receipts, share on time, mean days promised and taken, mean days late, value.

    Receipts that name no supplier come from a parent location and are left out.
    """
    since = sight.as_of - timedelta(days=WINDOW_DAYS)
    price = sight.ready.intake.tables["parts"].select("part_id", "unit_cost")
    rows = (
        sight.ready.intake.tables["receipts"]
        .filter(
            pl.col("received_on") > since,
            pl.col("received_on") <= sight.as_of,
            pl.col("supplier_id").is_not_null(),
        )
        .join(price, on="part_id")
    )
    took = (pl.col("received_on") - pl.col("ordered_on")).dt.total_days()
    promised = (pl.col("promised_on") - pl.col("ordered_on")).dt.total_days()
    late = (pl.col("received_on") - pl.col("promised_on")).dt.total_days()
    return (
        rows.group_by("supplier_id")
        .agg(
            receipts=pl.len(),
            on_time=(late <= 0).mean(),
            promised_days=promised.mean(),
            took_days=took.mean(),
            late_days=late.filter(late > 0).mean(),
            value=(pl.col("quantity") * pl.col("unit_cost")).sum(),
        )
        .sort("value", "supplier_id", descending=[True, False])
    )


def finding(sight: Sight, facts: Facts) -> Finding:
    """How suppliers kept their lead times."""
    kept = kept_by_suppliers(sight)
    if kept.is_empty():
        return Finding(
            "suppliers", "No receipts tell how suppliers kept their word", "Add the table receipts."
        )
    share = float((kept["on_time"] * kept["receipts"]).sum()) / int(kept["receipts"].sum())
    title = f"{share:.0%} of receipts came on time{_worst_of(kept)}"
    words = (
        "Receipts of the last year that name a supplier, the largest value first; on time is on "
        "the promised day or before, late by is the mean of the late ones."
    )
    table = _table(facts, kept, share, sight.currency)
    native = Native("bar", (2,), axis="on time")
    return Finding("suppliers", title, words, (table,), _on_time(kept), native)


def _table(facts: Facts, kept: pl.DataFrame, share: float, unit: str) -> Table:
    """Receipts by supplier, and all of them."""
    worth = cents(kept["value"].to_numpy().astype(np.float64))
    rows = [
        _supplier_row(facts, one, int(value), unit)
        for one, value in zip(kept.iter_rows(named=True), worth, strict=True)
    ]
    number = int(kept["receipts"].sum())
    total = facts.add("supplier.all.value", "received in all", amount(int(worth.sum())), unit)
    rows.append(
        row("all", facts.add("supplier.all.receipts", "receipts", number, COUNT),
            facts.add("supplier.all.on_time", "on time in all", share, SHARE), "", "", "", total,
            is_sum=True)
    )  # fmt: skip
    headings = ("supplier", "receipts", "on time", "days promised", "days taken", "late by, days",
                f"value, {unit}")  # fmt: skip
    return Table(headings, rows)


def _supplier_row(facts: Facts, one: dict[str, Any], worth: int, unit: str) -> Row:
    name = one["supplier_id"]
    key = f"supplier.{name}"
    return row(
        name,
        facts.add(f"{key}.receipts", f"receipts from {name}", one["receipts"], COUNT),
        facts.add(f"{key}.on_time", f"on time, {name}", one["on_time"], SHARE),
        facts.add(f"{key}.promised", f"days promised, {name}", one["promised_days"], DAYS),
        facts.add(f"{key}.took", f"days taken, {name}", one["took_days"], DAYS),
        facts.add(f"{key}.late", f"days late when late, {name}", one["late_days"], DAYS),
        facts.add(f"{key}.value", f"received from {name}", amount(worth), unit),
    )


def _worst_of(kept: pl.DataFrame) -> str:
    """The supplier least on time, of those with receipts enough to say so."""
    enough = kept.filter(pl.col("receipts") >= FEWEST, pl.col("on_time") < 1)
    if enough.is_empty():
        return ""
    worst = enough.sort("on_time", "supplier_id").row(0, named=True)
    named = f"{worst['on_time']:.0%} of {worst['receipts']} receipts"
    return f"; {worst['supplier_id']} was worst with {named}"


def _on_time(kept: pl.DataFrame) -> Chart:
    return (
        alt.Chart(kept.select("supplier_id", share=pl.col("on_time")))
        .mark_bar(color=OURS)
        .encode(
            y=alt.Y("supplier_id:N", sort="x", title=None),
            x=alt.X("share:Q", title="receipts on time", axis=alt.Axis(format=".0%"),
                    scale=alt.Scale(domain=[0, 1])),
        )
        .properties(width=WIDTH, height=max(150, 16 * kept.height))
    )  # fmt: skip
