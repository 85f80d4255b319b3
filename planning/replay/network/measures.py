"""What was counted becomes the measures of a replay, and those only networks have."""

import numpy as np
import polars as pl

from inventory.demand import Floats
from planning.replay import kernels as one_echelon
from planning.replay import measures
from planning.replay.network import kernels
from planning.simulate.network.rules import kernels as rules

# The columns of a replay of one echelon, and where they are counted here.
SAME = {
    one_echelon.REQUESTS: rules.REQUESTS,
    one_echelon.REQUESTS_AT_ONCE: rules.REQUESTS_AT_ONCE,
    one_echelon.PIECES: rules.PIECES,
    one_echelon.PIECES_AT_ONCE: rules.PIECES_AT_ONCE,
    one_echelon.ON_HAND_DAYS: rules.ON_HAND,
    one_echelon.BACKORDER_DAYS: rules.CUSTOMERS_WAITING,
    one_echelon.ORDERS: rules.ORDERS,
    one_echelon.PIECES_ORDERED: rules.PIECES_ORDERED,
    one_echelon.END_ON_HAND: kernels.END_ON_HAND,
    one_echelon.END_BACKORDERS: kernels.END_BACKORDERS,
    one_echelon.END_ON_ORDER: kernels.END_ON_ORDER,
}


def measured(counted: Floats, policies: pl.DataFrame, days: int) -> pl.DataFrame:
    """One row per policy: the measures of one echelon, for customers, and what children wait for.

    In transit is what is on its way between own locations; `in_transit_value` is not part of
    `stock_value`.
    """
    same = np.zeros((len(counted), one_echelon.COLUMNS))
    for column, source in SAME.items():
        same[:, column] = counted[:, source]
    table = measures.measured(same, policies, days)
    return table.with_columns(
        children_pieces=counted[:, rules.CHILDREN_PIECES].astype(np.int64),
        children_pieces_at_once=counted[:, rules.CHILDREN_AT_ONCE].astype(np.int64),
        mean_owed_to_children=counted[:, rules.CHILDREN_WAITING] / days,
        end_owed_to_children=counted[:, kernels.END_OWED_TO_CHILDREN].astype(np.int64),
        mean_in_transit=counted[:, rules.IN_TRANSIT] / days,
    ).with_columns(in_transit_value=pl.col("mean_in_transit") * pl.col("unit_cost"))


def together(table: pl.DataFrame) -> dict[str, float]:
    """All items together, what only networks have."""
    return {"in_transit_value": float(table["in_transit_value"].sum())}
