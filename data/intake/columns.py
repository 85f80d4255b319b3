"""Words for tables that come in: kinds of columns, a column, a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import polars as pl
from polars.datatypes import DataTypeClass


class Kind(StrEnum):
    """What a column holds; it decides how text is read and how the column is stored."""

    ID = "id"
    TEXT = "text"
    WORD = "word"  # one of a closed list
    NUMBER = "number"
    SHARE = "share"  # 0 to 1
    PIECES = "pieces"  # whole
    DAY = "day"
    SWITCH = "switch"  # yes or no


DTYPES: Mapping[Kind, DataTypeClass] = MappingProxyType(
    {
        Kind.ID: pl.String,
        Kind.TEXT: pl.String,
        Kind.WORD: pl.String,
        Kind.NUMBER: pl.Float64,
        Kind.SHARE: pl.Float64,
        Kind.PIECES: pl.Int64,
        Kind.DAY: pl.Date,
        Kind.SWITCH: pl.Boolean,
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table that comes in.

    `required`: the file must have it. `filled`: its cells must not be blank. `least`, `most`: the
    range of a number. `words`: what a word may be. `names`: the table whose key it must be in.
    """

    name: str
    kind: Kind
    required: bool = False
    filled: bool = False
    least: float | None = None
    most: float | None = None
    words: tuple[str, ...] = ()
    names: str = ""
    longest: int = 500  # characters
    open_ended: bool = False  # a day that may lie after 2100: "until further notice"
    of_the_past: bool = False  # a day that cannot lie after as_of

    @property
    def dtype(self) -> DataTypeClass:
        """How the column is stored."""
        return DTYPES[self.kind]

    @property
    def is_text(self) -> bool:
        """True where the column is stored as text."""
        return self.dtype is pl.String


@dataclass(frozen=True, slots=True)
class Table:
    """A table that comes in; `key` names the columns that no two rows may share."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    needs_rows: bool = False  # a header without rows would erase what is known
    site_days: bool = False  # timestamps are converted to the day at the row's location

    def __getitem__(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def __contains__(self, name: str) -> bool:
        return any(column.name == name for column in self.columns)

    @property
    def schema(self) -> dict[str, DataTypeClass]:
        """Column names and how they are stored."""
        return {column.name: column.dtype for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """The table without a row."""
        return pl.DataFrame(schema=self.schema)
