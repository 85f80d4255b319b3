"""What finance allows: the budget for stock, in the reporting currency on the day."""

from datetime import date

import polars as pl

from planning.prepare import Prepared


def budget_of(ready: Prepared, scope: str = "all") -> float | None:
    """The budget of a scope in the reporting currency; None where finance set none."""
    rows = ready.intake.tables["budgets"].filter(pl.col("scope") == scope)
    if rows.is_empty():
        return None
    found = rows.row(0, named=True)
    currency = found["currency"] or ready.world.currency
    return float(found["budget"]) * rate_of(ready, currency, ready.intake.as_of)


def rate_of(ready: Prepared, currency: str, day: date) -> float:
    """Units of the reporting currency for one of `currency`, by the last rate known on `day`."""
    base = ready.world.currency
    if currency == base:
        return 1.0
    rates = ready.intake.tables["exchange_rates"].filter(pl.col("date") <= day).sort("date")
    units = []
    for name in (currency, base):
        known = rates.filter(pl.col("currency") == name)["rate"]
        units.append(float(known[-1]) if len(known) else 1.0)
    return units[0] / units[1]
