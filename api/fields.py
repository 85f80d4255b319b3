"""Kinds of value that come in over HTTP, with their bounds and codes; shapes are made of them."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

LAST_YEAR: Final = 2100
FIRST_YEAR: Final = 1990
MOST_PIECES: Final = 10**9
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WHOLE: Final = re.compile(r"-?\d{1,40}", re.ASCII)


class Body(BaseModel):
    """A body: no name it does not know, no value of another kind."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False, frozen=True)


class Shown(BaseModel):
    """What an answer shows."""

    model_config = ConfigDict(frozen=True)


def read_day(text: Any) -> date:
    """A calendar day written as 2025-07-10."""
    if isinstance(text, date):
        return text
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        raise PydanticCustomError("date.invalid", "A day is written as 2025-07-10")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("date.invalid", "No day of the calendar") from None
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise PydanticCustomError("date.out_of_range", "A day from 1990 to 2099")
    return day


def read_any_day(text: Any) -> date:
    """A calendar day of any year, where a range is judged as a whole."""
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else read_day(text)
    except (TypeError, ValueError):
        return read_day(text)


def read_instant(text: Any) -> datetime:
    """A moment with its time zone, such as 2025-07-10T08:00:00Z; kept in UTC."""
    if not isinstance(text, str):
        raise PydanticCustomError("date.invalid", "A moment is written as 2025-07-10T08:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise PydanticCustomError("date.invalid", "No moment of the calendar") from None
    if moment.tzinfo is None:
        raise PydanticCustomError("date.no_timezone", "Say the time zone: 2025-07-10T08:00:00Z")
    if not FIRST_YEAR <= moment.year < LAST_YEAR:
        raise PydanticCustomError("date.out_of_range", "A moment from 1990 to 2099")
    return moment.astimezone(UTC)


def read_whole(text: Any) -> int:
    """A whole number out of an address: digits, nothing that merely could be read as some."""
    if not isinstance(text, str):
        return int(text)
    if not _WHOLE.fullmatch(text):
        raise PydanticCustomError("type.integer", "A whole number")
    return int(text)


def _text(longest: int, shortest: int = 1) -> Any:
    return Field(min_length=shortest, max_length=longest)


Day = Annotated[
    date, BeforeValidator(read_day), WithJsonSchema({"type": "string", "format": "date"})
]
AnyDay = Annotated[
    date, BeforeValidator(read_any_day), WithJsonSchema({"type": "string", "format": "date"})
]
Instant = Annotated[
    datetime,
    BeforeValidator(read_instant),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
PartId = Annotated[str, _text(100)]
LocationId = Annotated[str, _text(100)]
OrderId = Annotated[str, _text(100)]
Note = Annotated[str, _text(1000, 0)]
Word = Annotated[str, _text(100, 0)]
Pieces = Annotated[int, Field(ge=1, le=MOST_PIECES)]
PiecesOrNone = Annotated[int, Field(ge=0, le=MOST_PIECES)]
Number = Annotated[int, Field(ge=1, le=2**53)]
AddressNumber = Annotated[int, BeforeValidator(read_whole), Field(ge=1, le=2**53)]
AddressPieces = Annotated[int, BeforeValidator(read_whole), Field(ge=1, le=MOST_PIECES)]
