"""What the domain refuses, as one short family.

    InventoryError
    ├── OutOfRange        a figure outside what it may be
    ├── UnknownWord       a word that is none of the allowed ones
    └── BrokenNetwork     locations that form no forest

Every message may be shown to a planner as it stands.
"""

from collections.abc import Iterable


class InventoryError(Exception):
    """Root of the family."""


class OutOfRange(InventoryError):
    """A figure outside what it may be."""

    def __init__(self, figure: str, value: float, allowed: str) -> None:
        super().__init__(f"{figure} is {value}; allowed is {allowed}.")
        self.figure, self.value, self.allowed = figure, value, allowed


class UnknownWord(InventoryError):
    """A word that is none of the allowed ones."""

    def __init__(self, figure: str, value: str, allowed: Iterable[str]) -> None:
        super().__init__(f"{figure} is {value!r}; allowed are {', '.join(allowed)}.")
        self.figure, self.value = figure, value


class BrokenNetwork(InventoryError):
    """Locations that form no forest: a cycle, or a parent that does not exist."""
