"""Stock where nothing is planned: it is worth money, and no level of a plan speaks of it.

A part is no longer active, or was replaced, or nobody knows a lead time to its place. Whoever adds
up what lies on the shelves adds this to what lies at the planned items.
"""

import numpy as np
import polars as pl

from data.intake.accepted import coded
from inventory.demand import Ints
from planning.prepare import Prepared
from planning.world import ITEM, places

NOT_ACTIVE = "the part is no longer active"
REPLACED = "another part replaces it"
NO_LEAD_TIME = "no lead time is known"
SCHEMA = {
    "part_id": pl.String,
    "location_id": pl.String,
    "on_hand": pl.Int64,
    "unit_cost": pl.Float64,
    "demand_per_day": pl.Float64,
    "why": pl.String,
}


def lying(ready: Prepared, rows: Ints) -> pl.DataFrame:
    """What lies at items that are not planned, by the latest count, where anything does.

    Args:
        ready: the company on its day.
        rows: the rows of its world that are planned.

    Returns:
        The columns of `SCHEMA`, by part and location; `unit_cost` in the reporting currency.
    """
    counts = coded(ready.intake.tables, "stock")
    apart = counts.filter(pl.Series(~_is_planned(ready, rows, counts), dtype=pl.Boolean))
    latest = (
        apart.cast({pl.Enum: pl.String})
        .sort(*ITEM, "as_of", nulls_last=False)
        .unique(ITEM, keep="last", maintain_order=True)
        .filter(pl.col("on_hand") > 0)
    )
    parts = ready.intake.tables["parts"].select("part_id", "unit_cost")
    told = latest.join(parts, on="part_id", how="left", maintain_order="left").with_columns(
        why=_why(ready, latest), demand_per_day=_demand(ready, latest)
    )
    return told.with_columns(pl.col("unit_cost").fill_null(0.0)).select(
        pl.col(name).cast(kind) for name, kind in SCHEMA.items()
    )


def _is_planned(ready: Prepared, rows: Ints, counts: pl.DataFrame) -> np.ndarray:
    """By count, whether its part is planned at its place."""
    parts, locations = (ready.intake.tables[name] for name in ("parts", "locations"))
    width = len(locations)

    def key(table: pl.DataFrame) -> np.ndarray:
        part = places(table["part_id"], parts["part_id"])
        place = places(table["location_id"], locations["location_id"])
        return np.asarray((part * width + place).fill_null(len(parts) * width).to_numpy())

    planned = np.zeros(len(parts) * width + 1, dtype=np.bool_)
    planned[key(ready.world.items[rows].select(ITEM))] = True
    return np.asarray(planned[key(counts)])


def _why(ready: Prepared, lies: pl.DataFrame) -> pl.Series:
    """By row, why nothing is planned there."""
    part = lies["part_id"]
    active = part.is_in(ready.world.parts["part_id"].to_list())
    replaced = part.is_in(ready.world.heirs["part_id"].to_list())
    told = (
        pl.when(active)
        .then(pl.lit(NO_LEAD_TIME))
        .when(replaced)
        .then(pl.lit(REPLACED))
        .otherwise(pl.lit(NOT_ACTIVE))
    )
    return lies.select(why=told).to_series()


def _demand(ready: Prepared, lies: pl.DataFrame) -> pl.Series:
    """By row, pieces a day; none of a part that is no longer active."""
    expected = ready.expectation.demand.demand_per_day
    item = ready.world.item_of(lies).to_numpy()
    return pl.Series(np.where(item >= 0, expected[np.maximum(item, 0)], 0.0) if len(item) else [],
                     dtype=pl.Float64)  # fmt: skip


def warning(lies: pl.DataFrame, currency: str) -> pl.DataFrame:
    """One warning for all of it; no row where nothing lies apart."""
    worth = float((lies["on_hand"] * lies["unit_cost"]).sum())
    message = (
        f"Stock worth {worth:,.2f} {currency} lies where nothing is planned "
        f"({', '.join(lies['why'].unique().sort())}), the dearest of {_dearest(lies)}: no figure "
        "here counts it; `sparewise report` does."
    )
    row = {"code": "stock.not_planned", "table": "stock", "column": "on_hand", "message": message}
    return pl.DataFrame([row])[: min(len(lies), 1)]


def _dearest(lies: pl.DataFrame) -> str:
    worth = (pl.col("on_hand") * pl.col("unit_cost")).alias("worth")
    top = lies.sort(worth, *ITEM, descending=[True, False, False]).head(1)
    return "".join(f"{part} at {place}" for part, place in top.select(ITEM).rows())
