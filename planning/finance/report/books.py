"""What the ledger recorded: the opening stock, every kind of movement, the closing stock.

Prices are taken to a hundredth of a cent and multiplied with whole pieces, so the sum of the lines
is the closing stock exactly; lines are rounded together.
"""

from typing import NamedTuple

import numpy as np
import polars as pl

from planning.finance.forms.facts import Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import Table
from planning.finance.money import amount, cents

FINE = 10_000  # of a unit of money: prices are whole hundredths of a cent


class Line(NamedTuple):
    """One line of the account, in cents."""

    name: str
    cents: int
    pieces: int


def account(moved: pl.DataFrame, unit_cost: pl.DataFrame) -> tuple[Line, list[Line], Line]:
    """Opening, movements by kind, closing.

    Args:
        moved: part_id, location_id, kind, when (`before`, `between`, `after`), pieces.
        unit_cost: part_id, unit_cost; a part without a price is worth nothing.
    """
    fine = (pl.col("unit_cost").fill_null(0.0) * FINE).round().cast(pl.Int64)
    priced = moved.join(unit_cost, on="part_id", how="left").with_columns(
        pl.col("pieces").cast(pl.Int64), worth=pl.col("pieces").cast(pl.Int64) * fine
    )
    sums = pl.col("worth", "pieces").sum()
    first = priced.filter(pl.col("when") == "before").select(sums).row(0)
    between = priced.filter(pl.col("when") == "between")
    kinds = between.group_by("kind").agg(sums).sort("kind")
    worth = np.array([first[0], *kinds["worth"].to_list()], dtype=np.float64) / FINE
    whole = cents(worth)
    opening = Line("opening", int(whole[0]), int(first[1]))
    lines = [
        Line(kind, int(of), int(pieces))
        for kind, of, pieces in zip(kinds["kind"], whole[1:], kinds["pieces"], strict=True)
    ]
    pieces = opening.pieces + sum(one.pieces for one in lines)
    return opening, lines, Line("closing", int(whole.sum()), pieces)


def finding(
    moved: pl.DataFrame, unit_cost: pl.DataFrame, since: str, facts: Facts, unit: str
) -> Finding:
    """The account as a finding."""
    opening, lines, closing = account(moved, unit_cost)
    rows = []
    for at, one in enumerate((opening, *lines, closing)):
        edge = at in (0, len(lines) + 1)
        key = f"books.{one.name}"
        worth = facts.add(key, f"ledger, {one.name}", amount(one.cents), unit)
        pieces = facts.add(f"{key}.pieces", f"ledger, {one.name}, pieces", one.pieces, "count")
        edges = {
            "opening": f"in the ledger on {since}",
            "closing": f"in the ledger on {facts.as_of}",
        }
        rows.append(row(edges.get(one.name, f"\u2003{one.name}"), pieces, worth, is_sum=edge))
    change = (closing.cents - opening.cents) / 100
    way = "more" if change >= 0 else "less"
    title = f"The ledger holds {abs(change):,.0f} {unit} {way} than on {since}"
    words = (
        "Every movement since, by kind, at today's prices: opening and movements are the closing."
    )
    table = Table(("", "pieces", unit), rows)
    return Finding("ledger", title, words, (table,), None, Native("waterfall", (2,), axis=unit))
