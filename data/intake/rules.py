"""What a row must hold beyond its cells. One rule, one line, one code.

A `Rule` rejects its rows, a `Caution` lets them in with a word to the planner. Expressions speak
of typed columns; where one is null (blank) the rule does not hold.
"""

from dataclasses import dataclass

import polars as pl

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


_col = pl.col
_SHARES = pl.col("measure") != "waiting_days"

RULES: tuple[Rule, ...] = (
    Caution("cost.zero", "parts", "unit_cost", _col("unit_cost") == 0, "a part that costs nothing is not planned; give its price."),
    Caution("minimum_order_quantity.rounded_up", "parts", "minimum_order_quantity", _col("minimum_order_quantity") % _col("order_multiple") != 0, pl.format("it is no multiple of order_multiple {}; {} is used.", _col("order_multiple"), ((_col("minimum_order_quantity") + _col("order_multiple") - 1) // _col("order_multiple")) * _col("order_multiple"))),
    Rule("lead_time.placeholder", "lead_times", "lead_time_days", _col("lead_time_days") >= 3650, "ten years and more stand for “unknown”; leave it blank then."),
    Caution("lead_time.zero", "lead_times", "lead_time_days", (_col("lead_time_days") == 0) & (_col("lead_time_sd_days").fill_null(0) == 0), "an instant supplier; blank would mean unknown."),
    Caution("lead_time.sd_large", "lead_times", "lead_time_sd_days", (_col("lead_time_days") > 0) & (_col("lead_time_sd_days") > 3 * _col("lead_time_days")), "it is more than three times the lead time; used as it stands."),
    Caution("lead_time.missing", "lead_times", "lead_time_days", _col("lead_time_days").is_null(), "the lead time is unknown: the item is not planned and nothing is promised from it."),
    Caution("demand.return", "demand", "quantity", _col("quantity") < 0, "taken as a return: kept apart, no demand."),
    Caution("stock.below_reserved", "stock", "on_hand", _col("on_hand") < _col("reserved"), "less is on hand than reserved; nothing is free, and the promises beyond are at risk."),
    Rule("rate.looks_like_percent", "service_targets", "target", _SHARES & (_col("target") > 1) & (_col("target") <= 100), pl.format("shares are 0..1; did you mean {}?", (_col("target") / 100).round_sig_figs(12).cast(pl.String))),
    Rule("number.above_max", "service_targets", "target", _SHARES & (_col("target") > 100), "shares are 0..1."),
    Rule("value.missing", "service_targets", "within_days", (_col("measure") == "response_share") & _col("within_days").is_null(), "response_share needs the days within which to respond."),
    Rule("value.not_allowed", "service_targets", "within_days", (_col("measure") != "response_share") & _col("within_days").is_not_null(), "only response_share has within_days; leave it blank."),
    Rule("date.range_reversed", "contracts", "valid_to", _col("valid_to") < _col("valid_from"), pl.format("it ends before it begins on {}.", _col("valid_from").cast(pl.String))),
    Rule("date.range_reversed", "demand_changes", "valid_to", _col("valid_to") < _col("valid_from"), pl.format("it ends before it begins on {}.", _col("valid_from").cast(pl.String))),
    Rule("date.range_reversed", "installed_base", "valid_to", _col("valid_to") < _col("valid_from"), pl.format("it ends before it begins on {}.", _col("valid_from").cast(pl.String))),
    Rule("date.range_reversed", "receipts", "received_on", _col("received_on") < _col("ordered_on"), pl.format("received before it was ordered on {}.", _col("ordered_on").cast(pl.String))),
    Rule("value.not_allowed", "item_rules", "maximum_level", _col("maximum_level") < _col("minimum_level"), pl.format("it is below minimum_level {}.", _col("minimum_level"))),
    Rule("value.missing", "demand_changes", "factor", _col("factor").is_null() & _col("pieces").is_null(), "give a factor or pieces."),
    Rule("number.below_min", "exchange_rates", "rate", _col("rate") <= 0, "a rate is above 0."),
    Rule("ref.cycle", "substitutes", "substitute_id", _col("substitute_id") == _col("part_id"), "a part is no substitute for itself."),
)  # fmt: skip


def obey(draft: Draft, quarantine: Quarantine) -> None:
    """Hold every rule of the draft's table against its rows."""
    rules = [rule for rule in RULES if rule.table == draft.table.name]
    if not rules or not len(draft):
        return
    masks = draft.frame.select(
        rule.bad.fill_null(False).alias(str(i)) for i, rule in enumerate(rules)
    )
    findings = [
        (rule, Finding(rule.code, rule.column, mask, _expr(rule.remedy)))
        for rule, mask in zip(rules, masks.get_columns(), strict=True)
        if mask.any()
    ]
    quarantine.reject(draft, *(found for rule, found in findings if not isinstance(rule, Caution)))
    for rule, found in findings:
        if isinstance(rule, Caution):
            quarantine.warn(draft, found)


def _expr(remedy: str | pl.Expr) -> pl.Expr:
    return pl.lit(remedy) if isinstance(remedy, str) else remedy
