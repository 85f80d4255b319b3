"""What was counted becomes measures with intervals, by item and together."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.special import stdtrit

from inventory.demand import Demand, Floats
from planning.simulate import kernels
from planning.simulate.sums import Sums

SHARES = {
    "fill_rate": (kernels.PIECES, kernels.PIECES_AT_ONCE, kernels.PIECES_PRODUCT),
    "line_fill_rate": (kernels.REQUESTS, kernels.REQUESTS_AT_ONCE, kernels.REQUESTS_PRODUCT),
}
MEANS = {
    "ready_rate": kernels.READY,
    "expected_on_hand": kernels.ON_HAND,
    "expected_backorders": kernels.BACKORDERS,
    "orders_per_day": kernels.ORDERS,
}


@dataclass(frozen=True, slots=True, eq=False)
class SimulationResult:
    """Simulated measures.

    `measures` has one row per item: each measure and, as `<measure>_half_width`, half its interval
    at `confidence`. `summary` holds the same for all items together, None without demand.
    """

    measures: pl.DataFrame
    summary: dict[str, float | None]
    confidence: float


def summed_up(
    sums: Floats, demand: Demand, replications: int, confidence: float
) -> SimulationResult:
    """Measures of each item from the sums of `kernels.play_items`, shape (items, COLUMNS)."""
    width = float(stdtrit(replications - 1, 0.5 + confidence / 2))
    counts = Sums(sums, kernels.SQUARES, replications)
    columns: dict[str, Floats] = {}
    for name, (asked, served, product) in SHARES.items():
        columns[name], error = counts.share(asked, served, product)
        columns[f"{name}_half_width"] = width * error
    for name, counted in MEANS.items():
        columns[name], error = counts.mean(counted)
        columns[f"{name}_half_width"] = width * error
    asked_for = demand.demand_per_day > 0
    rate = np.where(asked_for, demand.demand_per_day, 1.0)
    for end in ("", "_half_width"):
        waiting = columns["expected_backorders" + end] / rate
        columns["waiting_days" + end] = np.where(asked_for, waiting, np.nan)
    return SimulationResult(pl.DataFrame(columns), _together(columns, demand), confidence)


def _together(columns: dict[str, Floats], demand: Demand) -> dict[str, float | None]:
    """All items: shares and waiting weighted by pieces or requests, stock and orders added up.

    Items are independent, so the squares of their half-widths add.
    """
    by_pieces = _shares_of(demand.demand_per_day)
    by_requests = _shares_of(demand.demand_per_day / demand.sizes.mean())
    weights = dict.fromkeys(("fill_rate", "ready_rate", "waiting_days"), by_pieces)
    weights["line_fill_rate"] = by_requests
    for name in ("expected_on_hand", "expected_backorders", "orders_per_day"):
        weights[name] = np.ones(len(demand))
    summary: dict[str, float | None] = {}
    for name, weight in weights.items():
        value = np.where(weight > 0, columns[name], 0.0)
        half = np.where(weight > 0, columns[f"{name}_half_width"], 0.0)
        summary[name] = float(np.sum(weight * value)) if weight.any() else None
        width = float(np.sqrt(np.sum((weight * half) ** 2)))
        summary[f"{name}_half_width"] = width if weight.any() else None
    return summary


def _shares_of(amount: Floats) -> Floats:
    """Each item's share of the total; all zero when there is none."""
    total = amount.sum()
    return np.asarray(amount / total if total > 0 else amount)
