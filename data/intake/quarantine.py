"""What was not taken in, and why: rejected rows, warnings and refused files, each with a remedy.

Messages are made by expressions for the rows that need one; a clean million of rows costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl
from polars.datatypes import DataTypeClass

from data.intake.draft import Draft

REJECTED: Mapping[str, DataTypeClass] = {
    "table": pl.String,
    "line": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "code": pl.String,
    "message": pl.String,
}
WARNED: Mapping[str, DataTypeClass] = {
    "code": pl.String,
    "table": pl.String,
    "line": pl.Int64,
    "column": pl.String,
    "part_id": pl.String,
    "location_id": pl.String,
    "value": pl.String,
    "message": pl.String,
}
BEHIND: Mapping[str, DataTypeClass] = {
    "table": pl.String,
    "line": pl.Int64,
    "code": pl.String,
    "part_id": pl.String,
    "location_id": pl.String,
    "pieces": pl.Float64,
}
PIECES_OF = {"demand": "quantity", "stock": "on_hand", "open_orders": "quantity"}
TOTAL = "row.total"  # what it sums up is in the rows above
WARNINGS_OF_A_KIND = 1000  # by code and table; how many more there are is said


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """Rows with something wrong in one column, and what would mend it.

    `remedy` is an expression over the row's columns and `value`, the text of the cell.
    """

    code: str
    column: str
    rows: pl.Series
    remedy: pl.Expr


@dataclass(frozen=True, slots=True)
class RefusedFile:
    """A file of which nothing is taken in."""

    file: str
    code: str
    message: str


class Refusal(Exception):
    """Raised where a file cannot be used as a whole; nothing else leaves the door."""

    def __init__(self, file: str, code: str, message: str) -> None:
        super().__init__(message)
        self.refused = RefusedFile(file, code, message)


class StoppedEarly(Exception):
    """Raised in strict mode at the first thing that is wrong."""


@dataclass(slots=True)
class Quarantine:
    """Collects what is wrong; the only way a row leaves the plan is through `reject`."""

    strict: bool = False
    refused: list[RefusedFile] = field(default_factory=list)
    _rejected: list[pl.DataFrame] = field(default_factory=list)
    _behind: list[pl.DataFrame] = field(default_factory=list)
    _warned: list[pl.DataFrame] = field(default_factory=list)

    def refuse(self, refusal: Refusal) -> None:
        """Note that a file is refused; the others are still checked."""
        self.refused.append(refusal.refused)
        self._stop_if_strict()

    def reject(self, draft: Draft, *findings: Finding) -> None:
        """Reject the rows that were found; what is wrong with one row twice is said twice."""
        pairs = [(finding, self._cells(draft, finding)) for finding in findings]
        for finding, cells in pairs:
            if cells is not None:
                self._rejected.append(_as(cells, REJECTED))
                if finding.code != TOTAL:
                    self._behind.append(_behind(cells, draft.table.name))
                draft.drop(finding.rows)
        if self._rejected:
            self._stop_if_strict()

    def warn(self, draft: Draft, finding: Finding) -> None:
        """Warn of the rows that were found; they stay in."""
        found = self._cells(draft, finding)
        if found is None:
            return
        code, column = finding.code, finding.column
        found = _as(found, WARNED)
        shown = found.sort("part_id", "location_id", "value").head(WARNINGS_OF_A_KIND)
        self._warned.append(shown)
        if (more := len(found) - len(shown)) > 0:
            self.note(code, draft.table.name, column, f"{more} more rows of {draft.file} likewise.")

    def note(
        self,
        code: str,
        table: str = "",
        column: str = "",
        message: str = "",
        *,
        value: str | None = None,
        location_id: str | None = None,
    ) -> None:
        """Warn of something that belongs to no single row."""
        row = {
            "code": code,
            "table": table,
            "line": None,
            "column": column,
            "part_id": None,
            "location_id": location_id,
            "value": value,
            "message": message,
        }
        self._warned.append(pl.DataFrame([row], schema=WARNED))

    @property
    def rejected(self) -> pl.DataFrame:
        """Rejected cells, by table and line; a row with two bad cells stands here twice."""
        if not self._rejected:
            return pl.DataFrame(schema=REJECTED)
        return pl.concat(self._rejected).sort("table", "line", "column", "code")

    @property
    def behind(self) -> pl.DataFrame:
        """The pieces in stock, demand and orders that rejected rows spoke of."""
        if not self._behind:
            return pl.DataFrame(schema=BEHIND)
        return pl.concat(self._behind).unique(("table", "line")).sort("table", "line")

    @property
    def warnings(self) -> pl.DataFrame:
        """Warnings, by table and line."""
        if not self._warned:
            return pl.DataFrame(schema=WARNED)
        return pl.concat(self._warned).sort("table", "line", "code", "column", "message")

    def _cells(self, draft: Draft, finding: Finding) -> pl.DataFrame | None:
        rows = draft.rows(finding.rows)
        if not len(rows):
            return None
        code, column = finding.code, finding.column
        cells = draft.cells(rows, column)
        place = f" in {draft.file} line " if draft.line_word == "line" else f" in {draft.file} row "
        value = pl.concat_str(pl.lit(" "), pl.col("value"))
        shown = pl.coalesce(value, pl.lit(" is blank"))
        where = pl.concat_str(pl.lit(column), shown, pl.lit(place), pl.col("line").cast(pl.String))
        return cells.with_columns(
            pl.lit(draft.table.name).alias("table"),
            pl.lit(column).alias("column"),
            pl.lit(code).alias("code"),
            pl.concat_str(where, pl.lit(": "), finding.remedy).alias("message"),
        )

    def _stop_if_strict(self) -> None:
        if self.strict:
            raise StoppedEarly


def _behind(cells: pl.DataFrame, table: str) -> pl.DataFrame:
    name = PIECES_OF.get(table, "")
    pieces = pl.col(name) if name in cells.columns else pl.lit(None)
    return cells.select(
        *(pl.col(column).cast(pl.String) for column in ("table", "code", "part_id", "location_id")),
        pl.col("line"),
        pieces.cast(pl.Float64, strict=False).alias("pieces"),
    ).select(BEHIND.keys())


def _as(frame: pl.DataFrame, schema: Mapping[str, DataTypeClass]) -> pl.DataFrame:
    return frame.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
