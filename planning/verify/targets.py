"""What every target comes to, by plain weighted sums over its items."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats
from inventory.service import Measure, Per, ServiceTarget
from optimizer.problem import Items
from planning.verify.claims import Claims


def achieved(
    items: Items, targets: Sequence[ServiceTarget], claims: Claims
) -> Iterator[tuple[ServiceTarget, str, float | None]]:
    """Each target, at each location where it holds for each, with what it comes to.

    None where nobody asks. A target that holds for each item comes to that of the worst one.
    Availability holds for each machine type and location, in the order of the types.
    """
    for target in targets:
        if target.measure is Measure.AVAILABILITY:
            for kind, where, value in _availabilities(items, target, claims):
                yield target, f"{kind} at {where}", value
            continue
        chosen = _scope(items, target)
        if target.per is not Per.LOCATION:
            yield target, "", _value(items, target, claims, chosen)
            continue
        for location in sorted(set(items.location[chosen].tolist())):
            here = chosen & (items.location == location)
            word = items.words.location_ids[location]
            yield target, word, _value(items, target, claims, here)


def _availabilities(
    items: Items, target: ServiceTarget, claims: Claims
) -> Iterator[tuple[str, str, float | None]]:
    """By machine type and location: the product over the parts of (1 − EBO/(N Z))^Z."""
    chosen = _scope(items, target)
    owed = np.nan_to_num(claims.measures["waiting_days"]) * items.demand.demand_per_day
    for kind in sorted(items.fleets):
        fleet = items.fleets[kind]
        for location in sorted(set(items.location[chosen].tolist())):
            here = np.flatnonzero(chosen & (items.location == location) & (fleet.per_machine > 0))
            up = 1.0
            for row in here.tolist():
                carried = fleet.per_machine[row]
                up *= max(1.0 - owed[row] / (fleet.machines[row] * carried), 1e-12) ** carried
            yield kind, items.words.location_ids[location], float(up) if len(here) else None


def _scope(items: Items, target: ServiceTarget) -> NDArray[np.bool_]:
    """The items a target speaks of."""
    scope, words = target.scope, items.words
    columns = (
        (scope.tier, words.tiers, items.tier),
        (scope.location_id, words.location_ids, items.location),
        (scope.criticality, words.criticalities, items.criticality),
    )
    chosen = np.ones(len(items), dtype=np.bool_)
    for asked, known, code in columns:
        if asked:
            chosen &= np.array([word == asked for word in known], dtype=np.bool_)[code]
    return chosen


def _value(
    items: Items, target: ServiceTarget, claims: Claims, chosen: NDArray[np.bool_]
) -> float | None:
    """The measure over the chosen items, weighted as it is defined."""
    share = np.ones(len(items))
    if target.scope.customer_class:
        share = items.class_share.get(target.scope.customer_class, np.zeros(len(items)))
    pieces = items.demand.demand_per_day * share
    asked = chosen & (pieces > 0)
    if not asked.any():
        return None
    value = claims.of(target.measure, target.within_days)[asked]
    if target.per is Per.ITEM:
        worst = np.min if target.measure.is_share else np.max
        return float(worst(value))
    weight = _weight(items, target.measure, pieces)[asked]
    return float(np.sum(weight * value) / np.sum(weight))


def _weight(items: Items, measure: Measure, pieces: Floats) -> Floats:
    """Requests for lines, value for the fill rate by value, pieces for all others."""
    if measure is Measure.LINE_FILL_RATE:
        return np.asarray(pieces / items.demand.sizes.mean())
    if measure is Measure.VALUE_FILL_RATE:
        return np.asarray(pieces * items.unit_cost)
    return pieces
