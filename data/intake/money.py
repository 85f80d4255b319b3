"""Money in one currency: prices are converted at the door, or their rows stay outside."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import polars as pl

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine
from data.intake.settings import IntakeSettings

RATES = "exchange_rates"
AMOUNTS = {
    "parts": ("unit_cost", "ordering_cost"),
    "delay_costs": ("cost_per_piece_and_day",),
    "budgets": ("budget",),
}


class Money(NamedTuple):
    """The currency that is reported in, and what one unit of each currency is worth in it."""

    reporting: str  # blank where no price names a currency
    rates: Mapping[str, float]


def money_of(
    drafts: Mapping[str, Draft], as_of: date, settings: IntakeSettings, quarantine: Quarantine
) -> Money:
    """The reporting currency, and the latest rates on or before `as_of`."""
    reporting = settings.currency or _usual(drafts, quarantine)
    return Money(reporting, _rates(drafts.get(RATES), as_of) | {reporting: 1.0})


def to_one_currency(draft: Draft, money: Money, quarantine: Quarantine) -> None:
    """Convert the amounts of a table; rows in a currency without a rate are rejected."""
    if money.reporting:
        _convert(draft, AMOUNTS[draft.table.name], money.reporting, money.rates, quarantine)


def _usual(drafts: Mapping[str, Draft], quarantine: Quarantine) -> str:
    """The currency that most parts are priced in; blank where none is named."""
    if (parts := drafts.get("parts")) is None:
        return ""
    used = parts.column("currency").drop_nulls()
    if not len(used):
        return ""
    counts = used.value_counts().sort("count", "currency", descending=[True, False])
    usual = str(counts["currency"][0])
    if len(counts) > 1:
        text = (
            f"Prices stand in {', '.join(counts['currency'].sort().head(5))}; {usual}, the most "
            f'frequent, is reported in. State it: currency = "{usual}".'
        )
        quarantine.note("currency.assumed", "parts", "currency", text, value=usual)
    return usual


def _rates(draft: Draft | None, as_of: date) -> dict[str, float]:
    if draft is None:
        return {}
    known = draft.accepted().filter(pl.col("date") <= as_of).sort("currency", "date")
    last = known.group_by("currency", maintain_order=True).last()
    return dict(zip(last["currency"], last["rate"], strict=True))


def _convert(
    draft: Draft,
    amounts: tuple[str, ...],
    reporting: str,
    rates: Mapping[str, float],
    quarantine: Quarantine,
) -> None:
    named = draft.frame["currency"].fill_null(reporting)
    foreign = named != reporting
    if not foreign.any():
        return
    rate = named.replace_strict(rates, default=None, return_dtype=pl.Float64)
    remedy = pl.lit(f"no exchange rate to {reporting}; add one to exchange_rates.")
    quarantine.reject(draft, Finding("currency.no_rate", "currency", rate.is_null(), remedy))
    draft.frame = draft.frame.with_columns(
        *(pl.col(name) * rate for name in amounts), pl.lit(reporting).alias("currency")
    )
    for currency in sorted(set(named.filter(foreign & rate.is_not_null()).to_list())):
        text = f"{draft.file}: amounts in {currency} count {rates[currency]:g} {reporting} each."
        quarantine.note("currency.converted", draft.table.name, "currency", text, value=currency)


def valued(behind: pl.DataFrame, parts: Draft | None) -> pl.DataFrame:
    """What rejected pieces are worth, by the price in `parts`, be its row taken in or not."""
    if parts is None or "unit_cost" not in parts.frame.columns:
        return behind.with_columns(pl.lit(None, dtype=pl.Float64).alias("value"))
    prices = parts.frame.select(pl.col("part_id").cast(pl.String), "unit_cost").drop_nulls()
    prices = prices.unique("part_id", keep="none")
    priced = behind.join(prices, on="part_id", how="left", maintain_order="left")
    value = (pl.col("pieces") * pl.col("unit_cost")).alias("value")
    return priced.select(*behind.columns, value)
