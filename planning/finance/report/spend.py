"""Spend ahead: what suppliers will be paid for, month by month, and how sure that is.

What the plan wants lying and coming, less what is there, plus what customers will ask for until
then, is ordered by then. Demand is uncertain in itself and in its rate; parts are taken to vary
apart from one another, so sums are surer than their terms.
"""

from calendar import monthrange
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import ndtr

from inventory.demand import Floats
from planning.finance.money import cents
from planning.finance.report.sight import Sight

MONTHS = 12
IN_EIGHT_OF_TEN = 1.2816  # standard deviations to either side


class Spend(NamedTuple):
    """Orders to suppliers in the months ahead."""

    table: pl.DataFrame  # month (its first day), supplier, cents
    upto: list[tuple[date, int, int, int]]  # last day, expected by then, low, high; cents


def ahead(sight: Sight) -> Spend:
    """Expected spend of the next months by supplier, and its range in all."""
    need, mean, variance, supplier = _by_part(sight)
    ends = _month_ends(sight.as_of)
    expected, spread = [], []
    for end in ends:
        days = (end - sight.as_of).days
        ordered, second = _above_zero(need + mean * days, variance(days))
        expected.append(ordered)
        spread.append(np.maximum(second - ordered**2, 0.0))
    price = _price_by_part(sight)
    monthly = np.diff(np.stack([np.zeros(len(price)), *expected]), axis=0) * price
    names = np.unique(supplier)
    rows = []
    for at, end in enumerate(ends):
        by_supplier = [monthly[at][supplier == name].sum() for name in names]
        worth = cents(np.array(by_supplier))
        rows += [
            {"month": end.replace(day=1), "supplier": str(name), "cents": int(value)}
            for name, value in zip(names, worth, strict=True)
        ]
    table = pl.DataFrame(rows, schema={"month": pl.Date, "supplier": pl.String, "cents": pl.Int64})
    upto, so_far = [], 0
    for at, end in enumerate(ends):
        so_far += int(table.filter(month=end.replace(day=1))["cents"].sum())
        either = round(IN_EIGHT_OF_TEN * float(np.sqrt((spread[at] * price**2).sum())) * 100)
        upto.append((end, so_far, max(so_far - either, 0), so_far + either))
    return Spend(table, upto)


def _by_part(sight: Sight):  # type: ignore[no-untyped-def]
    """By part: pieces missing now, demand per day, its variance over days, supplier."""
    items = sight.question.items
    part, at = np.unique(items.part, return_inverse=True)
    target = np.maximum(sight.plan.reorder_point + (sight.plan.order_quantity + 1) / 2, 0.0)

    def summed(column: Floats) -> Floats:
        return np.bincount(at, column, len(part)).astype(np.float64)

    need = summed(target - sight.position)
    mean = summed(items.demand.demand_per_day)
    per_day, of_rate = (
        summed(items.demand.demand_variance_per_day), summed(items.demand.rate_variance)
    )  # fmt: skip
    first = np.unique(items.part, return_index=True)[1]
    supplier = sight.words["supplier"].gather(first).to_numpy()
    return need, mean, lambda days: per_day * days + of_rate * days**2, supplier


def _price_by_part(sight: Sight) -> Floats:
    first = np.unique(sight.question.items.part, return_index=True)[1]
    return np.asarray(sight.unit_cost[first])


def _above_zero(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """First and second moment of what of a normal figure lies above zero."""
    sd = np.sqrt(np.maximum(variance, 1e-18))
    z = mean / sd
    density, below = np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), ndtr(z)
    return mean * below + sd * density, (mean**2 + sd**2) * below + mean * sd * density


def _month_ends(day: date) -> list[date]:
    """The last days of the months after `day`."""
    found, year, month = [], day.year, day.month
    for _ in range(MONTHS):
        month += 1
        if month > 12:
            year, month = year + 1, 1
        found.append(date(year, month, monthrange(year, month)[1]))
    return found
