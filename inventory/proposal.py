"""What a night proposes to do with one item; a person decides."""

from dataclasses import dataclass
from enum import StrEnum

from inventory.errors import OutOfRange


class Action(StrEnum):
    """Kinds of proposals.

    Stocking a part for the first time and taking the last piece off a shelf are kinds of their
    own, because each changes what a location carries and wants a look by itself.
    """

    ORDER = "order"
    MOVE = "move"
    RETURN = "return"
    STOCK_FIRST = "stock-first"
    TAKE_OFF_SHELF = "take-off-shelf"

    @property
    def needs_a_look(self) -> bool:
        """True for what is never approved in bulk."""
        return self is Action.TAKE_OFF_SHELF


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal with its reason; `source` is where the pieces come from, `value` money."""

    part_id: str
    location_id: str
    action: Action
    quantity: int
    source: str
    reason: str
    value: float

    def __post_init__(self) -> None:
        least = 0 if self.action in (Action.STOCK_FIRST, Action.TAKE_OFF_SHELF) else 1
        if self.quantity < least:
            raise OutOfRange("quantity", self.quantity, f"{least} or more pieces")

    def __str__(self) -> str:
        return (
            f"{self.action} {self.quantity} of {self.part_id} at {self.location_id}: {self.reason}"
        )
