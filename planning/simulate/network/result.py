"""What was counted becomes measures with intervals, by item and together."""

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import stdtrit

from inventory.demand import Floats
from planning.simulate.network import kernels
from planning.simulate.network.rules import kernels as rules
from planning.simulate.result import SimulationResult
from planning.simulate.sums import Sums

Flags = NDArray[np.bool_]

# Measures that are shares of what was asked for: asked, served, product of the two.
COUNTED_SHARES = {
    "fill_rate": (rules.PIECES, rules.PIECES_AT_ONCE, kernels.PIECES_PRODUCT),
    "line_fill_rate": (rules.REQUESTS, rules.REQUESTS_AT_ONCE, kernels.REQUESTS_PRODUCT),
}
CHILDREN_SHARE = (rules.CHILDREN_PIECES, rules.CHILDREN_AT_ONCE, kernels.CHILDREN_PRODUCT)
SEEN_SHARES = {"fill_rate": rules.FILL_SEEN, "line_fill_rate": rules.LINE_FILL_SEEN}
MEANS = {
    "ready_rate": rules.READY,
    "expected_on_hand": rules.ON_HAND,
    "expected_backorders": kernels.BACKORDERS,
    "backorders_of_customers": rules.CUSTOMERS_WAITING,
    "backorders_of_children": rules.CHILDREN_WAITING,
    "expected_in_transit": rules.IN_TRANSIT,
    "orders_per_day": rules.ORDERS,
    "pieces_ordered_per_day": rules.PIECES_ORDERED,
}


def summed_up(
    sums: Floats,
    together: Floats,
    demand_per_day: Floats,
    replications: int,
    confidence: float,
    *,
    recorded: bool,
) -> SimulationResult:
    """Measures of each item from `sums` (items × COLUMNS), of all from `together` (trees × …)."""
    width = float(stdtrit(replications - 1, 0.5 + confidence / 2))
    asked_for = demand_per_day > 0
    counts = Sums(sums, kernels.SQUARES, replications)
    columns: dict[str, Floats] = {}

    def put(name: str, value: Floats, error: Floats, defined: Flags | bool = True) -> None:
        columns[name] = np.where(defined, value, np.nan)
        columns[f"{name}_half_width"] = np.where(defined, width * error, np.nan)

    for name, seen in SEEN_SHARES.items():
        if recorded:
            put(name, *counts.share(*COUNTED_SHARES[name]))
        else:
            put(name, *counts.mean(seen), asked_for)
    put("children_fill_rate", *counts.share(*CHILDREN_SHARE))
    for name, counted in MEANS.items():
        put(name, *counts.mean(counted))
    waiting, error = counts.mean(rules.CUSTOMERS_WAITING)
    rate = np.where(asked_for, demand_per_day, 1.0)
    put("waiting_days", waiting / rate, error / rate, asked_for)
    summary = _together(
        Sums(together, kernels.SQUARES, replications), demand_per_day, width, recorded=recorded
    )
    return SimulationResult(pl.DataFrame(columns), summary, confidence)


def _together(
    sums: Sums, demand_per_day: Floats, width: float, *, recorded: bool
) -> dict[str, float | None]:
    """All items: trees are independent, so the squares of their half-widths add."""
    summary: dict[str, float | None] = {}
    demand = math.fsum(demand_per_day)
    for name, seen in SEEN_SHARES.items():
        if recorded:
            value, half = _share_together(sums, *COUNTED_SHARES[name])
        else:
            value, half = _mean_together(sums, seen)
        _enter(summary, name, value, width * half, defined=demand > 0)
    for name, counted in MEANS.items():
        value, half = _mean_together(sums, counted)
        _enter(summary, name, value, width * half, defined=name != "ready_rate" or demand > 0)
    value, half = _mean_together(sums, rules.CUSTOMERS_WAITING)
    per_piece = 1.0 / demand if demand > 0 else 0.0
    _enter(summary, "waiting_days", value * per_piece, width * half * per_piece, defined=demand > 0)
    return summary


def _enter(
    summary: dict[str, float | None], name: str, value: float, half: float, *, defined: bool
) -> None:
    summary[name] = value if defined else None
    summary[f"{name}_half_width"] = half if defined else None


def _mean_together(sums: Sums, counted: int) -> tuple[float, float]:
    mean, error = sums.mean(counted)
    return math.fsum(mean), math.sqrt(math.fsum(error**2))


def _share_together(sums: Sums, asked: int, served: int, product: int) -> tuple[float, float]:
    total = math.fsum(sums.counted[:, asked])
    if total <= 0:
        return 0.0, 0.0
    share = math.fsum(sums.counted[:, served]) / total
    square = sums.squared_error(share, asked, served, product)
    return share, math.sqrt(math.fsum(square)) / total
