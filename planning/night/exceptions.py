"""What a planner should look at today: how many, worth how much, and what to do first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
import polars as pl

from optimizer.plan import StockingPlan, TargetResult
from planning import tables
from planning.actions import Shelf
from planning.night import idle
from planning.pose import Question
from planning.prepare import Prepared
from planning.world import ITEM

RECENT_RECEIPTS_DAYS = 365
FEWEST_RECEIPTS = 3
DRIFT = 2.0  # standard errors, and
DRIFT_SHARE = 0.2  # of the planned lead time
FIRST_ACTIONS = {
    "shortage": "Expedite what is on order, or move a piece from a sister site.",
    "at_risk": "Order now; what is there and on its way does not last until it arrives.",
    "promise": "Tell the customer, then move or expedite a piece.",
    "excess": "Move it where it is asked for, or offer it back.",
    "dead_stock": "Offer it back or scrap it: nobody asked for two years.",
    "lead_time": "Correct the lead time, or talk to the supplier.",
    "target": "Lower the promise, or shorten the lead times it hangs on.",
    "target_if_approved": "Approve the proposals that carry it, or end the overrides against it.",
    "data": "Correct the rows at their source.",
    "outlier": "Say whether the request is meant.",
}
SCHEMA: Final[dict[str, Any]] = {
    "at": pl.Datetime("us", "UTC"),
    "kind": pl.String,
    "part_id": pl.String,
    "location_id": pl.String,
    "subject": pl.String,
    "occurrences": pl.Int64,
    "value": pl.Float64,
    "first_action": pl.String,
    "state": pl.String,
}


def find(
    ready: Prepared,
    question: Question,
    plan: StockingPlan,
    policies: pl.DataFrame,
    stock: pl.DataFrame,
    if_approved: Sequence[TargetResult],
    at_risk: pl.DataFrame,
    now: datetime,
) -> pl.DataFrame:
    """Every exception of a night, the dearest of each kind first."""
    shelf = tables.shelf(
        ready,
        question,
        plan.reorder_point,
        plan.order_quantity,
        policies["previous_reorder_point"],
        policies["replenished_per_day"].to_numpy(),
    )
    found = [
        *_short(shelf, policies),
        _promises(at_risk, policies),
        stock.filter(pl.col("action") == "return").select(
            *ITEM, "value", kind=pl.lit("excess"), subject="reason", occurrences="quantity"
        ),
        idle.dead(ready, shelf),
        idle.unplanned(ready, question),
        _drifting(ready, policies),
        _targets(plan.targets, "target"),
        _targets(
            [
                late
                for late, one in zip(if_approved, plan.targets, strict=True)
                if one.met and not late.met
            ],
            "target_if_approved",
        ),
        of_door(ready.intake.rejected, ready.intake.warnings),
    ]
    return finished(pl.concat(found, how="diagonal_relaxed"), now)


def of_door(rejected: pl.DataFrame, warnings: pl.DataFrame) -> pl.DataFrame:
    """Rejected rows and warnings, counted by table and cause."""
    both = pl.concat(
        [one.select("table", "code", "message") for one in (rejected, warnings)],
        how="vertical_relaxed",
    )
    counted = both.group_by("table", "code").agg(
        pl.len().cast(pl.Int64).alias("occurrences"), pl.col("message").first()
    )
    return counted.select(
        "occurrences",
        kind=pl.when(pl.col("code").str.contains("outlier"))
        .then(pl.lit("outlier"))
        .otherwise(pl.lit("data")),
        subject=pl.format("{} {}: {}", "table", "code", "message"),
    )


def finished(found: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The columns of the table `exceptions`, in a fixed order."""
    missing = [pl.lit(None).alias(name) for name in SCHEMA if name not in found.columns]
    rows = found.with_columns(missing).with_columns(
        at=pl.lit(now),
        state=pl.lit("open"),
        first_action=pl.col("kind").replace_strict(FIRST_ACTIONS),
    )
    typed = rows.select([pl.col(name).cast(kind) for name, kind in SCHEMA.items()])
    order = ["kind", "value", "part_id", "location_id", "subject"]
    return typed.sort(order, descending=[False, True, False, False, False], nulls_last=True)


def counted(found: pl.DataFrame) -> pl.DataFrame:
    """By kind: how many, worth how much, and what to do first."""
    return (
        found.group_by("kind")
        .agg(pl.len().alias("count"), pl.col("value").sum(), pl.col("first_action").first())
        .sort("value", "kind", descending=[True, False])
    )


