"""The maintenance parts of an oil refinery (Porras & Dekker 2008) as a folder of tables.

Monthly demand 1997-01 to 2001-08; the last 24 months are kept apart. About half of the parts have
a lead time and the planners' own policy: order when the position falls below s, up to S.
"""

from datetime import date
from pathlib import Path

import polars as pl

SOURCE = Path(__file__).parents[3] / "shared" / "data" / "oil_refinery"
AS_OF = date(1999, 8, 31)  # the last day the plan may know
START, END = date(1999, 9, 1), date(2001, 8, 31)  # the months nobody has seen
PLACE = "REFINERY"
SETTINGS = 'period = "month"\nreview_period_days = 1\nholding_rate = 0.20\n'


def is_here() -> bool:
    """Whether the data set lies beside the repository."""
    return (SOURCE / "parts.csv").is_file()


def parts() -> pl.DataFrame:
    """One row per part, as its owner wrote it."""
    return pl.read_csv(SOURCE / "parts.csv", infer_schema_length=None)


def demand() -> pl.DataFrame:
    """Recorded months: part_id, date (the first of the month), quantity; zeros included.

    One month is missing for every part; it is left out, a gap.
    """
    recorded = pl.read_parquet(SOURCE / "demand.parquet").drop_nulls("quantity")
    return recorded.select(
        part_id="series_id",
        location_id=pl.lit(PLACE),
        date="period",
        quantity=pl.col("quantity").cast(pl.Int64),
    )


def later_demand() -> pl.DataFrame:
    """What was really asked for in the months after `AS_OF`."""
    return demand().filter(pl.col("date") >= START, pl.col("quantity") > 0)


def policies() -> pl.DataFrame:
    """The planners' own: below s, up to S; so at R = s − 1 and at most S − R pieces."""
    known = parts().drop_nulls(["policy_min_s", "policy_max_S"])
    point = pl.col("policy_min_s").cast(pl.Int64) - 1
    highest = pl.max_horizontal("policy_max_S", "policy_min_s").cast(pl.Int64)
    return known.select(
        part_id="series_id",
        location_id=pl.lit(PLACE),
        reorder_point=point,
        order_quantity=highest - point,
        order_up_to_level=highest,
    )


def compared() -> pl.DataFrame:
    """Parts with lead time, price and policy: part_id, location_id, lead_time_days, unit_cost."""
    known = parts().drop_nulls(["lead_time_days", "unit_price", "policy_min_s", "policy_max_S"])
    return known.select(
        "lead_time_days", part_id="series_id", location_id=pl.lit(PLACE), unit_cost="unit_price"
    )


def write(folder: Path, targets: pl.DataFrame) -> None:
    """The tables a planner would hand over on `AS_OF`, blanks and all."""
    folder.mkdir(parents=True, exist_ok=True)
    source = parts()
    place = pl.lit(PLACE).alias("location_id")
    tables = {
        "parts": source.select(
            part_id="series_id", unit_cost="unit_price", criticality=_criticality()
        ),
        "locations": pl.DataFrame({"location_id": [PLACE]}),
        "lead_times": source.select(pl.col("series_id").alias("part_id"), place, "lead_time_days"),
        "demand": demand().filter(pl.col("date") <= AS_OF),
        "current_policies": policies().drop("order_up_to_level"),
        "service_targets": targets,
    }
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv", date_format="%Y-%m-%d")
    (folder / "sparewise.toml").write_text(SETTINGS, encoding="utf-8")


def _criticality() -> pl.Expr:
    """Vital where a part serves highly critical equipment, essential at medium, else desirable."""
    return (
        pl.when(pl.col("installed_high_critical") > 0)
        .then(pl.lit("A"))
        .when(pl.col("installed_medium_critical") > 0)
        .then(pl.lit("B"))
        .otherwise(pl.lit("C"))
    )
