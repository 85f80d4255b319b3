"""What given levels make of the targets: no choice, only what `evaluate` and reports ask."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTimes
from inventory.measures import Measures, measures
from inventory.service import Measure, Per, ServiceTarget
from optimizer.plan import TargetResult
from optimizer.problem import Items
from optimizer.promises import Channel, Promise, in_scope, promises, required
from optimizer.reach import shown


def assess(
    items: Items,
    targets: Sequence[ServiceTarget],
    reorder_point: Ints,
    order_quantity: Ints,
) -> tuple[TargetResult, ...]:
    """One row per target and location, as a plan has them, without prices."""
    asked = promises(items, targets)
    now = measures(items.demand, items.lead_times, reorder_point, order_quantity)
    totals = np.zeros((asked.patterns, len(asked.channels)))
    for at, channel in enumerate(asked.channels):
        value = asked.basis[:, at] * _value(items, now, channel, reorder_point, order_quantity)
        totals[:, at] = np.bincount(asked.pattern, value, asked.patterns)
    value = asked.achieved(totals)
    found = [
        (row.target, _result(items, targets[row.target], row, value[at], asked.weight[at] > 0))
        for at, row in enumerate(asked.rows)
    ]
    for row, target in enumerate(targets):
        if target.per is Per.ITEM and target.measure is not Measure.AVAILABILITY:
            found.append((row, _worst(items, target, now, reorder_point, order_quantity)))
    return tuple(result for _, result in sorted(found, key=lambda one: one[0]))


def _value(
    items: Items, now: Measures, channel: Channel, reorder_point: Ints, order_quantity: Ints
) -> Floats:
    """What each item contributes, more being better."""
    match channel.measure:
        case Measure.WAITING_DAYS:
            return -now.expected_backorders
        case Measure.LINE_FILL_RATE:
            return now.line_fill_rate
        case Measure.AVAILABILITY:
            return items.fleets[channel.machine_type].availability(now.expected_backorders)
        case Measure.READY_RATE:
            return now.ready_rate
        case Measure.RESPONSE_SHARE:
            sooner = np.maximum(items.lead_times.mean_days - (channel.within_days or 0.0), 0.0)
            lead_times = LeadTimes(
                sooner, items.lead_times.variance_days, items.lead_times.review_period_days
            )
            return measures(items.demand, lead_times, reorder_point, order_quantity).fill_rate
    return now.fill_rate


def _result(
    items: Items, target: ServiceTarget, promise: Promise, value: float, asked: bool
) -> TargetResult:
    where = items.words.location_ids[promise.location] if promise.location >= 0 else ""
    if not asked:
        return TargetResult(target, where, -1, None, 0.0, None, True, promise.machine_type)
    return replace(_row(target, where, -1, float(value)), machine_type=promise.machine_type)


def _worst(
    items: Items, target: ServiceTarget, now: Measures, reorder_point: Ints, order_quantity: Ints
) -> TargetResult:
    """The item furthest below a target that each must meet by itself."""
    rate = items.demand.demand_per_day
    rows = np.flatnonzero(in_scope(items, target.scope) & (rate > 0))
    if not len(rows):
        return TargetResult(target, "", -1, None, 0.0, None, True)
    channel = Channel(target.measure, target.within_days, "")
    value = _value(items, now, channel, reorder_point, order_quantity)[rows]
    if target.measure is Measure.WAITING_DAYS:
        value = value / rate[rows]
    worst = int(np.argmin(value))
    return _row(target, "", int(rows[worst]), float(value[worst]))


def _row(target: ServiceTarget, where: str, item: int, value: float) -> TargetResult:
    met = value >= required(target) - 1e-12
    return TargetResult(target, where, item, shown(target, value), 0.0, None, bool(met))
