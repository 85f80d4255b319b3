"""The quarantine as a planner reads it: by cause, with counts, money at stake and examples."""

import textwrap

import polars as pl

from data.intake.codes import CODES
from data.intake.door import Intake

EXAMPLES = 3
PAGE_LINES, PAGE_WIDTH = 60, 100


def causes(intake: Intake) -> pl.DataFrame:
    """Rejected rows by cause: table, code, meaning, rows, pieces, value, three examples.

    `value` is what the pieces in stock, demand and orders behind the rows are worth, in the
    reporting currency, where a price is known. The dearest cause comes first, and rows that
    only follow a rejected master come last.
    """
    cells = intake.rejected.group_by("table", "code").agg(
        pl.col("line").n_unique().alias("rows"),
        pl.col("message").sort_by("line").head(EXAMPLES).alias("examples"),
    )
    stakes = intake.behind.group_by("table", "code").agg(
        pl.col("pieces").abs().sum(), pl.col("value").abs().sum()
    )
    meaning = {code: meant.means for code, meant in CODES.items()}
    joined = cells.join(stakes, on=("table", "code"), how="left").with_columns(
        pl.col("code").replace_strict(meaning, default="").alias("meaning"),
        pl.col("pieces", "value").fill_null(0.0),
    )
    order = ["table", "code", "meaning", "rows", "pieces", "value", "examples"]
    followers = pl.col("code") == "ref.rejected"
    return joined.sort(
        followers, "value", "rows", "table", "code", descending=[False, True, True, False, False]
    ).select(order)


def as_page(intake: Intake) -> str:
    """The report as plain text, a page at most; what does not fit is counted."""
    lines = [_head(intake)]
    for refused in intake.refused_files:
        lines += ["", f"REFUSED {refused.file} ({refused.code})", *_folded(refused.message, "  ")]
    found = causes(intake)
    shown = 0
    for cause in found.iter_rows(named=True):
        block = _block(cause)
        if len(lines) + len(block) > PAGE_LINES - 2:
            break
        lines += block
        shown += 1
    if shown < len(found):
        lines += ["", f"… and {len(found) - shown} more causes; all rows stand in `rejected`."]
    return "\n".join(lines[:PAGE_LINES])


def _head(intake: Intake) -> str:
    rows = intake.rejected.select("table", "line").n_unique()
    value = intake.behind["value"].abs().sum()
    worth = f", {value:,.0f} of stock, demand and orders behind them" if value else ""
    return f"{rows:,} rows rejected{worth}; {len(intake.refused_files)} files refused."


def _block(cause: dict[str, object]) -> list[str]:
    value = f"worth {cause['value']:,.0f}" if cause["value"] else "without a known price"
    worth = f"; {cause['pieces']:,.0f} pieces {value}" if cause["pieces"] else ""
    rows = "1 row" if cause["rows"] == 1 else f"{cause['rows']:,} rows"
    title = f"{cause['table']}: {cause['meaning']} ({cause['code']}), {rows}{worth}"
    examples = cause["examples"]
    assert isinstance(examples, list)
    return ["", *_folded(title, ""), *(line for text in examples for line in _folded(text, "  "))]


def _folded(text: str, indent: str) -> list[str]:
    return textwrap.wrap(
        text, PAGE_WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", max_lines=3
    )
