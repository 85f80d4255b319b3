"""How many pieces a request asks for: what was seen, faded, and a smooth law, half and half.

Parts come in kinds (asked for one by one; by the box; …). In kind z the mean log size of a part is
normal with mean m_z and variance τ_z², and its requests lie around it with variance s_z². Shares,
m, τ and s of the kinds are learned from all histories (expectation–maximisation), then again by
group of similar items, which leans on all (`forecasting.groups`); a part's own requests, and to a
lesser degree those of the same part elsewhere, tell its kind and its place in it. So a part with
one request borrows from its group, and one with many speaks for itself.
The lognormal law is cut into slices of fixed shares, finer towards its top: a plan lives on the
upper quantiles, and points that keep only the moments leave them too low.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from forecasting import groups
from forecasting.history import History, rows_of
from forecasting.sizes.kernels import evidence, narrow, write_laws
from inventory.demand import Floats, Ints, SizeLaws

KINDS = 2
KEEP = 0.9  # a request weighs this much of one in the item's next period with demand
MOST_SEEN = 32  # newest requests that enter a law
SMOOTH_AT_LEAST = 0.5  # requests that the smooth law weighs, beside as many as were seen
ELSEWHERE, ELSEWHERE_AT_MOST = 0.5, 5.0  # weight of a request of the same part at another site
LEAST_SPREAD, LEAST_PLACE = 0.15, 0.1  # of log size within and between parts of a kind
SAMPLE_ITEMS, ROUNDS, SPEAKS_AT_MOST = 4000, 40, 10.0
_UP_TO = np.array([0.2, 0.5, 0.75, 0.9, 0.97, 0.995, 1.0])  # where slices of a law end
# Quantiles without SciPy, which takes longer to load than all sizes take to be learned.
_ENDS = [*map(NormalDist().inv_cdf, _UP_TO[:-1].tolist()), np.inf]
SLICES = np.column_stack((_ENDS, np.diff(_UP_TO, prepend=0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Kinds of parts, by group of similar items; how far parts of a kind lie apart is one for all.

    A spread τ by group would be learned from a few dozen parts, and the mean of a lognormal law
    goes with exp(τ²/2): where it was, groups with a few huge parts were expected to ask for much
    more than they did.
    """

    share: Floats  # of a group's parts, kinds × groups
    mean: Floats  # m, of log size, kinds × groups
    place: Floats  # τ, between parts, kinds × 1
    spread: Floats  # s, within a part, kinds × groups

    @property
    def groups(self) -> int:
        """How many groups of similar items there are."""
        return int(self.share.shape[1])

    def of(self, group: Ints) -> "Kinds":
        """The kinds that each item may be of, columns kinds × items."""
        columns = (self.share, self.mean, self.spread)
        share, mean, spread = (column[:, group] for column in columns)
        return Kinds(share, mean, self.place, spread)

    def by_item(self, group: Ints) -> "Kinds":
        """The same, in one column for all items where there is one group."""
        return self if self.groups == 1 else self.of(group)


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What each item's requests say of their sizes, faded."""

    weight: Floats  # requests
    log_sum: Floats
    log_square_sum: Floats
    busy: Floats  # periods with demand
    requests: Floats  # in them
    requests_square: Floats

    @classmethod
    def of(cls, history: History, keep: float = KEEP) -> "Evidence":
        """Faded sums of each item."""
        sums = evidence(history.start, history.period, history.pieces, keep)
        return cls(*np.ascontiguousarray(sums.T))

    def with_siblings(self, part: Ints) -> NDArray[np.float64]:
        """Weight and sums of log sizes (3 × items), those of the same part elsewhere added."""
        own = np.stack((self.weight, self.log_sum, self.log_square_sum))
        others = np.stack([np.bincount(part, column)[part] for column in own]) - own
        most = np.maximum(ELSEWHERE * others[0], 1e-12)
        weight = ELSEWHERE * np.minimum(1.0, ELSEWHERE_AT_MOST / most)
        return np.asarray(own + weight * others, dtype=np.float64)


def laws(history: History, seen: Evidence, kinds: Kinds, alike: Ints | None = None) -> SizeLaws:
    """Law of the size of a request, by item; `alike` as in `learn`."""
    group = _of_one_group(len(history)) if alike is None else alike
    centre, spread = place(seen.with_siblings(history.part), kinds.by_item(group))
    columns = write_laws(
        history.start, history.period, history.pieces, KEEP, MOST_SEEN,
        SMOOTH_AT_LEAST + seen.weight, centre, spread, SLICES,
    )  # fmt: skip
    return SizeLaws(*columns)


def narrowed(sizes: SizeLaws, ratio: Floats) -> SizeLaws:
    """Laws scaled down where E[Y²] / E[Y] is above `ratio`."""
    return SizeLaws(*narrow(sizes.start, sizes.pieces, sizes.share, ratio))


