"""What may be asked of the stock ledger: one small checked value per kind of movement."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final

from inventory.errors import OutOfRange, UnknownWord

MOST_PIECES_AT_ONCE: Final = 10**9


def _check_pieces(pieces: int, *, least: int = 1, most: int = MOST_PIECES_AT_ONCE) -> None:
    if isinstance(pieces, bool) or not isinstance(pieces, int) or not least <= pieces <= most:
        raise OutOfRange("pieces", pieces, f"a whole number from {least} to {most}")


def _texts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in facts.items():
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, tuple | list):
            for each in value:
                yield from _texts(each)


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


@dataclass(frozen=True, slots=True)
class Command:
    """Something that may be asked of the ledger; `route` names it in the journal of requests."""

    route: ClassVar[str] = ""

    def described(self) -> dict[str, Any]:
        """The command as plain values, by which a repetition is recognised.

        Raises:
            UnknownWord: for a text that no database could keep as it is.
        """
        facts = {"route": self.route, **asdict(self)}
        for name, text in _texts(facts):
            if "\x00" in text or not _is_unicode(text):
                raise UnknownWord(name, text[:40], ("whole Unicode characters",))
        return facts


@dataclass(frozen=True, slots=True)
class _PiecesAtLocation(Command):
    part_id: str
    location_id: str
    pieces: int
    document_id: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        _check_pieces(self.pieces)


@dataclass(frozen=True, slots=True)
class Receive(_PiecesAtLocation):
    """Pieces arrive from a supplier."""

    route: ClassVar[str] = "receipt"


@dataclass(frozen=True, slots=True)
class Issue(_PiecesAtLocation):
    """Pieces are handed over that nobody had reserved."""

    route: ClassVar[str] = "issue"
    customer_class: str = ""


@dataclass(frozen=True, slots=True)
class Return(_PiecesAtLocation):
    """Unused pieces come back to the shelf."""

    route: ClassVar[str] = "return"


@dataclass(frozen=True, slots=True)
class Scrap(_PiecesAtLocation):
    """Pieces on the shelf are thrown away."""

    route: ClassVar[str] = "scrap"


@dataclass(frozen=True, slots=True)
class Transfer(Command):
    """Free pieces go from one location to another."""

    route: ClassVar[str] = "transfer"
    part_id: str
    from_location_id: str
    to_location_id: str
    pieces: int
    document_id: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        _check_pieces(self.pieces)
        if self.from_location_id == self.to_location_id:
            raise UnknownWord("to_location_id", self.to_location_id, ("another location",))


@dataclass(frozen=True, slots=True)
class Count(Command):
    """On hand becomes what was counted; holds that lost their piece are at risk."""

    route: ClassVar[str] = "count"
    part_id: str
    location_id: str
    counted: int
    document_id: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        _check_pieces(self.counted, least=0)


@dataclass(frozen=True, slots=True)
class Correct(Command):
    """On hand changes by `pieces`, up or down; the reason is required."""

    route: ClassVar[str] = "correction"
    part_id: str
    location_id: str
    pieces: int
    reason: str
    document_id: str = ""

    def __post_init__(self) -> None:
        _check_pieces(self.pieces, least=-MOST_PIECES_AT_ONCE)
        if self.pieces == 0 or not self.reason.strip():
            raise OutOfRange("correction", self.pieces, "pieces other than 0, with a reason")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a reservation."""

    part_id: str
    location_id: str
    pieces: int

    def __post_init__(self) -> None:
        _check_pieces(self.pieces)


@dataclass(frozen=True, slots=True)
class Reserve(Command):
    """Hold pieces for a repair order; all lines or none, unless `partly` lets lines fail alone.

    `asked_until` is what was asked for where `expires_at` was worked out from it by the clock: a
    repetition is recognised by the former.
    """

    route: ClassVar[str] = "reserve"
    lines: tuple[Line, ...]
    repair_order_id: str = ""
    customer_class: str = ""
    expires_at: datetime | None = None
    partly: bool = False
    asked_until: str = ""

    def described(self) -> dict[str, Any]:
        """The command as it was asked for."""
        facts = Command.described(self)
        asked = facts.pop("asked_until")
        return {**facts, "expires_at": asked} if asked else facts

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= 200:
            raise OutOfRange("lines", len(self.lines), "1 to 200")
        if self.expires_at is not None and self.expires_at.tzinfo is None:
            raise UnknownWord("expires_at", str(self.expires_at), ("a moment with a time zone",))


@dataclass(frozen=True, slots=True)
class Fulfil(Command):
    """Hand over held pieces: those of `pieces` by line, or all that are held.

    With `release_rest` whatever is not handed over goes back to the shelf.
    """

    route: ClassVar[str] = "fulfil"
    reservation_id: int
    pieces: Mapping[int, int] = field(default_factory=dict)
    release_rest: bool = False

    def __post_init__(self) -> None:
        for pieces in self.pieces.values():
            _check_pieces(pieces)


@dataclass(frozen=True, slots=True)
class Cancel(Command):
    """Give a reservation's pieces back to the shelf."""

    route: ClassVar[str] = "cancel"
    reservation_id: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Expire(Command):
    """Give the pieces of a reservation back whose time is over."""

    route: ClassVar[str] = "expire"
    reservation_id: int


@dataclass(frozen=True, slots=True)
class LockLocation(Command):
    """Close a location for reservations and issues, as during a stock count."""

    route: ClassVar[str] = "lock"
    location_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnlockLocation(Command):
    """Open it again."""

    route: ClassVar[str] = "unlock"
    location_id: str
