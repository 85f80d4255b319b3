"""How each item is replenished: its lane, its source, and how long the lane takes.

What an item waits for at its parent is no lead time: the evaluation of the network tells it.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.intake.accepted import Tables
from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTimes
from planning.settings import Settings
from planning.world import World, places

UNKNOWN = np.nan


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Replenishment of every item, one row each; lead time nan where unknown."""

    lead_times: LeadTimes  # own lane, from the parent or the supplier
    source: pl.Series  # the parent's location_id, else the supplier's id
    parent_item: Ints  # row of the item that replenishes this one; −1: a supplier

    @property
    def known(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """True where the lead times on the whole way are known, so that the item can be planned."""
        return ~np.isnan(self.days_from_supplier)

    @property
    def days_from_supplier(self) -> Floats:
        """The whole way when nobody on it holds anything: the item's lane and all lanes above."""
        return self._with_those_above(self.lead_times.mean_days)

    def together(self, echelons: int) -> "Supply":
        """As it is in a network of that many echelons; in a deeper one every item waits by itself.

        It then waits the whole way, as if nobody above held anything and nobody below took its
        stock: what sites are promised is never too good, what a depot's own customers are may be.
        """
        above, deeper = self.parent_item, self.parent_item
        for _ in range(echelons - 1):
            deeper = np.where(deeper >= 0, above[deeper], -1)
        if not np.any(deeper >= 0):
            return self
        lead = self.lead_times
        variance = self._with_those_above(lead.variance_days)
        whole = LeadTimes(self.days_from_supplier, variance, lead.review_period_days)
        return Supply(whole, self.source, np.full(len(above), -1))

    def asked_from_below(self, rate: Floats) -> Floats:
        """Pieces per day that reach an item from all below, given what customers ask for."""
        total, above = np.zeros(len(rate)), self.parent_item
        while np.any(above >= 0):
            total += np.bincount(above[above >= 0], rate[above >= 0], len(rate))
            above = np.where(above >= 0, self.parent_item[above], -1)
        return total

    def _with_those_above(self, column: Floats) -> Floats:
        total, above = column.copy(), self.parent_item
        while np.any(above >= 0):
            total = total + np.where(above >= 0, column[above], 0.0)
            above = np.where(above >= 0, self.parent_item[above], -1)
        return total


def of(world: World, tables: Tables, settings: Settings) -> Supply:
    """The supply of every item of `world`."""
    lanes = _lanes(world, tables["lead_times"])
    parent_item = _parent_items(world, lanes["source"])
    lane_days = lanes["lead_time_days"].fill_null(UNKNOWN).to_numpy()
    lane_variance = lanes["lead_time_sd_days"].fill_null(0.0).to_numpy() ** 2
    lead_times = LeadTimes(lane_days, lane_variance, _review_days(world, settings))
    return Supply(lead_times, _sources(world, parent_item), parent_item)


def _lanes(world: World, lead_times: pl.DataFrame) -> pl.DataFrame:
    """The most specific row for every item: one for its part beats one for every part."""
    number = np.arange(len(lead_times))
    place = places(lead_times["location_id"], world.locations["location_id"])
    own, general = lead_times["part_id"].is_not_null(), lead_times["part_id"].is_null()
    of_location = _last_at(place.fill_null(-1).to_numpy(), number, general, len(world.locations))
    of_item = _last_at(world.item_of(lead_times).to_numpy(), number, own, len(world.items))
    location = world.items["location"].to_numpy()
    row = np.where(of_item >= 0, of_item, of_location[location])
    at = pl.Series(row).set(pl.Series(row < 0), None)
    columns = ("lead_time_days", "lead_time_sd_days", "source")
    return pl.DataFrame([lead_times[name].gather(at) for name in columns])


def _last_at(place: Ints, number: Ints, counts: pl.Series, length: int) -> Ints:
    """By place, the number that stands there among those that count; −1 where none does."""
    kept = counts.to_numpy() & (place >= 0)
    found = np.full(length, -1, dtype=np.int64)
    found[place[kept]] = number[kept]
    return found


def _parent_items(world: World, source: pl.Series) -> Ints:
    """The row of the same part at the parent location; −1 where a supplier delivers."""
    parent = world.network.parent[world.items["location"].to_numpy()]
    found = world.row_at(world.items["part"].to_numpy(), parent)
    direct = (source == "supplier").fill_null(False).to_numpy()
    return np.where(direct, -1, found)


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