def place(sums: NDArray[np.float64], kinds: Kinds) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the log of an item's next size.

    Args:
        sums: of its requests, 3 × items.
        kinds: that it may be of, kinds × items.
    """
    chance, mean, variance = _of_kinds(*_about_mean(sums), kinds)
    centre = np.sum(chance * mean, axis=0)
    square = np.sum(chance * (mean**2 + variance + kinds.spread**2), axis=0)
    return centre, np.sqrt(np.maximum(square - centre**2, 0.0))


def learn(history: History, alike: Ints | None = None) -> Kinds:
    """Kinds under which the sizes of `history` are most likely, from a sample of items.

    Args:
        history: requests by item.
        alike: code of each item's group of similar items, 0 …; None: all are alike.
    """
    group = _of_one_group(len(history)) if alike is None else alike
    sample = np.flatnonzero(np.diff(history.start))
    sample = sample[:: max(1, len(sample) // SAMPLE_ITEMS)]
    count = int(group.max(initial=0)) + 1
    if not len(sample):
        half = np.full((1, count), 0.5)
        return Kinds(np.ones((1, count)), np.zeros((1, count)), half[:, :1], half)
    start, rows = rows_of(history.start, sample)
    sums = evidence(start, history.period[rows], history.pieces[rows], 1.0)[:, :3].T
    seen = _about_mean(sums * np.minimum(1.0, SPEAKS_AT_MOST / sums[0]))
    everybody = _of_one_group(len(sample))
    kinds = _start(*seen)
    for _ in range(ROUNDS):
        kinds = _most_likely(seen, everybody, kinds, lean=0.0)
    kinds = kinds.of(_of_one_group(count))
    for _ in range(ROUNDS if count > 1 else 0):
        kinds = _most_likely(seen, group[sample], kinds, lean=groups.LEAN)
    return kinds


def _of_one_group(items: int) -> Ints:
    return np.zeros(items, dtype=np.int64)


def _about_mean(sums: NDArray[np.float64]) -> tuple[Floats, Floats, Floats]:
    weight = sums[0]
    mean = sums[1] / np.maximum(weight, 1e-12)
    return weight, mean, np.maximum(sums[2] - weight * mean**2, 0.0)


def _start(weight: Floats, mean: Floats, squares: Floats) -> Kinds:
    within = float(squares.sum()) / max(float((weight - 1).sum()), 1.0)
    middle = np.quantile(mean, (np.arange(KINDS) + 0.5) / KINDS)
    between = float(np.sqrt(max(mean.var() / 2, 0.1)))
    columns = (1 / KINDS, middle, between, np.sqrt(max(within, 0.1)))
    return Kinds(*(np.broadcast_to(column, KINDS)[:, None].copy() for column in columns))


def _of_kinds(
    weight: Floats, mean: Floats, squares: Floats, kinds: Kinds
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """By kind and item: chance of the kind; mean and variance of the item's mean log size in it."""
    within, between, centre = kinds.spread**2, kinds.place**2, kinds.mean
    distance = weight * (mean - centre) ** 2 / (weight * between + within)
    log_chance = np.log(kinds.share) - 0.5 * (
        weight * np.log(within) + np.log1p(weight * between / within) + squares / within + distance
    )
    chance = np.exp(log_chance - log_chance.max(axis=0))
    variance = 1 / (1 / between + weight / within)
    drawn = variance * (centre / between + weight * mean / within)
    return chance / chance.sum(axis=0), drawn, variance


def _most_likely(
    seen: tuple[Floats, Floats, Floats], group: Ints, kinds: Kinds, *, lean: float
) -> Kinds:
    """One round of learning; two pseudo-observations keep the spreads away from zero."""
    weight, mean, squares = seen
    chance, drawn, variance = _of_kinds(*seen, kinds.by_item(group))

    def total(values: NDArray[np.float64]) -> Floats:
        by_group = groups.sums(values, group, kinds.groups)
        return groups.leaning(by_group, len(weight), lean)

    items = total(chance)
    centre = total(chance * drawn) / (items + 1e-9)
    about = np.sum(chance * (variance + (drawn - centre[:, group]) ** 2), axis=1)
    between = (about + 2 * LEAST_PLACE) / (chance.sum(axis=1) + 2)
    inside = total(chance * (squares + weight * ((mean - drawn) ** 2 + variance)))
    within = (inside + 2 * LEAST_SPREAD) / (total(chance * weight) + 2)
    return Kinds(
        (items + 1) / (items.sum(axis=0) + KINDS),
        centre,
        np.sqrt(np.maximum(between, LEAST_PLACE**2))[:, None],
        np.sqrt(np.maximum(within, LEAST_SPREAD**2)),
    )
