"""Demand as the plan sees it: a compound Poisson stream whose rate is not known for certain.

Columns (`Demand`, `SizeLaws`) are for work, one row per item; `DemandForecast` and `SizeLaw`
are for talk and tests. `Demand.of` and `Demand.item` convert.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inventory.errors import OutOfRange

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SizeLaw:
    """How many pieces one request asks for: `share[k]` of the requests ask for `pieces[k]`."""

    pieces: tuple[int, ...] = (1,)
    share: tuple[float, ...] = (1.0,)

    def __post_init__(self) -> None:
        if not self.pieces or len(self.pieces) != len(self.share):
            raise OutOfRange("request sizes", len(self.pieces), "one share for each size")
        if any(now >= after for now, after in zip((0, *self.pieces), self.pieces, strict=False)):
            raise OutOfRange("request size", min(self.pieces), "1 or more, strictly increasing")
        if min(self.share) < 0 or abs(sum(self.share) - 1) > 1e-9:
            raise OutOfRange("sum of size shares", sum(self.share), "1")

    @property
    def mean(self) -> float:
        """E[Y], pieces per request."""
        return float(np.dot(self.pieces, self.share))

    @property
    def variance(self) -> float:
        """Var(Y), pieces²."""
        return float(np.dot(np.square(self.pieces), self.share)) - self.mean**2


@dataclass(frozen=True, slots=True, eq=False)
class SizeLaws:
    """Request sizes of many items; those of item i stand at rows `start[i]:start[i + 1]`."""

    start: Ints  # items + 1
    pieces: Ints  # strictly increasing within an item, 1 or more
    share: Floats  # sums to 1 within an item

    @classmethod
    def of(cls, laws: Sequence[SizeLaw]) -> "SizeLaws":
        """Columns from objects."""
        start = np.cumsum([0, *(len(law.pieces) for law in laws)], dtype=np.int64)
        pieces = np.array([size for law in laws for size in law.pieces], dtype=np.int64)
        share = np.array([part for law in laws for part in law.share], dtype=np.float64)
        return cls(start, pieces, share)

    @classmethod
    def single_pieces(cls, items: int) -> "SizeLaws":
        """Every request asks for one piece."""
        return cls(np.arange(items + 1), np.ones(items, dtype=np.int64), np.ones(items))

    @classmethod
    def joined(cls, laws: Sequence["SizeLaws"]) -> "SizeLaws":
        """The laws of several tables, one below the other."""
        lengths = np.concatenate([np.diff(one.start) for one in laws])
        start = np.concatenate(([0], np.cumsum(lengths)))
        pieces = np.concatenate([one.pieces for one in laws])
        return cls(start, pieces, np.concatenate([one.share for one in laws]))

    def __len__(self) -> int:
        return len(self.start) - 1

    def item(self, row: int) -> SizeLaw:
        """The law of one item, as an object."""
        part = slice(self.start[row], self.start[row + 1])
        return SizeLaw(tuple(self.pieces[part].tolist()), tuple(self.share[part].tolist()))

    def mean(self) -> Floats:
        """E[Y] by item, pieces."""
        return self._sums(self.share * self.pieces)

    def second_moment(self) -> Floats:
        """E[Y²] by item, pieces²."""
        return self._sums(self.share * np.square(self.pieces, dtype=np.float64))

    def take(self, rows: Ints) -> "SizeLaws":
        """The laws of `rows`, in that order."""
        lengths = np.diff(self.start)[rows]
        start = np.concatenate(([0], np.cumsum(lengths)))
        source = np.repeat(self.start[rows] - start[:-1], lengths) + np.arange(start[-1])
        return SizeLaws(start, self.pieces[source], self.share[source])

    def _sums(self, values: Floats) -> Floats:
        if not len(values):
            return np.zeros(len(self))
        return np.asarray(np.add.reduceat(values, self.start[:-1]), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class DemandForecast:
    """Demand of one item.

    `demand_per_day` is μ, `demand_variance_per_day` σ² of the stream at a known rate (None:
    μ E[Y²]/E[Y]), `rate_variance` ω², how uncertain μ itself is (pieces² per day²).
    """

    demand_per_day: float
    demand_variance_per_day: float | None = None
    rate_variance: float = 0.0
    sizes: SizeLaw = SizeLaw()

    def __post_init__(self) -> None:
        for name in ("demand_per_day", "rate_variance"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise OutOfRange(name, getattr(self, name), "0 or more")


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Demand of many items, one row each."""

    demand_per_day: Floats  # μ, pieces/day
    demand_variance_per_day: Floats  # σ², pieces²/day
    rate_variance: Floats  # ω², pieces²/day²
    sizes: SizeLaws

    @classmethod
    def of(cls, forecasts: Sequence[DemandForecast]) -> "Demand":
        """Columns from objects; a missing σ² follows from the sizes."""
        sizes = SizeLaws.of([one.sizes for one in forecasts])
        rate = np.array([one.demand_per_day for one in forecasts], dtype=np.float64)
        implied = rate * sizes.second_moment() / sizes.mean()
        given = [one.demand_variance_per_day for one in forecasts]
        variance = np.array([np.nan if one is None else one for one in given], dtype=np.float64)
        variance = np.where(np.isnan(variance), implied, variance)
        return cls(rate, variance, np.array([one.rate_variance for one in forecasts]), sizes)

    @classmethod
    def none(cls, items: int) -> "Demand":
        """Nobody asks for anything."""
        zero = np.zeros(items)
        return cls(zero, zero, zero, SizeLaws.single_pieces(items))

    @classmethod
    def joined(cls, tables: Sequence["Demand"]) -> "Demand":
        """The demand of several tables, one below the other."""
        return cls(
            np.concatenate([one.demand_per_day for one in tables]),
            np.concatenate([one.demand_variance_per_day for one in tables]),
            np.concatenate([one.rate_variance for one in tables]),
            SizeLaws.joined([one.sizes for one in tables]),
        )

    def __len__(self) -> int:
        return len(self.demand_per_day)

    def item(self, row: int) -> DemandForecast:
        """One item, as an object."""
        return DemandForecast(
            float(self.demand_per_day[row]),
            float(self.demand_variance_per_day[row]),
            float(self.rate_variance[row]),
            self.sizes.item(row),
        )

    def take(self, rows: Ints) -> "Demand":
        """The demand of `rows`, in that order."""
        return Demand(
            self.demand_per_day[rows],
            self.demand_variance_per_day[rows],
            self.rate_variance[rows],
            self.sizes.take(rows),
        )
