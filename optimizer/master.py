"""Prices of the promises: multiplicative updates first, then a linear programme over all passes.

Every pass prices all blocks; what each block chose becomes a column. The programme mixes columns
block by block so that every promise is kept at least cost; its dual values pull the next prices
away from those of the best bound.
Each pass also gives a bound: required · price + what no choice of levels goes below.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from inventory.demand import Floats, Ints
from optimizer import linear
from optimizer.blocks import Block, Each, chosen_at, rows_at
from optimizer.patience import NeverCameBack
from optimizer.promises import Promises
from optimizer.swaps import whole_trees
from optimizer.swaps.kernels import Places

WARM_PASSES = 7  # multiplicative passes before the first programme
STEADY = 0.5  # the next prices lie so far towards those of the best bound: fewer passes
IDLE = 1e-4  # of the bound: a price the mix calls 0 and that moves less money is dropped
STEP = 1.3  # exponent of the multiplicative update
NEGLIGIBLE = 1e-11  # of the cost of the safe rows; nothing is settled more closely
FINEST = 1e-6  # shortfalls are scaled up to here
KEPT_PASSES = 12  # columns carried over to other candidates, or to the next budget of a curve
SWAPPED = 8  # passes at least that whole trees may take their levels from
FURTHEST = 8.0  # a shortfall ratio beyond this says no more


@dataclass(frozen=True, slots=True, eq=False)
class Pass:
    """What all blocks chose at one set of prices."""

    price: Floats  # by promise
    cost: Floats  # by block, money per day
    value: Floats  # blocks × promises
    least: float  # no levels are worth less at these prices
    held: float = -np.inf  # no levels that blocks hold are worth less
    rows: tuple[Places, ...] | None = None  # by block; None: of other candidates, or safe rows

    def bound(self, required: Floats) -> float:
        """No plan that keeps every promise costs less (Lagrange)."""
        return float(self.price @ required) + self.least

    def hope(self, required: Floats) -> float:
        """The same, if no levels were worth less than those that blocks hold."""
        return float(self.price @ required) + self.held


@dataclass(frozen=True, slots=True, eq=False)
class Mix:
    """Shares of the passes, passes × blocks, and the prices that go with them."""

    share: Floats
    price: Floats
    cost: float


@dataclass(slots=True)
class Master:
    """All passes so far; the first is the safe rows, which keep every promise."""

    promises: Promises
    each: Each
    blocks: Sequence[Block]
    passes: list[Pass]
    carried: int = 1  # passes that were there from the start
    base: float = 0.0  # gaps are shares of |bound − base|: 1 where lost service is made small
    before: int = 0  # passes over other candidates of the same items
    within: tuple[Floats, Floats] | None = None  # prices that candidates were made for
    allowed: float = 0.0  # how far from the bound the mix may stay, in units of cost
    is_alone: bool = False  # the solver of mixes never came back, and is not asked again

    @property
    def done(self) -> int:
        """Passes run here."""
        return len(self.passes) - self.carried

    @property
    def best(self) -> Pass:
        """The pass with the highest bound."""
        return max(self.passes, key=lambda one: one.bound(self.promises.required))

    @property
    def bound(self) -> float:
        """The highest bound."""
        return self.best.bound(self.promises.required)

    @property
    def ahead(self) -> Pass:
        """The pass that prices steer by: the highest bound over levels that blocks hold.

        What was left out is bounded at the prices it was looked at; elsewhere it says too little.
        """
        return max(self.passes, key=lambda one: one.hope(self.promises.required))

    @property
    def hope(self) -> float:
        """The highest bound over levels that blocks hold."""
        return self.ahead.hope(self.promises.required)

    def run(self, price: Floats) -> Pass:
        """Price all blocks and keep what they chose."""
        found = list(self.each(partial(chosen_at, self.promises.earned(price)), self.blocks))
        done, rows = [one for one, _ in found], tuple(row.astype(np.int32) for _, row in found)
        value = np.stack([self.promises.achieved(one.totals) for one in done])
        cost = np.array([one.cost for one in done])
        least, held = np.sum([(one.least, one.held) for one in done], axis=0).tolist()
        self.passes.append(Pass(price, cost, value, least, held, rows))
        return self.passes[-1]

    def scaled(self, last: Pass) -> Floats:
        """Prices multiplied by how far each promise was from being kept exactly."""
        ceiling = self.promises.ceiling
        short = np.maximum(ceiling - last.value.sum(axis=0), 1e-300)
        ratio = short / np.maximum(ceiling - self.promises.required, 1e-12)
        return np.asarray(last.price * np.clip(ratio, 1 / FURTHEST, FURTHEST) ** STEP)

    def between(self, mix: Mix) -> Floats:
        """Prices between those of the best bound and of the mix; what hardly pays is dropped."""
        ahead = self.ahead
        price = STEADY * ahead.price + (1 - STEADY) * mix.price
        span = np.abs(self.promises.ceiling - self.promises.required)
        idle = (mix.price == 0) & (price * span < IDLE * abs(ahead.hope(self.promises.required)))
        price = np.where(idle, 0.0, price)
        return price if self.within is None else np.clip(price, *self.within)

    def mix(self) -> Mix:
        """The cheapest mix of columns that keeps every promise.

        Written in what a column falls short of the safe rows, each promise in units of the
        shortfall it allows: targets close to 1 would drown in the solver's tolerance otherwise.
        """
        cost = np.stack([one.cost for one in self.passes])
        short = self.passes[0].value - np.stack([one.value for one in self.passes])
        allowed = self.passes[0].value.sum(axis=0) - self.promises.required
        scale = np.maximum(allowed, FINEST)
        passes, blocks = cost.shape
        unit = max(float(np.abs(cost).max()), 1e-300)
        found = self._least(
            (cost / unit).ravel(),
            (short / scale).reshape(passes * blocks, -1).T,
            np.maximum(allowed, 0.0) / scale,
        )
        if found is None:  # no help from the solver: the safe rows are always a mix
            share = np.zeros((passes, blocks))
            share[0] = 1.0
            return Mix(share, self.scaled(self.passes[-1]), float(cost[0].sum()))
        share = np.clip(found.share.reshape(passes, blocks), 0.0, None)
        price = np.maximum(-found.marginal, 0.0) * unit / scale
        return Mix(share / share.sum(axis=0), price, found.cost * unit)

    def _least(self, cost: Floats, short: Floats, allowed: Floats) -> linear.Mixture | None:
        if self.is_alone:
            return None
        try:
            return linear.least(cost, short, allowed, len(self.blocks))
        except NeverCameBack:
            self.is_alone = True
            return None

    def rows(self, price: Floats) -> list[Ints]:
        """The best rows at these prices, by block."""
        for one in self.passes:
            if one.rows is not None and np.array_equal(one.price, price):
                return [row.astype(np.int64) for row in one.rows]
        earned = self.promises.earned(price)
        return list(self.each(rows_at, [(block, [(earned, 1.0)]) for block in self.blocks]))

    def mixed(self, mix: Mix) -> list[Ints]:
        """Whole trees by block, each as in one of the passes of a mix or of the last ones."""
        used = np.any(mix.share > 0, axis=1)
        used[-SWAPPED:] = True
        columns = (self.ahead, *(self.passes[at] for at in np.flatnonzero(used)))
        rows = [one.rows for one in columns if one.rows is not None]
        if used[0] or not rows:
            rows.append(tuple(block.safe_row.astype(np.int32) for block in self.blocks))
        enough = mix.cost + max(mix.cost - self.hope, self.allowed)
        return whole_trees(self.promises, self.blocks, rows, mix.price, enough, self.each)


def known(passes: Sequence[Pass]) -> list[Pass]:
    """Passes over other candidates: what they cost and deliver is true, their bounds are not."""
    return [replace(one, least=-np.inf, held=-np.inf, rows=None) for one in passes[-KEPT_PASSES:]]


def first_prices(master: Master) -> Floats:
    """A start from cold: the cost of the safe rows, shared by all promises, then scaled."""
    asked, ceiling = np.abs(master.promises.required), master.promises.ceiling
    span = np.where((ceiling == 0) & (asked > 0), asked, 1.0)
    price = np.asarray(master.passes[0].cost.sum() / max(len(asked), 1) / span)
    for _ in range(WARM_PASSES):
        price = master.scaled(master.run(price))
    return price


def converge(master: Master, start: Floats, *, gap: float, most_passes: int) -> Mix:
    """Price until mix and bound over what is held agree within `gap`, or passes end."""
    master.run(start)
    least = NEGLIGIBLE * float(master.passes[0].cost.sum())
    while True:
        mix = master.mix()
        master.allowed = max(gap * abs(master.hope - master.base), least)
        enough = mix.cost - master.hope <= master.allowed
        price = master.between(mix)
        if enough or master.done >= most_passes or np.array_equal(price, master.passes[-1].price):
            return mix
        master.run(price)
