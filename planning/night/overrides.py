"""What an override costs or saves against what was proposed, under tonight's demand."""

import numpy as np
import polars as pl

from inventory.measures import measures
from planning.pose import DAYS_PER_YEAR, Question
from planning.world import ITEM


def outcomes(policies: pl.DataFrame, overridden: pl.DataFrame, question: Question) -> pl.DataFrame:
    """One row per standing override: decision_id, cost_per_year_change, waiting_days_change.

    Args:
        policies: tonight's, one row per item of the question.
        overridden: standing overrides: the item, its own level and the proposed one.
        question: what was planned.
    """
    place = policies.select(*ITEM).with_row_index("row")
    rows = overridden.join(place, on=ITEM).sort("decision_id")
    at = rows["row"].cast(pl.Int64).to_numpy()
    items = question.items
    demand, lead_times = items.demand.take(at), items.lead_times.take(at)
    cost, waiting = [], []
    for point, quantity in (
        ("reorder_point", "order_quantity"),
        ("proposed_reorder_point", "proposed_order_quantity"),
    ):
        level, lot = (rows[name].cast(pl.Int64).to_numpy() for name in (point, quantity))
        found = measures(demand, lead_times, np.array(level), np.array(lot))
        per_day = items.holding_cost_per_day[at] * found.expected_on_hand
        per_day = per_day + items.ordering_cost[at] * found.orders_per_day
        if items.delay_cost_per_day is not None:
            per_day = per_day + items.delay_cost_per_day[at] * found.expected_backorders
        cost.append(per_day * DAYS_PER_YEAR)
        waiting.append(np.nan_to_num(found.waiting_days))
    return pl.DataFrame(
        {
            "decision_id": rows["decision_id"],
            "cost_per_year_change": cost[0] - cost[1],
            "waiting_days_change": waiting[0] - waiting[1],
        },
        schema_overrides={"decision_id": pl.Int64},
    )
