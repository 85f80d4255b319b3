"""The question to the optimizer: planned items as columns, and the promises as targets."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from inventory.demand import Demand, Floats, Ints
from inventory.lead_time import LeadTimes
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer.problem import Items, ScopeWords
from planning.world import ITEM, Tables, World

DAYS_PER_YEAR = 365
_SCOPE = ("tier", "location_id", "criticality", "customer_class")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Planned items and targets; row k of `items` is row `rows[k]` of the world."""

    rows: Ints
    items: Items
    targets: tuple[ServiceTarget, ...]


def pose(
    world: World, tables: Tables, demand: Demand, lead_times: LeadTimes, rows: Ints
) -> Question:
    """The question about the items at `rows` of the world, those whose lead time is known."""
    tier, tiers = _codes(world.of_locations("tier").fill_null("")[rows])
    criticality, criticalities = _codes(world.of_parts("criticality")[rows])
    unit_cost = world.numbers("unit_cost")[rows]
    place = {"part": world.items["part"], "location": world.items["location"]}
    items = Items(
        demand=demand.take(rows),
        lead_times=lead_times.take(rows),
        unit_cost=unit_cost,
        holding_cost_per_day=unit_cost * world.numbers("holding_rate")[rows] / DAYS_PER_YEAR,
        ordering_cost=world.numbers("ordering_cost")[rows],
        order_multiple=_whole(world, "order_multiple")[rows],
        minimum_order_quantity=_whole(world, "minimum_order_quantity")[rows],
        part=place["part"].to_numpy()[rows],
        location=place["location"].to_numpy()[rows],
        tier=tier,
        criticality=criticality,
        words=ScopeWords(tiers, tuple(world.locations["location_id"]), criticalities),
        class_share=_class_shares(world, tables, rows),
        delay_cost_per_day=_delay_costs(world, tables["delay_costs"], rows),
    )
    return Question(rows, items, targets(tables["service_targets"]))


def targets(service_targets: pl.DataFrame) -> tuple[ServiceTarget, ...]:
    """The promises as objects, in canonical order; the same promise twice is one."""
    columns = ("measure", "target", "within_days", "per", *_SCOPE)
    rows = service_targets.select(columns).unique().sort(columns).rows(named=True)
    return tuple(
        ServiceTarget(
            Measure(row["measure"]),
            row["target"],
            Scope(*(row[word] or "" for word in _SCOPE)),
            Per(row["per"] or ""),
            row["within_days"],
        )
        for row in rows
    )


def _codes(words: pl.Series) -> tuple[Ints, tuple[str, ...]]:
    """Each word as its place among the sorted distinct words."""
    distinct = words.unique().sort()
    code = words.replace_strict(distinct, pl.int_range(len(distinct), eager=True))
    return code.cast(pl.Int64).to_numpy(), tuple(distinct)


def _whole(world: World, column: str) -> Ints:
    return np.asarray(world.of_parts(column).cast(pl.Int64).to_numpy(), dtype=np.int64)


def _class_shares(world: World, tables: Tables, rows: Ints) -> dict[str, Floats]:
    """By customer class that a target names: its share of each item's recorded pieces."""
    named = tables["service_targets"]["customer_class"].drop_nulls().unique().sort()
    if named.is_empty():
        return {}
    asked = world.rows(tables["demand"].filter(pl.col("quantity") > 0))
    item, pieces = asked["item"].to_numpy(), asked["quantity"].to_numpy().astype(np.float64)
    total = np.bincount(item, pieces, len(world.items))
    shares = {}
    for word in named:
        of_class = np.asarray((asked["customer_class"] == word).fill_null(False).to_numpy())
        part = np.bincount(item[of_class], pieces[of_class], len(world.items))
        shares[word] = np.divide(part, total, out=np.zeros(len(total)), where=total > 0)[rows]
    return shares


def _delay_costs(world: World, delay_costs: pl.DataFrame, rows: Ints) -> Floats | None:
    """Money per waiting piece and day; of the rows that fit an item the most specific counts."""
    if delay_costs.is_empty():
        return None
    scoped = (
        world.items[rows]
        .select(ITEM)
        .with_columns(
            tier=world.of_locations("tier")[rows], criticality=world.of_parts("criticality")[rows]
        )
    )
    price = np.zeros(len(rows))
    words = ["location_id", "criticality", "tier"]
    ranked = delay_costs.filter(pl.col("customer_class").is_null()).with_columns(
        named=pl.sum_horizontal(pl.col(word).is_not_null() for word in words)
    )
    for row in ranked.sort("named", *words).rows(named=True):  # later rows are more specific
        fits = np.ones(len(rows), dtype=bool)
        for word in words:
            if row[word] is not None:
                fits &= (scoped[word] == row[word]).fill_null(False).to_numpy()
        price[fits] = row["cost_per_piece_and_day"]
    return price
