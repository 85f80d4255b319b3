"""Tables in, tables out: requests and policies to the columns that are played, and back.

Orders leave at reviews. With a review every T periods a lead time of L periods ends at the
beginning of the L-th period after the review's end; where orders leave within the period of the
request (T = 0) it ends L periods after that period began, at the earliest in the next one. Lead
times are rounded up to whole periods. Waiting requests are served first come, first served.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from inventory.demand import Floats, Ints
from planning.replay import kernels
from planning.replay.measures import measured, summed_up
from planning.replay.timeline import Period, Timeline

KEY = ("part_id", "location_id")


@dataclass(frozen=True, slots=True, eq=False)
class ReplayResult:
    """What happened: `measures` one row per policy, in its order; `summary` all together."""

    measures: pl.DataFrame
    summary: dict[str, float | int | None]


def replay(
    requests: pl.DataFrame,
    policies: pl.DataFrame,
    *,
    start: date,
    end: date,
    review_period_days: float = 1.0,
    period: Period = Period.DAY,
    stock: pl.DataFrame | None = None,
    open_orders: pl.DataFrame | None = None,
) -> ReplayResult:
    """Play the requests from `start` to `end`, both included, against the policies.

    Args:
        requests: part_id, location_id, date, quantity and, where rows of one request share it,
            document_id. Returns are not played; nor are requests without a policy, which the
            summary counts.
        policies: part_id, location_id (together unique), reorder_point, order_quantity,
            lead_time_days, unit_cost; order_up_to_level where the policy is (s, S), null or absent
            where multiples of the order quantity are ordered; review_period_days where an item
            has its own.
        start: First day.
        end: Last day.
        review_period_days: For items without their own.
        period: How finely is played.
        stock: part_id, location_id, on_hand and, where known, reserved and backorders at the
            beginning. Without it every item starts full: at its highest position, with nothing on
            the way.
        open_orders: part_id, location_id, quantity, expected_on (null: a lead time from the
            start); what is overdue arrives at once. Only with `stock`.
    """
    timeline = Timeline.between(start, end, Period(period))
    keys = policies.select(*KEY, pl.int_range(pl.len()).alias("item"))
    asked, homeless = played_requests(requests, keys, timeline)
    policy = policy_columns(policies, timeline, review_period_days)
    coming = None
    if stock is not None and open_orders is not None:
        lead_times = policies.select(*KEY, "lead_time_days")
        coming = coming_orders(open_orders, keys, lead_times, timeline)
    net = policy["highest"] if stock is None else net_stock(stock, keys)
    counted = np.zeros((policies.height, kernels.COLUMNS))
    kernels.play_items(
        timeline.day,
        *ragged(asked, policies.height),
        policy["reorder_point"],
        policy["order_quantity"],
        policy["up_to"],
        policy["lead_time"],
        policy["review"],
        net,
        *ragged(coming, policies.height),
        counted,
    )
    measures = measured(counted, policies, timeline.days)
    summary = summed_up(measures, timeline) | {"rows_without_policy": homeless}
    return ReplayResult(measures, summary)


def played_requests(
    requests: pl.DataFrame, keys: pl.DataFrame, timeline: Timeline
) -> tuple[pl.DataFrame, int]:
    """Item, period and pieces of each request that is played, in order; and what is not played."""
    if "document_id" not in requests.columns:
        requests = requests.with_columns(document_id=pl.lit(None, pl.String))
    alone = pl.col("document_id").is_null()
    within = requests.filter(
        pl.col("date").is_between(timeline.start, timeline.end), pl.col("quantity") > 0
    )
    played = within.join(keys, on=list(KEY), how="inner")
    documents = (
        played.filter(~alone)
        .group_by("item", "document_id")
        .agg(pl.col("date").min(), pl.col("quantity").sum())
    )
    columns = ("item", "date", "quantity", "document_id")
    rows = pl.concat([played.filter(alone).select(columns), documents.select(columns)])
    rows = rows.sort("item", "date", "document_id", "quantity")
    return _in_periods(rows, "date", "quantity", timeline), within.height - played.height


def _in_periods(rows: pl.DataFrame, day: str, pieces: str, timeline: Timeline) -> pl.DataFrame:
    """Dates become periods; whatever came before the beginning falls into the first."""
    days = (rows[day].cast(pl.Date) - timeline.start).dt.total_days().to_numpy()
    columns = {"item": rows["item"], "pieces": rows[pieces].cast(pl.Int64)}
    return pl.DataFrame(columns | {"period": timeline.of(np.maximum(days, 0))})


def ragged(rows: pl.DataFrame | None, items: int) -> tuple[Ints, Ints, Ints]:
    """Where each item's rows start, their periods and pieces; rows are sorted by item."""
    if rows is None:
        return np.zeros(items + 1, dtype=np.int64), *(np.zeros(0, dtype=np.int64),) * 2
    lengths = np.bincount(rows["item"].to_numpy().astype(np.int64), minlength=items)
    start = np.concatenate(([0], np.cumsum(lengths)))
    return start, rows["period"].to_numpy(), rows["pieces"].to_numpy()


def policy_columns(
    policies: pl.DataFrame, timeline: Timeline, review_days: float
) -> dict[str, Ints]:
    """The columns that are played; `highest` is the highest position, never below zero."""
    level = column_or(policies, "order_up_to_level", kernels.MULTIPLES).astype(np.int64)
    point = policies["reorder_point"].cast(pl.Int64).to_numpy()
    quantity = policies["order_quantity"].fill_null(1).cast(pl.Int64).to_numpy()
    up_to = np.where(level == kernels.MULTIPLES, point + quantity, level)
    return {
        "reorder_point": point,
        "order_quantity": quantity,
        "up_to": level,
        "lead_time": timeline.lead_time(policies["lead_time_days"].cast(pl.Float64).to_numpy()),
        "review": timeline.review(column_or(policies, "review_period_days", review_days)),
        "highest": np.maximum(up_to, 0),
    }


def column_or(table: pl.DataFrame, name: str, otherwise: float) -> Floats:
    """A column that need not be there, with `otherwise` where nothing is known."""
    if name not in table.columns:
        return np.full(table.height, float(otherwise))
    return table[name].cast(pl.Float64).fill_null(otherwise).to_numpy()


def net_stock(stock: pl.DataFrame, keys: pl.DataFrame) -> Ints:
    """On hand less what is reserved or owed, by policy; 0 where nothing is recorded."""
    owed = [name for name in ("reserved", "backorders") if name in stock.columns]
    free = pl.col("on_hand") - pl.sum_horizontal(pl.lit(0), *owed)
    net = stock.select(*KEY, net=free.cast(pl.Int64))
    joined = keys.join(net, on=list(KEY), how="left", maintain_order="left")
    return joined["net"].fill_null(0).to_numpy()


def coming_orders(
    open_orders: pl.DataFrame, keys: pl.DataFrame, lead_times: pl.DataFrame, timeline: Timeline
) -> pl.DataFrame:
    """Open orders as item, period and pieces; of an unknown day: a lead time from the start."""
    later = pl.duration(days=pl.col("lead_time_days").ceil().cast(pl.Int64))
    expected = pl.col("expected_on").fill_null(pl.lit(timeline.start) + later)
    rows = open_orders.join(keys, on=list(KEY), how="inner")
    rows = rows.join(lead_times, on=list(KEY), how="left", maintain_order="left")
    rows = rows.with_columns(expected.cast(pl.Date)).sort("item", "expected_on", "quantity")
    return _in_periods(rows, "expected_on", "quantity", timeline)
