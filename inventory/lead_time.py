"""How long a replenishment takes, and how often anybody looks whether one is due."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inventory.demand import Floats, Ints
from inventory.errors import OutOfRange


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Lead time of one item: mean and standard deviation in days, and its review period.

    `review_period_days` 0 is continuous review; T > 0 averages every measure over lead times
    L + U with U uniform on [0, T].
    """

    mean_days: float
    sd_days: float = 0.0
    review_period_days: float = 0.0

    def __post_init__(self) -> None:
        for name in ("mean_days", "sd_days", "review_period_days"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise OutOfRange(name, getattr(self, name), "0 days or more")


@dataclass(frozen=True, slots=True, eq=False)
class LeadTimes:
    """Lead times of many items, one row each."""

    mean_days: Floats
    variance_days: Floats  # days²
    review_period_days: Floats

    @classmethod
    def of(cls, lead_times: Sequence[LeadTime]) -> "LeadTimes":
        """Columns from objects."""
        rows = [(one.mean_days, one.sd_days**2, one.review_period_days) for one in lead_times]
        mean, variance, review = np.array(rows, dtype=np.float64).reshape(-1, 3).T.copy()
        return cls(mean, variance, review)

    def __len__(self) -> int:
        return len(self.mean_days)

    def take(self, rows: Ints) -> "LeadTimes":
        """The lead times of `rows`, in that order."""
        return LeadTimes(
            self.mean_days[rows], self.variance_days[rows], self.review_period_days[rows]
        )

    def sooner(self, days: float) -> "LeadTimes":
        """The same, counting that many days less, never below none."""
        return replace(self, mean_days=np.maximum(self.mean_days - days, 0.0))
