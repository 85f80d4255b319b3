"""Why levels differ from those of the last plan: demand, lead time, cost, rule, price.

The last plan's folder tells what it rested on (`planning.basis`). Items that only one of the two
plans knows count as asked for by nobody in the other.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from inventory.demand import Demand, Floats, Ints, SizeLaws
from inventory.echelons import Repairs
from inventory.lead_time import LeadTimes
from inventory.sizes import from_moments
from optimizer.causes import CAUSES, REST, Night, causes
from optimizer.plan import StockingPlan, TargetResult
from optimizer.problem import Fleet, Items, ScopeWords
from planning import basis
from planning.engines import Each
from planning.exits import WrongUsageError
from planning.pose import Question
from planning.world import ITEM, World

TABLES = ("basis", "targets", "forecasts")
COLUMNS = tuple(f"change_by_{cause}" for cause in (*CAUSES, REST))
MOMENTS = (
    "demand_per_day", "demand_variance_per_day", "rate_variance", "mean_request_size",
    "request_size_variance",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """What is known of a plan: its levels and its targets with their prices."""

    reorder_point: Ints
    targets: tuple[TargetResult, ...]


def changes_since(
    last: Path, world: World, question: Question, plan: StockingPlan, *, each: Each
) -> pl.DataFrame:
    """By item of the question: last_reorder_point, and how much of the change each cause made.

    The parts add up to the whole change; null where the last plan did not know the item.

    Raises:
        WrongUsageError: the folder holds no plan that says what it rests on.
    """
    then = _read(last)
    now = basis.basis_of(world, question, plan)
    both = _together(then["basis"], now)
    asked = question.items.demand.take(_place(both, now))
    before = _night(both, "then", _demand_then(both, then["forecasts"], asked), then["targets"])
    results = basis.targets_of(plan.targets)
    after = _night(both, "now", asked, results)
    old, new = before.plan.reorder_point, after.plan.reorder_point
    known = (both["then"] & both["now"]).to_numpy()
    part = before.items.part
    moved = np.isin(part, part[known & (old != new)])
    found = causes(before, after, among=np.flatnonzero(moved), each=each)
    columns = {"last_reorder_point": old} | {
        name: found[cause] for name, cause in zip(COLUMNS, (*CAUSES, REST), strict=True)
    }
    told = both.select(*ITEM, known=pl.Series(known)).with_columns(
        pl.Series(name, column) for name, column in columns.items()
    )
    rows = now.select(ITEM).join(told, on=ITEM, how="left", maintain_order="left")
    return rows.select(pl.when("known").then(name).alias(name) for name in columns)


def told(policies: pl.DataFrame, changes: pl.DataFrame) -> pl.DataFrame:
    """The table `policies` with the causes of every change, in columns and in the reason."""
    words = _in_words(changes, policies["reorder_point"])
    return policies.with_columns(reason=policies["reason"] + words).hstack(changes)


def _in_words(changes: pl.DataFrame, level: pl.Series) -> pl.Series:
    """Half a sentence for every item whose level moved since the last plan; else nothing."""
    parts = [
        pl.when(pl.col(name) != 0).then(
            pl.format(
                "{} {}{}",
                pl.lit(name.removeprefix("change_by_").replace("_", " ")),
                pl.when(pl.col(name) > 0).then(pl.lit("+")).otherwise(pl.lit("-")),
                pl.col(name).abs(),
            )
        )
        for name in COLUMNS
    ]
    said = pl.format(
        "; {} in the last plan: {}",
        "last_reorder_point",
        pl.concat_str(parts, separator=", ", ignore_nulls=True),
    )
    moved = (pl.col("last_reorder_point") != pl.col("level")).fill_null(False)
    frame = changes.with_columns(level=level)
    return frame.select(said=pl.when(moved).then(said).otherwise(pl.lit(""))).to_series()


def _read(last: Path) -> dict[str, pl.DataFrame]:
    found = {}
    for name in TABLES:
        path = last / f"{name}.parquet"
        if not path.is_file():
            raise WrongUsageError(
                f"{path} is missing: {last} holds no plan that says what it rests on. Plan the "
                "earlier tables once more, or leave out --last."
            )
        found[name] = pl.read_parquet(path)
    return found


def _together(then: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """Every item of either plan, ordered by part and location, columns of both.

    Columns of one night end in `_then` or `_now`; where an item is new or gone, those of the other
    night stand in.
    """
    marked = [
        frame.select(*ITEM, pl.lit(True).alias(name), pl.exclude(ITEM).name.suffix(f"_{name}"))
        for name, frame in (("then", then), ("now", now))
    ]
    both = marked[0].join(marked[1], on=ITEM, how="full", coalesce=True).sort(ITEM)
    both = both.with_columns(pl.col("then", "now").fill_null(False))
    names = dict.fromkeys([*then.columns, *now.columns])
    filled = []
    for name in names:
        if name in ITEM:
            continue
        columns = [
            f"{name}_{night}" for night in ("then", "now") if f"{name}_{night}" in both.columns
        ]
        for night, other in (("then", "now"), ("now", "then")):
            own = f"{name}_{night}"
            if name == "reorder_point" or own not in columns:
                continue
            stand_in = f"{name}_{other}"
            if stand_in in columns:
                filled.append(pl.when(night).then(own).otherwise(stand_in).alias(own))
    points = pl.col("reorder_point_then", "reorder_point_now").fill_null(-1)
    return both.with_columns(filled).with_columns(points)


def _place(both: pl.DataFrame, now: pl.DataFrame) -> Ints:
    """The row of tonight's question of each item; −1: it has none."""
    rows = now.select(*ITEM, row=pl.int_range(pl.len(), dtype=pl.Int64))
    found = both.select(ITEM).join(rows, on=ITEM, how="left", maintain_order="left")["row"]
    return np.asarray(found.fill_null(-1).to_numpy())


