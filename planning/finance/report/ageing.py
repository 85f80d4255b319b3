"""Excess and dead stock by age, and what should be set aside for it."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from inventory.demand import Ints
from planning.finance.money import cents
from planning.finance.report.sight import Sight
from planning.world import ITEM

DAYS_PER_YEAR = 365
NEVER = "never asked for"


class Age(NamedTuple):
    """Stock whose part was last asked for so long ago, in cents."""

    name: str
    shelf: int
    excess: int
    share: float  # of the excess that is set aside
    provision: int


def excess_cents(sight: Sight) -> Ints:
    """By item, what lies beyond the highest position of the plan and a long while's demand."""
    items, keep = sight.question.items, np.maximum(_highest(sight), 0)
    days = sight.ready.settings.excess_after_days
    keep = keep + np.ceil(items.demand.demand_per_day * days).astype(np.int64)
    return np.minimum(cents(items.unit_cost * np.maximum(sight.on_hand - keep, 0)),
                      sight.shelf_cents)  # fmt: skip


def ages(sight: Sight) -> list[Age]:
    """Stock by the time since its part was last asked for anywhere, youngest first."""
    years, shares = _classes(sight.ready.settings.provision)
    age = _years_since(sight)
    excess, shelf = excess_cents(sight), sight.shelf_cents
    found = []
    for at, (least, share) in enumerate(zip(years, shares, strict=True)):
        most = years[at + 1] if at + 1 < len(years) else np.inf
        here = (age >= least) & (age < most)
        name = f"{least:g} to {most:g} years" if np.isfinite(most) else f"over {least:g} years"
        name = f"within {most:g} year{'s' if most > 1 else ''}" if least == 0 else name
        found.append(_age(name, here, shelf, excess, share))
    found.append(_age(NEVER, np.isinf(age), shelf, excess, shares[-1]))
    return found


def _age(name: str, here: np.ndarray, shelf: Ints, excess: Ints, share: float) -> Age:
    beyond = int(excess[here].sum())
    return Age(name, int(shelf[here].sum()), beyond, share, round(beyond * share))


def _classes(provision: Mapping[str, float]) -> tuple[list[float], list[float]]:
    """Years from which a class begins, and the share set aside from there on."""
    rows = sorted((float(years), share) for years, share in provision.items())
    if not rows or rows[0][0] > 0:
        rows = [(0.0, 0.0), *rows]
    return [years for years, _ in rows], [share for _, share in rows]


def _highest(sight: Sight) -> Ints:
    return np.asarray(sight.plan.reorder_point + sight.plan.order_quantity)


def _years_since(sight: Sight) -> np.ndarray:
    """By item, years since anybody anywhere asked for its part; inf: nobody ever did."""
    asked = sight.ready.intake.tables["demand"].filter(pl.col("quantity") > 0)
    last = asked.filter(pl.col("date") <= sight.as_of).group_by("part_id").agg(pl.col("date").max())
    joined = sight.words.select(ITEM).join(last, on="part_id", how="left", maintain_order="left")
    days = joined.select((pl.lit(sight.as_of) - pl.col("date")).dt.total_days()).to_series()
    return np.asarray(days.cast(pl.Float64).fill_null(np.inf).to_numpy() / DAYS_PER_YEAR)


def history(sight: Sight) -> list[tuple[date, int]]:
    """Stock value at every count of the last year, at today's prices, in cents."""
    stock = sight.ready.intake.tables["stock"].filter(pl.col("as_of").is_not_null())
    price = sight.words.select(ITEM).with_columns(unit_cost=pl.Series(sight.unit_cost))
    priced = stock.join(price, on=ITEM).sort("as_of", *ITEM)
    found = []
    for (day,), rows in priced.group_by("as_of", maintain_order=True):
        worth = cents(rows["on_hand"].to_numpy() * rows["unit_cost"].to_numpy())
        found.append((day, int(worth.sum())))
    return found
