"""The question to the optimizer: planned items as columns, and the promises as targets."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from data.intake.accepted import Tables, coded
from inventory.demand import Demand, Floats, Ints
from inventory.echelons import Repairs
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer.problem import BestService, Fleet, Items, ScopeWords
from planning import delay_costs, fleets, rules
from planning.rules import FAR, Rules
from planning.supply import Supply
from planning.world import ITEM, World

DAYS_PER_YEAR = 365
_SCOPE = ("tier", "location_id", "criticality", "customer_class")


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """Planned items and targets; row k of `items` is row `rows[k]` of the world."""

    rows: Ints
    items: Items
    targets: tuple[ServiceTarget, ...]  # that the plan must keep
    rules: Rules | None = None
    reported: tuple[ServiceTarget, ...] = ()  # all that were promised, where some do not bind
    goal: BestService | None = None  # None: least cost


def pose(world: World, tables: Tables, demand: Demand, supply: Supply, as_of: date) -> Question:
    """The question about every item whose lead time is known."""
    rows = np.flatnonzero(supply.known)
    place = world.items[rows].select(ITEM)
    promised = targets(tables["service_targets"])
    rule = rules.of(place, tables, as_of)
    tier, tiers = _codes(world.of_locations("tier").fill_null("")[rows])
    criticality, criticalities = _codes(world.of_parts("criticality")[rows])
    unit_cost = world.numbers("unit_cost")[rows]
    shares = _class_shares(world, tables, rows)
    items = Items(
        demand=demand.take(rows),
        lead_times=supply.lead_times.take(rows),
        unit_cost=unit_cost,
        holding_cost_per_day=unit_cost * world.numbers("holding_rate")[rows] / DAYS_PER_YEAR,
        ordering_cost=world.numbers("ordering_cost")[rows],
        order_multiple=_whole(world, "order_multiple")[rows],
        minimum_order_quantity=_whole(world, "minimum_order_quantity")[rows],
        part=_codes_of(world, "part")[rows],
        location=_codes_of(world, "location")[rows],
        tier=tier,
        criticality=criticality,
        words=ScopeWords(tiers, tuple(world.locations["location_id"]), criticalities),
        class_share=shares,
        delay_cost_per_day=delay_costs.of(world, tables["delay_costs"], shares, rows),
        lowest_reorder_point=rule.lowest if np.any(rule.lowest > -FAR) else None,
        highest_reorder_point=rule.highest if np.any(rule.highest < FAR) else None,
        parent=_parents(world, supply)[rows],
        repairs=_repairs(world, rows),
        fleets=_fleets(world, tables, promised, as_of, rows),
    )
    return Question(rows, items, promised, rule)


def targets(service_targets: pl.DataFrame) -> tuple[ServiceTarget, ...]:
    """The promises as objects, in canonical order; the same promise twice is one."""
    columns = ("measure", "target", "within_days", "per", *_SCOPE)
    found = service_targets.select(columns).unique().sort(columns).rows(named=True)
    return tuple(
        ServiceTarget(
            Measure(row["measure"]),
            row["target"],
            Scope(*(row[word] or "" for word in _SCOPE)),
            Per(row["per"] or ""),
            row["within_days"],
        )
        for row in found
    )


def _codes(words: pl.Series) -> tuple[Ints, tuple[str, ...]]:
    """Each word as its place among the sorted distinct words."""
    distinct = words.unique().sort()
    code = words.replace_strict(distinct, pl.int_range(len(distinct), eager=True))
    return code.cast(pl.Int64).to_numpy(), tuple(distinct)


def _codes_of(world: World, column: str) -> Ints:
    return np.asarray(world.items[column].to_numpy(), dtype=np.int64)


def _parents(world: World, supply: Supply) -> Ints:
    """The location that replenishes each item of the world; −1: a supplier."""
    above = supply.parent_item
    return np.where(above >= 0, _codes_of(world, "location")[above], -1)


def _repairs(world: World, rows: Ints) -> Repairs | None:
    """What comes back and is repaired; None where nothing is.

    A part whose repair time nobody knows is bought anew each time.
    """
    known = world.of_parts("repair_time_days").is_not_null().to_numpy()[rows]
    share = np.where(known, _filled(world, "repairable_share")[rows], 0.0)
    if not np.any(share > 0):
        return None
    local = _filled(world, "local_repair_share")[rows]
    return Repairs(share, local, _filled(world, "repair_time_days")[rows])


def _fleets(
    world: World, tables: Tables, promised: tuple[ServiceTarget, ...], as_of: date, rows: Ints
) -> dict[str, Fleet]:
    """Machines by type, where availability is promised."""
    if not any(one.measure is Measure.AVAILABILITY for one in promised):
        return {}
    return fleets.of(world, tables["installed_base"], as_of, rows)


def _filled(world: World, column: str) -> Floats:
    return np.asarray(world.of_parts(column).fill_null(0.0).cast(pl.Float64).to_numpy())


def _whole(world: World, column: str) -> Ints:
    return np.asarray(world.of_parts(column).cast(pl.Int64).to_numpy(), dtype=np.int64)


def _class_shares(world: World, tables: Tables, rows: Ints) -> dict[str, Floats]:
    """By customer class that a target or a delay cost names: its share of each item's pieces."""
    columns = (tables[name]["customer_class"] for name in ("service_targets", "delay_costs"))
    named = pl.concat(columns).drop_nulls().unique().sort()
    return class_shares(world, coded(tables, "demand"), named, rows)


def class_shares(
    world: World, demand: pl.DataFrame, named: pl.Series, rows: Ints
) -> dict[str, Floats]:
    """By customer class: its share of the pieces asked for, of some items of the world."""
    if named.is_empty():
        return {}
    asked = world.rows(demand.filter(pl.col("quantity") > 0))
    item, pieces = asked["item"].to_numpy(), asked["quantity"].to_numpy().astype(np.float64)
    total = np.bincount(item, pieces, len(world.items))
    shares = {}
    for word in named:
        of_class = np.asarray((asked["customer_class"] == word).fill_null(False).to_numpy())
        part = np.bincount(item[of_class], pieces[of_class], len(world.items))
        shares[word] = np.divide(part, total, out=np.zeros(len(total)), where=total > 0)[rows]
    return shares
