"""Scores correct the words: which level of the law is called "likely" and which "sure".

After each promise that waited, the level asked of the law moves a little against its miss (adaptive
conformal inference, Gibbs & Candès 2021). Whatever the laws get wrong in common, over a long time
half of the promises are kept by the one moment and nine of ten by the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from inventory.promise.time_law import LIKELY, SURE

STEP: Final = 0.004
_LIKELY_BOUNDS: Final = (0.30, 0.70)
_SURE_BOUNDS: Final = (0.80, 0.97)


@dataclass(frozen=True, slots=True)
class Levels:
    """The levels of the law that stand for one half and for nine of ten."""

    likely: float = LIKELY
    sure: float = SURE

    def after(self, *, by_likely: bool, by_sure: bool) -> "Levels":
        """The levels once one more promise was scored."""
        likely = self.likely + STEP * (LIKELY - by_likely)
        sure = self.sure + STEP * (SURE - by_sure)
        return Levels(_within(likely, _LIKELY_BOUNDS), _within(sure, _SURE_BOUNDS))


def learnt(outcomes: Iterable[tuple[bool, bool]]) -> Levels:
    """The levels after promises were scored, oldest first, as (by the likely, by the sure one)."""
    found = Levels()
    for by_likely, by_sure in outcomes:
        found = found.after(by_likely=by_likely, by_sure=by_sure)
    return found


def _within(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])
