"""What customers really got, period by period, from the ledger, and how sure that is."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import polars as pl

from data.store.engine import Store
from data.store.night_inputs import served

EVERY: Final[Mapping[str, str]] = {"day": "1d", "week": "1w", "month": "1mo"}
DAYS_OF: Final[Mapping[str, int]] = {"day": 1, "week": 7, "month": 28}
MOST_BUCKETS: Final = 1000
_Z: Final = 1.6448536269514722  # of a 90 % interval


def service_level(store: Store, first: date, last: date, bucket: str) -> list[dict[str, Any]]:
    """Per period: begins_on, requests, served_at_once, share, low, high (Wilson, 90 %).

    Both days are included; a period without a request has no share.
    """
    asked = served(store).filter(pl.col("date").is_between(first, last))
    periods = pl.select(
        pl.date_range(first, last, "1d").dt.truncate(EVERY[bucket]).alias("begins_on")
    ).unique()
    counted = (
        asked.group_by(pl.col("date").dt.truncate(EVERY[bucket]).alias("begins_on"))
        .agg(pl.len().cast(pl.Int64).alias("requests"), pl.col("at_once").sum().alias("hits"))
        .with_columns(pl.col("hits").cast(pl.Int64))
    )
    whole = periods.join(counted, on="begins_on", how="left").sort("begins_on")
    n = pl.col("requests").cast(pl.Float64)
    share = pl.col("hits") / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = (share * (1 - share) / n + _Z**2 / (4 * n**2)).sqrt() * _Z / (1 + _Z**2 / n)
    return whole.select(
        "begins_on",
        pl.col("requests").fill_null(0),
        pl.col("hits").fill_null(0).alias("served_at_once"),
        share.alias("share"),
        (middle - half).clip(0, 1).alias("low"),
        (middle + half).clip(0, 1).alias("high"),
    ).to_dicts()
