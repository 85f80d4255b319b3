"""What only tables together show: tiers without target, stock that is not all there, overlaps."""

from collections.abc import Mapping

import polars as pl

from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine, Refusal
from data.intake.settings import IntakeSettings

SHOWN = 5


def check_tiers(drafts: Mapping[str, Draft], quarantine: Quarantine) -> None:
    """Warn of locations in a tier that no service target speaks of."""
    locations, targets = drafts.get("locations"), drafts.get("service_targets")
    if locations is None or targets is None:
        return
    meant = targets.accepted()
    if meant["tier"].null_count():
        return
    tier = locations.frame["tier"]
    without = tier.is_not_null() & ~tier.is_in(meant["tier"].drop_nulls().implode())
    remedy = pl.lit("no service target speaks of this tier; its items are not planned, but listed.")
    quarantine.warn(locations, Finding("tier.no_target", "tier", without, remedy))


def check_tier_order(draft: Draft, quarantine: Quarantine) -> None:
    """Warn where a lower tier (B after A) is promised more than a higher one, all else equal."""
    alike = ["measure", "within_days", "per", "location_id", "criticality", "customer_class"]
    rows = draft.living().filter(pl.col("tier").is_not_null())
    gain = pl.when(pl.col("measure") == "waiting_days").then(-pl.col("target"))
    rows = rows.with_columns(gain.otherwise(pl.col("target")).alias("_gain")).sort("tier")
    least_above = pl.col("_gain").cum_min().shift(1).over(alike)
    odd = rows.filter(pl.col("_gain") > least_above)["_row"]
    remedy = pl.lit("a higher tier is promised less; planned as it stands.")
    quarantine.warn(draft, Finding("target.tier_order", "target", draft.mask_of(odd), remedy))


def check_inactive(demand: Draft, parts: Draft, quarantine: Quarantine) -> None:
    """Warn, once for each part, of demand for parts that are no longer active."""
    gone = parts.accepted().filter(~pl.col("active"))["part_id"]
    if not len(gone):
        return
    ids = demand.frame["part_id"]
    asked = ids.cast(pl.String).is_in(gone.implode()) if ids.dtype != pl.Enum else _among(ids, gone)
    rows = demand.rows(asked.fill_null(False))
    if not len(rows):
        return
    of_part = pl.DataFrame({"_row": rows, "part_id": ids[rows]})
    first = of_part.group_by("part_id").agg(pl.col("_row").min(), pl.len().alias("rows"))
    counts = dict(first.select(pl.col("part_id").cast(pl.String), "rows").iter_rows())
    remedy = pl.format(
        "the part is not active, yet {} rows ask for it (the first stands here); kept as history.",
        pl.col("part_id").cast(pl.String).replace_strict(counts, default=0),
    )
    finding = Finding("part.inactive", "part_id", demand.mask_of(first["_row"]), remedy)
    quarantine.warn(demand, finding)


def _among(ids: pl.Series, some: pl.Series) -> pl.Series:
    codes = some.cast(ids.dtype, strict=False).drop_nulls().to_physical()
    return ids.to_physical().is_in(codes.implode())


def check_overlaps(draft: Draft, quarantine: Quarantine) -> None:
    """Reject contracts of one customer and part that promise two tiers for the same days."""
    whose = ["customer_id", "part_id"]
    rows = draft.living().with_columns(pl.col(*whose).cast(pl.String).fill_null(""))
    pairs = rows.join(rows, on=whose, suffix="_other").filter(
        (pl.col("tier") != pl.col("tier_other"))
        & (pl.col("valid_from") <= pl.col("valid_to_other"))
        & (pl.col("valid_from_other") <= pl.col("valid_to"))
    )
    if not len(pairs):
        return
    others = pairs.group_by("contract_id").agg(pl.col("contract_id_other").min())
    remedy = pl.format(
        "it overlaps {} with another tier; which holds? End one before the other begins.",
        pl.col("contract_id").replace_strict(
            others["contract_id"], others["contract_id_other"], default="another contract"
        ),
    )
    clash = draft.mask_of(pairs["_row"].unique())
    quarantine.reject(draft, Finding("contract.overlap", "contract_id", clash, remedy))


def check_snapshot(stock: Draft, demand: Draft | None, settings: IntakeSettings) -> None:
    """Refuse stock that leaves out locations with demand: absent is not empty.

    Raises:
        Refusal: a location with demand has no row at all.
    """
    if demand is None or settings.partial_stock:
        return
    asked = demand.column("location_id").unique().drop_nulls().cast(pl.String)
    present = stock.frame["location_id"].unique().drop_nulls().cast(pl.String)
    absent = asked.filter(~asked.is_in(present.implode())).sort()
    if len(absent):
        shown = ", ".join(absent.head(SHOWN))
        more = f" and {len(absent) - SHOWN} more" if len(absent) > SHOWN else ""
        text = (
            f"{stock.file} has no row of {shown}{more}, where parts are asked for. Missing is not "
            "empty: deliver them, or state partial_stock = true."
        )
        raise Refusal(stock.file, "snapshot.incomplete", text)
