"""What was promised: service targets, their measures and their scopes."""

from dataclasses import dataclass, field
from enum import StrEnum

from inventory.errors import OutOfRange, UnknownWord


class Measure(StrEnum):
    """The measures a target may be set on; definitions in `inventory.measures`."""

    FILL_RATE = "fill_rate"
    LINE_FILL_RATE = "line_fill_rate"
    VALUE_FILL_RATE = "value_fill_rate"
    READY_RATE = "ready_rate"
    WAITING_DAYS = "waiting_days"
    RESPONSE_SHARE = "response_share"
    AVAILABILITY = "availability"

    @property
    def is_share(self) -> bool:
        """True where more is better and 1 is everything; waiting days are the exception."""
        return self is not Measure.WAITING_DAYS


class Per(StrEnum):
    """Whether a target holds for its scope together, each location or each item apart."""

    SCOPE = ""
    LOCATION = "location"
    ITEM = "item"


class Criticality(StrEnum):
    """Consequence of a missing part: vital, essential, desirable."""

    VITAL = "A"
    ESSENTIAL = "B"
    DESIRABLE = "C"


@dataclass(frozen=True, slots=True)
class Scope:
    """The items a target speaks of; an empty word means all."""

    tier: str = ""
    location_id: str = ""
    criticality: str = ""
    customer_class: str = ""

    def __str__(self) -> str:
        named = (
            (self.tier and f"tier {self.tier}"),
            self.location_id,
            (self.criticality and f"criticality {self.criticality}"),
            (self.customer_class and f"customers {self.customer_class}"),
        )
        return ", ".join(word for word in named if word) or "all"


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """A promise: `measure` over the items of `scope` is at least (waiting: at most) `target`."""

    measure: Measure
    target: float
    scope: Scope = field(default_factory=Scope)
    per: Per = Per.SCOPE
    within_days: float | None = None

    def __post_init__(self) -> None:
        if self.measure.is_share and not 0 <= self.target <= 1:
            raise OutOfRange(str(self.measure), self.target, "a share, 0 to 1")
        if self.measure is Measure.WAITING_DAYS and not 0 <= self.target < float("inf"):
            raise OutOfRange("waiting_days", self.target, "0 days or more")
        if (self.measure is Measure.RESPONSE_SHARE) != (self.within_days is not None):
            allowed = ["days, with response_share only"]
            raise UnknownWord("within_days", str(self.within_days), allowed)
