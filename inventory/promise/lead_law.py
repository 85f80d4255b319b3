"""How long orders take: a law learnt from receipts and from what is still open.

Relative age = shape × pace. The *shape* says how orders scatter around the day they are due; few
receipts leave it near that of the company's other lanes. The *pace* (1: as stated, 2: twice as
long) follows the day an order was placed: it drifts, now and then it jumps, and orders that are
late now speak before they have arrived. A part may have a pace of its own within its supplier's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy import special

from inventory.demand import Floats, Ints
from inventory.promise import kernels
from inventory.promise.time_law import TimeLaw

_STRETCHES: Final = (
    # from, to, bins: finest around the day an order is due
    (0.0, 0.5, 10),
    (0.5, 0.9, 20),
    (0.9, 1.1, 20),
    (1.1, 1.5, 20),
    (1.5, 3.0, 30),
    (3.0, 6.0, 12),
    (6.0, 20.0, 14),
)
EDGES: Final[Floats] = np.unique(
    np.concatenate([np.linspace(low, high, bins + 1).round(6) for low, high, bins in _STRETCHES])
)  # of relative age
PACES: Final[Floats] = np.exp(np.linspace(np.log(0.25), np.log(8.0), 45))
PACE_SPREAD: Final = 0.45  # of the logarithm of a pace nobody knows, standard deviation
DRIFT_PER_DAY: Final = 0.01  # chance of a step to a neighbouring pace
JUMP_PER_DAY: Final = 1.0 / 250.0
MEMORY_DAYS: Final = 540  # orders placed before are forgotten
GROWTHS: Final = (1.0, 0.5, 0.0)
PRIOR_ORDERS: Final = 6.0  # so many receipts weigh as much as the shape of the company
GENERIC_SPREAD: Final = 0.3  # standard deviation of relative age where nobody stated one
LEAST_SCALE_DAYS: Final = 1.0 / 24.0
_ANYWHERE: Final[Floats] = np.exp(-0.5 * (np.log(PACES) / PACE_SPREAD) ** 2)
_PRIOR_BELIEF: Final[Floats] = _ANYWHERE / _ANYWHERE.sum()
_LEAST_HAZARD: Final[Floats] = np.where(EDGES[:-1] < 3.0, 0.01, 0.7)  # sooner or later it comes


@dataclass(frozen=True, slots=True, eq=False)
class Orders:
    """Orders of the past and those still open, one row each, by day; moments are days since 1970.

    `scale` is the time an order was meant to take, `due` the moment it should have come. An order
    that `arrived` did so between `ended` and `ended + width`; another was still open at `ended`.
    `part` is the row of its part, −1 where parts are not told apart.
    """

    entered: Floats
    due: Floats
    scale: Floats
    ended: Floats
    width: Floats
    arrived: Ints
    part: Ints

    @classmethod
    def of(cls, rows: Sequence[Sequence[float]] | Floats) -> "Orders":
        """Columns from rows in the order of the fields; the order of the rows does not matter."""
        table = np.array(rows, dtype=np.float64).reshape(-1, 7)
        table = table[np.lexsort(table.T[::-1])]
        entered, due, scale, ended, width, arrived, part = np.ascontiguousarray(table.T)
        return cls(
            entered,
            due,
            np.maximum(scale, LEAST_SCALE_DAYS),
            ended,
            width,
            arrived.astype(np.int64),
            part.astype(np.int64),
        )

    def __len__(self) -> int:
        return len(self.due)

    def age(self, moment: Floats) -> Floats:
        """Relative age at a moment."""
        return 1.0 + (moment - self.due) / self.scale


@dataclass(frozen=True, slots=True, eq=False)
class LeadLaw:
    """Hazards of the shape, and by day of placing the belief about the pace.

    `receipts` is how many arrivals it has seen itself; `part_paces` those of single parts.
    """

    hazard: Floats
    belief: Floats
    first_day: float
    receipts: int = 0
    part_paces: Floats | None = None
    growth: float = 1.0  # lateness grows with the stated time to this power
    middle: float = 1.0  # days, the stated time at which growth makes no difference
    evidence: float = 0.0

    def pace_of(self, part: int) -> float:
        """The pace of one part within its supplier's; 1 where nothing is known of it."""
        return 1.0 if self.part_paces is None or part < 0 else float(self.part_paces[part])

    def pace(self) -> float:
        """The pace of orders placed now, as a middle of what is believed."""
        return float(np.exp(self.belief[-1] @ np.log(PACES)))

    def arrival(
        self, entered: float, due: float, scale: float, now: float, part: int = -1
    ) -> TimeLaw:
        """When an order comes that is not there at `now`."""
        scale = max(scale, LEAST_SCALE_DAYS) ** self.growth * self.middle ** (1.0 - self.growth)
        begin, scale = due - scale, scale * self.pace_of(part)
        row = int(np.clip(entered - self.first_day, 0, len(self.belief) - 1))
        age_now = max((now - begin) / scale, 0.0)
        ages = age_now + _AHEAD * max(1.0, 0.5 * age_now)
        left = kernels.still_waiting(EDGES, self.hazard, PACES, self.belief[row], age_now, ages)
        return TimeLaw(begin + ages * scale, 1.0 - left)

    def fresh(self, scale: float, now: float, part: int = -1) -> TimeLaw:
        """When something comes that is sent off, or ordered, at `now`."""
        return self.arrival(now, now + scale, scale, now, part)


