"""How promises were kept: by way, site and lane, with how sure that is."""

from typing import Final

import numpy as np
import polars as pl
import sqlalchemy as sa

from data.store.supply_reading import scored
from inventory.promise.ways import Way
from planning.night.attainment import share

_MOST: Final = 100_000
SCHEMA: Final = {
    "way": pl.String,
    "location_id": pl.String,
    "from_location_id": pl.String,
    "promises": pl.Int64,
    "kept": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "by_likely": pl.Float64,
    "failed": pl.Int64,
}


def scores(connection: sa.Connection, *, by: tuple[str, ...] = ()) -> pl.DataFrame:
    """Promises scored, in all or `by` way, location_id, from_location_id: share kept, interval.

    `kept` is to be 0.9 for those that waited and near 1 for the shelf; `by_likely` 0.5.
    """
    told = scored(connection, _MOST).filter(pl.col("outcome") != "withdrawn")
    told = told.with_columns(waited=pl.col("way") != Way.SHELF.value)
    rows = []
    keys = ["waited", *by]
    for key, group in told.group_by(keys, maintain_order=True):
        kept = (group["outcome"] == "kept").to_numpy()
        value, low, high, count = share(kept, np.ones(len(kept)))
        named = dict(zip(keys, key, strict=True))
        way = named.get("way", "waiting" if named["waited"] else "shelf")
        likely = group["by_likely"].mean() if named["waited"] else None
        failed = int((group["outcome"] == "failed").sum())
        rows.append(
            (
                way, named.get("location_id"), named.get("from_location_id"), count, value,
                low, high, likely, failed,
            )
        )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row").sort(
        "way", "location_id", "from_location_id"
    )
