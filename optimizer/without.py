"""The same items with some promises dropped or lowered: candidates are made once for all plans.

What a promise costs is the plan with it less the plan without it, and with ten promises that is
eleven plans. What an item could stock, costs and delivers does not depend on what was promised, so
it is worked out once; each plan starts from the prices of the plan that keeps everything.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inventory.demand import Floats
from inventory.service import Measure, Per, ServiceTarget
from optimizer.blocks import Each
from optimizer.decompose import MOST_PASSES, Posed, answered, pose, solve
from optimizer.master import Master, Pass, converge, first_prices, known
from optimizer.plan import StockingPlan
from optimizer.problem import Items
from optimizer.promises import Promises, required
from optimizer.reach import reach

NOTHING_LOWERED: Mapping[int, ServiceTarget] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A problem posed and priced once, to be planned with less asked of it."""

    posed: Posed
    gap: float
    kept: Promises  # what binds when everything is asked
    price: Floats
    passes: Sequence[Pass]

    @classmethod
    def of(
        cls, items: Items, targets: Sequence[ServiceTarget], *, gap: float, each: Each
    ) -> "Asked":
        """Pose the problem, and find the prices at which everything is kept."""
        posed = pose(items, targets, None, each)
        within = reach(posed.blocks, posed.asked)
        master = Master(within.promises, each, posed.blocks, [within.top])
        if len(within.promises):
            converge(master, first_prices(master), gap=gap, most_passes=MOST_PASSES)
        best = master.best if len(master.passes) > 1 else master.passes[0]
        return cls(posed, gap, within.promises, best.price, known(master.passes[1:]))

    def plan(
        self,
        dropped: Collection[int] = (),
        lowered: Mapping[int, ServiceTarget] = NOTHING_LOWERED,
    ) -> StockingPlan:
        """The least-cost plan without some targets, and with some that ask for less.

        Its `targets` are those that are left, in their order.

        Args:
            dropped: places of targets nobody asks for.
            lowered: by place, what is asked for instead: the same measure and scope.
        """
        targets = self.posed.targets
        left = [lowered.get(at, one) for at, one in enumerate(targets) if at not in dropped]
        rows = [row.target not in dropped for row in self.kept.rows]
        if not any(rows) or any(_is_floor(targets[at]) for at in (*dropped, *lowered)):
            items = self.posed.items.take(np.argsort(self.posed.order))
            return solve(items, left, gap=self.gap, each=self.posed.each)
        asked = self._asking(dropped, lowered)
        within = reach(self.posed.blocks, asked)
        of = np.array(rows)
        carried = [replace(one, price=one.price[of], value=one.value[:, of]) for one in self.passes]
        columns = [within.top, *carried]
        master = Master(within.promises, self.posed.each, self.posed.blocks, columns, len(columns))
        start = self.price[of] if not lowered else master.mix().price
        targets = [lowered.get(at, one) for at, one in enumerate(targets)]
        posed = self.posed._replace(asked=asked, targets=targets)
        return answered(posed, within, master, start, self.gap)

    def _asking(self, dropped: Collection[int], lowered: Mapping[int, ServiceTarget]) -> Promises:
        asked = self.posed.asked
        levels = [
            required(lowered[row.target]) if row.target in lowered else was
            for row, was in zip(asked.rows, asked.required, strict=True)
        ]
        left = np.array([row.target not in dropped for row in asked.rows], dtype=np.bool_)
        return asked.asking(np.array(levels)).only(left)


def _is_floor(target: ServiceTarget) -> bool:
    """Whether a target narrows the range of single items, so that candidates depend on it."""
    return target.per is Per.ITEM and target.measure is not Measure.AVAILABILITY
