"""What is asked for: a repair that needs parts, and the lines of it."""

from dataclasses import dataclass
from datetime import datetime

from inventory.errors import OutOfRange, UnknownWord
from inventory.ledger_commands import MOST_PIECES_AT_ONCE
from inventory.promise.ways import Way

MOST_LINES = 200


@dataclass(frozen=True, slots=True)
class LineAsked:
    """Pieces of a part; by the best way, or by the way, place or alternate that was chosen."""

    part_id: str
    quantity: int
    way: str = ""
    from_location_id: str = ""
    use_part_id: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.quantity <= MOST_PIECES_AT_ONCE:
            raise OutOfRange("quantity", self.quantity, f"1 to {MOST_PIECES_AT_ONCE}")
        if self.way and self.way not in list(Way):
            raise UnknownWord("way", self.way, list(Way))


@dataclass(frozen=True, slots=True)
class OrderAsked:
    """A repair that needs parts. `whole`: hold every line now, or nothing at all."""

    repair_order_id: str
    location_id: str
    lines: tuple[LineAsked, ...]
    customer_id: str = ""
    machine: str = ""
    need_by: datetime | None = None
    hold_until: datetime | None = None
    whole: bool = False

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MOST_LINES:
            raise OutOfRange("lines", len(self.lines), f"1 to {MOST_LINES}")
        if not self.repair_order_id.strip():
            raise UnknownWord("repair_order_id", self.repair_order_id, ("a number",))
