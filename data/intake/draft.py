"""A table between its file and the plan: cells, typed columns, and which rows are still in."""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from data.intake.columns import Table

SHOWN_CHARACTERS = 60


@dataclass(slots=True)
class Draft:
    """Rows of one file on their way in.

    `frame` holds the known columns, as read at first and typed later; `texts` the cells whose text
    says more than the typed value. `lines` is None where rows simply follow `first_line`.
    """

    table: Table
    file: str
    frame: pl.DataFrame
    first_line: int = 2
    lines: pl.Series | None = None
    line_word: str = "line"
    texts: dict[str, pl.Series] = field(default_factory=dict)
    alive: pl.Series | None = None  # None: every row is in
    moments: dict[str, pl.Series] = field(default_factory=dict)  # UTC, where a zone was written
    ragged: bool = False  # rows were rejected while reading
    outliers: pl.Series | None = None  # true for rows that await a planner's word
    moved: dict[str, pl.Series] = field(default_factory=dict)  # true where the site's day differs

    def rows(self, mask: pl.Series) -> pl.Series:
        """Indices of the rows that are in and where `mask` is true."""
        if self.alive is not None:
            mask = mask & self.alive
        return mask.arg_true()

    def in_mask(self) -> pl.Series:
        """True for the rows that are in."""
        return pl.repeat(True, len(self), eager=True) if self.alive is None else self.alive

    def drop(self, mask: pl.Series) -> None:
        """Take rows out."""
        out = mask.fill_null(False)
        self.alive = ~out if self.alive is None else self.alive & ~out

    def cells(self, rows: pl.Series, column: str) -> pl.DataFrame:
        """The rows at `rows` with their `line` and the text of `column` as `value`."""
        lines = rows.cast(pl.Int64) + self.first_line if self.lines is None else self.lines[rows]
        source = self.texts.get(column)
        if source is None and column in self.frame.columns:
            source = self.frame[column]
        value = pl.Series([None], dtype=pl.String).new_from_index(0, len(rows))
        if source is not None:
            value = as_text(source[rows])
        frame = self.frame[rows]
        for name in ("part_id", "location_id"):
            if name not in frame.columns:
                frame = frame.with_columns(pl.lit(None, dtype=pl.String).alias(name))
        return frame.with_columns(
            lines.cast(pl.Int64).alias("line"), _shown(pl.lit(value)).alias("value")
        )

    def living(self) -> pl.DataFrame:
        """The rows that are in, with their index as `_row`."""
        rows = self.frame.with_row_index("_row")
        return rows if self.alive is None else rows.filter(self.alive)

    def mask_of(self, rows: pl.Series) -> pl.Series:
        """True at the indices `rows`."""
        mask = np.zeros(len(self), dtype=bool)
        mask[rows.to_numpy()] = True
        return pl.Series(mask)

    def column(self, name: str) -> pl.Series:
        """One column of the rows that are in."""
        values = self.frame[name]
        return values if self.alive is None else values.filter(self.alive)

    def accepted(self) -> pl.DataFrame:
        """The rows that are in."""
        return self.frame if self.alive is None else self.frame.filter(self.alive)

    def __len__(self) -> int:
        return len(self.frame)


def as_text(values: pl.Series) -> pl.Series:
    """Cells as a person would write them: 25 rather than 25.0."""
    text = values.cast(pl.String, strict=False)
    return text.str.strip_suffix(".0") if values.dtype.is_float() else text


def _shown(text: pl.Expr) -> pl.Expr:
    """A cell as a message may show it: one short line without control signs."""
    plain = text.str.replace_all(r"[\p{Cc}\p{Cf}]", "·")
    long = plain.str.len_chars() > SHOWN_CHARACTERS
    return pl.when(long).then(plain.str.head(SHOWN_CHARACTERS) + "…").otherwise(plain)
