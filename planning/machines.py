"""Machines in use as a source of demand, for items nobody has asked for yet.

A machine carries so many of a part, and each fails so often a year. What that promises is weighed
against the silence so far: a stream that should have brought n requests and brought none is
believed to be 1 / (1 + n) as fast (a gamma prior as uncertain as its mean, met by nothing).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forecasting import Periods
from forecasting.cleaning import from_installed_base
from inventory.demand import Demand, Floats, Ints
from planning.succession import inherited
from planning.world import World

NO_END = date(9999, 12, 31)
NO_BEGIN = date(1, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Machines:
    """What the installed base promises of some items."""

    item: Ints  # rows of the world, rising
    machines: Floats  # in use over the horizon, on average
    promised_per_day: Floats  # requests, by failures of the machines ahead
    missed: Floats  # requests the machines of the past promised and nobody made

    @property
    def requests_per_day(self) -> Floats:
        """Requests expected after the silence so far."""
        return self.promised_per_day / (1 + self.missed)


def behind(
    world: World,
    base: pl.DataFrame,
    rows: Ints,
    *,
    horizon_days: Floats,
    periods: Periods,
) -> Machines | None:
    """Machines behind the items at `rows`; None where the table speaks of none of them.

    Args:
        world: the company.
        base: the table `installed_base`; rows without failures are no help.
        rows: items of the world nobody asked for.
        horizon_days: of each of `rows`, how far ahead its demand has to hold.
        periods: in which requests were recorded; the horizon begins where they end.
    """
    if base["failures_per_machine_year"].null_count() == len(base) or not len(rows):
        return None
    wanted = world.items[rows].select("part_id", "location_id").with_columns(
        item=pl.Series(rows), ahead=pl.Series(horizon_days)
    )  # fmt: skip
    named = inherited(base, world.heirs).drop_nulls("failures_per_machine_year")
    ids = named.select("part_id", "location_id").schema
    found = (
        wanted.cast(ids, strict=False)
        .join(named, on=list(ids))
        .sort("item", "machine_type", "valid_from", nulls_last=False)
    )
    if found.is_empty():
        return None
    begin = found["valid_from"].fill_null(NO_BEGIN).to_physical().to_numpy().astype(np.float64)
    end = found["valid_to"].fill_null(NO_END).to_physical().to_numpy() + 1.0
    first, tomorrow = periods.starts()[[0, -1]].astype(np.int64).astype(np.float64)
    days = found["ahead"].to_numpy()
    share = _overlap(begin, end, tomorrow, tomorrow + days) / days
    machines = found["machines"].to_numpy().astype(np.float64)
    failures = found["failures_per_machine_year"].to_numpy().astype(np.float64)
    carried = found["parts_per_machine"].to_numpy().astype(np.float64)
    rate = from_installed_base(machines, failures, carried)
    item, place = np.unique(found["item"].to_numpy(), return_inverse=True)
    sums = (machines * share, rate * share, rate * _overlap(begin, end, first, tomorrow))
    by_item = [np.asarray(np.bincount(place, one), dtype=np.float64) for one in sums]
    return Machines(item, *by_item)


def demand_of(machines: Machines, demand: Demand) -> Demand:
    """Demand of the items that machines stand behind, with the sizes that `demand` has for them."""
    sizes = demand.sizes
    mean, second = sizes.mean(), sizes.second_moment()
    requests = machines.requests_per_day
    rate = requests * mean
    return Demand(rate, rate * second / mean, rate**2, sizes)


def in_words(machines: Machines) -> pl.Series:
    """Why that is expected, by item."""
    table = pl.DataFrame(
        {
            "machines": np.rint(machines.machines).astype(np.int64),
            "promised": (machines.promised_per_day * 365).round(2),
            "missed": machines.missed.round(1),
            "expected": (machines.requests_per_day * 365).round(2),
        }
    )
    told = pl.format(
        "no request yet; {} machines promise {} a year, {} were due so far: {} a year expected",
        "machines", "promised", "missed", "expected",
    )  # fmt: skip
    return table.select(told.alias("reason")).to_series()


def _overlap(begin: Floats, end: Floats, first: float, last: Floats | float) -> Floats:
    """Days of [begin, end) within [first, last)."""
    return np.asarray(np.maximum(np.minimum(end, last) - np.maximum(begin, first), 0.0))
