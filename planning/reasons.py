"""Why each level is what it is, in one sentence, written for all items at once."""

import numpy as np
import polars as pl

from inventory.service import Measure, Per
from optimizer.plan import StockingPlan, TargetResult
from planning.pose import DAYS_PER_YEAR, Question

_WORDS = {
    Measure.FILL_RATE: "fill rate",
    Measure.LINE_FILL_RATE: "line fill rate",
    Measure.VALUE_FILL_RATE: "value-weighted fill rate",
    Measure.READY_RATE: "ready rate",
    Measure.WAITING_DAYS: "waiting",
    Measure.RESPONSE_SHARE: "response",
    Measure.AVAILABILITY: "availability",
}


def promise(result: TargetResult) -> str:
    """A target as a planner says it: `fill rate 95 % in tier A`."""
    target = result.target
    share = target.measure.is_share
    asked = f"{100 * target.target:.10g} %" if share else f"{target.target:g} days"
    within = f" within {target.within_days:g} days" if target.within_days is not None else ""
    each = " for each item" if target.per is Per.ITEM else ""
    return f"{_WORDS[target.measure]} {asked}{within} in {scope(result)}{each}"


def scope(result: TargetResult) -> str:
    """The items of a target in words, with the location where it holds for each."""
    words = str(result.target.scope)
    if not result.location_id or result.target.scope.location_id:
        return words
    return result.location_id if words == "all" else f"{words}, {result.location_id}"


def levels(question: Question, plan: StockingPlan, previous: pl.Series) -> pl.Series:
    """One sentence per item: what pays for the level, and what one piece more would bring."""
    items = question.items
    paying = pl.Series([*(promise(one) for one in plan.targets), None], dtype=pl.String)
    cost = items.holding_cost_per_day * DAYS_PER_YEAR
    frame = pl.DataFrame(
        {
            "level": plan.reorder_point,
            "before": previous,
            "payer": paying.gather(pl.Series(plan.paying_target % len(paying))),
            "last": _money(plan.last_piece_value_per_day * DAYS_PER_YEAR),
            "next": _money(plan.next_piece_value_per_day * DAYS_PER_YEAR),
            "cost": _money(cost),
        }
    )
    return frame.select(reason=pl.concat_str(_change(), _why(), separator=": ")).to_series()


def _money(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> pl.Series:
    """Amounts rounded for reading; null where there is none."""
    return pl.Series(np.round(values, 2)).fill_nan(None)


def _change() -> pl.Expr:
    same = pl.col("before").is_null() | (pl.col("before") == pl.col("level"))
    return (
        pl.when(same)
        .then(pl.format("{}", "level"))
        .otherwise(pl.format("{} -> {}", "before", "level"))
    )


def _why() -> pl.Expr:
    paid = pl.format(
        "{} pays {} a year for the last piece and would pay {} for one more, which costs up to {}",
        "payer",
        pl.col("last").fill_null(0.0),
        pl.col("next").fill_null(0.0),
        "cost",
    )
    unpaid = pl.format("no target pays for a piece here, which costs up to {} a year", "cost")
    return pl.when(pl.col("payer").is_not_null()).then(paid).otherwise(unpaid)
