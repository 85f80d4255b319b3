"""What a row must hold beyond its cells. One rule, one entry, one code.

A `Rule` rejects its rows, a `Caution` lets them in with a word to the planner. Expressions speak
of typed columns; where one is null (blank) the rule does not hold.
"""

from dataclasses import dataclass

import polars as pl
from polars import col

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """Rows of `table` where `bad` is true are rejected."""

    code: str
    table: str
    column: str
    bad: pl.Expr
    remedy: str | pl.Expr


class Caution(Rule):
    """Rows of `table` where `bad` is true are taken in with a warning."""


_multiple = col("order_multiple")
_uneven = (col("minimum_order_quantity") > _multiple) & (
    col("minimum_order_quantity") % _multiple != 0
)
_rounded = -(-col("minimum_order_quantity") // _multiple) * _multiple
_rounded_up = pl.format("it is no multiple of order_multiple {}; {} is used.", _multiple, _rounded)
_instant = (col("lead_time_days") == 0) & (col("lead_time_sd_days").fill_null(0) == 0)
_wide = (col("lead_time_days") > 0) & (col("lead_time_sd_days") > 3 * col("lead_time_days"))
_share = col("measure") != "waiting_days"
_percent = _share & (col("target") > 1) & (col("target") <= 100)
_as_share = (col("target") / 100).round_sig_figs(12).cast(pl.String)
_did_you_mean = pl.format("shares are 0..1; did you mean {}?", _as_share)
_responds = col("measure") == "response_share"
_within = col("within_days")
_reversed = col("valid_to") < col("valid_from")
_begins = pl.format("it ends before it begins on {}.", col("valid_from").cast(pl.String))
_ordered = pl.format("received before it was ordered on {}.", col("ordered_on").cast(pl.String))
_below = pl.format("it is below minimum_level {}.", col("minimum_level"))
_no_change = col("factor").is_null() & col("pieces").is_null()
_FREE = "nothing is planned for it; give its price."
_TEN_YEARS = "ten years and more stand for “unknown”; leave it blank then."
_NOT_PLANNED = "unknown: the item is not planned and nothing is promised from it."
_SHORT = "less than is reserved: nothing is free, the promises beyond are at risk."

RULES: tuple[Rule, ...] = (
    Caution("cost.zero", "parts", "unit_cost", col("unit_cost") == 0, _FREE),
    Caution(
        "minimum_order_quantity.rounded_up",
        "parts",
        "minimum_order_quantity",
        _uneven,
        _rounded_up,
    ),
    Rule(
        "lead_time.placeholder",
        "lead_times",
        "lead_time_days",
        col("lead_time_days") >= 3650,
        _TEN_YEARS,
    ),
    Caution("lead_time.zero", "lead_times", "lead_time_days", _instant, "an instant supplier."),
    Caution("lead_time.sd_large", "lead_times", "lead_time_sd_days", _wide, "used as it stands."),
    Caution(
        "lead_time.missing",
        "lead_times",
        "lead_time_days",
        col("lead_time_days").is_null(),
        _NOT_PLANNED,
    ),
    Caution("demand.return", "demand", "quantity", col("quantity") < 0, "kept as a return."),
    Caution("stock.below_reserved", "stock", "on_hand", col("on_hand") < col("reserved"), _SHORT),
    Rule("rate.looks_like_percent", "service_targets", "target", _percent, _did_you_mean),
    Rule(
        "number.above_max",
        "service_targets",
        "target",
        _share & (col("target") > 100),
        "at most 1.",
    ),
    Rule(
        "value.missing",
        "service_targets",
        "within_days",
        _responds & _within.is_null(),
        "response_share needs the days to respond within.",
    ),
    Rule(
        "value.not_allowed",
        "service_targets",
        "within_days",
        ~_responds & _within.is_not_null(),
        "only response_share has it; leave it blank.",
    ),
    Rule("date.range_reversed", "contracts", "valid_to", _reversed, _begins),
    Rule("date.range_reversed", "demand_changes", "valid_to", _reversed, _begins),
    Rule("date.range_reversed", "installed_base", "valid_to", _reversed, _begins),
    Rule(
        "date.range_reversed",
        "receipts",
        "received_on",
        col("received_on") < col("ordered_on"),
        _ordered,
    ),
    Rule(
        "value.not_allowed",
        "item_rules",
        "maximum_level",
        col("maximum_level") < col("minimum_level"),
        _below,
    ),
    Rule("value.missing", "demand_changes", "factor", _no_change, "give a factor or pieces."),
    Rule("number.below_min", "exchange_rates", "rate", col("rate") <= 0, "a rate is above 0."),
    Rule(
        "substitute.itself",
        "substitutes",
        "substitute_id",
        col("substitute_id") == col("part_id"),
        "name another part.",
    ),
)


def obey(draft: Draft, quarantine: Quarantine) -> None:
    """Hold every rule of the draft's table against its rows."""
    rules = [rule for rule in RULES if rule.table == draft.table.name]
    if not rules or not len(draft):
        return
    verdicts = (rule.bad.alias(str(place)) for place, rule in enumerate(rules))
    # Only what the rules speak of: polars lays the pieces of all columns it is handed edge to edge.
    spoken_of = sorted({name for rule in rules for name in rule.bad.meta.root_names()})
    masks = pl.DataFrame([draft.frame[name] for name in spoken_of]).select(verdicts).get_columns()
    found = [pair for pair in zip(rules, masks, strict=True) if pair[1].any()]
    rejections = [_finding(*pair) for pair in found if not isinstance(pair[0], Caution)]
    quarantine.reject(draft, *rejections)
    for rule, rows in found:
        if isinstance(rule, Caution):
            quarantine.warn(draft, _finding(rule, rows))


def _finding(rule: Rule, rows: pl.Series) -> Finding:
    remedy = pl.lit(rule.remedy) if isinstance(rule.remedy, str) else rule.remedy
    return Finding(rule.code, rule.column, rows, remedy)
