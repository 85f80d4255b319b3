"""What each contract costs: the plan with it and without it, as far as requests tell them apart.

A request names its customer's class at most. Contracts of one tier whose customers are of one class
stand together: without them the tier's promises hold for everybody else's requests. What they cost
together is shared evenly among them, because nothing says which request was whose.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl

from inventory.service import ServiceTarget
from optimizer.plan import StockingPlan
from optimizer.problem import Items
from optimizer.without import Asked
from planning.engines import Each
from planning.finance.scenario.promises import in_force, label
from planning.pose import DAYS_PER_YEAR, Question, class_shares
from planning.prepare import Prepared

NO_CLASS = ""
EMPTY = {
    "contract_id": pl.String, "customer_id": pl.String, "tier": pl.String, "promised": pl.String,
    "cost_per_year": pl.Float64, "since": pl.Date, "until": pl.Date, "customer_class": pl.String,
    "together": pl.Int64, "together_cost_per_year": pl.Float64,
}  # fmt: skip


class Group(NamedTuple):
    """Contracts in force that cannot be told apart: of one tier, of customers of one class."""

    tier: str
    customer_class: str
    contracts: int
    is_alone: bool  # nobody else has a contract of this tier


def by_contract(
    ready: Prepared, question: Question, plan: StockingPlan | None, gap: float, each: Each
) -> pl.DataFrame:
    """Contracts in force: what is promised, what that costs a year, since when.

    Args:
        ready: the company.
        question: what its plan was asked.
        plan: the plan that keeps every promise; None: nothing is priced.
        gap: of the plans without them.
        each: anything shaped like `map`.
    """
    rows = _with_class(ready)
    if rows.is_empty():
        return pl.DataFrame(schema=EMPTY)
    groups = _groups(rows)
    cost: dict[Group, float | None] = dict.fromkeys(groups)
    if plan is not None:
        cost = dict(zip(groups, _costs(ready, question, plan, groups, gap, each), strict=True))
    told = pl.DataFrame(
        [
            {
                "tier": one.tier,
                "customer_class": one.customer_class,
                "promised": _promised(question.targets, one),
                "together": one.contracts,
                "together_cost_per_year": cost[one],
                "cost_per_year": _shared(cost[one], one.contracts),
            }
            for one in groups
        ],
        schema_overrides={name: EMPTY[name] for name in ("promised", "cost_per_year",
                                                         "together_cost_per_year")},
    )  # fmt: skip
    joined = rows.join(told, on=["tier", "customer_class"], how="left")
    named = joined.with_columns(since="valid_from", until="valid_to")
    return named.select(list(EMPTY)).sort("contract_id")


def _shared(cost: float | None, among: int) -> float | None:
    return None if cost is None else cost / among


def _with_class(ready: Prepared) -> pl.DataFrame:
    tables, day = ready.intake.tables, _day(ready)
    classes = tables["customers"].select("customer_id", "customer_class")
    return (
        in_force(tables["contracts"], day)
        .join(classes, on="customer_id", how="left")
        .with_columns(pl.col("customer_class").fill_null(NO_CLASS))
    )


def _day(ready: Prepared) -> date:
    return ready.intake.as_of


def _groups(rows: pl.DataFrame) -> list[Group]:
    counted = rows.group_by("tier", "customer_class").len().sort("tier", "customer_class")
    tiers = counted["tier"].to_list()
    return [
        Group(tier, word, number, tiers.count(tier) == 1) for tier, word, number in counted.rows()
    ]


def _promised(targets: Sequence[ServiceTarget], group: Group) -> str | None:
    words = [label(one) for one in targets if _concerns(one, group)]
    return "; ".join(words) or None


def _concerns(target: ServiceTarget, group: Group) -> bool:
    scope = target.scope
    return scope.tier == group.tier and scope.customer_class in ("", group.customer_class)


def _costs(
    ready: Prepared, question: Question, plan: StockingPlan, groups: Sequence[Group],
    gap: float, each: Each,
) -> Iterator[float | None]:  # fmt: skip
    """By group, what the plan costs a year more with it than without; None: nothing is promised.

    All problems are posed as one: beside each promise of a tier stand its shadows, the same promise
    to everybody but a class. A plan drops all shadows but those of the group that is left out.
    """
    targets = question.targets
    shadows = [
        (group, at)
        for group in groups
        for at, one in enumerate(targets)
        if not group.is_alone and _concerns(one, group) and not one.scope.customer_class
    ]
    every = [*targets, *(_to_the_others(targets[at], group) for group, at in shadows)]
    items = _with_the_others(ready, question, groups)
    asked = Asked.of(items, every, gap=gap, each=each)
    for group in groups:
        if not any(_concerns(one, group) for one in targets):
            yield None
            continue
        own = [at for at, one in enumerate(targets) if _concerns(one, group)]
        others = [len(targets) + at for at, (of, _) in enumerate(shadows) if of != group]
        without = asked.plan([*own, *others])
        more = plan.cost_per_day.decided - without.cost_per_day.decided
        yield max(more, 0.0) * DAYS_PER_YEAR


def _others(word: str) -> str:
    """A class that no table can name: everybody's requests but those of a class."""
    return f"\0all but {word}"


def _to_the_others(target: ServiceTarget, group: Group) -> ServiceTarget:
    scope = replace(target.scope, customer_class=_others(group.customer_class))
    return replace(target, scope=scope)


def _with_the_others(ready: Prepared, question: Question, groups: Sequence[Group]) -> Items:
    """The items with, for each class, the share of everybody else in their demand."""
    words = pl.Series(sorted({one.customer_class for one in groups} - {NO_CLASS}), dtype=pl.String)
    demand = ready.intake.tables["demand"]
    shares = class_shares(ready.world, demand, words, question.rows)
    named = np.sum([*shares.values(), np.zeros(len(question.items))], axis=0)
    others = {_others(word): 1.0 - share for word, share in shares.items()}
    others[_others(NO_CLASS)] = np.minimum(named, 1.0)  # requests that name no class are theirs
    return replace(question.items, class_share={**question.items.class_share, **others})
