"""Excess and dead stock by age, and what should be set aside for it."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from planning.finance.money import cents
from planning.finance.report.sight import Sight
from planning.tables import with_those_below
from planning.unplanned_stock import SCHEMA
from planning.world import ITEM

DAYS_PER_YEAR = 365
NEVER = "never asked for"
PLANNED = ""  # the word of `why` for what a plan speaks of


class Age(NamedTuple):
    """Stock whose part was last asked for so long ago, in cents."""

    name: str
    shelf: int
    apart: int  # of it where nothing is planned
    excess: int
    excess_apart: int  # of that where nothing is planned
    share: float  # of the excess that is set aside
    provision: int
    provision_apart: int


def shelves(sight: Sight) -> pl.DataFrame:
    """Every shelf, planned or not: all that lies is in these rows, once.

    Returns:
        Names of every dimension; on_hand, unit_cost; shelf, excess (cents); years (since anybody
        anywhere asked for the part; inf: nobody ever did); why (nothing is planned there).
    """
    names = [*ITEM, "tier", "criticality", "supplier"]
    question, delivered = sight.question, sight.plan.delivered
    below = with_those_below(sight.ready, question, delivered).replenished_per_day
    asked = question.items.demand.demand_per_day + below
    items = sight.words.select(names).with_columns(
        on_hand=pl.Series(sight.on_hand),
        unit_cost=pl.Series(sight.unit_cost),
        demand_per_day=pl.Series(asked),
        why=pl.lit(PLANNED),
        highest=pl.Series(np.maximum(sight.plan.reorder_point + sight.plan.order_quantity, 0)),
    )
    rest = sight.rest.select(*names, *list(SCHEMA)[2:], highest=pl.lit(0, dtype=pl.Int64))
    both = pl.concat([items, rest.select(items.columns)])
    shelf = np.concatenate([sight.shelf_cents, sight.rest_cents])
    beyond = np.maximum(both["on_hand"].to_numpy() - _keep(sight, both), 0)
    excess = np.minimum(cents(both["unit_cost"].to_numpy() * beyond), shelf)
    return both.drop("demand_per_day", "highest").with_columns(
        shelf=pl.Series(shelf), excess=pl.Series(excess), years=pl.Series(_years(sight, both))
    )


def _keep(sight: Sight, rows: pl.DataFrame) -> Ints:
    """Pieces that are no excess: the plan's highest position and a long while's demand.

    The demand of the locations that it supplies is part of that.

    What is left of a replaced part is used up for its heir: as far as the heir's own pieces fall
    short there.
    """
    days = sight.ready.settings.excess_after_days
    kept = pl.col("highest") + (pl.col("demand_per_day") * days).ceil().cast(pl.Int64)
    told = rows.select(*ITEM, "on_hand", keep=kept)
    heirs = sight.ready.world.heirs
    if heirs.is_empty():
        return told["keep"].to_numpy()
    short = told.select(
        "location_id", heir="part_id", short=(pl.col("keep") - pl.col("on_hand")).clip(0)
    )
    joined = told.join(heirs, on="part_id", how="left", maintain_order="left").join(
        short, on=["heir", "location_id"], how="left", maintain_order="left"
    )
    return joined.select(pl.max_horizontal("keep", pl.col("short").fill_null(0)))["keep"].to_numpy()


def ages(rows: pl.DataFrame, provision: Mapping[str, float]) -> list[Age]:
    """Shelves by the time since their part was last asked for anywhere, youngest first.

    Args:
        rows: see `shelves`.
        provision: by years without demand, the share of the excess that is set aside.
    """
    years, shares = _classes(provision)
    age = rows["years"].to_numpy()
    found = []
    for at, (least, share) in enumerate(zip(years, shares, strict=True)):
        most = years[at + 1] if at + 1 < len(years) else np.inf
        here = (age >= least) & (age < most)
        name = f"{least:g} to {most:g} years" if np.isfinite(most) else f"over {least:g} years"
        name = f"within {most:g} year{'s' if most > 1 else ''}" if least == 0 else name
        found.append(_age(name, rows.filter(pl.Series(here)), share))
    found.append(_age(NEVER, rows.filter(pl.col("years").is_infinite()), shares[-1]))
    return found


def _age(name: str, rows: pl.DataFrame, share: float) -> Age:
    apart = rows.filter(pl.col("why") != PLANNED)
    beyond, beyond_apart = (int(of["excess"].sum()) for of in (rows, apart))
    return Age(
        name,
        int(rows["shelf"].sum()),
        int(apart["shelf"].sum()),
        beyond,
        beyond_apart,
        share,
        round(beyond * share),
        round(beyond_apart * share),
    )


def _classes(provision: Mapping[str, float]) -> tuple[list[float], list[float]]:
    """Years from which a class begins, and the share set aside from there on."""
    rows = sorted((float(years), share) for years, share in provision.items())
    if not rows or rows[0][0] > 0:
        rows = [(0.0, 0.0), *rows]
    return [years for years, _ in rows], [share for _, share in rows]


def _years(sight: Sight, rows: pl.DataFrame) -> Floats:
    """By row, years since anybody anywhere asked for its part; inf: nobody ever did."""
    asked = sight.ready.intake.tables["demand"].filter(pl.col("quantity") > 0)
    last = asked.filter(pl.col("date") <= sight.as_of).group_by("part_id").agg(pl.col("date").max())
    joined = rows.select(ITEM).join(last, on="part_id", how="left", maintain_order="left")
    days = joined.select((pl.lit(sight.as_of) - pl.col("date")).dt.total_days()).to_series()
    return np.asarray(days.cast(pl.Float64).fill_null(np.inf).to_numpy() / DAYS_PER_YEAR)


def history(sight: Sight) -> list[tuple[date, int]]:
    """Stock value at every count of the last year, at today's prices, in cents."""
    tables = sight.ready.intake.tables
    stock = tables["stock"].filter(pl.col("as_of").is_not_null())
    priced = stock.join(tables["parts"].select("part_id", "unit_cost"), on="part_id")
    found = []
    for (day,), rows in priced.sort("as_of", *ITEM).group_by("as_of", maintain_order=True):
        worth = cents(rows["on_hand"].clip(0).to_numpy() * rows["unit_cost"].to_numpy())
        found.append((day, int(worth.sum())))
    return found