def _short(shelf: Shelf, policies: pl.DataFrame) -> list[pl.DataFrame]:
    """Nothing to hand over now; and what will not last until a replenishment arrives."""
    place = pl.DataFrame({"part_id": shelf.part_id, "location_id": shelf.location_id})
    level = shelf.reorder_point + shelf.order_quantity
    asked = shelf.counted & (shelf.demand_per_day > 0) & (level > 0)
    empty = asked & (shelf.on_hand <= 0)
    mean = policies["lead_time_demand_mean"].to_numpy()
    thin = asked & ~empty & (shelf.position < mean)
    rows = []
    for kind, chosen, missing in (
        ("shortage", empty, np.maximum(1 - shelf.on_hand, 1)),
        ("at_risk", thin, np.maximum(np.ceil(mean - shelf.position), 1)),
    ):
        value = missing * shelf.unit_cost
        words = pl.format("{} free, {} in position", pl.col("free"), pl.col("position"))
        frame = place.with_columns(
            free=pl.Series(shelf.on_hand),
            position=pl.Series(shelf.position),
            value=pl.Series(value, dtype=pl.Float64),
            occurrences=pl.Series(missing.astype(np.int64)),
            kind=pl.lit(kind),
        ).filter(pl.Series(chosen))
        rows.append(frame.with_columns(subject=words).drop("free", "position"))
    return rows


def _promises(at_risk: pl.DataFrame, policies: pl.DataFrame) -> pl.DataFrame:
    lost = at_risk.group_by(ITEM).agg(occurrences=pl.col("pieces").sum())
    priced = lost.join(policies.select(*ITEM, "unit_cost"), on=ITEM, how="left")
    return priced.select(
        *ITEM,
        "occurrences",
        value=pl.col("occurrences") * pl.col("unit_cost"),
        kind=pl.lit("promise"),
        subject=pl.lit("reserved pieces that are not there any more"),
    )


def _drifting(ready: Prepared, policies: pl.DataFrame) -> pl.DataFrame:
    """Lanes whose receipts of a year take longer or shorter than planned, beyond chance."""
    since = ready.intake.as_of - timedelta(days=RECENT_RECEIPTS_DAYS)
    days = (pl.col("received_on") - pl.col("ordered_on")).dt.total_days().cast(pl.Float64)
    seen = (
        ready.intake.tables["receipts"]
        .filter(pl.col("received_on") > since)
        .group_by(ITEM)
        .agg(seen=days.mean(), spread=days.std(), occurrences=pl.len().cast(pl.Int64))
    )
    lanes = ready.world.items.select(ITEM).with_columns(
        planned=pl.Series(ready.supply.lead_times.mean_days).fill_nan(None)
    )
    both = seen.join(lanes, on=ITEM).join(
        policies.select(*ITEM, "unit_cost", "demand_per_day"), on=ITEM
    )
    off = (pl.col("seen") - pl.col("planned")).abs()
    error = pl.col("spread") / pl.col("occurrences").sqrt()
    drifting = both.filter(
        pl.col("occurrences") >= FEWEST_RECEIPTS,
        off > DRIFT * error,
        off > DRIFT_SHARE * pl.col("planned"),
    )
    return drifting.select(
        *ITEM,
        "occurrences",
        kind=pl.lit("lead_time"),
        value=off * pl.col("demand_per_day") * pl.col("unit_cost"),
        subject=pl.format(
            "{} days in {} receipts, {} planned",
            pl.col("seen").round(1),
            "occurrences",
            pl.col("planned").round(1),
        ),
    )


def _targets(results: Sequence[TargetResult], kind: str) -> pl.DataFrame:
    missed = [one for one in results if not one.met]
    return pl.DataFrame(
        {
            "kind": [kind for _ in missed],
            "location_id": [one.location_id or None for one in missed],
            "occurrences": [1 for _ in missed],
            "subject": [_missed(one) for one in missed],
        },
        schema={
            "kind": pl.String,
            "location_id": pl.String,
            "occurrences": pl.Int64,
            "subject": pl.String,
        },
    )


def _missed(one: TargetResult) -> str:
    target = one.target
    achieved = "nobody asks" if one.achieved is None else f"{one.achieved:.4g}"
    return f"{target.measure} {target.target:g} in {target.scope}: {achieved}"
