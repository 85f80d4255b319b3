"""Machines in use as a source of demand, for items nobody has asked for yet.

A machine carries so many of a part, and each fails so often a year. What that promises is weighed
against the silence so far: a stream that should have brought n requests and brought none is
believed to be 1 / (1 + n) as fast (a gamma prior as uncertain as its mean, met by nothing).

Where a row does not say how often machines fail, what was asked for of the part where machines
carry it tells: n requests in t years of parts in use, leaning on all parts by one request,
(1 + n) / (1 / r + t) a year, r the rate of all parts in the table together.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forecasting import Periods
from forecasting.cleaning import from_installed_base
from inventory.demand import Demand, Floats, Ints
from planning.succession import inherited
from planning.world import ITEM, World

NO_END = date(9999, 12, 31)
NO_BEGIN = date(1, 1, 1)
DAYS_PER_YEAR = 365.0
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Machines:
    """What the installed base promises of some items."""

    item: Ints  # rows of the world, rising
    machines: Floats  # in use over the horizon, on average
    promised_per_day: Floats  # requests, by failures of the machines ahead
    missed: Floats  # requests the machines of the past promised and nobody made
    learnt: Flags  # True: how often they fail was learnt from requests, for want of a figure

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
    requests: Ints,
) -> Machines | None:
    """Machines behind the items at `rows`; None where the table speaks of none of them.

    Args:
        world: the company.
        base: the table `installed_base`.
        rows: items of the world nobody asked for.
        horizon_days: of each of `rows`, how far ahead its demand has to hold.
        periods: in which requests were recorded; the horizon begins where they end.
        requests: recorded in them, by item of the world.
    """
    if base.is_empty() or not len(rows):
        return None
    first, tomorrow = periods.starts()[[0, -1]].astype(np.int64).astype(np.float64)
    named = _with_failures(world, inherited(base, world.heirs), requests, first, tomorrow)
    wanted = world.items[rows].select("part_id", "location_id").with_columns(
        item=pl.Series(rows), ahead=pl.Series(horizon_days)
    )  # fmt: skip
    ids = named.select(ITEM).schema
    found = (
        wanted.cast(ids, strict=False)
        .join(named.drop_nulls("failures"), on=ITEM)
        .sort("item", "machine_type", "valid_from", nulls_last=False)
    )
    if found.is_empty():
        return None
    begin, end = _in_use(found)
    days = found["ahead"].to_numpy()
    share = _overlap(begin, end, tomorrow, tomorrow + days) / days
    machines, carried, failures = (
        found[name].to_numpy().astype(np.float64)
        for name in ("machines", "parts_per_machine", "failures")
    )
    rate = from_installed_base(machines, failures, carried)
    item, place = np.unique(found["item"].to_numpy(), return_inverse=True)
    sums = (machines * share, rate * share, rate * _overlap(begin, end, first, tomorrow))
    learnt = found["failures_per_machine_year"].is_null().to_numpy()
    in_use, promised, missed = (np.bincount(place, one).astype(np.float64) for one in sums)
    return Machines(item, in_use, promised, missed, np.bincount(place, learnt) > 0)


def _with_failures(
    world: World, named: pl.DataFrame, requests: Ints, first: float, tomorrow: float
) -> pl.DataFrame:
    """The table with `failures` a year: as given, else as requests tell; null where none do.

    An item's own silence is left out here: it is weighed against the promise afterwards.
    """
    given = pl.col("failures_per_machine_year")
    if not named["failures_per_machine_year"].null_count():
        return named.with_columns(failures=given)
    in_use = pl.Series("days", _overlap(*_in_use(named), first, tomorrow))
    carried = pl.col("machines") * pl.col("parts_per_machine").cast(pl.Float64)
    years = named.with_columns(in_use).with_columns(years=carried * pl.col("days") / DAYS_PER_YEAR)
    places = world.items.select(*ITEM, requests=pl.Series(requests, dtype=pl.Float64)).cast(
        named.select(ITEM).schema, strict=False
    )
    used = years.group_by(ITEM).agg(pl.col("years").sum()).join(places, on=ITEM).sort(ITEM)
    count, time = float(used["requests"].sum()), float(used["years"].sum())
    if count == 0 or time == 0:
        return named.with_columns(failures=given)
    of_part = pl.col("requests", "years").sum().over("part_id").name.prefix("all_")
    elsewhere = pl.col("all_years") - pl.col("years")
    learnt = (1 + pl.col("all_requests")) / (time / count + elsewhere)
    told = used.with_columns(of_part).select(*ITEM, learnt=learnt)
    return named.join(told, on=ITEM, how="left", maintain_order="left").with_columns(
        failures=pl.coalesce(given, "learnt")
    )


def _in_use(base: pl.DataFrame) -> tuple[Floats, Floats]:
    """The first day of each row, and the first after it."""
    begin = base["valid_from"].fill_null(NO_BEGIN).to_physical().to_numpy().astype(np.float64)
    return begin, base["valid_to"].fill_null(NO_END).to_physical().to_numpy() + 1.0


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
            "how": np.where(machines.learnt, ", failing as often as requests elsewhere tell,", ""),
        }
    )
    told = pl.format(
        "no request yet; {} machines{} promise {} a year, {} were due so far: {} a year expected",
        "machines", "how", "promised", "missed", "expected",
    )  # fmt: skip
    return table.select(told.alias("reason")).to_series()


def _overlap(begin: Floats, end: Floats, first: float, last: Floats | float) -> Floats:
    """Days of [begin, end) within [first, last)."""
    return np.asarray(np.maximum(np.minimum(end, last) - np.maximum(begin, first), 0.0))
