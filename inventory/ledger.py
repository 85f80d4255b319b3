"""Words and rules of the stock ledger: accounts, postings, reservation states, refusals.

Every movement posts at least two sides that cancel out, part by part. Pieces on hand are those in
the accounts *available* and *reserved* of a location; the other accounts stand for the world
outside. What may be asked of the ledger is in `ledger_commands`; nothing here knows where the
journal is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from inventory.errors import InventoryError, OutOfRange, UnknownWord

LONGEST_KEY: Final = 255


class Account(StrEnum):
    """Where pieces are, or where they came from and went to."""

    AVAILABLE = "available"
    RESERVED = "reserved"
    SUPPLIER = "supplier"
    CONSUMED = "consumed"
    ADJUSTMENT = "adjustment"
    SCRAPPED = "scrapped"

    @property
    def is_on_hand(self) -> bool:
        """True for the two accounts whose pieces lie on the shelf."""
        return self in (Account.AVAILABLE, Account.RESERVED)


class ReservationState(StrEnum):
    """Active until it reaches one of three final states, and never again."""

    ACTIVE = "active"
    FULFILLED = "fulfilled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Refusal(StrEnum):
    """Why the ledger says no; the codes are part of the interface."""

    INSUFFICIENT = "stock.insufficient"
    UNKNOWN = "ref.unknown"
    LOCKED = "location.locked"
    FINAL_STATE = "reservation.state"
    NOT_DUE = "reservation.not_due"
    AT_RISK = "reservation.at_risk"
    EXCEEDS = "quantity.exceeds"
    OTHER_REQUEST = "idempotency.mismatch"
    TAKEN = "name.taken"
    STALE = "version.stale"
    SUPERSEDED = "plan.superseded"
    IMMUTABLE = "plan.immutable"
    IMPOSSIBLE = "plan.impossible"
    FOUR_EYES = "four_eyes"
    RUNNING = "run.in_progress"
    TOO_MANY = "reservation.too_many"
    NO_VERSION = "version.missing"
    DECIDED = "proposal.decided"
    NOTHING = "run.nothing_to_plan"


class Refused(InventoryError):
    """The ledger says no, and nothing moved; `facts` say why."""

    def __init__(self, code: Refusal, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.code, self.facts = code, facts


@dataclass(frozen=True, slots=True, order=True)
class Posting:
    """One side of a movement: pieces coming to (+) or going from (−) an account at a location."""

    part_id: str
    location_id: str
    account: Account
    pieces: int


def moved(
    pieces: int, part_id: str, location_id: str, source: Account, target: Account
) -> tuple[Posting, Posting]:
    """Both sides of `pieces` going from one account to another."""
    return (
        Posting(part_id, location_id, source, -pieces),
        Posting(part_id, location_id, target, pieces),
    )


def changes(postings: tuple[Posting, ...]) -> dict[tuple[str, str], tuple[int, int]]:
    """What `postings` do to (on_hand, reserved) of each (part, location), in a fixed order."""
    totals: dict[tuple[str, str], tuple[int, int]] = {}
    for side in sorted(postings):
        on_hand, reserved = totals.get((side.part_id, side.location_id), (0, 0))
        totals[side.part_id, side.location_id] = (
            on_hand + side.pieces * side.account.is_on_hand,
            reserved + side.pieces * (side.account is Account.RESERVED),
        )
    return totals


def check_balanced(postings: tuple[Posting, ...]) -> None:
    """Refuse sides that do not cancel out.

    Raises:
        OutOfRange: naming the part whose pieces would appear from nowhere or vanish.
    """
    totals: dict[str, int] = {}
    for side in postings:
        totals[side.part_id] = totals.get(side.part_id, 0) + side.pieces
    for part_id, total in totals.items():
        if total:
            raise OutOfRange(f"sum of the postings of {part_id}", total, "0")


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, when (with a time zone), and under which key a repetition is recognised."""

    actor: str
    key: str
    at: datetime

    def __post_init__(self) -> None:
        fits = 0 < len(self.key) <= LONGEST_KEY and self.key.isascii() and self.key.isprintable()
        if not fits or self.key.isspace():
            raise UnknownWord("idempotency key", self.key[:40], ("1 to 255 ASCII characters",))
        if self.at.tzinfo is None:
            raise UnknownWord("moment", self.at.isoformat(), ("a moment with a time zone",))


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request: `ok` or the code of the refusal, and the facts.

    A repeated request gets the first answer again, word for word, with `replayed` set.
    """

    code: str
    body: Mapping[str, Any]
    replayed: bool = False

    @property
    def ok(self) -> bool:
        """True when it was done."""
        return self.code == "ok"
