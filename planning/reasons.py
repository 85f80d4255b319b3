"""Why each level is what it is, in one sentence, written for all items at once."""

import polars as pl

from inventory.service import Measure, Per
from optimizer.plan import StockingPlan, TargetResult
from optimizer.worth import Worth
from planning.pose import DAYS_PER_YEAR, Question

DELAY, BUDGET, NOTHING = "the cost of delay", "the budget", "nothing"

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


def levels(
    question: Question, plan: StockingPlan, worth: Worth, previous: pl.Series
) -> pl.DataFrame:
    """By item, one sentence and its figures: what pays for the level, what a piece is worth.

    Columns: reason, paid_by, last_piece_value_per_year, next_piece_value_per_year,
    piece_cost_per_year.
    """
    paying = pl.Series([*(promise(one) for one in plan.targets), None], dtype=pl.String)
    frame = pl.DataFrame(
        {
            "level": plan.reorder_point,
            "before": previous,
            "payer": paying.gather(pl.Series(worth.paying_target % len(paying))),
            "last": worth.last_piece,
            "last_delay": worth.last_delay,
            "next": worth.next_piece,
            "next_delay": worth.next_delay,
            "cost": question.items.holding_cost_per_day,
        }
    ).with_columns(
        pl.col("last", "last_delay", "next", "next_delay", "cost").fill_nan(None) * DAYS_PER_YEAR
    )
    if question.goal is not None:  # it is the budget that pays, not a price
        frame = frame.with_columns(
            pl.lit(None, pl.Float64).alias(name)
            for name in ("last", "last_delay", "next", "next_delay")
        )
    why = _bought() if question.goal is not None else _why()
    return frame.with_columns(_rule_words(question, plan)).select(
        reason=pl.concat_str(pl.concat_str(_change(), why, separator=": "), "rule"),
        paid_by=pl.lit(BUDGET) if question.goal is not None else _payer().fill_null(NOTHING),
        last_piece_value_per_year=_both("last"),
        next_piece_value_per_year=_both("next"),
        piece_cost_per_year=pl.col("cost"),
    )


def _change() -> pl.Expr:
    same = pl.col("before").is_null() | (pl.col("before") == pl.col("level"))
    return (
        pl.when(same)
        .then(pl.format("{}", "level"))
        .otherwise(pl.format("{} -> {}", "before", "level"))
    )


def _payer() -> pl.Expr:
    """Who pays for the last piece: a target, delay, or the two together, the larger first."""
    target, delay = pl.col("last").fill_null(0.0), pl.col("last_delay").fill_null(0.0)
    both = pl.col("payer").is_not_null() & (target >= 0.005)
    return (
        pl.when(both & (delay >= 0.005) & (target >= delay))
        .then(pl.format("{} and the cost of delay", "payer"))
        .when(both & (delay >= 0.005))
        .then(pl.format("the cost of delay and {}", "payer"))
        .when(delay >= 0.005)
        .then(pl.lit(DELAY))
        .when(both)
        .then("payer")
    )


def _both(piece: str) -> pl.Expr:
    """What targets pay for a piece, and what delay would cost without it."""
    return pl.col(piece).fill_null(0.0) + pl.col(f"{piece}_delay").fill_null(0.0)


def _rounded(name: str) -> pl.Expr:
    return pl.col(name).round(2)


def _why() -> pl.Expr:
    last, more = _both("last").round(2), _both("next").round(2)
    cost = _rounded("cost")
    paid = pl.format(
        "{} {} {} a year for the last piece and would pay {} for one more, which costs up to {}",
        _payer(),
        pl.when(_payer().str.contains(f" and {DELAY}|^{DELAY} and"))
        .then(pl.lit("pay"))
        .otherwise(pl.lit("pays")),
        last,
        more,
        cost,
    )
    unpaid = pl.format("nothing pays for a piece here, which costs up to {} a year", cost)
    return pl.when(_payer().is_not_null()).then(paid).otherwise(unpaid)


def _bought() -> pl.Expr:
    return pl.format(
        "as far as the budget reaches; a piece costs up to {} a year", _rounded("cost")
    )


def _rule_words(question: Question, plan: StockingPlan) -> pl.Series:
    """What to add where a rule of the house ends the range at this very level."""
    held = question.rules
    if held is None:
        return pl.repeat("", len(plan.reorder_point), eager=True).alias("rule")
    frame = pl.DataFrame(
        {
            "least": plan.reorder_point <= held.lowest,
            "most": plan.reorder_point >= held.highest,
            "said": held.reason,
        }
    )
    reason = pl.coalesce(pl.format(" ({})", "said"), pl.lit(""))
    return frame.select(
        rule=pl.when("least")
        .then(pl.format("; a rule asks for no less{}", reason))
        .when("most")
        .then(pl.format("; a rule allows no more{}", reason))
        .otherwise(pl.lit(""))
    ).to_series()
