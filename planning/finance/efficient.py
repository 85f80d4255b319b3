"""Figures of plans on the efficient curve and of levels beside it, by scope, in the same words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from inventory.service import ServiceTarget
from optimizer.assess import assess
from optimizer.evaluate import evaluated
from optimizer.frontier import SERVICE, Frontier, Point
from optimizer.problem import Items
from planning.engines import Each
from planning.finance.scopes import Scopes, scopes_of
from planning.pose import DAYS_PER_YEAR, Question

Figures = dict[str, Floats]
MONEY = ("stock_value", "holding_cost_per_year", "ordering_cost_per_year", "cost_per_year")
SHARES = ("delay_days", "share_at_once", "requests_at_once", "value_at_once")


@dataclass(frozen=True, slots=True, eq=False)
class Yard:
    """What turns a point's sums by pattern into figures by scope."""

    scopes: Scopes
    pattern: Ints  # by item
    weight: Floats  # patterns × `SERVICE`, asked for per day
    ordering: Floats  # by pattern, money per year: Q is given, so no level moves it
    is_priced: bool  # whether a day of delay costs something

    def of(self, point: Point) -> Figures:
        """`MONEY`, `SHARES` and the cost of delay by scope; nan where nobody asks."""
        sums, add = point.columns, self.scopes.summed
        holding, ordering = add(sums.holding_per_day) * DAYS_PER_YEAR, add(self.ordering)
        got, asked = add(sums.served), add(self.weight)
        share = np.divide(got, asked, out=np.full(got.shape, np.nan), where=asked > 0)
        share[:, 0] *= -1.0
        money = (add(sums.stock_value), holding, ordering, holding + ordering)
        found = dict(zip(MONEY + SHARES, (*money, *share.T), strict=True))
        delay = add(sums.delay_per_day) * DAYS_PER_YEAR
        found["delay_cost_per_year"] = delay if self.is_priced else np.full(len(delay), np.nan)
        return found


def yard_of(items: Items, frontier: Frontier, each: Each) -> Yard:
    """The yard of the items of a curve."""
    pattern, patterns = frontier.pattern, frontier.patterns
    anywhere = np.zeros(len(items), dtype=np.int64)
    found = evaluated(items, anywhere, frontier.order_quantity, each=each)
    paid = items.ordering_cost * found.measures.orders_per_day * DAYS_PER_YEAR
    ordering = np.bincount(pattern, paid, patterns).astype(np.float64)
    scopes = scopes_of(items, pattern)
    return Yard(scopes, pattern, frontier.weight, ordering, items.delay_cost_per_day is not None)


def levels_beside(
    yard: Yard, question: Question, point: Ints, quantity: Ints, each: Each
) -> Figures:
    """The same figures of any levels, by the laws `evaluate` uses."""
    items, add = question.items, yard.scopes.summed
    delivered = evaluated(items, point, quantity, each=each)
    now = delivered.measures
    patterns = len(yard.weight)
    kinds = {
        "stock_value": items.unit_cost * now.expected_on_hand,
        "holding_cost_per_year": items.holding_cost_per_day * now.expected_on_hand * DAYS_PER_YEAR,
        "ordering_cost_per_year": items.ordering_cost * now.orders_per_day * DAYS_PER_YEAR,
    }

    def summed(by_item: Floats) -> Floats:
        return add(np.bincount(yard.pattern, by_item, patterns).astype(np.float64))

    found = {name: summed(of) for name, of in kinds.items()}
    found["cost_per_year"] = found["holding_cost_per_year"] + found["ordering_cost_per_year"]
    places = yard.scopes.places
    asked = [ServiceTarget(one, 0.0, place.scope) for place in places for one in SERVICE]
    achieved = [one.achieved for one in assess(items, asked, point, quantity, now=delivered)]
    share = np.array([np.nan if one is None else one for one in achieved])
    found |= dict(zip(SHARES, share.reshape(len(places), -1).T, strict=True))
    found["delay_cost_per_year"] = np.full(len(places), np.nan)
    if items.delay_cost_per_day is not None:
        delay = items.delay_cost_per_day * delivered.customers_backorders * DAYS_PER_YEAR
        found["delay_cost_per_year"] = summed(delay)
    return found


def rows_of(yard: Yard, figures: Figures, **more: Any) -> pl.DataFrame:
    """Figures as rows, one per scope; what is not a number is null."""
    places = yard.scopes.places
    words = {"scope": [one.kind for one in places], "name": [one.word for one in places]}
    frame = pl.DataFrame(words)
    frame = frame.with_columns(pl.Series(name, of) for name, of in figures.items())
    return frame.with_columns(**more).with_columns(pl.col(pl.Float64).fill_nan(None))
