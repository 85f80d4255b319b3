"""The tables of a what-if: what each scope costs and gets, what moves, what promises cost."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from optimizer.evaluate import Delivered
from optimizer.plan import StockingPlan
from planning.finance.scenario import promises
from planning.pose import DAYS_PER_YEAR, Question
from planning.prepare import Prepared
from planning.world import ITEM

KINDS = ("tier", "location_id", "criticality")


class Side(NamedTuple):
    """The company with its plan, before or after."""

    ready: Prepared
    question: Question
    plan: StockingPlan | None  # None: levels from outside
    point: Ints
    quantity: Ints
    delivered: Delivered


def _columns(side: Side) -> pl.DataFrame:
    """By item: money a year, stock value, pieces asked for, waiting and at once."""
    items, now = side.question.items, side.delivered.measures
    rate = items.demand.demand_per_day
    delay = np.zeros(len(items))
    if items.delay_cost_per_day is not None:
        delay = items.delay_cost_per_day * side.delivered.customers_backorders * DAYS_PER_YEAR
    world, rows = side.ready.world, side.question.rows
    columns: dict[str, Floats] = {
        "stock_value": items.unit_cost * now.expected_on_hand,
        "holding": items.holding_cost_per_day * now.expected_on_hand * DAYS_PER_YEAR,
        "ordering": items.ordering_cost * now.orders_per_day * DAYS_PER_YEAR,
        "delay_cost": delay,
        "pieces": rate,
        "waiting": np.where(rate > 0, side.delivered.customers_backorders, 0.0),
        "at_once": np.where(rate > 0, rate * np.nan_to_num(now.fill_rate), 0.0),
        "value_asked": rate * items.unit_cost,
        "value_served": np.where(
            rate > 0, rate * items.unit_cost * np.nan_to_num(now.fill_rate), 0
        ),
    }
    place = world.items[rows].select(
        *ITEM,
        tier=world.of_locations("tier").gather(rows).fill_null("none"),
        criticality=world.of_parts("criticality").gather(rows),
    )
    return place.with_columns(pl.Series(name, of) for name, of in columns.items())


def figures(side: Side, when: str) -> pl.DataFrame:
    """One row per scope: what it costs, holds and delivers."""
    frame = _columns(side).with_columns(all=pl.lit(""))
    asked = pl.col("pieces").sum()
    sums = [
        pl.col("stock_value", "holding", "ordering", "delay_cost").sum(),
        (pl.col("holding") + pl.col("ordering")).sum().alias("cost_per_year"),
        pl.when(asked > 0).then(pl.col("waiting").sum() / asked).alias("delay_days"),
        pl.when(asked > 0).then(pl.col("at_once").sum() / asked).alias("share_at_once"),
        pl.when(asked > 0)
        .then(pl.col("value_served").sum() / pl.col("value_asked").sum())
        .alias("value_at_once"),
    ]
    scopes = [("all", "all"), *((kind.removesuffix("_id"), kind) for kind in KINDS)]
    rows = [
        frame.group_by(pl.col(column).alias("name"))
        .agg(sums)
        .sort("name")
        .select(pl.lit(when).alias("when"), pl.lit(scope).alias("scope"), pl.all())
        for scope, column in scopes
    ]
    return pl.concat(rows)


def whole(figures: pl.DataFrame, when: str) -> dict[str, Any]:
    """The row that speaks of everything."""
    return figures.filter(when=when, scope="all").drop("when", "scope", "name").row(0, named=True)


def moves(before: Side, after: Side) -> pl.DataFrame:
    """Items whose level or stock changes, the largest change of stock value first."""
    sides = [
        side.ready.world.items[side.question.rows]
        .select(ITEM)
        .with_columns(
            pl.Series(f"reorder_point_{when}", side.point),
            pl.Series(f"order_quantity_{when}", side.quantity),
            pl.Series(
                f"stock_value_{when}",
                side.question.items.unit_cost * side.delivered.measures.expected_on_hand,
            ),
        )
        for side, when in ((before, "before"), (after, "after"))
    ]
    both = sides[0].join(sides[1], on=ITEM, how="full", coalesce=True)
    change = pl.col("stock_value_after").fill_null(0.0) - pl.col("stock_value_before").fill_null(
        0.0
    )
    moved = ~pl.col("reorder_point_after").eq_missing(pl.col("reorder_point_before"))
    moved = moved | ~pl.col("order_quantity_after").eq_missing(pl.col("order_quantity_before"))
    return (
        both.with_columns(stock_value_change=change)
        .filter(moved)
        .sort(pl.col("stock_value_change").abs(), *ITEM, descending=[True, False, False])
    )


def priced(found: Sequence[promises.Price]) -> pl.DataFrame:
    """What each promise costs, the plan with it and without it."""
    rows = [
        {
            "promise": one.label,
            "cost_per_year": one.cost_per_year,
            "stock_value": one.stock_value,
            "reached_without": one.achieved_without,
            "delay_days_with": one.waiting_with,
            "delay_days_without": one.waiting_without,
            "since": one.since,
            "contracts": one.contracts,
        }
        for one in found
    ]
    schema = {
        "promise": pl.String,
        "cost_per_year": pl.Float64,
        "stock_value": pl.Float64,
        "reached_without": pl.Float64,
        "delay_days_with": pl.Float64,
        "delay_days_without": pl.Float64,
        "since": pl.Date,
        "contracts": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)