def _demand_then(both: pl.DataFrame, forecasts: pl.DataFrame, now: Demand) -> Demand:
    """What the last plan expected: the law of now where its moments are the same, else a fit."""
    expected = both.select(*ITEM, "then").join(
        forecasts.select(*ITEM, *MOMENTS), on=ITEM, how="left", maintain_order="left"
    )
    told = pl.when("then").then(pl.col(MOMENTS)).fill_null(0.0)
    rate, variance, unknown, mean, spread = (
        expected.select(told)[name].to_numpy() for name in MOMENTS
    )
    mean_now = now.sizes.mean()
    spread_now = np.maximum(now.sizes.second_moment() - mean_now**2, 0.0)
    nobody = (rate == 0) & (now.demand_per_day == 0)
    same = nobody | (
        (rate == now.demand_per_day)
        & (variance == now.demand_variance_per_day)
        & (unknown == now.rate_variance)
        & (mean == mean_now)
        & (spread == spread_now)
    )
    other = np.flatnonzero(~same)
    fits = from_moments(np.maximum(mean[other], 1.0), spread[other])
    at = np.arange(len(both))
    at[other] = len(both) + np.arange(len(other))
    return Demand(rate, variance, unknown, SizeLaws.joined([now.sizes, fits]).take(at))


def _night(both: pl.DataFrame, night: str, demand: Demand, targets: pl.DataFrame) -> Night:
    """One of the two nights, on the items of both."""
    results = basis.results_in(targets)
    asked = tuple(dict.fromkeys(one.target for one in results))
    point = both[f"reorder_point_{night}"].to_numpy()
    return Night(_items(both, night, demand), asked, Levels(np.asarray(point), results))


def _items(both: pl.DataFrame, night: str, demand: Demand) -> Items:
    end = f"_{night}"
    words = ScopeWords(
        tuple(_words(both, "tier")), tuple(both["location_id"].unique().sort()),
        tuple(_words(both, "criticality")),
    )  # fmt: skip
    number = {
        name: _column(both, name + end)
        for name in (*basis.NUMBERS, *basis.LEAD, *basis.REPAIR, "delay_cost_per_day")
    }
    whole = {
        name: _column(both, name + end).astype(np.int64)
        for name in ("order_multiple", "minimum_order_quantity")
    }
    back = any(np.any(_column(both, f"{basis.REPAIR[0]}_{one}") > 0) for one in ("then", "now"))
    return Items(
        demand=demand,
        lead_times=LeadTimes(*(number[name] for name in basis.LEAD)),
        unit_cost=number["unit_cost"],
        holding_cost_per_day=number["holding_cost_per_day"],
        ordering_cost=number["ordering_cost"],
        order_multiple=whole["order_multiple"],
        minimum_order_quantity=whole["minimum_order_quantity"],
        part=_codes(both["part_id"], both["part_id"].unique().sort()),
        location=_codes(both["location_id"], words.location_ids),
        tier=_codes(both[f"tier{end}"], words.tiers),
        criticality=_codes(both[f"criticality{end}"], words.criticalities),
        words=words,
        class_share=_named(both, basis.SHARE, end),
        delay_cost_per_day=number["delay_cost_per_day"],
        lowest_reorder_point=both[f"lowest_reorder_point{end}"].to_numpy(),
        highest_reorder_point=both[f"highest_reorder_point{end}"].to_numpy(),
        parent=_codes(both[f"parent_id{end}"], words.location_ids),
        repairs=Repairs(*(number[name] for name in basis.REPAIR)) if back else None,
        fleets=_fleets(both, end),
    )


def _fleets(both: pl.DataFrame, end: str) -> dict[str, Fleet]:
    machines, carried = _named(both, basis.MACHINES, end), _named(both, basis.CARRIED, end)
    return {name: Fleet(machines[name], carried[name]) for name in machines}


def _named(both: pl.DataFrame, prefix: str, end: str) -> dict[str, Floats]:
    """Columns of one kind by the name they are of; 0 where a night did not have them."""
    names = sorted(
        {
            name.removeprefix(prefix).removesuffix(night)
            for name in both.columns
            for night in ("_then", "_now")
            if name.startswith(prefix) and name.endswith(night)
        }
    )
    none = np.zeros(len(both))
    return {
        name: _column(both, f"{prefix}{name}{end}")
        if f"{prefix}{name}{end}" in both.columns
        else none
        for name in names
    }


def _column(both: pl.DataFrame, name: str) -> Floats:
    return np.asarray(both[name].fill_null(0.0).cast(pl.Float64).to_numpy())


def _words(both: pl.DataFrame, name: str) -> list[str]:
    """All words of both nights, in their order."""
    return pl.concat([both[f"{name}_then"], both[f"{name}_now"]]).unique().sort().to_list()


def _codes(words: pl.Series, known: pl.Series | tuple[str, ...]) -> Ints:
    """The place of each word among those known; −1 where there is none."""
    names = pl.Series(known, dtype=pl.String)
    code = words.replace_strict(
        names, pl.int_range(len(names), eager=True), default=-1, return_dtype=pl.Int64
    )
    return np.asarray(code.fill_null(-1).to_numpy(), dtype=np.int64)
