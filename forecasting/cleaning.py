"""What requests need before they are a history: corrections, outliers, chains, censoring, changes.

Everything here works on plain request columns (item, period, pieces) or on rates by item; what is
cut or moved is counted and told, and the raw rows stay as they were.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from forecasting.history import Flags
from forecasting.kernels import cut_outliers, take_back
from inventory.demand import Demand, Floats, Ints

OUTLIER_FACTOR = 5.0  # a request beyond so many times the item's next largest …
OUTLIER_SPREAD = 4.0  # … and so many deviations of log size above the rest is cut
LEAST_SPREAD = 0.5  # of log size: eight pieces among single ones stand out, seven do not
LEAST_REQUESTS = 6  # below which nothing is called an outlier
LEAST_IN_STOCK = 0.5  # share of a period with stock below which its silence says nothing


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """Requests with outliers cut: the new pieces, and which rows were cut."""

    pieces: Ints
    cut: Flags


def net_of_returns(item: Ints, day: Ints, pieces: Ints) -> tuple[Ints, Ints, Ints]:
    """Requests net of returns: a negative row takes pieces off those before it, newest first.

    Args:
        item: of each row.
        day: of each row, days since any date.
        pieces: of each row; negative for a return or a correction. Returns beyond what was ever
            asked for are dropped.

    Returns:
        Item, day and pieces of what is left, all 1 or more, by item and day.
    """
    order = np.lexsort((-pieces, day, item))
    item, day = item[order], day[order]
    left = take_back(item, pieces[order])
    kept = left > 0
    return item[kept], day[kept], left[kept]


def without_outliers(item: Ints, pieces: Ints) -> Cut:
    """Single requests far beyond an item's others, cut to the limit that would not stand out.

    A request stands out when it is more than `OUTLIER_FACTOR` times the next largest of its item
    and, in logs, `OUTLIER_SPREAD` deviations above the mean of the others. Cut means lowered to
    `OUTLIER_FACTOR` times the next largest.

    Args:
        item: of each row, those of one item together.
        pieces: of each row, 1 or more.
    """
    limits = (OUTLIER_FACTOR, OUTLIER_SPREAD, LEAST_SPREAD, LEAST_REQUESTS)
    left = cut_outliers(item, pieces, *limits)
    return Cut(left, left != pieces)


def successors(superseded_by: Ints) -> Ints:
    """The part at the end of each chain of supersession; a part in a circle stays itself.

    Args:
        superseded_by: by part, the part that replaces it; −1 for none.
    """
    last = np.where(superseded_by < 0, np.arange(len(superseded_by)), superseded_by)
    for _ in range(max(1, len(last).bit_length())):
        last = last[last]
    ends = superseded_by[last] < 0
    return np.where(ends, last, np.arange(len(last)))


def hidden_periods(in_stock: pl.DataFrame) -> tuple[Ints, Ints]:
    """Item and period of what could not be seen: an empty shelf is often not asked.

    Args:
        in_stock: item, period, share: how much of the period the shelf had stock. Pairs that are
            not there are taken for seen; so is a period with requests (`History.hiding`).
    """
    empty = in_stock.filter(pl.col("share") < LEAST_IN_STOCK - 1e-9).sort("item", "period")
    return empty["item"].to_numpy(), empty["period"].to_numpy()


def from_installed_base(
    machines: Floats, failures_per_machine_year: Floats, parts_per_machine: Floats
) -> Floats:
    """Requests per day of a part nobody asked for yet: failures of the machines that carry it."""
    return machines * parts_per_machine * failures_per_machine_year / 365.0


def changed(demand: Demand, factor: Floats, pieces_per_day: Floats) -> Demand:
    """Demand with a planner's changes: μ times a factor, plus pieces; kept at 0 or more.

    The stream's variance grows with μ, the uncertainty of μ with its square.
    """
    rate = np.maximum(demand.demand_per_day * factor + pieces_per_day, 0.0)
    ratio = rate / np.maximum(demand.demand_per_day, 1e-300)
    ratio = np.where(demand.demand_per_day > 0, ratio, 0.0)
    second, mean = demand.sizes.second_moment(), demand.sizes.mean()
    variance = np.where(ratio > 0, demand.demand_variance_per_day * ratio, rate * second / mean)
    uncertainty = demand.rate_variance * np.maximum(factor, 0.0) ** 2
    return Demand(rate, variance, uncertainty, demand.sizes)
