"""The smallest set of held-back changes that mends what holding them back would break.

Where items stand alone, what a change adds to a promise is a number, and the smallest set is a
small integer programme with its bound. In a network the numbers are nearly right: the set is tried
on the promises themselves, asked for a little more where it falls short, and called smallest only
where every smaller one was tried.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from inventory.service import Measure, Per, ServiceTarget
from optimizer.evaluate import Delivered
from optimizer.fewest import fewest
from optimizer.plan import StockingPlan, TargetResult
from optimizer.problem import Items
from optimizer.promises import in_scope, required
from planning.effects import Effects
from planning.pose import Question

ROUNDS = 5  # of asking for a little more
MORE = 1.02  # than what was missing
MOST_TRIED = 2_000_000  # items looked at to prove that nothing smaller will do
ADDITIVE = (
    Measure.FILL_RATE,
    Measure.LINE_FILL_RATE,
    Measure.VALUE_FILL_RATE,
    Measure.READY_RATE,
    Measure.WAITING_DAYS,
)

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Promises = Callable[[Flags], Sequence[TargetResult]]  # at the levels if so many are approved


@dataclass(frozen=True, slots=True, eq=False)
class Mended:
    """Changes to raise as well, and how many it takes at least."""

    chosen: Flags
    at_least: int


def mend(
    effects: Effects,
    question: Question,
    plan: StockingPlan,
    promises: Promises,
    chosen: Flags,
    free: Flags,
) -> Mended:
    """The fewest of the `free` changes that mend what holding them back breaks.

    Args:
        effects: of every change.
        question: what was planned.
        plan: what it promises.
        promises: every promise, once some changes are approved.
        chosen: changes that are raised anyway.
        free: changes that may be raised for this.
    """
    kept = {(one.target, one.location_id) for one in plan.targets if one.met}
    work = _Work(effects, question.items, promises, kept, chosen, np.flatnonzero(free))
    nothing = np.zeros(len(chosen), dtype=np.bool_)
    before = work.state(nothing)
    if not work.broken(before):
        return Mended(nothing, 0)
    found, least = work.by_sums(before)
    if found is None:
        found, least = work.one_by_one(before), 1
    size = int(found.sum())
    if least < size and work.nothing_smaller(size):
        least = size
    return Mended(found, least)


@dataclass(frozen=True, slots=True, eq=False)
class _Work:
    """What every way of mending looks at."""

    effects: Effects
    items: Items
    promises: Promises
    kept: set[tuple[ServiceTarget, str]]
    chosen: Flags
    free: Ints

    def state(self, more: Flags) -> list[TargetResult]:
        """The promises that the plan keeps, with `more` approved."""
        found = self.promises(self.chosen | more)
        return [one for one in found if (one.target, one.location_id) in self.kept]

    def broken(self, state: Sequence[TargetResult]) -> list[TargetResult]:
        """Those that are not kept."""
        return [one for one in state if not one.met]

    def by_sums(self, before: Sequence[TargetResult]) -> tuple[Flags | None, int]:
        """By what changes add; None where that cannot do it. And how many it takes at least."""
        summed = [one for one in before if _is_sum(one.target) and one.achieved is not None]
        if not any(not one.met for one in summed):
            return None, 1
        adds = np.array([self._adds(one)[self.free] for one in summed])
        needed = np.array([_missing(self.items, one) for one in summed])
        alone = bool(np.all(self.effects.parent < 0)) and len(summed) == len(before)
        least = 1
        for _ in range(ROUNDS):
            found = fewest(adds, needed)
            if found is None:
                return None, least
            least = found.at_least if alone else least
            alone = False  # once more than was missing is asked for, the bound is another's
            mends = np.zeros(len(self.chosen), dtype=np.bool_)
            mends[self.free[found.chosen]] = True
            state = self.state(mends)
            if not self.broken(state):
                return mends, least
            now = {(one.target, one.location_id): one for one in state}
            still = [_missing(self.items, now[one.target, one.location_id]) for one in summed]
            needed = needed + MORE * np.maximum(np.array(still), 0.0)
        return None, least

    def one_by_one(self, before: Sequence[TargetResult]) -> Flags:
        """One promise after the other, what adds most first; all that help where none is enough."""
        mends = np.zeros(len(self.chosen), dtype=np.bool_)
        for one in self.broken(before):
            adds = self._adds(one)
            helpful = self.free[(adds[self.free] > 0) & ~mends[self.free]]
            ranked = helpful[np.lexsort((helpful, -adds[helpful]))]
            enough = self._enough(one, mends, ranked)
            mends[ranked[:enough]] = True
        return mends

    def nothing_smaller(self, size: int) -> bool:
        """True when every smaller set was tried, and none mends."""
        sets = 0
        for smaller in range(1, size):
            sets += comb(len(self.free), smaller)
            if sets * len(self.chosen) > MOST_TRIED:
                return False
        for smaller in range(1, size):
            for some in combinations(self.free, smaller):
                tried = np.zeros(len(self.chosen), dtype=np.bool_)
                tried[list(some)] = True
                if not self.broken(self.state(tried)):
                    return False
        return True

    def _enough(self, wanted: TargetResult, mends: Flags, ranked: Ints) -> int:
        """How many of `ranked` it takes until the promise is kept; all when none is enough."""
        low, high = 0, len(ranked)
        while low < high:
            middle = (low + high) // 2
            tried = mends.copy()
            tried[ranked[:middle]] = True
            key = (wanted.target, wanted.location_id)
            met = all(one.met for one in self.state(tried) if (one.target, one.location_id) == key)
            low, high = (low, middle) if met else (middle + 1, high)
        return low

    def _adds(self, broken: TargetResult) -> Floats:
        """What each change adds to a promise; more is better."""
        weight = _weights(self.items, broken)
        return self.effects.of(lambda one: weight * _column(one, broken.target))


def _is_sum(target: ServiceTarget) -> bool:
    return target.measure in ADDITIVE and target.per is not Per.ITEM


def _missing(items: Items, one: TargetResult) -> float:
    """What the sum behind a promise lacks; negative where there is more than enough."""
    weight = _weights(items, one)
    if one.target.measure is Measure.WAITING_DAYS:
        weight = weight * items.demand.demand_per_day
    value = one.achieved or 0.0
    reached = -value if one.target.measure is Measure.WAITING_DAYS else value
    return float((required(one.target) - reached) * weight.sum())


def _weights(items: Items, one: TargetResult) -> Floats:
    """What each item counts for in a promise; 0 outside its scope."""
    target = one.target
    chosen = in_scope(items, target.scope)
    if one.location_id:
        chosen = chosen & (items.location == items.words.location_ids.index(one.location_id))
    every = np.ones(len(items)) if target.per is Per.ITEM else _weight(items, target)
    return np.asarray(chosen * every)


def _column(one: Delivered, target: ServiceTarget) -> Floats:
    measures = one.measures
    if target.measure in (Measure.WAITING_DAYS, Measure.AVAILABILITY):
        return -one.customers_backorders
    names = {Measure.LINE_FILL_RATE: "line_fill_rate", Measure.READY_RATE: "ready_rate"}
    column = getattr(measures, names.get(target.measure, "fill_rate"))
    return np.asarray(np.nan_to_num(column))


def _weight(items: Items, target: ServiceTarget) -> Floats:
    share = np.ones(len(items))
    if target.scope.customer_class:
        share = items.class_share.get(target.scope.customer_class, np.zeros(len(items)))
    if target.measure in (Measure.WAITING_DAYS, Measure.AVAILABILITY):
        return share
    pieces = items.demand.demand_per_day * share
    if target.measure is Measure.VALUE_FILL_RATE:
        return np.asarray(pieces * items.unit_cost)
    if target.measure is Measure.LINE_FILL_RATE:
        return np.asarray(pieces / items.demand.sizes.mean())
    return np.asarray(pieces)
