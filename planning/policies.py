"""The table `policies`: what each level costs and delivers, by the laws of `inventory`."""

import polars as pl

from inventory.demand import Ints
from optimizer.evaluate import Delivered
from planning.pose import DAYS_PER_YEAR, Question
from planning.world import ITEM, World

COLUMNS = (
    *ITEM,
    "reorder_point",
    "order_quantity",
    "base_stock_level",
    "demand_per_day",
    "replenished_per_day",
    "lead_time_demand_mean",
    "lead_time_demand_variance",
    "fill_rate",
    "line_fill_rate",
    "ready_rate",
    "waiting_days",
    "expected_on_hand",
    "expected_backorders",
    "stock_value",
    "holding_cost_per_year",
    "ordering_cost_per_year",
    "previous_reorder_point",
    "reason",
    "cycle_service_level",
    "lead_time_days",
    "unit_cost",
    "paid_by",
    "last_piece_value_per_year",
    "next_piece_value_per_year",
    "piece_cost_per_year",
)
WHY = (
    ("paid_by", pl.String),
    ("last_piece_value_per_year", pl.Float64),
    ("next_piece_value_per_year", pl.Float64),
    ("piece_cost_per_year", pl.Float64),
)
_FROM_MEASURES = (
    "lead_time_demand_mean",
    "lead_time_demand_variance",
    "fill_rate",
    "line_fill_rate",
    "ready_rate",
    "waiting_days",
    "expected_on_hand",
    "expected_backorders",
    "cycle_service_level",
)


def table(
    world: World,
    question: Question,
    reorder_point: Ints,
    order_quantity: Ints,
    delivered: Delivered,
    *,
    previous: pl.Series,
    why: pl.DataFrame,
) -> pl.DataFrame:
    """The policies of the question's items, ordered by part and location.

    `why` has the column `reason`, and of `WHY` what is known.
    """
    items, measures = question.items, delivered.measures
    on_hand = measures.expected_on_hand
    orders_per_year = measures.orders_per_day * DAYS_PER_YEAR
    columns = {
        "reorder_point": reorder_point,
        "order_quantity": order_quantity,
        "base_stock_level": reorder_point + order_quantity,
        "demand_per_day": items.demand.demand_per_day,
        "replenished_per_day": delivered.replenished_per_day,
        **{name: getattr(measures, name) for name in _FROM_MEASURES},
        "stock_value": items.unit_cost * on_hand,
        "holding_cost_per_year": items.holding_cost_per_day * DAYS_PER_YEAR * on_hand,
        "ordering_cost_per_year": items.ordering_cost * orders_per_year,
        "previous_reorder_point": previous,
        "lead_time_days": items.lead_times.mean_days,
        "unit_cost": items.unit_cost,
    }
    frame = (
        world.items[question.rows]
        .select(ITEM)
        .with_columns(pl.Series(name, values) for name, values in columns.items())
    )
    unknown = [pl.lit(None, kind).alias(name) for name, kind in WHY if name not in why.columns]
    frame = frame.hstack(why).with_columns(unknown)
    return frame.select(COLUMNS).with_columns(pl.col(pl.Float64).fill_nan(None))
