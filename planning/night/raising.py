"""Proposals of a night as rows, and what becomes of yesterday's when they are put in force."""

import polars as pl

from data.store.changes import CHANGING
from data.store.proposals import Merge
from planning.world import ITEM

KEY = [*ITEM, "cause"]
_TELLING = (
    "kind",
    "current_reorder_point",
    "current_order_quantity",
    "proposed_reorder_point",
    "proposed_order_quantity",
    "quantity",
    "source",
)
SCHEMA = {
    "part_id": pl.String,
    "location_id": pl.String,
    "cause": pl.String,
    "kind": pl.String,
    "current_reorder_point": pl.Int64,
    "current_order_quantity": pl.Int64,
    "proposed_reorder_point": pl.Int64,
    "proposed_order_quantity": pl.Int64,
    "quantity": pl.Int64,
    "source": pl.String,
    "value_change": pl.Float64,
    "cost_per_year_change": pl.Float64,
    "waiting_days_change": pl.Float64,
    "reason": pl.String,
}


def of_levels(changes: pl.DataFrame, reasons: pl.Series) -> pl.DataFrame:
    """One row per change of level that is raised; the last piece off a shelf is its own kind."""
    mended = pl.format("{} (raised to keep a promise)", "reason")
    rows = changes.with_columns(reason=reasons).filter("raised")
    return _typed(
        rows.with_columns(
            cause=pl.lit("level"),
            kind=pl.when("leaves_shelf").then(pl.lit("last_piece")).otherwise(pl.lit("level")),
            quantity=None,
            source=None,
            reason=pl.when("mends").then(mended).otherwise("reason"),
        )
    )


def of_stock(proposed: pl.DataFrame) -> pl.DataFrame:
    """What to order, move or return now."""
    moves = pl.col("action") == "move"
    rows = proposed.filter(pl.col("action") != "take_off_shelf").with_columns(
        kind=pl.col("action"),
        cause=pl.when(moves).then(pl.format("move from {}", "source")).otherwise("action"),
        value_change=pl.when(pl.col("action") == "order")
        .then("value")
        .when(pl.col("action") == "return")
        .then(-pl.col("value"))
        .otherwise(0.0),
    )
    missing = [name for name in SCHEMA if name not in rows.columns]
    return _typed(rows.with_columns(pl.lit(None).alias(name) for name in missing))


def together(*tables: pl.DataFrame) -> pl.DataFrame:
    """All proposals of a night in one order."""
    return pl.concat(tables).sort(KEY)


def merge(raised: pl.DataFrame, open_now: pl.DataFrame, run_id: str) -> Merge:
    """One open proposal per item and cause: yesterday's goes on under its number.

    What a night prepared that never was published is taken over as well.
    """
    before = open_now.select(
        "proposal_id",
        "version",
        *KEY,
        pl.col(_TELLING).name.prefix("before_"),
        stray=~pl.col("visible") & (pl.col("run_id") != run_id),
    )
    both = raised.join(before, on=KEY, how="left", maintain_order="left")
    known = pl.col("proposal_id").is_not_null()
    told = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"before_{name}")) for name in _TELLING)
    gone = open_now.join(raised, on=KEY, how="anti")
    return Merge(
        raised=both.filter(~known).select(raised.columns),
        changed=both.filter(known & (~told | pl.col("stray"))).select(
            "proposal_id", "version", *CHANGING
        ),
        superseded=gone["proposal_id"].to_list(),
    )


def _typed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
