"""Text from outside must never become a formula in a spreadsheet."""

import polars as pl

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def escaped(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def escaped_columns(table: pl.DataFrame) -> pl.DataFrame:
    """Every text column of a table, escaped."""
    starts = pl.col(pl.String).str.slice(0, 1).is_in(list(FORMULA))
    return table.with_columns(
        pl.when(starts)
        .then(pl.lit("'") + pl.col(pl.String))
        .otherwise(pl.col(pl.String))
        .name.keep()
    )
