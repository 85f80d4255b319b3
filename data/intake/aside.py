"""Rows of demand that are right and yet no demand: returns, and what awaits a word."""

import polars as pl

from data.intake.canonical import in_order
from data.intake.draft import Draft
from data.intake.tables import TABLES


def set_aside(draft: Draft | None) -> pl.DataFrame:
    """Take returns out of the demand; the rows with their reason, in canonical order."""
    schema = TABLES["demand"].schema | {"reason": pl.String}
    if draft is None or not len(draft):
        return pl.DataFrame(schema=schema)
    back = draft.frame["quantity"] < 0
    rows = draft.rows(back)
    aside = draft.frame[rows].with_columns(pl.lit("return").alias("reason"))
    draft.drop(back)
    return in_order(aside.select(*schema))
