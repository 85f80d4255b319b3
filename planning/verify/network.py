"""The second opinion on a part that is stocked at several echelons, by plain sums, parents first.

A location waits for its lane and for what its parent owes it: a share of the parent's backorders,
or, where orders come in batches, what it is asked for while the parent is late (`docs/laws.md`).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.polynomial.legendre import leggauss

from inventory.demand import Floats
from inventory.lead_time import LeadTime
from planning.verify.flows import Node, Stop, moments, nodes
from planning.verify.items import (
    NOTHING,
    Recomputed,
    Waiting,
    count_law,
    measured,
    pieces_law,
    recompute,
)
from planning.verify.sites import chances_of, is_site, lack_law, lacked

_POINTS, _WEIGHTS = leggauss(12)
_PARTS = tuple((_POINTS + 1) / 2)  # of a lead time, at which a late parent is looked at
Owed = dict[Node, Waiting]  # what each location's parent owes it


def recompute_part(
    stops: Sequence[Stop], wanted: Sequence[int], sooner_days: float = 0.0
) -> dict[int, Recomputed]:
    """Every measure of the `wanted` stops of one part, counted out.

    With `sooner_days` rates are those of being served within so many days; where others wait for
    the same stock that is at once.
    """
    tree = nodes(stops)
    owed: Owed = {}
    return {at: _recomputed(tree[at], sooner_days, owed) for at in wanted}


def _recomputed(node: Node, sooner_days: float, owed: Owed) -> Recomputed:
    lead_time = node.lead_time
    if not node.children:
        days = max(lead_time.mean_days - sooner_days, 0.0)
        lead_time = LeadTime(days, lead_time.sd_days, lead_time.review_period_days)
    if node.parent is not None and is_site(node):
        return _site(node, node.parent, lead_time, owed)
    return recompute(
        node.arriving, lead_time, node.stop.policy, waiting=_waiting(node, owed), wanted=node.wanted
    )


def _site(node: Node, parent: Node, lead_time: LeadTime, owed: Owed) -> Recomputed:
    """A site whose depot serves batches of its Q alone: all that it lacks of R + Q."""
    policy, above = node.stop.policy, parent.stop.policy
    orders = [_orders(parent, _owed(parent, owed), part) for part in (*_PARTS, 1.0)]
    levels = range(above.reorder_point + 1, above.base_stock_level + 1)
    delays = [_delay(parent, level, orders) for level in levels]
    chances = chances_of(node, parent, levels, delays, _PARTS, tuple(_WEIGHTS))
    top = policy.base_stock_level
    law, mean = lack_law(node, lead_time, chances, max(top, 0)), lacked(node, lead_time, chances)
    found = measured(node.arriving, lead_time, policy, range(top, top + 1), law, mean, node.wanted)
    return replace(found, lead_time_demand_mean=mean - (policy.order_quantity - 1) / 2)


def _waiting(node: Node, owed: Owed) -> Waiting:
    """What the parent owes a location, and what its own children's batches add."""
    late = _owed(node, owed)
    if node.lump > 0:
        return Waiting(late.mean, late.variance + node.lumped_variance(1.0))
    return late


def _owed(node: Node, owed: Owed) -> Waiting:
    """What the parent owes a location, found out once."""
    if node.parent is None:
        return NOTHING
    if node not in owed:
        find = _owed_late if node.parent.lump > 0 else _owed_share
        owed[node] = find(node, node.parent, owed)
    return owed[node]


def _share(node: Node, parent: Node) -> float:
    """The location's share of what its parent is asked for."""
    asked = parent.arriving.demand_per_day
    return node.upwards.demand_per_day / asked if asked > 0 else 0.0


def _owed_share(node: Node, parent: Node, owed: Owed) -> Waiting:
    """Each piece that the parent owes is this location's with the chance of its share."""
    share = _share(node, parent)
    mean, variance = _backorders(parent, _waiting(parent, owed))
    return Waiting(share * mean, share**2 * variance + share * (1 - share) * mean)


