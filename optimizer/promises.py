"""Targets become promises: one linear requirement each, over items that share a scope pattern.

A promise asks Σ basis · value / weight ≥ required over the items of its scope. Items with the same
tier, location and criticality share a *pattern*; what is measured, for which customers, is a
*channel*. An item's worth at given prices then needs one figure per pattern and channel, however
many targets there are. Targets that hold for each item are no promises: they are floors on its
range (`optimizer.blocks`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from inventory.service import Measure, Per, Scope, ServiceTarget
from optimizer.echelons.trees import Trees
from optimizer.problem import BestService, Items, Money

MET_WITHIN = 1e-9  # a target counts as met this close to it; every bound allows plans the same


class Channel(NamedTuple):
    """What is measured, and of whose demand ("" is everybody's)."""

    measure: Measure | Money
    within_days: float | None = None
    customer_class: str = ""
    machine_type: str = ""
    is_goal: bool = False  # not promised, but made as good as a budget allows

    @property
    def best(self) -> float:
        """The best value there can be: a share of 1, no waiting, no money."""
        if self.measure is Measure.AVAILABILITY:
            return 0.0  # a logarithm
        share = isinstance(self.measure, Measure) and self.measure.is_share
        return 1.0 if share else 0.0


class Promise(NamedTuple):
    """One requirement: a target, at one location where it holds for each (else −1).

    Availability holds for each machine type and location.
    """

    target: int
    location: int
    machine_type: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Promises:
    """All requirements of a problem, and how items enter them.

    Pattern `entry_pattern[e]` is in the scope of promise `entry_promise[e]`.
    """

    rows: tuple[Promise, ...]
    channels: tuple[Channel, ...]
    channel: Ints  # by promise
    weight: Floats  # by promise: Σ pieces, requests or value per day; 0 when nobody asks
    required: Floats  # by promise: share, or −days; relaxed by `MET_WITHIN`
    entry_promise: Ints
    entry_pattern: Ints
    pattern: Ints  # by item
    patterns: int
    basis: Floats  # items × channels: an item's weight in the sum

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def ceiling(self) -> Floats:
        """By promise, the best value there can be."""
        return np.array([channel.best for channel in self.channels])[self.channel]

    def earned(self, price: Floats) -> Floats:
        """Patterns × channels: money per day for one unit of basis · value, at given prices."""
        width = len(self.channels)
        cell = self.entry_pattern * width + self.channel[self.entry_promise]
        per_unit = self._shared(price)[self.entry_promise]
        flat = np.bincount(cell, per_unit, self.patterns * width).astype(np.float64)
        return flat.reshape(self.patterns, width)

    def achieved(self, totals: Floats) -> Floats:
        """Value of each promise from Σ basis · value by pattern and channel; 0 if nobody asks."""
        covered = totals[self.entry_pattern, self.channel[self.entry_promise]]
        return self._shared(np.bincount(self.entry_promise, covered, len(self)).astype(np.float64))

    @property
    def covers(self) -> Floats:
        """Patterns × promises: what one unit of basis · value adds to a promise's value."""
        found = np.zeros((self.patterns, len(self)))
        found[self.entry_pattern, self.entry_promise] = 1.0
        return np.asarray(found / np.where(self.weight > 0, self.weight, np.inf))

    @property
    def hair(self) -> Floats:
        """By promise, what rounding may cost a sum; no more is forgiven."""
        return np.asarray(1e-12 * np.maximum(1.0, np.abs(self.required)))

    def kept(self, value: Floats) -> bool:
        """Whether every promise is kept by these values."""
        return bool(np.all(value >= self.required - self.hair))

    def asking(self, required: Floats) -> "Promises":
        """The same promises, asking for `required`."""
        return replace(self, required=required)

    def only(self, kept: NDArray[np.bool_]) -> "Promises":
        """Some of the promises."""
        entries = kept[self.entry_promise]
        return replace(
            self,
            rows=tuple(row for row, keep in zip(self.rows, kept, strict=True) if keep),
            channel=self.channel[kept],
            weight=self.weight[kept],
            required=self.required[kept],
            entry_promise=(np.cumsum(kept) - 1)[self.entry_promise[entries]],
            entry_pattern=self.entry_pattern[entries],
        )

    def _shared(self, values: Floats) -> Floats:
        return np.divide(values, self.weight, out=np.zeros(len(self)), where=self.weight > 0)


def promises(items: Items, targets: Sequence[ServiceTarget]) -> Promises:
    """The promises of `targets` over `items`; every one that speaks of an item, even if vacuous."""
    codes, pattern = _patterns(items)
    found = list(_covered(items, targets, codes))
    channels = tuple(dict.fromkeys(_channel(targets, promise) for promise, _ in found))
    basis = np.empty((len(items), len(channels)))
    asked = np.empty((len(codes), len(channels)))
    for at, channel in enumerate(channels):
        basis[:, at], weight = _basis(items, channel)
        asked[:, at] = np.bincount(pattern, weight, len(codes))
    channel_of = [channels.index(_channel(targets, promise)) for promise, _ in found]
    sizes = [len(patterns) for _, patterns in found]
    return Promises(
        rows=tuple(promise for promise, _ in found),
        channels=channels,
        channel=np.array(channel_of, dtype=np.int64),
        weight=np.array(
            [
                min(asked[members, at].sum(), 1.0 if channels[at].machine_type else np.inf)
                for (_, members), at in zip(found, channel_of, strict=True)
            ]
        ),
        required=np.array([required(targets[promise.target]) for promise, _ in found]),
        entry_promise=np.repeat(np.arange(len(found)), sizes),
        entry_pattern=np.concatenate([np.empty(0, np.int64), *(members for _, members in found)]),
        pattern=pattern,
        patterns=len(codes),
        basis=basis,
    )


def with_goal(items: Items, found: Promises, goal: BestService) -> Promises:
    """The promises, with a budget as the last and the goal as the last channel."""
    scope = goal.scope
    measured = Channel(goal.measure, goal.within_days, scope.customer_class, is_goal=True)
    basis, weight = _basis(items, measured)
    inside = in_scope(items, scope)
    asked = max(float(weight[inside].sum()), 1e-300)
    spent = np.ones(len(items))
    return replace(
        found,
        rows=(*found.rows, Promise(-1, -1)),
        channels=(*found.channels, Channel(goal.counts), measured),
        channel=np.append(found.channel, len(found.channels)),
        weight=np.append(found.weight, 1.0),
        required=np.append(found.required, -goal.budget * (1 + MET_WITHIN)),
        entry_promise=np.append(found.entry_promise, np.full(found.patterns, len(found))),
        entry_pattern=np.append(found.entry_pattern, np.arange(found.patterns)),
        basis=np.column_stack((found.basis, spent, np.where(inside, basis / asked, 0.0))),
    )


def required(target: ServiceTarget) -> float:
    """What the value of a promise must reach: the share, or minus the days; a hair below.

    A promise of everything (a share of 1, no wait at all) leaves no hair: where any demand can be
    larger than the shelf it is beyond reach, and is said to be.
    """
    if target.measure is Measure.AVAILABILITY:
        return float(np.log(max(target.target, 1e-300))) - MET_WITHIN
    share = target.measure.is_share
    room = 1.0 - target.target if share else target.target
    return (target.target if share else -target.target) - MET_WITHIN * min(1.0, 1000 * room)


def in_scope(items: Items, scope: Scope) -> NDArray[np.bool_]:
    """The items that a scope selects; of a customer class, those it asks for."""
    codes = np.stack((items.tier, items.location, items.criticality), axis=1)
    chosen = _selected(scope, items, codes)
    if scope.customer_class:
        chosen &= share_of(items, scope.customer_class) > 0
    return chosen


def share_of(items: Items, customer_class: str) -> Floats:
    """Share of each item's demand that comes from a customer class."""
    if not customer_class:
        return np.ones(len(items))
    return items.class_share.get(customer_class, np.zeros(len(items)))


def _patterns(items: Items) -> tuple[Ints, Ints]:
    """Distinct (tier, location, criticality) as rows, and each item's row."""
    columns = np.stack((items.tier, items.location, items.criticality))
    width = columns.max(axis=1, initial=0) + 1
    key = (columns[0] * width[1] + columns[1]) * width[2] + columns[2]
    _, first, pattern = np.unique(key, return_index=True, return_inverse=True)
    return columns[:, first].T.astype(np.int64), pattern.astype(np.int64)


def _covered(
    items: Items, targets: Sequence[ServiceTarget], codes: Ints
) -> Iterator[tuple[Promise, Ints]]:
    """Each promise with the patterns in its scope."""
    for at, target in enumerate(targets):
        members = np.flatnonzero(_selected(target.scope, items, codes))
        if target.measure is Measure.AVAILABILITY:
            for kind in sorted(items.fleets):
                for location in np.unique(codes[members, 1]).tolist():
                    yield Promise(at, location, kind), members[codes[members, 1] == location]
            continue
        if target.per is Per.ITEM:
            continue
        if target.per is Per.SCOPE:
            yield Promise(at, -1), members
            continue
        for location in np.unique(codes[members, 1]).tolist():
            yield Promise(at, location), members[codes[members, 1] == location]


def _selected(scope: Scope, items: Items, codes: Ints) -> NDArray[np.bool_]:
    """Which rows of (tier, location, criticality) codes a scope speaks of."""
    words = items.words
    chosen = np.ones(len(codes), dtype=np.bool_)
    asked = (
        (scope.tier, words.tiers),
        (scope.location_id, words.location_ids),
        (scope.criticality, words.criticalities),
    )
    for column, (word, known) in enumerate(asked):
        if word:
            chosen &= codes[:, column] == (known.index(word) if word in known else -1)
    return chosen


def _channel(targets: Sequence[ServiceTarget], promise: Promise) -> Channel:
    target = targets[promise.target]
    scope = target.scope
    return Channel(target.measure, target.within_days, scope.customer_class, promise.machine_type)


def _basis(items: Items, channel: Channel) -> tuple[Floats, Floats]:
    """Weight of each item's value in the sum, and what the sum is divided by.

    Shares count customers' pieces, requests or value. Waiting is Σ backorders / Σ pieces per day:
    the backorders of an item are a class's in proportion to its share of all that is asked there.
    """
    if channel.machine_type:
        carried = items.fleets[channel.machine_type].per_machine > 0
        return carried.astype(np.float64), carried.astype(np.float64)
    share = share_of(items, channel.customer_class)
    pieces = items.demand.demand_per_day * share
    match channel.measure:
        case Measure.WAITING_DAYS:
            return share * Trees.of(items).own_share(items), pieces
        case Measure.LINE_FILL_RATE:
            pieces = pieces / items.demand.sizes.mean()
        case Measure.VALUE_FILL_RATE:
            pieces = pieces * items.unit_cost
    return pieces, pieces
