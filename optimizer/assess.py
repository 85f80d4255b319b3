"""What given levels make of the targets: no choice, only what `evaluate` and reports ask."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import Measure, Per, ServiceTarget
from optimizer.blocks import Each
from optimizer.evaluate import Delivered, evaluated
from optimizer.plan import TargetResult
from optimizer.problem import Items
from optimizer.promises import Channel, Promise, in_scope, promises, required
from optimizer.reach import shown


def assess(
    items: Items,
    targets: Sequence[ServiceTarget],
    reorder_point: Ints,
    order_quantity: Ints,
    *,
    now: Delivered | None = None,
    each: Each = map,
) -> tuple[TargetResult, ...]:
    """One row per target and location, as a plan has them, without prices.

    `now` is what the levels deliver, where that is known already.
    """
    asked = promises(items, targets)
    levels = Levels(items, reorder_point, order_quantity, each)
    if now is None:
        now = levels.delivered()
    totals = np.zeros((asked.patterns, len(asked.channels)))
    for at, channel in enumerate(asked.channels):
        value = asked.basis[:, at] * value_of(levels, now, channel)
        totals[:, at] = np.bincount(asked.pattern, value, asked.patterns)
    value = asked.achieved(totals)
    found = [
        (row.target, _result(items, targets[row.target], row, value[at], asked.weight[at] > 0))
        for at, row in enumerate(asked.rows)
    ]
    for row, target in enumerate(targets):
        if target.per is Per.ITEM and target.measure is not Measure.AVAILABILITY:
            found.append((row, _worst(levels, target, now)))
    return tuple(result for _, result in sorted(found, key=lambda one: one[0]))


class Levels(NamedTuple):
    """The levels to be assessed."""

    items: Items
    reorder_point: Ints
    order_quantity: Ints
    each: Each

    def delivered(self, sooner_days: float = 0.0) -> Delivered:
        """What they deliver; with `sooner_days`, within so many days."""
        return evaluated(
            self.items, self.reorder_point, self.order_quantity,
            sooner_days=sooner_days, each=self.each,
        )  # fmt: skip


def value_of(levels: Levels, now: Delivered, channel: Channel) -> Floats:
    """What each item contributes, more being better."""
    match channel.measure:
        case Measure.WAITING_DAYS:
            return -now.measures.expected_backorders
        case Measure.LINE_FILL_RATE:
            return now.measures.line_fill_rate
        case Measure.AVAILABILITY:
            fleet = levels.items.fleets[channel.machine_type]
            return fleet.availability(now.customers_backorders)
        case Measure.READY_RATE:
            return now.measures.ready_rate
        case Measure.RESPONSE_SHARE:
            return levels.delivered(channel.within_days or 0.0).measures.fill_rate
    return now.measures.fill_rate


def _result(
    items: Items, target: ServiceTarget, promise: Promise, value: float, asked: bool
) -> TargetResult:
    where = items.words.location_ids[promise.location] if promise.location >= 0 else ""
    if not asked:
        return TargetResult(target, where, -1, None, 0.0, None, True, promise.machine_type)
    return replace(_row(target, where, -1, float(value)), machine_type=promise.machine_type)


def _worst(levels: Levels, target: ServiceTarget, now: Delivered) -> TargetResult:
    """The item furthest below a target that each must meet by itself."""
    items = levels.items
    rate = items.demand.demand_per_day
    rows = np.flatnonzero(in_scope(items, target.scope) & (rate > 0))
    if not len(rows):
        return TargetResult(target, "", -1, None, 0.0, None, True)
    if target.measure is Measure.WAITING_DAYS:
        value = -now.customers_backorders[rows] / rate[rows]
    else:
        channel = Channel(target.measure, target.within_days, "")
        value = value_of(levels, now, channel)[rows]
    worst = int(np.argmin(value))
    return _row(target, "", int(rows[worst]), float(value[worst]))


def _row(target: ServiceTarget, where: str, item: int, value: float) -> TargetResult:
    met = value >= required(target) - 1e-12
    return TargetResult(target, where, item, shown(target, value), 0.0, None, bool(met))
