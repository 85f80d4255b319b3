"""How many pieces a request asks for: what was seen, faded, and a smooth law, half and half.

Parts come in kinds (asked for one by one; by the box; …). In kind z the mean log size of a part is
normal with mean m_z and variance τ_z², and its requests lie around it with variance s_z². Shares,
m, τ and s of the kinds are learned from all histories (expectation–maximisation); a part's own
requests, and to a lesser degree those of the same part elsewhere, tell its kind and its place in
it. So a part with one request borrows from its kind, and one with many speaks for itself.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecasting.history import History
from forecasting.sizes.kernels import evidence, narrow, write_laws
from inventory.demand import Floats, Ints, SizeLaws

KINDS = 2
KEEP = 0.9  # a request weighs this much of one in the item's next period with demand
MOST_SEEN = 32  # newest requests that enter a law
SMOOTH_AT_LEAST = 0.5  # requests that the smooth law weighs, beside as many as were seen
ELSEWHERE, ELSEWHERE_AT_MOST = 0.5, 5.0  # weight of a request of the same part at another site
LEAST_SPREAD, LEAST_PLACE = 0.15, 0.1  # of log size within and between parts of a kind
SAMPLE_ITEMS, ROUNDS, SPEAKS_AT_MOST = 4000, 40, 10.0
_NODES, _SHARES = np.polynomial.hermite_e.hermegauss(5)
POINTS = np.column_stack((_NODES, _SHARES / _SHARES.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """Kinds of parts: share, mean of log size, its spread between parts, spread within a part."""

    share: Floats
    mean: Floats
    place: Floats  # τ
    spread: Floats  # s


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


def laws(history: History, seen: Evidence, kinds: Kinds) -> SizeLaws:
    """Law of the size of a request, by item."""
    centre, spread = place(seen.with_siblings(history.part), kinds)
    columns = write_laws(
        history.start, history.period, history.pieces, KEEP, MOST_SEEN,
        SMOOTH_AT_LEAST + seen.weight, centre, spread, POINTS,
    )  # fmt: skip
    return SizeLaws(*columns)


def narrowed(sizes: SizeLaws, ratio: Floats) -> SizeLaws:
    """Laws scaled down where E[Y²] / E[Y] is above `ratio`."""
    return SizeLaws(*narrow(sizes.start, sizes.pieces, sizes.share, ratio))


def place(sums: NDArray[np.float64], kinds: Kinds) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the log of an item's next size, from its sums (3 × items)."""
    chance, mean, variance = _of_kinds(*_about_mean(sums), kinds)
    centre = np.sum(chance * mean, axis=0)
    square = np.sum(chance * (mean**2 + variance + kinds.spread[:, None] ** 2), axis=0)
    return centre, np.sqrt(np.maximum(square - centre**2, 0.0))


def learn(history: History) -> Kinds:
    """Kinds under which the sizes of `history` are most likely, from a sample of items."""
    sums = evidence(history.start, history.period, history.pieces, 1.0)[:, :3].T
    sums = sums[:, sums[0] > 0]
    sums = sums[:, :: max(1, sums.shape[1] // SAMPLE_ITEMS)]
    if not sums.shape[1]:
        return Kinds(np.ones(1), np.zeros(1), np.full(1, 0.5), np.full(1, 0.5))
    weight, mean, squares = _about_mean(sums * np.minimum(1.0, SPEAKS_AT_MOST / sums[0]))
    kinds = _start(weight, mean, squares)
    for _ in range(ROUNDS):
        kinds = _most_likely(weight, mean, squares, kinds)
    return kinds


def _about_mean(sums: NDArray[np.float64]) -> tuple[Floats, Floats, Floats]:
    weight = sums[0]
    mean = sums[1] / np.maximum(weight, 1e-12)
    return weight, mean, np.maximum(sums[2] - weight * mean**2, 0.0)


def _start(weight: Floats, mean: Floats, squares: Floats) -> Kinds:
    within = float(squares.sum()) / max(float((weight - 1).sum()), 1.0)
    middle = np.quantile(mean, (np.arange(KINDS) + 0.5) / KINDS)
    between = float(np.sqrt(max(mean.var() / 2, 0.1)))
    spread = np.full(KINDS, np.sqrt(max(within, 0.1)))
    return Kinds(np.full(KINDS, 1 / KINDS), middle, np.full(KINDS, between), spread)


def _of_kinds(
    weight: Floats, mean: Floats, squares: Floats, kinds: Kinds
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """By kind and item: chance of the kind; mean and variance of the item's mean log size in it."""
    within, between = kinds.spread[:, None] ** 2, kinds.place[:, None] ** 2
    centre = kinds.mean[:, None]
    distance = weight * (mean - centre) ** 2 / (weight * between + within)
    log_chance = np.log(kinds.share)[:, None] - 0.5 * (
        weight * np.log(within) + np.log1p(weight * between / within) + squares / within + distance
    )
    chance = np.exp(log_chance - log_chance.max(axis=0))
    variance = 1 / (1 / between + weight / within)
    drawn = variance * (centre / between + weight * mean / within)
    return chance / chance.sum(axis=0), drawn, variance


def _most_likely(weight: Floats, mean: Floats, squares: Floats, kinds: Kinds) -> Kinds:
    """One round of learning; two pseudo-observations keep the spreads away from zero."""
    chance, drawn, variance = _of_kinds(weight, mean, squares, kinds)
    items = chance.sum(axis=1) + 1e-9
    centre = np.sum(chance * drawn, axis=1) / items
    about = variance + (drawn - centre[:, None]) ** 2
    between = (np.sum(chance * about, axis=1) + 2 * LEAST_PLACE) / (items + 2)
    inside = squares + weight * ((mean - drawn) ** 2 + variance)
    within = np.sum(chance * inside, axis=1) + 2 * LEAST_SPREAD
    within /= np.sum(chance * weight, axis=1) + 2
    return Kinds(
        (items + 1) / (items.sum() + KINDS),
        centre,
        np.sqrt(np.maximum(between, LEAST_PLACE**2)),
        np.sqrt(np.maximum(within, LEAST_SPREAD**2)),
    )
