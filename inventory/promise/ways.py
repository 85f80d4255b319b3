"""Ways to get a part, and which comes first: the cheapest of those that keep the deadline."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from inventory.promise.levels import Levels
from inventory.promise.time_law import TimeLaw

_NEVER: Final = float("inf")
_AS_STATED: Final = Levels()


class Way(StrEnum):
    """How a part comes to where it is needed."""

    SHELF = "shelf"
    NEARBY = "nearby"
    VAN = "van"
    DEPOT = "depot"
    ON_ORDER = "on_order"
    REPAIR = "repair"
    EMERGENCY = "emergency"
    NEW_ORDER = "new_order"

    @property
    def holds_pieces(self) -> bool:
        """True where the pieces lie somewhere and can be held now."""
        return self in (Way.SHELF, Way.NEARBY, Way.VAN, Way.DEPOT)


class Unknown(StrEnum):
    """Why no moment can be named; the codes are part of the interface."""

    NO_LEAD_TIME = "lead_time.missing"
    NO_REPAIR_TIME = "repair_time.missing"
    NO_SUPPLIER = "supplier.missing"
    NOTHING_COMING = "supply.missing"
    UNKNOWN_PART = "ref.unknown"

    @property
    def remedy(self) -> str:
        """What would make it known."""
        return _REMEDIES[self]


_REMEDIES: Final = {
    Unknown.NO_LEAD_TIME: "the lead time of the part or its location, or an order with a date",
    Unknown.NO_REPAIR_TIME: "the part's repair time",
    Unknown.NO_SUPPLIER: "who delivers the part",
    Unknown.NOTHING_COMING: "an order for enough pieces",
    Unknown.UNKNOWN_PART: "the part's number as the catalogue has it",
}


@dataclass(frozen=True, slots=True)
class Option:
    """One way to get `pieces` of a part to where they are needed.

    `law` is None where no moment can be named, and `unknown` says why. `cost` is what the way costs
    beyond the part at hand, money; None where nobody knows. `basis` says what the law rests on.
    """

    way: Way
    part_id: str
    from_location_id: str
    pieces: int
    law: TimeLaw | None
    cost: float | None = 0.0
    alternate: bool = False
    order_id: str = ""
    basis: str = ""
    unknown: Unknown | None = None
    waiting_before: int = 0
    levels: Levels = _AS_STATED

    @property
    def likely_by(self) -> float | None:
        """The moment met in half of all cases (P50), days."""
        return None if self.law is None else self.law.quantile(self.levels.likely)

    @property
    def promised_for(self) -> float | None:
        """The moment met in nine of ten cases (P90), days."""
        return None if self.law is None else self.law.quantile(self.levels.sure)

    def chance_by(self, deadline: float | None) -> float | None:
        """Chance to make a deadline; None without one, or where nothing is known."""
        if deadline is None or self.law is None:
            return None
        return float(self.law.chance_by(deadline))


def ranked(options: Iterable[Option], deadline: float | None) -> list[Option]:
    """The cheapest way that keeps the deadline (at P90) first; then the soonest; unknown last.

    Without a deadline the soonest goes first, and of equally soon ones the cheapest; an emergency
    shipment is then only for whoever asks for it. The part that was asked for goes before an
    alternate that is no better.
    """
    return sorted(options, key=lambda one: _order(one, deadline))


def _order(one: Option, deadline: float | None) -> tuple[float, ...]:
    sure = one.promised_for
    cost = _NEVER if one.cost is None else one.cost
    last = list(Way).index(one.way)
    if one.law is None:
        return (2, 0, last, one.alternate, cost)
    late = _NEVER if sure is None else sure
    if deadline is not None and late <= deadline:
        return (0, 0, cost, late, one.alternate, last)
    uncalled_for = deadline is None and one.way is Way.EMERGENCY
    return (1, uncalled_for, late, cost, one.alternate, last)
