"""The planner's hand: rows of `demand_changes`, applied to what statistics expect and kept apart.

A change acts on the part of an item's horizon that lies in its time. While it lasts, what is asked
for in its time is its own to explain, so statistics stay as they were when it began; once it is
over, all that was asked for counts, and what the change gained or cost is told.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from forecasting import Periods
from forecasting.cleaning import changed
from forecasting.hand import worth_of_changes
from inventory.demand import Demand, Floats, Ints
from planning.histories import Remembered
from planning.succession import inherited
from planning.world import World

NO_END = date(9999, 12, 31)
PIECES_YEAR = 365  # days over which pieces without an end are spread
_KEPT = ("part_id", "location_id", "valid_from", "valid_to", "factor", "pieces", "reason", "author")


@dataclass(frozen=True, slots=True, eq=False)
class Changes:
    """Planners' changes and the items each one is about."""

    rows: pl.DataFrame  # as they came in, with `change`, their number
    items: pl.DataFrame  # change, item, first_day, last_day, factor, pieces_per_day

    def among(self, items: Ints) -> "Changes":
        """The same, about `items` alone: those that anybody asks for."""
        return Changes(self.rows, self.items.filter(pl.col("item").is_in(items)))


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Demand as planners changed it, and in whose words."""

    demand: Demand
    words: pl.Series  # null where nobody changed anything


def changes(world: World, table: pl.DataFrame) -> Changes:
    """The rows of `demand_changes`, with the items of `world` that each speaks of."""
    rows = table.with_row_index("change").with_columns(pl.col("change").cast(pl.Int64))
    about = inherited(rows, world.heirs)
    index = world.items.select(
        "part_id", "location_id", item=pl.int_range(pl.len(), dtype=pl.Int64)
    )
    found = []
    for keys in (["part_id", "location_id"], ["part_id"], ["location_id"], []):
        given = [
            pl.col(name).is_not_null() == (name in keys) for name in ("part_id", "location_id")
        ]
        some = about.filter(*given).drop(*({"part_id", "location_id"} - set(keys)))
        if len(some):
            pairs = some.join(index, on=keys) if keys else some.join(index, how="cross")
            found.append(pairs.select("change", "item", *_KEPT[2:6]))
    if not found:
        empty = {name: table.schema[name] for name in _KEPT[2:6]}
        found = [pl.DataFrame(schema={"change": pl.Int64, "item": pl.Int64, **empty})]
    return Changes(rows, _effects(pl.concat(found)).sort("item", "change"))


def _effects(pairs: pl.DataFrame) -> pl.DataFrame:
    last = pl.col("valid_to").fill_null(NO_END)
    endless = last.dt.year() >= NO_END.year
    days = (
        pl.when(endless)
        .then(PIECES_YEAR)
        .otherwise((last - pl.col("valid_from")).dt.total_days() + 1)
    )
    return pairs.select(
        "change",
        "item",
        first_day=pl.col("valid_from").to_physical().cast(pl.Int64),
        last_day=last.to_physical().cast(pl.Int64),
        factor=pl.col("factor").fill_null(1.0).cast(pl.Float64),
        pieces_per_day=pl.col("pieces").fill_null(0.0).cast(pl.Float64) / days,
    )


def under_way(found: Changes, periods: Periods, items: int, as_of: date) -> Ints | None:
    """By item, the first closed period that a change in force explains; None: there is none."""
    today = _day(as_of)
    now = found.items.filter((pl.col("first_day") <= today) & (pl.col("last_day") > today))
    begin = periods.nearest(now["first_day"].to_numpy().astype("datetime64[D]"))
    if not (begin < periods.count).any():
        return None
    first = np.full(items, np.iinfo(np.int64).max)
    np.minimum.at(first, now["item"].to_numpy(), np.maximum(begin, 0))
    return first


def applied(
    found: Changes, demand: Demand, horizon_days: Floats, periods: Periods, as_of: date
) -> Moved:
    """Demand over each item's horizon as planners changed it.

    Args:
        found: the changes.
        demand: of every item of the world.
        horizon_days: by item, how far ahead its demand has to hold.
        periods: the closed ones.
        as_of: the day of the question.
    """
    rows = ahead(found, horizon_days, periods, as_of)
    item, share = rows["item"].to_numpy(), rows["share"].to_numpy()
    factor, pieces = np.ones(len(demand)), np.zeros(len(demand))
    np.multiply.at(factor, item, 1 + share * (rows["factor"].to_numpy() - 1))
    np.add.at(pieces, item, share * rows["pieces_per_day"].to_numpy())
    words = _in_words(found, rows, len(demand))
    if not len(rows):
        return Moved(demand, words)
    return Moved(changed(demand, factor, pieces), words)


def ahead(found: Changes, horizon_days: Floats, periods: Periods, as_of: date) -> pl.DataFrame:
    """Changes within each item's horizon: change, item, factor, pieces_per_day, share of it.

    The horizon begins where the closed periods end, or where the change did if that is later: so a
    change acts from its first day on, and a forecast moves on no day without a cause.
    """
    today, closed = _day(as_of), int(periods.starts()[-1].astype(np.int64))
    rows = found.items.filter(pl.col("last_day") > today)
    days = horizon_days[rows["item"].to_numpy()]
    begin = rows["first_day"].to_numpy()
    start = np.where(begin <= today + 1, np.maximum(begin, closed), closed)
    begin = np.maximum(begin, start)
    end = np.minimum(rows["last_day"].to_numpy() + 1.0, start + days)
    share = np.maximum(end - begin, 0.0) / days
    rows = rows.with_columns(share=pl.Series(share)).filter(pl.col("share") > 0)
    return rows.drop("first_day", "last_day")


def _in_words(found: Changes, rows: pl.DataFrame, items: int) -> pl.Series:
    """Who changed what, why and until when: "× 1.2 until 2026-12-31 (recall, M. Okafor)"."""
    if rows.is_empty():
        return pl.repeat(None, items, dtype=pl.String, eager=True).alias("told")
    times = pl.when(pl.col("factor").is_not_null()).then(pl.format("× {}", "factor"))
    plus = pl.when(pl.col("pieces").is_not_null()).then(pl.format("{} pieces", "pieces"))
    until = pl.col("valid_to").fill_null(NO_END)
    ends = pl.when(until.dt.year() < NO_END.year).then(pl.format(" until {}", until))
    told = found.rows.select(
        "change",
        told=pl.format(
            "{} from {}{} ({}, {})",
            pl.concat_str([times, plus], separator=" and ", ignore_nulls=True),
            "valid_from", ends.otherwise(pl.lit("")), "reason", "author",
        ),
    )  # fmt: skip
    said = rows.select("item", "change").join(told, on="change", how="left", maintain_order="left")
    by_item = said.group_by("item", maintain_order=True).agg(pl.col("told").str.join("; "))
    every = pl.DataFrame({"item": np.arange(items)})
    return every.join(by_item, on="item", how="left", maintain_order="left")["told"]


def report(
    found: Changes, past: Remembered, unchanged_per_day: Floats, per_day: Floats, as_of: date
) -> pl.DataFrame:
    """Every change with what it does now, and what it gained or cost once its time is over.

    Args:
        found: the changes.
        past: all that was recorded, the time of changes included.
        unchanged_per_day: pieces, by item of the world, as statistics expect them now.
        per_day: the same with the changes.
        as_of: the day of the question.

    Returns:
        The rows as they came in, with state, items, demand_per_day and demand_per_day_unchanged
        (where it is not over), expected_without, expected_with, asked and gained (pieces; where
        it is over: see `forecasting.hand`).
    """
    today = pl.lit(_day(as_of))
    rates = pl.DataFrame({"with": per_day, "without": unchanged_per_day})
    place = found.items.filter(pl.col("item").is_in(past.rows))
    now = place.with_columns(rates[place["item"]]).group_by("change").agg(
        items=pl.len().cast(pl.Int64), demand_per_day=pl.col("with").sum(),
        demand_per_day_unchanged=pl.col("without").sum(),
    )  # fmt: skip
    begin, end = (pl.col(name).to_physical() for name in ("valid_from", "valid_to"))
    state = pl.when(begin > today).then(pl.lit("to come")).when(end.fill_null(10**6) > today)
    rows = found.rows.with_columns(state=state.then(pl.lit("under way")).otherwise(pl.lit("over")))
    table = rows.join(now, on="change", how="left").join(
        _worth(place, past), on="change", how="left"
    )
    over = pl.col("state") == "over"
    current = [
        pl.when(~over).then(name).alias(name)
        for name in ("demand_per_day", "demand_per_day_unchanged")
    ]
    return table.sort("change").select(
        *_KEPT, "state", pl.col("items").fill_null(0), *current,
        "expected_without", "expected_with", "asked", "gained",
    )  # fmt: skip


def _worth(place: pl.DataFrame, past: Remembered) -> pl.DataFrame:
    """Sums over the items of each change that is over."""
    first = past.periods.nearest(place["first_day"].to_numpy().astype("datetime64[D]"))
    after = past.periods.nearest((place["last_day"].to_numpy() + 1).astype("datetime64[D]"))
    last = np.maximum(after - 1, first)
    rows = place.select(
        "change", "factor", item=pl.Series(np.searchsorted(past.rows, place["item"].to_numpy())),
        first_period=pl.Series(first), last_period=pl.Series(last),
        pieces=pl.col("pieces_per_day") * (pl.col("last_day") - pl.col("first_day") + 1),
    )  # fmt: skip
    worth = worth_of_changes(past.history, rows)
    return worth.group_by("change").agg(
        pl.col("expected_without", "expected_with", "asked", "gained").sum()
    )


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
