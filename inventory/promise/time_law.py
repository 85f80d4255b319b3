"""When something happens, as a law: a rising curve of chances over moments."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from inventory.demand import Floats

LIKELY, SURE = 0.5, 0.9
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ATOMS: Final = 100
_BLINK: Final = 1e-9  # days; a law that jumps is still below it a blink before


def days_of(moment: datetime) -> float:
    """A moment with a time zone as days since 1970-01-01 UTC."""
    return (moment - _EPOCH) / timedelta(days=1)


def moment_of(days: float) -> datetime:
    """The moment, in UTC, rounded up to the minute."""
    return _EPOCH + timedelta(minutes=int(np.ceil(days * 1440.0 - 1e-6)))


@dataclass(frozen=True, slots=True, eq=False)
class TimeLaw:
    """`chance[i]` that it has happened by `moments[i]`; straight lines between; both ascending.

    A law may end below 1: then it may never happen at all.
    """

    moments: Floats
    chance: Floats

    @classmethod
    def at(cls, moment: float, chance: float = 1.0) -> "TimeLaw":
        """It happens at `moment`, or, where `chance` is below 1, perhaps not at all."""
        return cls(np.array([moment]), np.array([chance]))

    def quantile(self, share: float) -> float | None:
        """The moment by which it has happened with that chance; None when it never is so sure."""
        if self.chance[-1] < share:
            return None
        at = int(np.searchsorted(self.chance, share))
        if at == 0:
            return float(self.moments[0])
        low, high = self.chance[at - 1], self.chance[at]
        part = (share - low) / (high - low)
        return float(self.moments[at - 1] + part * (self.moments[at] - self.moments[at - 1]))

    def chance_by(self, moment: float | Floats) -> Floats:
        """Chance that it has happened by `moment`."""
        found = np.interp(moment, self.moments, self.chance, left=0.0)
        return np.asarray(found, dtype=np.float64)

    def then(self, days: "TimeLaw") -> "TimeLaw":
        """This, and after it something that takes `days`, independent of it."""
        first, second = self._atoms(), days._atoms()
        reach = float(self.chance[-1] * days.chance[-1])
        sums = np.sort((first[:, np.newaxis] + second).ravel())
        steps = (np.arange(len(sums)) + 0.5) / len(sums)
        keep = np.linspace(0, len(sums) - 1, 4 * _ATOMS).astype(np.int64)
        return TimeLaw(sums[keep], steps[keep] * reach)

    def later_than(self, moment: float) -> "TimeLaw":
        """The same, but not before `moment`."""
        after = self.moments > moment
        return TimeLaw(
            np.append(moment, self.moments[after]),
            np.append(self.chance_by(moment), self.chance[after]),
        )

    def sure_to(self, chance: float) -> "TimeLaw":
        """The same, where it may also fail for another reason: every chance times `chance`."""
        return TimeLaw(self.moments, self.chance * chance)

    def _atoms(self) -> Floats:
        levels = (np.arange(_ATOMS) + 0.5) / _ATOMS * self.chance[-1]
        if len(self.moments) == 1:
            return self.moments
        return np.asarray(np.interp(levels, self.chance, self.moments), dtype=np.float64)


def last_of(laws: Iterable[TimeLaw]) -> TimeLaw:
    """When all of them have happened: a job waits for its last part. Laws are independent."""
    found = list(laws)
    known = np.concatenate([one.moments for one in found])
    jumps = np.array([one.moments[0] for one in found if one.chance[0] > 0.0])
    between = [one._atoms() for one in found]
    moments = np.unique(np.concatenate([known, *between, jumps - _BLINK]))
    chance = np.ones(len(moments))
    for one in found:
        chance = chance * one.chance_by(moments)
    return TimeLaw(moments, chance)
