"""The company as index columns: parts, locations, items and what is known of each.

Tables speak in ids; the tools work on rows. Here ids become row numbers, once, with the defaults
filled in. Row order is that of the ids, so it does not depend on the order of any file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import polars as pl

from data.intake.accepted import Tables, coded
from inventory.demand import Floats, Ints
from inventory.network import Network
from planning import succession
from planning.settings import Settings

ITEM = ["part_id", "location_id"]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Parts, locations and items in row order; every other table joins to these by row."""

    parts: pl.DataFrame  # part_id, unit_cost, holding_rate, criticality, … defaults filled
    locations: pl.DataFrame  # location_id, tier, parent_id
    items: pl.DataFrame  # part_id, location_id, part, location (row numbers), first_row (date)
    network: Network
    currency: str
    heirs: pl.DataFrame  # part_id, heir: the part at the end of its chain of successors

    def of_parts(self, column: str) -> pl.Series:
        """A column of `parts`, one row per item."""
        return self.parts[column].gather(self.items["part"])

    def of_locations(self, column: str) -> pl.Series:
        """A column of `locations`, one row per item."""
        return self.locations[column].gather(self.items["location"])

    def numbers(self, column: str) -> Floats:
        """A numeric column of `parts`, one row per item."""
        return cast(Floats, self.of_parts(column).to_numpy())

    def rows(self, table: pl.DataFrame) -> pl.DataFrame:
        """`table` with the row number of its item in `item`; rows of no item are left out."""
        item = self.item_of(table)
        found = item >= 0
        if found.all():
            return table.with_columns(item=item)
        return table.filter(found).with_columns(item=item.filter(found))

    def item_of(self, table: pl.DataFrame) -> pl.Series:
        """By row of `table`, the row number of its item; −1 where it is none."""
        run, length = runs(_keys(table, self.parts, self.locations))
        return pl.Series("item", np.repeat(self._row_of(run), length))

    def row_at(self, part: Ints, location: Ints) -> Ints:
        """By pair of row numbers, −1 where there is none, the row of its item; −1 where none is."""
        return self._row_of(np.where(location < 0, -1, part * len(self.locations) + location))

    def _row_of(self, key: Ints) -> Ints:
        width = len(self.locations)
        items = self.items.select(key=pl.col("part") * width + pl.col("location"))["key"].to_numpy()
        if not len(items):
            return np.full(len(key), -1)
        at = np.minimum(np.searchsorted(items, key), len(items) - 1)
        return np.where(items[at] == key, at, -1)


def places(ids: pl.Series, among: pl.Series) -> pl.Series:
    """By id or its code, its place `among` distinct ones; null where it is not there."""
    if isinstance(ids.dtype, pl.Enum):  # each id is looked up once, not in every row
        return places(ids.dtype.categories, among).gather(ids.to_physical())
    return ids.cast(pl.Enum(among), strict=False).to_physical().cast(pl.Int64)


def runs(values: Ints) -> tuple[Ints, Ints]:
    """Neighbours that are alike as one value, and how many they are.

    Tables mostly stand in the order of their items, so that there are few.
    """
    begin = np.flatnonzero(np.diff(values, prepend=values[:1] - 1))
    return values[begin], np.diff(begin, append=len(values))


def _keys(table: pl.DataFrame, parts: pl.DataFrame, locations: pl.DataFrame) -> Ints:
    """By row of `table`, a number for its part and location; −1 where one is unknown."""
    part = places(table["part_id"], parts["part_id"])
    location = places(table["location_id"], locations["location_id"])
    key = (part * len(locations) + location).fill_null(-1)
    return np.asarray(key.to_numpy(), dtype=np.int64)


def build(tables: Tables, settings: Settings) -> World:
    """The world that `tables` describe."""
    currency = _reporting_currency(tables["parts"], settings)
    parts = _parts(tables, settings)
    locations = tables["locations"].sort("location_id")
    network = Network.of(locations["location_id"].to_list(), locations["parent_id"].to_list())
    heirs = succession.heirs(tables["parts"])
    items = _items(tables, parts, locations, network, heirs)
    return World(parts, locations, items, network, currency, heirs)


def _reporting_currency(parts: pl.DataFrame, settings: Settings) -> str:
    """The one set, else the one most parts are priced in."""
    named = parts["currency"].drop_nulls()
    if settings.currency or named.is_empty():
        return settings.currency or "EUR"
    counts = named.value_counts().sort("count", "currency", descending=[True, False])
    return str(counts["currency"][0])


def _parts(tables: Tables, settings: Settings) -> pl.DataFrame:
    """Active parts with defaults filled; their money came through the door in one currency."""
    return (
        tables["parts"]
        .filter(pl.col("active").fill_null(True))
        .with_columns(
            ordering_cost=pl.col("ordering_cost").fill_null(settings.ordering_cost),
            holding_rate=pl.col("holding_rate").fill_null(settings.holding_rate),
            criticality=pl.col("criticality").fill_null("C"),
            order_multiple=pl.col("order_multiple").fill_null(1),
            minimum_order_quantity=pl.col("minimum_order_quantity").fill_null(1),
        )
        .sort("part_id")
    )


def _items(
    tables: Tables,
    parts: pl.DataFrame,
    locations: pl.DataFrame,
    network: Network,
    heirs: pl.DataFrame,
) -> pl.DataFrame:
    """Every part and location named together, and that part at every ancestor of the location.

    What is asked for at a part that has an heir names the heir as well. `first_row` is the first
    day the demand table has a row of the part, or of one it replaced, anywhere, of zero or not:
    from then on its silence is known.
    """
    named = [coded(tables, name).select(ITEM) for name in _NAMING_TABLES]
    dated = coded(tables, "demand").select("part_id", "location_id", "date")
    asked = succession.inherited(dated, heirs)
    if not heirs.is_empty():
        named.append(asked.select(ITEM))
    keys = [runs(_keys(table, parts, locations))[0] for table in named]
    rows = _with_those_above(_distinct(keys), network)
    part = places(asked["part_id"], parts["part_id"])
    since = pl.DataFrame({"part": part, "date": asked["date"]}).drop_nulls("part")
    since = since.group_by("part").agg(first_row=pl.col("date").min())
    ids = rows.select(
        part_id=parts["part_id"].gather(rows["part"]),
        location_id=locations["location_id"].gather(rows["location"]),
        part="part",
        location="location",
    )
    return ids.join(since, on="part", how="left", maintain_order="left")


def _with_those_above(keys: Ints, network: Network) -> pl.DataFrame:
    """Part and location of every key, and of the same part at every ancestor of the location."""
    width, found = max(len(network), 1), [keys[keys >= 0]]
    part, location = np.divmod(found[0], width)
    above = network.parent[location]
    while np.any(above >= 0):
        part, above = part[above >= 0], above[above >= 0]
        found.append(part * width + above)
        above = network.parent[above]
    part, location = np.divmod(_distinct(found), width)
    return pl.DataFrame({"part": part, "location": location})


def _distinct(columns: Sequence[Ints]) -> Ints:
    """The distinct values of some columns, ascending."""
    return runs(pl.Series(np.concatenate(columns)).sort().to_numpy())[0]


_NAMING_TABLES = ("demand", "forecasts", "stock", "current_policies", "item_rules")
