"""Measures of one item at one location: what a reorder point delivers.

Everything here judges a level; nothing here chooses one.
"""

from dataclasses import dataclass, replace

import numpy as np

from inventory.demand import Demand, Floats, Ints
from inventory.lead_time import LeadTimes
from inventory.levels.kernels import curves_of, measures_of
from inventory.orders.kernels import within_orders_of

FAR = np.iinfo(np.int64).max // 4


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """Measures at every candidate reorder point of many items.

    Ragged: rows `start[i]:start[i + 1]` are item i's candidates, reorder points going up by one
    from `first_reorder_point[i]`.
    """

    start: Ints  # items + 1
    first_reorder_point: Ints  # pieces, by item
    expected_backorders: Floats  # pieces, by row
    fill_rate: Floats  # share of pieces, by row
    line_fill_rate: Floats  # share of requests, by row
    ready_rate: Floats  # share of time, by row
    lead_time_demand_mean: Floats  # pieces, by item
    lead_time_demand_variance: Floats  # pieces², by item


def curves(
    demand: Demand,
    lead_times: LeadTimes,
    order_quantity: Ints,
    *,
    tail: float = 1e-9,
    at_most: Ints | None = None,
) -> Curves:
    """Measures at every reorder point worth considering, for each item.

    Rows go up by one from R = −1, or from where P(X < S) first exceeds 1e-16 at the highest level
    of the batch. They end at the first R at which no rate lacks more than `tail` and no more than
    `tail` times E[X] is waiting, or at `at_most`. Items without demand have the rows −1 and 0.

    Laws over very many pieces with many sizes (more than about a million steps of the recursion,
    a millisecond) are put on a coarser grid of pieces that keeps the mean and, where it can, the
    variance; made of so many requests that these no longer matter one by one, they are fitted to
    mean and variance. Single pieces never are.

    Args:
        demand: one row per item.
        lead_times: one row per item; behind a parent, see `inventory.echelons`.
        order_quantity: Q by item, pieces; each row is the average over S = R + 1 … R + Q.
        tail: what may be left to gain at the last row, relative.
        at_most: the highest reorder point to consider, by item.
    """
    limit = np.full(len(demand), FAR) if at_most is None else whole(at_most)
    start, first, rows, mean, variance = curves_of(
        *stream(raised(demand)), lead(lead_times), whole(order_quantity), limit, tail
    )
    return Curves(start, first, rows[0], rows[1], rows[2], rows[3], mean, variance)


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Measures of many items at their policies, one row each; nan where undefined."""

    expected_backorders: Floats  # pieces
    expected_on_hand: Floats  # pieces
    ready_rate: Floats  # share of time
    fill_rate: Floats  # share of pieces
    line_fill_rate: Floats  # share of requests
    waiting_days: Floats  # over all pieces, those served at once included
    cycle_service_level: Floats  # share of replenishment cycles
    orders_per_day: Floats
    lead_time_demand_mean: Floats  # pieces
    lead_time_demand_variance: Floats  # pieces²
    next_piece_saves: Floats  # pieces: what expected backorders fall by from R to R + 1


def measures(
    demand: Demand, lead_times: LeadTimes, reorder_point: Ints, order_quantity: Ints
) -> Measures:
    """What each item's policy delivers; any reorder point, however low or high."""
    point, quantity = whole(reorder_point), whole(order_quantity)
    found = alone(demand, lead_times, point, quantity)
    ebo, ready, line, piece, cycle, mean, variance, _, saved = found
    on_hand = np.maximum(point + (quantity + 1) / 2 - mean + ebo, 0.0)
    rate = demand.demand_per_day
    waiting = np.divide(ebo, rate, out=np.full(len(rate), np.nan), where=rate > 0)
    orders = orders_per_day(demand, lead_times.review_period_days, quantity)
    return Measures(
        ebo, on_hand, 1 - ready, 1 - piece, 1 - line, waiting, 1 - cycle, orders, mean, variance,
        saved,
    )  # fmt: skip


def orders_per_day(demand: Demand, review_period_days: Floats, order_quantity: Ints) -> Floats:
    """Replenishment orders per day: E[min(D, Q)] / (Q T), D the demand of T days.

    Under continuous review (T = 0) requests per day × E[min(Y, Q)] / Q. An order of several Q at
    once counts once.
    """
    quantity = np.asarray(order_quantity, dtype=np.int64)
    days = np.asarray(review_period_days, dtype=np.float64)
    sizes = demand.sizes
    item = np.repeat(np.arange(len(sizes)), np.diff(sizes.start))
    capped = sizes.share * np.minimum(sizes.pieces, quantity[item])
    at_once = np.bincount(item, capped, minlength=len(sizes))
    orders = demand.demand_per_day / sizes.mean() * at_once / quantity
    looked = np.flatnonzero(days > 0)
    if len(looked):
        span, most = days[looked], quantity[looked]
        pieces = within_orders_of(*stream(raised(demand.take(looked))), span, most)
        orders[looked] = pieces / (most * span)
    return np.asarray(orders)


def alone(
    demand: Demand, lead_times: LeadTimes, reorder_point: Ints, order_quantity: Ints
) -> Floats:
    """Rows of `measures_of` for items without a parent."""
    moments, sizes = stream(raised(demand))
    found: Floats = measures_of(moments, sizes, lead(lead_times), reorder_point, order_quantity)
    return found


def stream(demand: Demand) -> tuple[tuple[Floats, Floats, Floats], tuple[Ints, Ints, Floats]]:
    """Columns of a demand as the kernels take them: moments of the stream, request sizes."""
    moments = (
        real(demand.demand_per_day),
        real(demand.demand_variance_per_day),
        real(demand.rate_variance),
    )
    sizes = demand.sizes
    return moments, (whole(sizes.start), whole(sizes.pieces), real(sizes.share))


def raised(demand: Demand) -> Demand:
    """The same demand, its variance never below what request sizes above 1 imply, μ E[Y²]/E[Y]."""
    implied = demand.demand_per_day * demand.sizes.second_moment() / demand.sizes.mean()
    lumpy = demand.sizes.pieces[demand.sizes.start[1:] - 1] > 1
    variance = np.maximum(demand.demand_variance_per_day, np.where(lumpy, implied, 0.0))
    return replace(demand, demand_variance_per_day=variance)


def lead(lead_times: LeadTimes) -> tuple[Floats, Floats, Floats]:
    """Columns of lead times as the kernels take them."""
    return (
        real(lead_times.mean_days),
        real(lead_times.variance_days),
        real(lead_times.review_period_days),
    )


def real(values: Floats) -> Floats:
    """The one kind of numbers the kernels are compiled for."""
    return np.ascontiguousarray(values, dtype=np.float64)


def whole(values: Ints) -> Ints:
    """The one kind of whole numbers the kernels are compiled for."""
    return np.ascontiguousarray(values, dtype=np.int64)
