"""Which changes of level are worth a person's time tonight, and which can wait.

A change is raised when it moves cost or service by as much as the settings ask for. What somebody
decided lately is undone only for three times as much; what was rejected is not asked again, and an
override stands until it expires. If what is held back would break a promise that the plan keeps,
the fewest of those changes that mend it are raised as well: see `mending`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from optimizer.assess import assess
from optimizer.evaluate import Delivered
from optimizer.plan import StockingPlan, TargetResult
from optimizer.problem import Items
from planning.effects import Effects, effects
from planning.engines import cores
from planning.night.mending import mend
from planning.pose import DAYS_PER_YEAR, Question
from planning.settings import Settings
from planning.world import ITEM

UNDOING = 3.0  # times the threshold to undo what was decided lately
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """The plan's levels against those in force, one row per planned item."""

    table: pl.DataFrame  # item, levels before and after, and what the change does
    before: tuple[Ints, Ints]  # reorder points and order quantities in force
    after: tuple[Ints, Ints]
    effects: Effects  # of each change, on the item and on those it replenishes


def compare(
    place: pl.DataFrame, question: Question, plan: StockingPlan, in_force: pl.DataFrame
) -> Changes:
    """What the plan would change; an item without a level today is not stocked.

    Args:
        place: part_id and location_id of the question's items.
        question: what was planned.
        plan: its levels.
        in_force: levels that hold today.
    """
    today = place.join(
        in_force.select(*ITEM, "reorder_point", "order_quantity"),
        on=ITEM,
        how="left",
        maintain_order="left",
    )
    known = today["reorder_point"].is_not_null().to_numpy()
    before = (
        np.where(known, today["reorder_point"].fill_null(-1).to_numpy(), -1).astype(np.int64),
        np.where(known, today["order_quantity"].fill_null(1).to_numpy(), plan.order_quantity),
    )
    after = (plan.reorder_point, plan.order_quantity)
    with cores() as each:
        found = effects(question.items, before, after, each=each)
    items = question.items
    table = place.with_columns(
        current_reorder_point=today["reorder_point"].cast(pl.Int64),
        current_order_quantity=today["order_quantity"].cast(pl.Int64),
        proposed_reorder_point=pl.Series(after[0]),
        proposed_order_quantity=pl.Series(after[1]),
        up=pl.Series(np.sign(after[0] - before[0])),
        differs=pl.Series((after[0] != before[0]) | (known & (after[1] != before[1]))),
        leaves_shelf=pl.Series((before[0] >= 0) & (after[0] < 0)),
        value_change=pl.Series(
            found.of(lambda one: items.unit_cost * one.measures.expected_on_hand)
        ),
        cost_per_year_change=pl.Series(found.of(lambda one: cost_per_year(items, one))),
        service_change=pl.Series(found.of(lambda one: _at_once(items, one))),
        waiting_days_change=pl.Series(_waiting(found.now) - _waiting(found.then)),
    )
    return Changes(table, before, after, found)


def raised(
    changes: Changes,
    question: Question,
    plan: StockingPlan,
    decisions: pl.DataFrame,
    overridden: pl.DataFrame,
    settings: Settings,
    as_of: date,
) -> pl.DataFrame:
    """The changes with `raised` (a proposal or not) and `held` (why not).

    `mends` marks those that are raised to keep a promise, and `mends_at_least`, the same in every
    row, is how many that takes at least.
    """
    table = _held(changes.table, decisions, overridden, settings, as_of)
    chosen = np.array((table["differs"] & table["held"].is_null()).to_numpy())
    free = (
        table["differs"].to_numpy()
        & table["held"].is_in(["noise", "undoing"]).fill_null(False).to_numpy()
    )
    mended = mend(
        changes.effects,
        question,
        plan,
        lambda some: promises_if_approved(changes, question, some),
        chosen,
        free,
    )
    mends = pl.Series(mended.chosen)
    return table.with_columns(
        raised=pl.Series(chosen | mended.chosen),
        mends=mends,
        mends_at_least=pl.lit(mended.at_least),
        held=pl.when(mends).then(None).otherwise("held"),
    )


