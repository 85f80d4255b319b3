"""How suppliers kept their lead times in the last year."""

from datetime import timedelta

import polars as pl

from planning.finance.report.sight import Sight

WINDOW_DAYS = 365
FEWEST = 5  # receipts, to be judged


def kept(sight: Sight) -> pl.DataFrame:
    """By supplier: receipts, share on time, mean days promised and taken, mean days late, value.

    Receipts that name no supplier come from a parent location and are left out.
    """
    since = sight.as_of - timedelta(days=WINDOW_DAYS)
    price = sight.ready.world.parts.select("part_id", "unit_cost")
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