def _backorders(parent: Node, waiting: Waiting) -> tuple[float, float]:
    """Mean and variance of what a location owes, over all its positions."""
    policy = parent.stop.policy
    mean, variance = moments(parent.arriving, parent.lead_time)
    mean, variance = mean + waiting.mean, variance + waiting.variance
    reach = parent.arriving.demand_per_day * parent.lead_time.review_period_days
    wide = np.sqrt(max(variance, mean) + reach**2 / 12)
    largest = parent.arriving.sizes.pieces[-1]
    most = int(mean + reach + 12 * wide + 45 * (max(variance, mean) / max(mean, 1e-9) + largest))
    law = pieces_law(parent.arriving, parent.lead_time, most, waiting)
    once = twice = 0.0
    for level in range(policy.reorder_point + 1, policy.base_stock_level + 1):
        owed = np.maximum(np.arange(most + 1) - level, 0)
        once += float(law @ owed) / policy.order_quantity
        twice += float(law @ owed**2) / policy.order_quantity
    return once, max(twice - once**2, 0.0)


def _owed_late(node: Node, parent: Node, owed: Owed) -> Waiting:
    """What a location is asked for while its parent is late, over all the parent's positions.

    Its own order may be the one at the edge: then what that order has beyond the parent's level
    takes the place of what its position lacks anyway.
    """
    share, quantity = _share(node, parent), node.stop.policy.order_quantity
    rate, spread = node.upwards.demand_per_day, node.upwards.demand_variance_per_day or 0.0
    lump, policy = parent.lump, parent.stop.policy
    lacks = np.arange(quantity)  # of a batch, at any time
    orders = [_orders(parent, _owed(parent, owed), part) for part in (*_PARTS, 1.0)]
    first = second = 0.0
    for level in range(policy.reorder_point + 1, policy.base_stock_level + 1):
        late, days, squared_days = _delay(parent, level, orders)
        mean = rate * days
        variance = spread * days + rate**2 * (squared_days - days**2)
        if level > 0 and quantity == lump:
            beyond = -level % lump
            change = share * (beyond - lacks.mean())
            edge = beyond**2 - np.mean(lacks**2) - 2 * lacks.mean() * (beyond - lacks.mean())
            variance += late * share * edge
            variance += 2 * change * mean * (1 - late) - (late * change) ** 2
            mean += late * change
        if level < 0:
            mean -= share * level
            variance -= share * (1 - share) * level
        first += mean / policy.order_quantity
        second += (variance + mean**2) / policy.order_quantity
    return Waiting(max(first, 0.0), second - first**2)


def _delay(parent: Node, level: int, orders: Sequence[Floats]) -> tuple[float, float, float]:
    """Chance that a parent with this base stock is late at all, E[W] and E[W²] of its delay, days.

    It is late by more than what is left of its lead time when the orders of the part that has gone
    by come up to the level.
    """
    days = parent.lead_time.mean_days + parent.lead_time.review_period_days / 2
    lumps = max(-(-level // parent.lump), 0)
    *chances, late = (float(1 - law[:lumps].sum()) for law in orders)
    once = twice = 0.0
    for part, weight, chance in zip(_PARTS, _WEIGHTS, chances, strict=True):
        once += weight / 2 * days * chance
        twice += weight * days**2 * (1 - part) * chance
    return late, once, twice


def _orders(parent: Node, waiting: Waiting, part: float) -> Floats:
    """The law of the orders of a part of the lead time, in lumps, as far as the level."""
    mean, variance = moments(parent.arriving, parent.lead_time)
    mean, variance = mean + waiting.mean, variance + waiting.variance
    days = parent.lead_time.mean_days + parent.lead_time.review_period_days / 2
    steady = (parent.arriving.demand_variance_per_day or 0.0) * days
    spread = steady * part + (variance - steady) * part**2 + parent.lumped_variance(part)
    lump = parent.lump
    numbers = np.arange(max(parent.stop.policy.base_stock_level, 0) // lump + 1)
    return count_law(mean * part / lump, spread / lump**2, numbers)
