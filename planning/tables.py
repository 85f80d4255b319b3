"""From what was taken in to the columns that outputs need: levels today, shelves, forecasts."""

import numpy as np
import polars as pl

from data.intake.accepted import coded
from inventory.demand import Floats, Ints
from optimizer.evaluate import Delivered
from planning import rules, succession, unplanned_stock
from planning.actions import Shelf
from planning.expectation import Expectation
from planning.pose import Question
from planning.prepare import Prepared
from planning.world import ITEM, World, places

_COUNTS = ("on_hand", "reserved", "on_order", "backorders")


def previous_levels(ready: Prepared, rows: Ints) -> pl.Series:
    """Today's reorder point of each of `rows` of the world; null where none is known."""
    today = ready.intake.tables["current_policies"].select(*ITEM, pl.col("reorder_point"))
    found = _by_item(ready.world, today, rows)["reorder_point"]
    return found.cast(pl.Int64).alias("previous_reorder_point")


def _by_item(world: World, table: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    """The row of `table` for each of `rows` of the world; nulls where there is none."""
    wanted = pl.DataFrame({"item": rows})
    return wanted.join(world.rows(table), on="item", how="left", maintain_order="left")


def shelf(
    ready: Prepared,
    question: Question,
    reorder_point: Ints,
    order_quantity: Ints,
    previous: pl.Series,
    replenished_per_day: Floats,
) -> Shelf:
    """What every planned item has, needs and costs on the day of the question."""
    place = ready.world.items[question.rows]
    latest = _latest(ready)
    counts = _by_item(ready.world, latest, question.rows)
    have = {name: counts[name].fill_null(0).cast(pl.Int64).to_numpy() for name in _COUNTS}
    free = have["on_hand"] - have["reserved"]
    old = succession.left_over(latest, ready.world.heirs, place)
    counted = counts["on_hand"].is_not_null().to_numpy() | old.inherits
    return Shelf(
        part=question.items.part,
        part_id=place["part_id"],
        location_id=place["location_id"],
        source=ready.supply.source.gather(question.rows),
        unit_cost=question.items.unit_cost,
        demand_per_day=question.items.demand.demand_per_day,
        replenished_per_day=replenished_per_day,
        on_hand=free,
        position=free + have["on_order"] - have["backorders"] + old.position,
        reorder_point=reorder_point,
        order_quantity=order_quantity,
        previous_reorder_point=previous,
        counted=counted & ~old.handed_on,
    )


def _latest(ready: Prepared) -> pl.DataFrame:
    """The latest count of each item; what is on order from open orders where stock is silent."""
    tables = ready.intake.tables
    stock, parts, locations = coded(tables, "stock"), tables["parts"], tables["locations"]
    part = places(stock["part_id"], parts["part_id"])
    place = part * len(locations) + places(stock["location_id"], locations["location_id"])
    counted = stock.select("as_of", place=place, row=pl.int_range(pl.len()))
    last = counted.sort("place", "as_of").group_by("place", maintain_order=True).last()["row"]
    orders = tables["open_orders"].group_by(ITEM).agg(open=pl.col("quantity").sum())
    joined = stock[last].cast({pl.Enum: pl.String}).join(orders, on=ITEM, how="left")
    return joined.with_columns(on_order=pl.coalesce("on_order", "open"))


def with_those_below(ready: Prepared, question: Question, achieved: Delivered) -> Delivered:
    """What levels deliver, with what other locations ask of each item.

    Items that are planned one by one serve those below them all the same.
    """
    if np.any(achieved.replenished_per_day):
        return achieved
    below = ready.supply.asked_from_below(ready.expectation.demand.demand_per_day)
    return achieved._replace(replenished_per_day=below[question.rows])


def forecasts(world: World, expected: Expectation) -> pl.DataFrame:
    """The table `forecasts`: every item's demand in the columns that come in, with the reason."""
    demand = expected.demand
    mean = demand.sizes.mean()
    columns = {
        "demand_per_day": demand.demand_per_day,
        "demand_variance_per_day": demand.demand_variance_per_day,
        "rate_variance": demand.rate_variance,
        "mean_request_size": mean,
        "request_size_variance": np.maximum(demand.sizes.second_moment() - mean**2, 0.0),
    }
    place = world.items.select(ITEM)
    numbers = place.with_columns(pl.Series(name, values) for name, values in columns.items())
    return pl.concat([numbers, expected.words], how="horizontal")


def warnings(ready: Prepared, question: Question) -> pl.DataFrame:
    """What a planner should know of the question itself."""
    place = ready.world.items[question.rows].select(ITEM)
    found = [unplanned(ready), _unrepaired(ready), not_counted(ready, question)]
    if question.rules is not None:
        found.append(rules.contradictions(place, question.rules))
    return pl.concat(found, how="diagonal_relaxed")


def not_counted(ready: Prepared, question: Question) -> pl.DataFrame:
    """A warning that stock lies where nothing is planned, if it does."""
    lies = unplanned_stock.lying(ready, question.rows)
    return unplanned_stock.warning(lies, ready.world.currency)


def _unrepaired(ready: Prepared) -> pl.DataFrame:
    """A warning for every part that comes back and whose repair time nobody knows."""
    unknown = pl.col("repair_time_days").is_null() & (pl.col("repairable_share") > 0)
    return ready.world.parts.filter(unknown).select(
        code=pl.lit("repair_time.unknown"),
        table=pl.lit("parts"),
        column=pl.lit("repair_time_days"),
        part_id="part_id",
        message=pl.format(
            "{} comes back for repair, but no repair time is known: it is planned as if every "
            "piece were bought anew; add repair_time_days.",
            "part_id",
        ),
    )


def unplanned(ready: Prepared) -> pl.DataFrame:
    """A warning for every item whose lead time nobody knows: it is not planned."""
    rows = np.flatnonzero(~ready.supply.known)
    return ready.world.items[rows].select(
        code=pl.lit("lead_time.unknown"),
        table=pl.lit("lead_times"),
        column=pl.lit("lead_time_days"),
        part_id="part_id",
        location_id="location_id",
        message=pl.format(
            "No lead time is known for {} at {} or on its way there, so it is not planned and "
            "nothing is promised from it; add a row to lead_times.",
            "part_id",
            "location_id",
        ),
    )
