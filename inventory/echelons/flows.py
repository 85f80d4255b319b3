"""What flows up a network: the demand each location serves, its own customers' and its children's.

From the sites up. A site that repairs on the spot sends up only the rest of its demand; a repaired
piece waits the repair time instead of the lane. Both fold into one lead time: with a the share
repaired here, mean a·repair + (1 − a)·lane, variance (1 − a)²·Var(lane), review (1 − a)·T
(repairs run side by side, so their time adds no variance of its own).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inventory.demand import Demand, Floats, Ints, SizeLaws
from inventory.echelons.kernels import batch_variances
from inventory.errors import BrokenNetwork
from inventory.lead_time import LeadTimes
from inventory.measures import raised

DEEPEST = 64  # echelons


@dataclass(frozen=True, slots=True, eq=False)
class Repairs:
    """What is repaired, by item.

    `repairable_share` of the customers' demand comes back; of what arrives repairable at a
    location `local_repair_share` is repaired there, the rest further up; at a root everything.
    """

    repairable_share: Floats
    local_repair_share: Floats
    repair_time_days: Floats

    @classmethod
    def none(cls, items: int) -> "Repairs":
        """Nothing comes back."""
        return cls(np.zeros(items), np.zeros(items), np.zeros(items))


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Everything a location serves, one row per item."""

    arriving: Demand  # customers and children together, with the sizes their law is made of
    upwards: Demand  # what is asked of the source: all but what is repaired on the spot
    lead_times: LeadTimes  # repair folded in
    share: Floats  # of the parent's flow; 0 without a parent
    batches_variance: Floats  # what children's batches add over the lead time, pieces²
    batches_over_time: Floats  # the same over parts of it: items × `DELAY_PARTS`
    lump: Ints  # pieces that children's batches are counted in; 0 where none order in batches
    order: Ints  # rows, parents first


def flows(
    customers: Demand,
    lanes: LeadTimes,
    parent: Ints,
    order_quantity: Ints,
    repairs: Repairs | None = None,
) -> Flows:
    """Pool demand from the sites up; `parent` is the row of the same part one step up, or −1.

    Raises:
        BrokenNetwork: items that replenish each other in a circle.
    """
    items = len(customers)
    customers = raised(customers)
    depth = item_depth(parent)
    rate, here = pooled(customers.demand_per_day, parent, repairs)
    variance = customers.demand_variance_per_day.astype(np.float64)
    uncertain = customers.rate_variance.astype(np.float64)
    for rows, to in steps_up(parent, depth):
        rest = 1.0 - here[rows]
        np.add.at(variance, to, rest * variance[rows])
        np.add.at(uncertain, to, rest**2 * uncertain[rows])
    repairs = repairs or Repairs.none(items)
    rest = 1.0 - here
    lead_times = LeadTimes(
        here * repairs.repair_time_days + rest * lanes.mean_days,
        rest**2 * lanes.variance_days,
        rest * lanes.review_period_days,
    )
    sizes = _arriving_sizes(customers, rest * rate, parent, depth, order_quantity)
    up = np.flatnonzero(parent >= 0)
    share = np.zeros(items)
    served = rate[parent[up]]
    share[up] = np.divide(rest[up] * rate[up], served, out=np.zeros(len(up)), where=served > 0)
    upwards = Demand(rest * rate, rest * variance, rest**2 * uncertain, sizes)
    order = np.argsort(depth, kind="stable")
    added = batch_variances(
        (upwards.demand_per_day, upwards.demand_variance_per_day, upwards.rate_variance),
        (lead_times.mean_days, lead_times.variance_days, lead_times.review_period_days),
        parent,
        np.asarray(order_quantity, dtype=np.int64),
    )
    whole_time = np.ascontiguousarray(added[:, -1])
    lump = np.where(whole_time > 0, sizes.pieces[sizes.start[:-1]], 0)
    arriving = Demand(rate, variance, uncertain, sizes)
    return Flows(arriving, upwards, lead_times, share, whole_time, added, lump, order)


def pooled(own: Floats, parent: Ints, repairs: Repairs | None = None) -> tuple[Floats, Floats]:
    """By item, pieces per day asked of it, children's included, and the share repaired there.

    `own` is what its own customers ask for.
    """
    rate = own.astype(np.float64)
    if repairs is None:
        for rows, to in steps_up(parent, item_depth(parent)):
            np.add.at(rate, to, rate[rows])
        return rate, np.zeros(len(rate))
    here = np.zeros(len(rate))
    back = rate * repairs.repairable_share  # what arrives repairable, pieces per day
    depth = item_depth(parent)
    for level in range(int(depth.max(initial=0)), -1, -1):
        rows = np.flatnonzero(depth == level)
        local = np.where(parent[rows] >= 0, repairs.local_repair_share[rows], 1.0)
        repaired = back[rows] * local
        here[rows] = np.divide(repaired, rate[rows], out=np.zeros(len(rows)), where=rate[rows] > 0)
        up = parent[rows] >= 0
        to = parent[rows[up]]
        np.add.at(rate, to, ((1.0 - here[rows]) * rate[rows])[up])
        np.add.at(back, to, (back[rows] - repaired)[up])
    return rate, here


