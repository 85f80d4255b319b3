"""Laws of every lane of the company, learnt from its receipts and from what is late now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
import polars as pl

from inventory.promise import lead_law
from inventory.promise.lead_law import LeadLaw, Orders

_EPOCH: Final = date(1970, 1, 1)
_LANE: Final = ["supplier_id", "location_id"]
MOST_ORDERS: Final = 600  # of one lane; older ones are forgotten first
Key = tuple[str, str]  # supplier (blank: the parent delivers) and location


@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """The law of one lane, and the rows it knows parts by."""

    law: LeadLaw
    parts: Mapping[str, int]

    def part(self, part_id: str) -> int:
        """The row of a part; −1 where the lane never saw it."""
        return self.parts.get(part_id, -1)


@dataclass(frozen=True, slots=True, eq=False)
class Lanes:
    """Laws by lane; where one was never seen, that of the company's others."""

    by_key: Mapping[Key, Lane] = field(default_factory=dict)
    suppliers: LeadLaw = field(default_factory=lead_law.generic)
    parents: LeadLaw = field(default_factory=lead_law.generic)

    def of(self, supplier_id: str, location_id: str) -> Lane:
        """The lane from a supplier, or with a blank one from the parent, to a location."""
        found = self.by_key.get((supplier_id, location_id))
        return found or Lane(self.suppliers if supplier_id else self.parents, {})


def learn(past: pl.DataFrame, open_now: pl.DataFrame, stated: pl.DataFrame, now: float) -> Lanes:
    """Laws as seen at `now`.

    Args:
        past: orders that came (part_id, location_id, supplier_id, ordered_on, promised_on,
            received_on).
        open_now: orders that have not, with `promised_on` the day they are expected.
        stated: lead_time_days by part_id (null = every part) and location_id.
        now: days since 1970.
    """
    lives = _lives(past, open_now, stated, now)
    if lives.is_empty():
        return Lanes()
    general = {}
    for bought in (True, False):
        every = lives.filter((pl.col("supplier_id") != "") == bought)
        recent = every.sort("entered", *_LANE, "part_id").tail(2 * MOST_ORDERS)
        law = lead_law.learn(_orders(recent, {}), lead_law.generic(), now)
        general[bought] = lead_law.fresh_lane(law, now)
    by_key = {}
    for key, rows in lives.group_by(_LANE, maintain_order=False):
        supplier_id, location_id = str(key[0]), str(key[1])
        mine = rows.sort("entered", "due", "ended", "part_id").tail(MOST_ORDERS)
        parts = {part: row for row, part in enumerate(sorted(mine["part_id"].unique()))}
        law = lead_law.learn(
            _orders(mine, parts), general[supplier_id != ""], now, parts=len(parts)
        )
        by_key[supplier_id, location_id] = Lane(law, parts)
    return Lanes(by_key, general[True], general[False])


def _lives(
    past: pl.DataFrame, open_now: pl.DataFrame, stated: pl.DataFrame, now: float
) -> pl.DataFrame:
    """One row per order: entered, due, scale, ended, width, arrived, all in days since 1970."""
    both = pl.concat(
        [
            past.with_columns(arrived=pl.lit(1)),
            open_now.with_columns(arrived=pl.lit(0), received_on=pl.lit(None, pl.Date)),
        ],
        how="diagonal_relaxed",
    )
    own = stated.filter(pl.col("part_id").is_not_null()).rename({"lead_time_days": "own"})
    general = stated.filter(pl.col("part_id").is_null()).select(
        "location_id", pl.col("lead_time_days").alias("general")
    )
    joined = both.join(own, on=["part_id", "location_id"], how="left").join(
        general, on="location_id", how="left"
    )
    days = {
        name: (pl.col(name) - pl.lit(_EPOCH)).dt.total_days().cast(pl.Float64)
        for name in ("ordered_on", "promised_on", "received_on")
    }
    said = pl.coalesce("own", "general")
    scale = pl.coalesce(said, days["promised_on"] - days["ordered_on"])
    unsent = pl.col("promised_on").is_null() & (pl.col("supplier_id").fill_null("") == "")
    lives = joined.filter(~(unsent & (pl.col("arrived") == 0))).with_columns(
        supplier_id=pl.col("supplier_id").fill_null(""),
        scale=scale,
        due=pl.coalesce(days["promised_on"], days["ordered_on"] + said),
        ended=pl.coalesce(days["received_on"], pl.lit(now)),
        width=pl.col("arrived").cast(pl.Float64),
    )
    begun = pl.coalesce(days["ordered_on"], pl.col("due") - pl.col("scale"))
    kept = lives.filter(pl.col("scale") > 0, pl.col("due").is_not_null())
    return kept.select(
        *_LANE,
        "part_id",
        pl.when(unsent | (pl.col("supplier_id") == ""))
        .then(pl.max_horizontal(begun, pl.col("due") - pl.col("scale")))
        .otherwise(begun)
        .alias("entered"),
        "due",
        "scale",
        "ended",
        "width",
        "arrived",
    ).filter(pl.col("ended") >= pl.col("entered"), pl.col("entered") > now - lead_law.MEMORY_DAYS)


def _orders(rows: pl.DataFrame, parts: Mapping[str, int]) -> Orders:
    numbers = rows.select("entered", "due", "scale", "ended", "width", "arrived").to_numpy()
    part = np.array([parts.get(one, -1) for one in rows["part_id"]], dtype=np.float64)
    return Orders.of(np.column_stack([numbers, part]))
