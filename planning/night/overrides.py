"""What an override costs or saves against what was proposed, under tonight's demand."""

import numpy as np
import polars as pl

from inventory.demand import Ints
from planning.effects import Levels, effects
from planning.night.calm import cost_per_year
from planning.pose import Question
from planning.world import ITEM


def outcomes(policies: pl.DataFrame, overridden: pl.DataFrame, question: Question) -> pl.DataFrame:
    """One row per standing override: decision_id, cost_per_year_change, waiting_days_change.

    Args:
        policies: tonight's, one row per item of the question.
        overridden: standing overrides: the item, its own level and the proposed one.
        question: what was planned.
    """
    part = policies["part_id"].is_in(overridden["part_id"].implode())
    planned = policies.filter(part)
    items = question.items.take(np.flatnonzero(part.to_numpy()))
    place = planned.select(*ITEM).with_row_index("row")
    rows = overridden.join(place, on=ITEM).sort("decision_id")
    at = rows["row"].cast(pl.Int64).to_numpy()
    proposed = _levels(planned, rows, at, "proposed_")
    found = effects(items, proposed, _levels(planned, rows, at, ""))
    cost = found.of(lambda one: cost_per_year(items, one))
    waiting = found.now.measures.waiting_days - found.then.measures.waiting_days
    return pl.DataFrame(
        {
            "decision_id": rows["decision_id"],
            "cost_per_year_change": cost[at],
            "waiting_days_change": np.nan_to_num(waiting[at]),
        },
        schema_overrides={"decision_id": pl.Int64},
    )


def _levels(policies: pl.DataFrame, rows: pl.DataFrame, at: Ints, prefix: str) -> Levels:
    """Tonight's levels, those at `at` as `rows` have them."""
    found = []
    for name in ("reorder_point", "order_quantity"):
        column = np.array(policies[name].to_numpy(), dtype=np.int64)
        column[at] = rows[f"{prefix}{name}"].cast(pl.Int64).to_numpy()
        found.append(column)
    return found[0], found[1]
