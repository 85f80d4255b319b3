"""Who waits before whom, and when a queue's next piece is there.

Pieces that come in go to the best tier first, then to the most critical part, then to whoever asked
first. A newcomer of higher rank may still pass; how many are expected to is part of the answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from inventory.demand import Floats
from inventory.promise.time_law import TimeLaw

_LAST: Final = "\U0010ffff"  # who has no tier waits behind those who have
_POINTS: Final = 400
_MOST_PASSING: Final = 8


@dataclass(frozen=True, slots=True, order=True)
class Rank:
    """Place in a queue: smaller goes first. `since` is days since 1970, `number` settles ties."""

    tier: str
    criticality: str
    since: float
    number: int = 0

    @classmethod
    def of(cls, tier: str | None, criticality: str | None, since: float, number: int = 0) -> "Rank":
        """A rank from words that may be missing."""
        return cls(tier or _LAST, criticality or _LAST, since, number)


@dataclass(frozen=True, slots=True)
class Supply:
    """Pieces that come together, and when."""

    pieces: int
    law: TimeLaw


def turn_of(
    supplies: Sequence[Supply],
    before: int,
    pieces: int,
    *,
    passing_per_day: float = 0.0,
    now: float = 0.0,
) -> TimeLaw | None:
    """When `pieces` are there for somebody behind `before` others; None when too few are to come.

    Exact for independent supplies: the chance that by each moment at least so many have come,
    where a Poisson number of newcomers has passed by then.
    """
    need = before + pieces
    if need > sum(one.pieces for one in supplies):
        return None
    if len(supplies) == 1 and passing_per_day <= 0.0:
        return supplies[0].law
    low = min(float(one.law.moments[0]) for one in supplies)
    high = max(float(one.law.moments[-1]) for one in supplies)
    inner = [one.law.quantile(q) for one in supplies for q in (0.02, 0.98)]
    most = max([q for q in inner if q is not None], default=high)
    moments = np.unique(
        np.concatenate([np.linspace(low, most, _POINTS), np.linspace(most, high, 20)])
    )
    chance = _come_by(supplies, need, moments, passing_per_day * np.maximum(moments - now, 0.0))
    return TimeLaw(moments, np.maximum.accumulate(chance))


def _come_by(supplies: Sequence[Supply], need: int, moments: Floats, passing: Floats) -> Floats:
    """Chance at each moment that `need` pieces, and one for each who passed, have come."""
    total = sum(one.pieces for one in supplies)
    ahead = min(_MOST_PASSING, total - need) if passing.any() else 0
    most = need + ahead
    come = np.zeros((most + 1, len(moments)))
    come[0] = 1.0
    for one in supplies:
        chance = one.law.chance_by(moments)
        after = come * (1.0 - chance)
        for there in range(most + 1):
            after[min(there + one.pieces, most)] += come[there] * chance
        come = after
    at_least = np.cumsum(come[::-1], axis=0)[::-1]
    if not ahead:
        return np.asarray(at_least[need])
    found = np.zeros(len(moments))
    fewer = np.zeros(len(moments))
    for passed in range(ahead + 1):
        at_most = special.pdtr(passed, passing)
        found += (at_most - fewer) * at_least[need + passed]
        fewer = at_most
    return found
