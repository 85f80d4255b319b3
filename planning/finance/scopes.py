"""The company as a whole, and by tier, site and criticality: what figures are summed over."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from inventory.service import Scope
from optimizer.problem import Items

ALL, TIER, LOCATION, CRITICALITY = "all", "tier", "location", "criticality"


class Place(NamedTuple):
    """One scope: what kind it is, its word, and the same as a scope of promises."""

    kind: str
    word: str
    scope: Scope

    @property
    def label(self) -> str:
        """As a person says it."""
        return {ALL: "all", TIER: f"tier {self.word}"}.get(
            self.kind, self.word if self.kind == LOCATION else f"criticality {self.word}"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Scopes:
    """Scopes in a fixed order, and which patterns of items each covers."""

    places: tuple[Place, ...]
    covers: Floats  # places × patterns, 1 or 0

    def summed(self, by_pattern: Floats) -> Floats:
        """Sums by place of a column, or of columns, by pattern."""
        return np.asarray(self.covers @ by_pattern)


def scopes_of(items: Items, pattern: Ints) -> Scopes:
    """The scopes that hold items; items of one pattern share tier, location and criticality."""
    found, first = np.unique(pattern, return_index=True)
    places = [Place(ALL, "", Scope())]
    covers = [np.ones(len(found))]
    words = items.words
    for kind, codes, known in (
        (TIER, items.tier, words.tiers),
        (LOCATION, items.location, words.location_ids),
        (CRITICALITY, items.criticality, words.criticalities),
    ):
        here = codes[first]
        for code in np.unique(here).tolist():
            if known[code]:
                named = {LOCATION: "location_id"}.get(kind, kind)
                places.append(Place(kind, known[code], Scope(**{named: known[code]})))
                covers.append((here == code).astype(np.float64))
    return Scopes(tuple(places), np.stack(covers))
