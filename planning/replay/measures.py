"""What was counted becomes measures, by item and together."""

import numpy as np
import polars as pl

from inventory.demand import Floats
from planning.replay import kernels
from planning.replay.timeline import Timeline

COUNTS = {
    "requests": kernels.REQUESTS,
    "requests_at_once": kernels.REQUESTS_AT_ONCE,
    "pieces": kernels.PIECES,
    "pieces_at_once": kernels.PIECES_AT_ONCE,
    "orders": kernels.ORDERS,
    "pieces_ordered": kernels.PIECES_ORDERED,
    "end_on_hand": kernels.END_ON_HAND,
    "end_backorders": kernels.END_BACKORDERS,
    "end_on_order": kernels.END_ON_ORDER,
}


def measured(counted: Floats, policies: pl.DataFrame, days: int) -> pl.DataFrame:
    """One row per policy; shares and waiting are null where nothing was asked for."""
    table = policies.select("part_id", "location_id").with_columns(
        pl.Series(name, counted[:, column].astype(np.int64)) for name, column in COUNTS.items()
    )
    table = table.with_columns(
        mean_on_hand=counted[:, kernels.ON_HAND_DAYS] / days,
        mean_backorders=counted[:, kernels.BACKORDER_DAYS] / days,
        waiting_piece_days=counted[:, kernels.BACKORDER_DAYS],
        unit_cost=policies["unit_cost"].cast(pl.Float64),
    )
    asked = pl.col("pieces") > 0
    return table.with_columns(
        line_fill_rate=pl.when(asked).then(pl.col("requests_at_once") / pl.col("requests")),
        fill_rate=pl.when(asked).then(pl.col("pieces_at_once") / pl.col("pieces")),
        waiting_days=pl.when(asked).then(pl.col("waiting_piece_days") / pl.col("pieces")),
        stock_value=pl.col("mean_on_hand") * pl.col("unit_cost"),
    )


def summed_up(measures: pl.DataFrame, timeline: Timeline) -> dict[str, float | int | None]:
    """All items together; shares and waiting are None where nothing was asked for."""
    total = measures.select(
        pl.len().alias("items"),
        pl.col("requests", "pieces", "orders", "pieces_ordered", "stock_value").sum(),
        line=pl.col("requests_at_once").sum(),
        piece=pl.col("pieces_at_once").sum(),
        value=(pl.col("pieces_at_once") * pl.col("unit_cost")).sum(),
        asked_value=(pl.col("pieces") * pl.col("unit_cost")).sum(),
        waited=pl.col("waiting_piece_days").sum(),
        end_stock_value=(pl.col("end_on_hand") * pl.col("unit_cost")).sum(),
    ).row(0, named=True)
    return {
        "days": timeline.days,
        "items": total["items"],
        "requests": total["requests"],
        "pieces": total["pieces"],
        "line_fill_rate": _ratio(total["line"], total["requests"]),
        "fill_rate": _ratio(total["piece"], total["pieces"]),
        "value_fill_rate": _ratio(total["value"], total["asked_value"]),
        "waiting_days": _ratio(total["waited"], total["pieces"]),
        "stock_value": total["stock_value"],
        "end_stock_value": total["end_stock_value"],
        "orders": total["orders"],
        "pieces_ordered": total["pieces_ordered"],
    }


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None
