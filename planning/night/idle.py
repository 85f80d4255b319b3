"""Stock that lies for nobody: parts that nobody asked for in years, and what no plan speaks of."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from planning import unplanned_stock
from planning.actions import Shelf
from planning.pose import Question
from planning.prepare import Prepared

DEAD_AFTER_DAYS = 730
NONE = pl.DataFrame(schema={"kind": pl.String})


def dead(ready: Prepared, shelf: Shelf) -> pl.DataFrame:
    """Pieces of planned parts that nobody anywhere asked for in two years."""
    since = _since(ready)
    if since is None:
        return NONE
    part = ready.world.items["part"].to_numpy()
    lively = ready.asked.filter(pl.col("date") > since)["item"].to_numpy()
    asked = np.zeros(len(ready.world.parts), dtype=np.bool_)
    asked[part[lively]] = True
    chosen = ~asked[shelf.part] & (shelf.on_hand > 0)
    frame = pl.DataFrame(
        {
            "part_id": shelf.part_id,
            "location_id": shelf.location_id,
            "occurrences": shelf.on_hand,
            "value": shelf.on_hand * shelf.unit_cost,
        }
    ).filter(pl.Series(chosen))
    return frame.with_columns(
        kind=pl.lit("dead_stock"), subject=pl.lit(f"no request since {since}")
    )


def unplanned(ready: Prepared, question: Question) -> pl.DataFrame:
    """Pieces where nothing is planned: dead if nobody asked in two years, else what is too much.

    What is left of a replaced part is used up for its heir and named only where it is dead.
    """
    lies = unplanned_stock.lying(ready, question.rows)
    if lies.is_empty():
        return NONE
    since, days = _since(ready), ready.settings.excess_after_days
    least = ready.settings.excess_value  # as for returns of what is planned
    demand = ready.intake.tables["demand"].filter(pl.col("quantity") > 0)
    asked = demand.filter(pl.col("date") > (since or date.min))["part_id"].unique()
    is_dead = ~pl.col("part_id").is_in(asked.to_list()) & pl.lit(since is not None)
    wanted = (pl.col("demand_per_day") * days).ceil().cast(pl.Int64)
    wanted = pl.when(pl.col("why") == unplanned_stock.REPLACED).then("on_hand").otherwise(wanted)
    pieces = pl.when(is_dead).then("on_hand").otherwise(pl.col("on_hand") - wanted)
    words = pl.when(is_dead).then(pl.format("{}, no request since {}", "why", pl.lit(str(since))))
    return (
        lies.with_columns(
            kind=pl.when(is_dead).then(pl.lit("dead_stock")).otherwise(pl.lit("excess")),
            occurrences=pieces,
            value=pieces * pl.col("unit_cost"),
            subject=words.otherwise(pl.format("nothing is planned here: {}", "why")),
        )
        .filter(pl.col("occurrences") > 0, is_dead | (pl.col("value") >= least))
        .select("part_id", "location_id", "occurrences", "value", "kind", "subject")
    )


def _since(ready: Prepared) -> date | None:
    """From when on a part must have been asked for; None: what is recorded is too short to say."""
    since: date = ready.intake.as_of - timedelta(days=DEAD_AFTER_DAYS)
    first = ready.asked["date"].min()
    return since if isinstance(first, date) and first <= since else None
