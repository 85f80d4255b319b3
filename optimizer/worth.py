"""What the last and the next piece of every item are worth, and who pays for the last one.

A piece is worth what the prices of the targets pay for the service it adds, and the delay it saves,
at its own location and at all that wait for it; all other levels stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inventory.demand import Floats, Ints
from inventory.echelons.flows import item_depth
from optimizer.assess import Levels, value_of
from optimizer.blocks import Each
from optimizer.echelons.trees import Trees
from optimizer.evaluate import Delivered
from optimizer.plan import StockingPlan, TargetResult
from optimizer.problem import Items
from optimizer.promises import Promises, promises


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """One row per item, money per day; nan where there is no such piece."""

    last_piece: Floats  # what targets pay
    next_piece: Floats
    paying_target: Ints  # row of the plan's targets that pays most for the last piece; −1: none
    last_delay: Floats  # what its delay would cost
    next_delay: Floats


def worth(items: Items, plan: StockingPlan, now: Delivered, *, each: Each = map) -> Worth:
    """What pieces are worth at the plan's levels, which deliver `now`.

    Where nobody waits for an item the prices of the plan tell it; where others do, one piece less
    and one more is tried, one echelon at a time.
    """
    levels = Levels(items, plan.reorder_point, plan.order_quantity, each)
    found = Worth(
        plan.last_piece_value_per_day.copy(), plan.next_piece_value_per_day.copy(),
        plan.paying_target.copy(), *_own_delay(levels, now),
    )  # fmt: skip
    trees = Trees.of(items)
    if np.any(trees.is_shared):
        _shared(_Prices.of(items, plan.targets), levels, now, trees, found)
    return found


def _own_delay(levels: Levels, now: Delivered) -> tuple[Floats, Floats]:
    """What delay the last piece saves those who ask here, and one more would save.

    From S to S + 1 the backorders fall by the share of time without stock at S + 1. Where others
    wait for the same stock what a piece saves is tried in `_shared`.
    """
    price, items = levels.items.delay_cost_per_day, levels.items
    if price is None:
        return np.zeros(len(items)), np.zeros(len(items))
    there = levels.reorder_point + levels.order_quantity > 0
    last = np.where(there, price * (1.0 - now.measures.ready_rate), np.nan)
    return last, price * now.measures.next_piece_saves


def _at(levels: Levels, reorder_point: Ints) -> Levels:
    """The same items at other reorder points."""
    return levels._replace(reorder_point=reorder_point)


@dataclass(frozen=True, slots=True, eq=False)
class _Prices:
    """The promises, and what each pays for one unit of an item's basis · value."""

    asked: Promises
    rate: Floats  # by promise, money per day
    row: Ints  # by promise, its row among the plan's targets

    @classmethod
    def of(cls, items: Items, results: Sequence[TargetResult]) -> "_Prices":
        targets = list(dict.fromkeys(one.target for one in results))
        asked = promises(items, targets)
        rows = {
            (one.target, one.location_id, one.machine_type): at for at, one in enumerate(results)
        }
        names = (*items.words.location_ids, "")
        row = np.array(
            [
                rows[targets[one.target], names[one.location], one.machine_type]
                for one in asked.rows
            ],
            dtype=np.int64,
        )
        price = np.array([results[at].price_per_day for at in row.tolist()])
        rate = np.divide(price, asked.weight, out=np.zeros(len(row)), where=asked.weight > 0)
        return cls(asked, rate, row)

    def members(self, promise: int) -> Ints:
        """The items a promise speaks of."""
        asked = self.asked
        patterns = np.zeros(asked.patterns, dtype=np.bool_)
        patterns[asked.entry_pattern[asked.entry_promise == promise]] = True
        return np.flatnonzero(patterns[asked.pattern])


def _shared(prices: _Prices, levels: Levels, now: Delivered, trees: Trees, found: Worth) -> None:
    """Fill in the items that others wait for."""
    depth, items = item_depth(trees.parent), levels.items
    value_now = _values(prices, levels, now)
    for echelon in np.unique(depth[trees.is_shared]).tolist():
        own = np.flatnonzero(trees.is_shared & (depth == echelon))
        below = _Below.of(trees.parent, depth, own)
        for step, pays, delay in (
            (-1, found.last_piece, found.last_delay),
            (1, found.next_piece, found.next_delay),
        ):
            point = levels.reorder_point.copy()
            point[own] += step
            tried = _at(levels, point)
            then = tried.delivered()
            paid = _paid(prices, step * (_values(prices, tried, then) - value_now), below)
            pays[own] = paid.sum(axis=0)
            if step < 0 and len(paid):
                best = np.argmax(paid, axis=0)
                most = np.take_along_axis(paid, best[None, :], axis=0)[0]
                found.paying_target[own] = np.where(most > 0, prices.row[best], -1)
            if items.delay_cost_per_day is not None:
                saved = step * (now.customers_backorders - then.customers_backorders)
                delay[own] = below.sums(items.delay_cost_per_day * saved)


def _values(prices: _Prices, levels: Levels, now: Delivered) -> Floats:
    """Basis · value, items × channels."""
    channels = prices.asked.channels
    columns = [value_of(levels, now, channel) for channel in channels]
    empty = np.zeros((len(levels.items), 0))
    return prices.asked.basis * (np.stack(columns, axis=1) if columns else empty)


def _paid(prices: _Prices, moved: Floats, below: "_Below") -> Floats:
    """Promises × items: what each promise pays for what moves below some items."""
    paid = np.zeros((len(prices.rate), below.items))
    for promise in np.flatnonzero(prices.rate).tolist():
        change = np.zeros(len(moved))
        members = prices.members(promise)
        change[members] = moved[members, prices.asked.channel[promise]]
        paid[promise] = prices.rate[promise] * below.sums(change)
    return paid


@dataclass(frozen=True, slots=True, eq=False)
class _Below:
    """Who stands below some items of one echelon, themselves included."""

    rows: Ints
    place: Ints  # of the item that stands above each of the rows
    items: int

    @classmethod
    def of(cls, parent: Ints, depth: Ints, own: Ints) -> "_Below":
        at = np.arange(len(parent))
        echelon = depth[own[0]]
        while np.any(depth[at] > echelon):
            at = np.where(depth[at] > echelon, parent[at], at)
        place = np.full(len(parent), -1, dtype=np.int64)
        place[own] = np.arange(len(own))
        rows = np.flatnonzero(place[at] >= 0)
        return cls(rows, place[at][rows], len(own))

    def sums(self, values: Floats) -> Floats:
        """Sums over all that stands below each."""
        return np.bincount(self.place, values[self.rows], self.items).astype(np.float64)
