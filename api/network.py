"""Which locations are around which, remembered until other locations are taken in."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from inventory.people import within_reach


@dataclass(frozen=True, slots=True)
class Network:
    """The locations of one delivery."""

    batch_id: str
    parents: Mapping[str, str]
    _reach: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)

    def knows(self, location_id: str) -> bool:
        """True for a location that was taken in."""
        return location_id in self.parents

    def reach_of(self, sites: Iterable[str]) -> frozenset[str]:
        """The locations a technician of `sites` may take a part from."""
        key = tuple(sites)
        if key not in self._reach:
            self._reach[key] = within_reach(key, self.parents)
        return self._reach[key]
