"""What a plan rests on, kept beside it, so that a later plan can say what has changed and why.

One row per item, in words instead of codes; demand stands in `forecasts`, prices in `targets`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer.plan import StockingPlan, TargetResult
from optimizer.problem import Items
from planning.pose import DAYS_PER_YEAR, Question
from planning.rules import FAR
from planning.world import ITEM, World

NUMBERS = (
    "unit_cost",
    "holding_cost_per_day",
    "ordering_cost",
    "order_multiple",
    "minimum_order_quantity",
)
LEAD = ("mean_days", "variance_days", "review_period_days")
REPAIR = ("repairable_share", "local_repair_share", "repair_time_days")
SHARE, MACHINES, CARRIED = "share of ", "machines of ", "carried by "  # columns by name
TARGET = (
    "measure", "target", "within_days", "per", "tier", "location_id", "criticality",
    "customer_class",
)  # fmt: skip


def basis_of(world: World, question: Question, plan: StockingPlan) -> pl.DataFrame:
    """Everything but demand that the plan of these items rests on, and its levels."""
    items = question.items
    at = pl.Series([*items.words.location_ids, None], dtype=pl.String)
    above = np.full(len(items), -1) if items.parent is None else items.parent
    columns = {
        "parent_id": at.gather(pl.Series(above % len(at))),
        "tier": pl.Series(items.words.tiers).gather(pl.Series(items.tier)),
        "criticality": pl.Series(items.words.criticalities).gather(pl.Series(items.criticality)),
        **{name: getattr(items, name) for name in NUMBERS},
        **{name: getattr(items.lead_times, name) for name in LEAD},
        **_rest(items),
        "reorder_point": plan.reorder_point,
    }
    return world.items[question.rows].select(ITEM).with_columns(**_series(columns))


def _rest(items: Items) -> dict[str, Floats | Ints]:
    """What not every company has."""
    none, far = np.zeros(len(items)), np.full(len(items), FAR)
    delay, low, high = (
        items.delay_cost_per_day,
        items.lowest_reorder_point,
        items.highest_reorder_point,
    )
    return {
        "delay_cost_per_day": none if delay is None else delay,
        "lowest_reorder_point": -far if low is None else low,
        "highest_reorder_point": far if high is None else high,
        **{
            name: none if items.repairs is None else getattr(items.repairs, name) for name in REPAIR
        },
        **{SHARE + name: share for name, share in items.class_share.items()},
        **{MACHINES + name: fleet.machines for name, fleet in items.fleets.items()},
        **{CARRIED + name: fleet.per_machine for name, fleet in items.fleets.items()},
    }


def _series(columns: Mapping[str, pl.Series | Floats | Ints]) -> dict[str, pl.Series]:
    return {name: pl.Series(name, values) for name, values in columns.items()}


def targets_of(results: Sequence[TargetResult]) -> pl.DataFrame:
    """The table `targets`: every promise, where it holds, what it reaches and what it costs."""
    rows = [
        {
            "measure": str(one.target.measure),
            "target": one.target.target,
            "within_days": one.target.within_days,
            "per": str(one.target.per) or None,
            **_words(one.target.scope),
            "at": one.location_id or None,
            "machine_type": one.machine_type or None,
            "achieved": one.achieved,
            "reachable": one.reachable,
            "met": one.met,
            "price_per_year": one.price_per_day * DAYS_PER_YEAR,
            "price_per_day": one.price_per_day,
        }
        for one in results
    ]
    return pl.DataFrame(rows, schema=TARGETS_SCHEMA, orient="row")


TARGETS_SCHEMA = {
    **{name: pl.Float64 if name in ("target", "within_days") else pl.String for name in TARGET},
    "at": pl.String,
    "machine_type": pl.String,
    "achieved": pl.Float64,
    "reachable": pl.Float64,
    "met": pl.Boolean,
    "price_per_year": pl.Float64,
    "price_per_day": pl.Float64,
}


def _words(scope: Scope) -> dict[str, str | None]:
    names = ("tier", "location_id", "criticality", "customer_class")
    return {name: getattr(scope, name) or None for name in names}


def results_in(table: pl.DataFrame) -> tuple[TargetResult, ...]:
    """The promises of the table `targets`, with their prices."""
    found = []
    for row in table.rows(named=True):
        scope = Scope(*(row[name] or "" for name in TARGET[4:]))
        target = ServiceTarget(
            Measure(row["measure"]), row["target"], scope, Per(row["per"] or ""), row["within_days"]
        )
        found.append(
            TargetResult(
                target, row["at"] or "", -1, row["achieved"], row["price_per_day"],
                row["reachable"], row["met"], row["machine_type"] or "",
            )
        )  # fmt: skip
    return tuple(found)