_AHEAD: Final[Floats] = np.concatenate(
    [np.linspace(0.0, 3.0, 121), np.linspace(3.0, 12.0, 61)[1:], [16.0, 24.0, 40.0, 80.0]]
)


def generic(spread: float = GENERIC_SPREAD) -> LeadLaw:
    """The stated time alone: relative age is gamma with mean 1 and standard deviation `spread`."""
    spread = min(max(spread, 0.02), 1.0)
    shape = 1.0 / spread**2
    left = np.maximum(special.gammaincc(shape, shape * EDGES), 1e-12)
    hazard = -np.diff(np.log(left)) / np.diff(EDGES)
    gone = left[1:] <= 1e-11  # beyond what floating point can tell it stays what it was
    hazard[gone] = hazard[~gone][-1]
    return LeadLaw(hazard, _PRIOR_BELIEF[np.newaxis, :], 0.0)


def fresh_lane(law: LeadLaw, now: float) -> LeadLaw:
    """The shape of `law` for a lane of which nothing was seen: its pace may be anything."""
    return replace(
        law, belief=_PRIOR_BELIEF[np.newaxis, :], first_day=now, part_paces=None, receipts=0
    )


def learn(orders: Orders, above: LeadLaw, now: float, *, parts: int = 0) -> LeadLaw:
    """The law of one supplier's or lane's `orders` as seen at `now`, starting from `above`.

    Whether lateness grows with the stated time, with its root or not at all is what makes the
    orders likeliest (`growth`).

    Args:
        orders: placed in the last `MEMORY_DAYS` days, those still open among them.
        above: the law of the level above; its shape is where this one starts.
        now: the moment, days.
        parts: how many parts `orders.part` tells apart.
    """
    if not len(orders):
        return fresh_lane(above, now)
    middle = float(np.exp(np.mean(np.log(orders.scale))))
    tried = []
    for growth in GROWTHS:
        scale = orders.scale**growth * middle ** (1.0 - growth)
        tried.append(_learn(replace(orders, scale=scale), above, now, parts, growth, middle))
        if np.ptp(orders.scale) < 1e-9:
            break  # one stated time: all growths are the same
    return max(tried, key=lambda one: one.evidence)


