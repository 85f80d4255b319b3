"""What the shelf looked like while demand was recorded: months in which an empty one hid requests.

Counts of stock are its history. Each speaks of the days nearer to it than to the next count, 31
before and after at most. An empty shelf hides demand only where it ran out: empty between two
counts with stock, or after one and still waited for. A shelf that is not meant to hold any hides
nothing.
"""

from datetime import date

import numpy as np
import polars as pl

from forecasting import Periods
from inventory.demand import Floats, Ints
from planning.world import World

SPEAKS_DAYS = 31  # of a count, before and after
Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]


def in_stock(world: World, stock: pl.DataFrame, periods: Periods, as_of: date) -> pl.DataFrame:
    """Item, period and share of the period with stock, where the shelf ran out.

    Args:
        world: whose items are meant.
        stock: the table that came in; several `as_of` of an item are its history.
        periods: closed ones.
        as_of: the day of the question.
    """
    none = pl.DataFrame(schema={"item": pl.Int64, "period": pl.Int64, "share": pl.Float64})
    days = stock["as_of"]
    one_day = days.min() == days.max() and not days.null_count()
    if one_day or not periods.count:
        return none
    counts = _in_order(_once_empty(world, stock))
    if counts.is_empty():
        return none
    item = counts["item"].to_numpy()
    day = counts["as_of"].to_physical().to_numpy().astype(np.float64)
    waited = (counts["on_order"].fill_null(0) > 0) | (counts["backorders"].fill_null(0) > 0)
    out = _ran_out(item, counts["on_hand"].to_numpy() > 0, waited.to_numpy())
    today = (np.datetime64(as_of, "D") - np.datetime64("1970-01-01", "D")).astype(float) + 1
    first, last = _spoken_for(item, day, today)
    return _by_period(item[out], first[out], last[out], periods)


def _once_empty(world: World, stock: pl.DataFrame) -> pl.DataFrame:
    """The dated counts of items that were found empty at least once, with their `item`."""
    item, dated = world.item_of(stock), stock["as_of"].is_not_null()
    found = item.filter(dated & (stock["on_hand"] <= 0) & (item >= 0)).to_numpy()
    some = np.zeros(len(world.items) + 1, dtype=np.bool_)  # the last for rows of no item
    some[found] = True
    columns = stock.select("as_of", "on_hand", "on_order", "backorders").with_columns(item=item)
    return columns.filter(pl.Series(some[item.to_numpy()]) & dated)


def _in_order(counts: pl.DataFrame) -> pl.DataFrame:
    """By item and day: as tables mostly come in already."""
    item, day = counts["item"].to_numpy(), counts["as_of"].to_physical().to_numpy()
    later = (item[1:] > item[:-1]) | ((item[1:] == item[:-1]) & (day[1:] >= day[:-1]))
    return counts if later.all() else counts.sort("item", "as_of")


def _ran_out(item: Ints, stocked: Flags, waited: Flags) -> Flags:
    """Counts that found an empty shelf which held stock before, and does again or is waited for."""
    if not len(item):
        return stocked
    row = np.arange(len(item))
    begin = np.searchsorted(item, item)
    end = np.searchsorted(item, item, side="right") - 1
    before = np.maximum.accumulate(np.where(stocked, row, -1)) >= begin
    after = np.minimum.accumulate(np.where(stocked, row, len(item))[::-1])[::-1] <= end
    return ~stocked & before & (after | waited[end])


def _spoken_for(item: Ints, day: Floats, today: float) -> tuple[Floats, Floats]:
    """The days each count speaks of, [first, last): half way to its neighbours."""
    same = item[1:] == item[:-1]
    gap = np.diff(day) / 2
    after = np.append(np.where(same, gap, np.inf), np.inf)
    before = np.concatenate(([np.inf], np.where(same, gap, np.inf)))
    noon = day + 0.5
    first = noon - np.minimum(before, SPEAKS_DAYS)
    return first, np.minimum(noon + np.minimum(after, SPEAKS_DAYS), today)


def _by_period(item: Ints, first: Floats, last: Floats, periods: Periods) -> pl.DataFrame:
    """Share of each period with stock, where some of it was empty."""
    starts = periods.starts().astype(np.int64).astype(np.float64)
    begin = np.searchsorted(starts, first, side="right") - 1
    found = []
    for step in range(int(np.max(np.searchsorted(starts, last) - begin, initial=0))):
        period = begin + step
        rows = np.flatnonzero((period >= 0) & (period < periods.count))
        rows = rows[starts[period[rows]] < last[rows]]
        of = period[rows]
        days = np.minimum(last[rows], starts[of + 1]) - np.maximum(first[rows], starts[of])
        share = days / (starts[of + 1] - starts[of])
        found.append(pl.DataFrame({"item": item[rows], "period": of, "empty": share}))
    if not found:
        return pl.DataFrame(schema={"item": pl.Int64, "period": pl.Int64, "share": pl.Float64})
    empty = pl.concat(found).sort("item", "period", "empty")
    summed = empty.group_by("item", "period", maintain_order=True).agg(pl.col("empty").sum())
    return summed.select("item", "period", share=1 - pl.col("empty"))