def if_approved(changes: Changes, chosen: Flags) -> tuple[Ints, Ints]:
    """The levels in force if the chosen changes are approved."""
    return (
        np.where(chosen, changes.after[0], changes.before[0]),
        np.where(chosen, changes.after[1], changes.before[1]),
    )


def promises_if_approved(
    changes: Changes, question: Question, chosen: Flags
) -> tuple[TargetResult, ...]:
    """Every promise at the levels in force if the chosen changes are approved."""
    return assess(question.items, question.targets, *if_approved(changes, chosen))


def _held(
    table: pl.DataFrame,
    decisions: pl.DataFrame,
    overridden: pl.DataFrame,
    settings: Settings,
    as_of: date,
) -> pl.DataFrame:
    """The changes with `held`: override, rejected, undoing, noise, or null."""
    recent = (
        decisions.filter(
            pl.col("kind").is_in(["level", "last_piece"]),
            pl.col("at").dt.date() > as_of - timedelta(days=settings.calm_days),
        )
        .sort("decision_id")
        .unique(ITEM, keep="last", maintain_order=True)
        .select(
            *ITEM,
            "verdict",
            then_point="proposed_reorder_point",
            then_quantity="proposed_order_quantity",
            then_up=(
                pl.col("proposed_reorder_point") - pl.col("current_reorder_point").fill_null(-1)
            ).sign(),
        )
    )
    stands = overridden.select(ITEM).unique().with_columns(stands=True)
    joined = table.join(recent, on=ITEM, how="left", maintain_order="left").join(
        stands, on=ITEM, how="left", maintain_order="left"
    )
    same = (pl.col("then_point") == pl.col("proposed_reorder_point")) & (
        pl.col("then_quantity") == pl.col("proposed_order_quantity")
    )
    undoes = (pl.col("verdict") == "approved") & (pl.col("then_up") * pl.col("up") < 0)
    held = (
        pl.when(pl.col("stands"))
        .then(pl.lit("override"))
        .when((pl.col("verdict") == "rejected") & same)
        .then(pl.lit("rejected"))
        .when(undoes & ~_worth(settings, UNDOING))
        .then(pl.lit("undoing"))
        .when(~_worth(settings, 1.0))
        .then(pl.lit("noise"))
    )
    return joined.with_columns(held=pl.when("differs").then(held)).select(*table.columns, "held")


def _worth(settings: Settings, times: float) -> pl.Expr:
    money = pl.col("cost_per_year_change").abs() >= times * settings.proposal_value
    service = pl.col("service_change").abs() >= times * settings.proposal_service
    return money | service


def cost_per_year(items: Items, one: Delivered) -> Floats:
    """Holding, ordering and delay, money per year, by item."""
    measures = one.measures
    per_day = items.holding_cost_per_day * measures.expected_on_hand
    per_day = per_day + items.ordering_cost * measures.orders_per_day
    if items.delay_cost_per_day is not None:
        per_day = per_day + items.delay_cost_per_day * one.customers_backorders
    return np.asarray(per_day * DAYS_PER_YEAR)


def _at_once(items: Items, one: Delivered) -> Floats:
    """Pieces a year that are handed over at once, by item."""
    pieces = items.demand.demand_per_day * DAYS_PER_YEAR
    return np.asarray(pieces * np.nan_to_num(one.measures.fill_rate))


def _waiting(one: Delivered) -> Floats:
    return np.asarray(np.nan_to_num(one.measures.waiting_days))


def reasons_of_holding(table: pl.DataFrame) -> dict[str, int]:
    """How many changes are held back, by reason."""
    counted = table.filter(pl.col("held").is_not_null()).group_by("held").len().sort("held")
    return dict(counted.iter_rows())


def words_of(results: Sequence[TargetResult]) -> list[dict[str, object]]:
    """Promises as rows: where, what, asked, reached, kept."""
    return [
        {
            "scope": str(one.target.scope),
            "location_id": one.location_id or None,
            "measure": str(one.target.measure),
            "target": one.target.target,
            "achieved": one.achieved,
            "met": one.met,
        }
        for one in results
    ]
