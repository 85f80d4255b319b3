"""A delivery against what was known before it: what only a company with a past can notice.

Pure functions of frames; whoever has a database hands them what it knows.
"""

from datetime import date

import polars as pl

from data.intake.quarantine import WARNED, RefusedFile

JUMP = 10.0  # times dearer or cheaper than before: cents for euros, a pack for a piece
_ITEM = ["part_id", "location_id"]


def out_of_order(stock: pl.DataFrame, in_force: pl.DataFrame) -> list[RefusedFile]:
    """The table `stock`, refused when a newer snapshot is in force already.

    Args:
        stock: as it came; an undated row counts as of today.
        in_force: the same table as it was taken in last; empty where it never was.
    """
    newest, newest_known = stock["as_of"].max(), in_force["as_of"].max()
    if not isinstance(newest, date) or not isinstance(newest_known, date):
        return []
    if stock["as_of"].has_nulls():
        return []
    if newest >= newest_known:
        return []
    message = (
        f"stock: its newest as_of is {newest}, but the snapshot of {newest_known} is in force "
        "already; files came out of order. Send the newest snapshot, or leave this one out."
    )
    return [RefusedFile("stock", "snapshot.out_of_order", message)]


def dearer(parts: pl.DataFrame, before: pl.DataFrame) -> pl.DataFrame:
    """Warnings about unit costs that jumped since the delivery before, in the same currency."""
    known = before.select("part_id", "currency", was=pl.col("unit_cost"))
    both = parts.join(known, on="part_id", suffix="_before")
    ratio = pl.col("unit_cost") / pl.col("was")
    jumped = both.filter(
        pl.col("currency").eq_missing(pl.col("currency_before")),
        (pl.col("was") > 0) & (pl.col("unit_cost") > 0),
        (ratio >= JUMP) | (ratio <= 1 / JUMP),
    )
    message = pl.format(
        "parts, row of {}: unit_cost is {}, it was {} before ({} times). The new cost is used from "
        "now on; confirm it, or correct it at its source before you approve a plan.",
        "part_id",
        "unit_cost",
        "was",
        ratio.round(4),
    )
    return _warned(
        jumped.with_columns(message=message), "cost.jump", "parts", "unit_cost", "unit_cost"
    )


def below_reserved(stock: pl.DataFrame, reserved: pl.DataFrame) -> pl.DataFrame:
    """Warnings about counts below what the ledger has promised.

    Args:
        stock: latest counts: part_id, location_id, on_hand.
        reserved: part_id, location_id, reserved pieces of active reservations.
    """
    both = stock.select(*_ITEM, "on_hand").join(reserved.select(*_ITEM, "reserved"), on=_ITEM)
    short = both.filter(pl.col("on_hand") < pl.col("reserved"))
    message = pl.format(
        "stock, row of {} at {}: on_hand is {}, but {} pieces are reserved. The count is booked; "
        "{} pieces of the latest promises are at risk now, each is listed, and none is free.",
        *_ITEM,
        "on_hand",
        "reserved",
        pl.col("reserved") - pl.col("on_hand"),
    )
    return _warned(
        short.with_columns(message=message), "stock.below_reserved", "stock", "on_hand", "on_hand"
    )


def _warned(rows: pl.DataFrame, code: str, table: str, column: str, value: str) -> pl.DataFrame:
    missing = [pl.lit(None).alias(name) for name in _ITEM if name not in rows.columns]
    told = rows.with_columns(
        *missing,
        code=pl.lit(code),
        table=pl.lit(table),
        line=None,
        column=pl.lit(column),
        value=pl.col(value),
    )
    typed = told.select(pl.col(name).cast(kind) for name, kind in WARNED.items())
    return typed.sort("part_id", "location_id")