def _learn(
    orders: Orders, above: LeadLaw, now: float, parts: int, growth: float, middle: float
) -> LeadLaw:
    first_day = float(np.floor(orders.entered.min()))
    day = (np.floor(orders.entered) - first_day).astype(np.int64)
    days = int(np.floor(now) - first_day) + 1
    own, hazard = np.ones(max(parts, 1)), above.hazard
    for _ in range(2):
        factor = own[np.maximum(orders.part, 0)] if parts else np.ones(len(orders))
        lives = _Lives.of(orders, factor)
        likelihood, divided = kernels.weigh_paces(
            EDGES, hazard, PACES, lives.begin, lives.sure, lives.spread, orders.arrived
        )
        belief, evidence = kernels.follow_pace(
            likelihood, day, days, DRIFT_PER_DAY, JUMP_PER_DAY, _PRIOR_BELIEF
        )
        pace = np.exp(belief[day] @ np.log(PACES))
        hazard = _shape(lives, pace, orders.arrived, above)
        if parts:
            own = _own_paces(orders, pace, parts)
    return LeadLaw(
        hazard, belief, first_day, int(orders.arrived.sum()), own if parts else None,
        growth, middle, divided + evidence,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Lives:
    begin: Floats
    sure: Floats
    spread: Floats

    @classmethod
    def of(cls, orders: Orders, factor: Floats) -> "_Lives":
        spread = orders.width / orders.scale / factor
        begin = np.maximum(orders.age(orders.entered), 0.0) / factor
        return cls(begin, np.maximum(orders.age(orders.ended), 0.0) / factor, spread)


def _shape(lives: _Lives, pace: Floats, arrived: Ints, above: LeadLaw) -> Floats:
    """Hazards of lives counted at their own pace, with `PRIOR_ORDERS` lives of the law above."""
    arrivals, exposure = kernels.count_lives(
        EDGES, lives.begin / pace, lives.sure / pace, lives.spread / pace, arrived,
        np.ones(len(pace)),
    )  # fmt: skip
    at_pace_one = np.zeros(len(PACES))
    at_pace_one[int(np.argmin(np.abs(PACES - 1.0)))] = 1.0
    left = kernels.still_waiting(EDGES, above.hazard, PACES, at_pace_one, 0.0, EDGES)
    arrivals = arrivals - PRIOR_ORDERS * np.diff(left)
    exposure = exposure + PRIOR_ORDERS * 0.5 * (left[1:] + left[:-1]) * np.diff(EDGES)
    hazard = arrivals / (exposure + kernels.LEAST_EXPOSURE)
    nothing = exposure < 1e-6  # nobody lived so long: as in the last bin somebody did
    if nothing.any() and not nothing.all():
        hazard[nothing] = hazard[~nothing][-1]
    return np.maximum(hazard, _LEAST_HAZARD)


def _own_paces(orders: Orders, pace: Floats, parts: int) -> Floats:
    """Pace of each part within its supplier's: a mean of logarithms, shrunk where few arrived.

    Best linear unbiased prediction: parts differ by so much, single receipts by so much more.
    """
    here = (orders.arrived == 1) & (orders.part >= 0)
    part = orders.part[here]
    age = orders.age(orders.ended + 0.5 * orders.width)[here]
    beside = np.log(np.maximum(age, 0.02) / pace[here])
    count = np.bincount(part, minlength=parts).astype(np.float64)
    if len(part) < 3:
        return np.ones(parts)
    beside = beside - beside.mean()
    mean = np.bincount(part, weights=beside, minlength=parts) / np.maximum(count, 1.0)
    seen = count > 0
    noise = float(np.sum((beside - mean[part]) ** 2)) / max(len(part) - int(seen.sum()), 1)
    between = float(np.var(mean[seen])) - noise * float(np.mean(1.0 / count[seen]))
    trust = max(between, 0.0) / (max(between, 0.0) + noise / np.maximum(count, 1.0) + 1e-12)
    return np.exp(np.where(seen, trust * mean, 0.0))
