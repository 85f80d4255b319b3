"""Rows of demand that are right and yet no demand: returns, outliers awaiting a word."""

import polars as pl

from data.intake.canonical import in_order
from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine
from data.intake.settings import IntakeSettings
from data.intake.tables import TABLES

LEAST_OUTLIER = 1000  # pieces; below that no single row moves a plan far
TIMES_USUAL = 100  # beyond this many times what the part is usually asked for
ENOUGH_REQUESTS = 5  # of a part, to know what is usual for it


def check_outliers(draft: Draft, settings: IntakeSettings, quarantine: Quarantine) -> None:
    """Set aside quantities far beyond anything asked before, until a planner confirms them.

    Usual is the 90 % quantile of the part's requests; of all requests while the part has few.
    """
    quantity = draft.frame["quantity"]
    large = quantity >= LEAST_OUTLIER
    if settings.confirmed_outliers or not large.any():
        return
    asked = draft.living().filter(pl.col("quantity") > 0)
    of_all = asked["quantity"].quantile(0.9, "lower") or 1.0
    parts = asked.filter(large.gather(asked["_row"]))["part_id"].unique()
    usual = asked.filter(pl.col("part_id").is_in(parts.implode())).group_by("part_id")
    known = usual.agg(
        pl.when(pl.len() >= ENOUGH_REQUESTS)
        .then(pl.col("quantity").quantile(0.9, "lower"))
        .otherwise(of_all)
        .alias("_usual")
    )
    far = asked.join(known, on="part_id").filter(pl.col("quantity") >= LEAST_OUTLIER)
    far = far.filter(pl.col("quantity") > TIMES_USUAL * pl.col("_usual"))
    rows = draft.mask_of(far["_row"])
    remedy = "far beyond what is usual; set aside. If it is meant, state confirmed_outliers = true."
    quarantine.warn(draft, Finding("demand.outlier", "quantity", rows, pl.lit(remedy)))
    draft.outliers = rows


def set_aside(draft: Draft | None) -> pl.DataFrame:
    """Take returns and outliers out of the demand; the rows with their reason, in one order."""
    schema = TABLES["demand"].schema | {"reason": pl.String}
    if draft is None or not len(draft):
        return pl.DataFrame(schema=schema)
    back = draft.frame["quantity"] < 0
    far = pl.lit(False) if draft.outliers is None else draft.outliers
    rows = draft.rows(back if draft.outliers is None else back | draft.outliers)
    if not len(rows):
        return pl.DataFrame(schema=schema)
    aside = draft.frame.with_columns(
        pl.when(far).then(pl.lit("outlier")).otherwise(pl.lit("return")).alias("reason")
    )[rows]
    draft.drop(draft.mask_of(rows))
    return in_order(aside.select(*schema))
