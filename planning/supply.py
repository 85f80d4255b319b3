"""How each item is replenished: its lane, its source, and how long that takes.

Until stocks of several echelons are planned together, a location with a parent waits its own lane
plus the lead times of all its ancestors, as if they held nothing: never a promise too good.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTimes
from planning.settings import Settings
from planning.world import ITEM, Tables, World

UNKNOWN = np.nan


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Replenishment of every item, one row each; lead time nan where unknown."""

    lane_days: Floats  # own lane or supplier, days
    lead_times: LeadTimes  # what the item waits in all
    source: pl.Series  # the parent's location_id, else the supplier's id
    parent_item: Ints  # row of the item that replenishes this one; −1: a supplier

    @property
    def known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """True where the lead time is known, so that the item can be planned."""
        return ~np.isnan(self.lead_times.mean_days)


def of(world: World, tables: Tables, settings: Settings) -> Supply:
    """The supply of every item of `world`."""
    lanes = _lanes(world, tables["lead_times"])
    parent_item = _parent_items(world, lanes["source"])
    lane_days = lanes["lead_time_days"].fill_null(UNKNOWN).to_numpy()
    lane_variance = lanes["lead_time_sd_days"].fill_null(0.0).to_numpy() ** 2
    mean, variance = _upwards(world, parent_item, lane_days, lane_variance)
    review = _review_days(world, settings)
    return Supply(
        lane_days, LeadTimes(mean, variance, review), _sources(world, parent_item), parent_item
    )


def _lanes(world: World, lead_times: pl.DataFrame) -> pl.DataFrame:
    """The most specific row for every item: one for its part beats one for every part."""
    columns = ["lead_time_days", "lead_time_sd_days", "source"]
    own = lead_times.filter(pl.col("part_id").is_not_null()).select(*ITEM, *columns, own=True)
    general = lead_times.filter(pl.col("part_id").is_null()).select("location_id", *columns)
    rows = world.items.select(ITEM).join(own, on=ITEM, how="left", maintain_order="left")
    rows = rows.join(general, on="location_id", how="left", maintain_order="left", suffix="_all")
    pick = [
        pl.when(pl.col("own")).then(name).otherwise(name + "_all").alias(name) for name in columns
    ]
    return rows.select(pick)


def _parent_items(world: World, source: pl.Series) -> Ints:
    """The row of the same part at the parent location; −1 where a supplier delivers."""
    parent = world.network.parent[world.items["location"].to_numpy()]
    rows = pl.DataFrame({"part": world.items["part"], "location": parent})
    index = world.items.select("part", "location", item=pl.int_range(pl.len(), dtype=pl.Int64))
    found = rows.join(index, on=["part", "location"], how="left", maintain_order="left")["item"]
    direct = (source == "supplier").fill_null(False).to_numpy()
    return np.where(direct, -1, found.fill_null(-1).to_numpy())


def _upwards(
    world: World, parent_item: Ints, lane_days: Floats, lane_variance: Floats
) -> tuple[Floats, Floats]:
    """Means and variances of the whole way, from the top down, one depth at a time."""
    mean, variance = lane_days.copy(), lane_variance.copy()
    depth = world.network.depth[world.items["location"].to_numpy()]
    for level in range(1, int(depth.max(initial=0)) + 1):
        rows = np.flatnonzero((depth == level) & (parent_item >= 0))
        mean[rows] += mean[parent_item[rows]]
        variance[rows] += variance[parent_item[rows]]
    return mean, variance


def _review_days(world: World, settings: Settings) -> Floats:
    by_supplier = settings.review_period_days_of
    supplier = world.of_parts("supplier_id")
    days = supplier.replace_strict(
        list(by_supplier), list(by_supplier.values()), default=None, return_dtype=pl.Float64
    )
    return np.asarray(days.fill_null(settings.review_period_days).to_numpy(), dtype=np.float64)


def _sources(world: World, parent_item: Ints) -> pl.Series:
    at = world.items["location_id"]
    parent = at.gather(np.maximum(parent_item, 0))
    supplier = world.of_parts("supplier_id").fill_null("supplier")
    return parent.zip_with(pl.Series(parent_item >= 0), supplier).alias("source")
