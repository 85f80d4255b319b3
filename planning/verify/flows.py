"""What flows up the tree of a part, by plain sums: the second opinion on who asks whom for what.

Written down as in `model.md` part 4, one location after the other; no columns, no kernels.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from scipy import stats

from inventory.demand import DemandForecast, SizeLaw
from inventory.lead_time import LeadTime
from inventory.policy import ReorderPolicy

_NOBODY, _AT_ONCE = DemandForecast(0.0), LeadTime(0.0)


@dataclass(frozen=True, slots=True)
class Stop:
    """One location of a part as it was planned."""

    customers: DemandForecast
    lane: LeadTime
    policy: ReorderPolicy
    parent: int = -1  # place among the stops of the part; −1: a supplier
    repairable_share: float = 0.0
    local_repair_share: float = 0.0
    repair_time_days: float = 0.0


@dataclass(eq=False)
class Node:
    """A stop with all that flows through it."""

    stop: Stop
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    arriving: DemandForecast = _NOBODY  # of customers and children together
    upwards: DemandForecast = _NOBODY  # all but what is repaired here
    lead_time: LeadTime = _AT_ONCE  # with what is repaired here
    repairable_per_day: float = 0.0  # what is sent up to be repaired there
    batched: bool = False  # whether somebody below orders several at a time

    @property
    def wanted(self) -> SizeLaw:
        """Sizes of customers' requests; of children's where there are no customers."""
        own = self.stop.customers
        return own.sizes if own.demand_per_day > 0 else self.arriving.sizes

    @cached_property
    def lump(self) -> int:
        """Pieces that all orders from below are counted in; 0 where they come as requests do."""
        return self.arriving.sizes.pieces[0] if self.lumped_variance(1.0) > 0 else 0

    def below(self) -> Iterator["Node"]:
        """Everybody this one serves, directly or not."""
        for child in self.children:
            yield child
            yield from child.below()

    def lumped_variance(self, part: float) -> float:
        """What ordering in batches adds to the variance of a part of the lead time's orders."""
        added = 0.0
        for one in self.below():
            if one.stop.policy.order_quantity > 1:
                mean, variance = moments(one.upwards, self.lead_time)
                added += _beyond_whole_batches(
                    one.stop.policy.order_quantity, mean * part, variance * part
                )
        return added


def moments(demand: DemandForecast, lead_time: LeadTime) -> tuple[float, float]:
    """Mean and variance of what is asked for in a lead time, review included."""
    review, mean_days = lead_time.review_period_days, lead_time.mean_days
    days = mean_days + review / 2
    squared = mean_days**2 + mean_days * review + review**2 / 3
    rate, unknown = demand.demand_per_day, demand.rate_variance
    variance = (demand.demand_variance_per_day or 0.0) * days + unknown * squared
    return rate * days, variance + (rate**2 + unknown) * lead_time.sd_days**2


def nodes(stops: Sequence[Stop]) -> list[Node]:
    """The stops of a part, with what flows."""
    found = [Node(stop) for stop in stops]
    for node in found:
        if node.stop.parent >= 0:
            node.parent = found[node.stop.parent]
            node.parent.children.append(node)
    for node in found:
        if node.parent is None:
            _flow(node)
    return found


def _flow(node: Node) -> None:
    """Sum up what is asked for, from the sites up."""
    for child in node.children:
        _flow(child)
    stop, own = node.stop, node.stop.customers
    asking = [own, *(child.upwards for child in node.children)]
    rate = sum(one.demand_per_day for one in asking)
    variance = _raised(own) + sum(
        child.upwards.demand_variance_per_day or 0.0 for child in node.children
    )
    unknown = sum(one.rate_variance for one in asking)
    back = own.demand_per_day * stop.repairable_share
    back += sum(child.repairable_per_day for child in node.children)
    repaired = back * (1.0 if node.parent is None else stop.local_repair_share)
    here = repaired / rate if rate > 0 else 0.0
    node.repairable_per_day = back - repaired
    node.batched = any(
        child.batched or child.stop.policy.order_quantity > 1 for child in node.children
    )
    sizes = _lumped(node) if node.batched else _mixed(asking)
    rest = 1.0 - here
    node.arriving = DemandForecast(rate, variance, unknown, sizes)
    node.upwards = DemandForecast(rest * rate, rest * variance, rest**2 * unknown, sizes)
    lane = stop.lane
    node.lead_time = LeadTime(
        here * stop.repair_time_days + rest * lane.mean_days,
        rest * lane.sd_days,
        rest * lane.review_period_days,
    )


def _raised(demand: DemandForecast) -> float:
    """Variance of a day's pieces, never less than sizes above one imply."""
    sizes = demand.sizes
    implied = demand.demand_per_day * (sizes.variance / sizes.mean + sizes.mean)
    given = demand.demand_variance_per_day
    if given is None:
        return implied
    return max(given, implied) if sizes.pieces[-1] > 1 else given


def _mixed(asking: Sequence[DemandForecast]) -> SizeLaw:
    """Sizes of all requests together, each stream by the number of its requests."""
    weight: dict[int, float] = {}
    for one in asking:
        requests = one.demand_per_day / one.sizes.mean
        for size, share in zip(one.sizes.pieces, one.sizes.share, strict=True):
            weight[size] = weight.get(size, 0.0) + requests * share
    sizes = sorted(size for size, some in weight.items() if some > 0)
    total = sum(weight[size] for size in sizes)
    if not sizes:
        return SizeLaw()
    return SizeLaw(tuple(sizes), tuple(weight[size] / total for size in sizes))


def _lumped(node: Node) -> SizeLaw:
    """One lump: the batch that all children order, if they are alike and alone; else a piece."""
    batches = {child.stop.policy.order_quantity for child in node.children}
    alone = node.stop.customers.demand_per_day == 0
    return SizeLaw((batches.pop(),)) if alone and len(batches) == 1 else SizeLaw()


def _beyond_whole_batches(quantity: int, mean: float, variance: float) -> float:
    """E[r (Q − r)], r = D mod Q, D being what is asked for in the meantime."""
    if mean <= 0:
        return 0.0
    law = stats.poisson(mean)
    if variance > mean * (1 + 1e-9):
        chance = mean / variance
        law = stats.nbinom(mean * chance / (1 - chance), chance)
    most = int(mean + 12 * np.sqrt(max(variance, mean)) + 45 * max(variance / mean, 1.0))
    numbers = np.arange(most + 1)
    rest = numbers % quantity
    return float(np.sum(law.pmf(numbers) * rest * (quantity - rest)))