def steps_up(parent: Ints, depth: Ints) -> Iterator[tuple[Ints, Ints]]:
    """Rows of the deepest items and their parents' rows, then of the next, up to the roots."""
    for level in range(int(depth.max(initial=0)), 0, -1):
        rows = np.flatnonzero(depth == level)
        yield rows, parent[rows]


def item_depth(parent: Ints) -> Ints:
    """Steps up to the root by item."""
    depth = np.zeros(len(parent), dtype=np.int64)
    above = parent
    while np.any(above >= 0):
        depth += above >= 0
        above = np.where(above >= 0, parent[above], -1)
        if depth.max(initial=0) > DEEPEST:
            raise BrokenNetwork(f"items replenish each other in a circle, or over {DEEPEST} steps.")
    return depth


def _arriving_sizes(
    customers: Demand, upwards: Floats, parent: Ints, depth: Ints, order_quantity: Ints
) -> SizeLaws:
    """Sizes of all requests that reach a location, by item.

    Where children order one for one: the mixture of all sizes by their rates. Where every request
    is a batch of the same Q: that Q. Else single pieces, the law being a fit of two moments.
    """
    start, pieces, share = customers.sizes.start, customers.sizes.pieces, customers.sizes.share
    item = np.repeat(np.arange(len(customers)), np.diff(start))
    rate = customers.demand_per_day / customers.sizes.mean()
    weight = share * rate[item]
    batched = np.zeros(len(customers), dtype=bool)  # some child orders more than one at a time
    for level in range(int(depth.max(initial=0)), 0, -1):
        below = np.flatnonzero(depth == level)
        single = below[(order_quantity[below] == 1) & ~batched[below]]
        batched[parent[below[(order_quantity[below] > 1) | batched[below]]]] = True
        chosen = np.isin(item, single)
        mean = np.bincount(item, weight * pieces, minlength=len(customers))
        scale = np.divide(upwards, mean, out=np.zeros(len(mean)), where=mean > 0)
        item = np.concatenate((item, parent[item[chosen]]))
        weight = np.concatenate((weight, weight[chosen] * scale[item[: len(chosen)][chosen]]))
        pieces = np.concatenate((pieces, pieces[chosen]))
    return _merged(
        item, pieces, weight, len(customers), _lumps(customers, parent, order_quantity, batched)
    )


def _lumps(customers: Demand, parent: Ints, order_quantity: Ints, batched: np.ndarray) -> Ints:
    """By item: 0 where sizes are mixed as they are, else the one lump to count in."""
    least = np.full(len(parent), np.iinfo(np.int64).max)
    most = np.zeros(len(parent), dtype=np.int64)
    up = np.flatnonzero(parent >= 0)
    np.minimum.at(least, parent[up], order_quantity[up])
    np.maximum.at(most, parent[up], order_quantity[up])
    same = (least == most) & (customers.demand_per_day == 0)
    return np.where(batched, np.where(same, most, 1), 0)


def _merged(item: Ints, pieces: Ints, weight: Floats, items: int, lump: Ints) -> SizeLaws:
    """Ragged laws from loose rows: equal sizes added up, shares summing to 1."""
    plain = (lump[item] == 0) & (weight > 0)
    present = np.bincount(item[plain], minlength=items) > 0
    alone = np.flatnonzero(~present)
    item = np.concatenate((item[plain], alone))
    pieces = np.concatenate((pieces[plain], np.maximum(lump[alone], 1)))
    weight = np.concatenate((weight[plain], np.ones(len(alone))))
    order = np.lexsort((pieces, item))
    item, pieces, weight = item[order], pieces[order], weight[order]
    new = np.flatnonzero(np.diff(item, prepend=-1) | np.diff(pieces, prepend=-1))
    total = np.add.reduceat(weight, new)
    item, pieces = item[new], pieces[new]
    start = np.searchsorted(item, np.arange(items + 1))
    share = total / np.bincount(item, total, minlength=items)[item]
    return SizeLaws(start.astype(np.int64), pieces, share)
