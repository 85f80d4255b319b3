"""Does the demo company resemble real ones? Its series beside those of open data sets.

`python -m benchmarks.resemblance` prints the tables as Markdown, `--write` puts them into
docs/demo_company.md between the markers. The open sets are read from ../shared/data.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from data.demo import write_company

SETS = Path(__file__).parents[1] / ".." / "shared" / "data"
PAGE = Path(__file__).parents[1] / "docs" / "demo_company.md"
MARK = "<!-- figures -->"
SIZE = {"parts": 5000, "locations": 20, "seed": 1}
ADI_CUT, CV2_CUT = 1.32, 0.49
KINDS = {"CW": "warehouse", "RD": "depots", "FS": "field stores", "VA": "vans"}


def patterns(monthly: pl.LazyFrame, months: pl.Expr) -> dict[str, float]:
    """Figures of series (`series`, `month`, `pieces` > 0) observed over `months` each."""
    size, var = pl.col("pieces").mean(), pl.col("pieces").var(ddof=0)
    by_series = (
        monthly.group_by("series")
        .agg(
            pl.len().alias("busy"),
            months.alias("months"),
            size.alias("size"),
            (var / size**2).alias("cv2"),
        )
        .with_columns(adi=pl.col("months") / pl.col("busy"))
    )
    erratic, rare = pl.col("cv2") >= CV2_CUT, pl.col("adi") >= ADI_CUT
    return (
        by_series.select(
            series=pl.len(),
            zero=1 - pl.col("busy").sum() / pl.col("months").sum(),
            adi=pl.col("adi").median(),
            cv2=pl.col("cv2").filter(pl.col("busy") > 1).median(),
            smooth=(~erratic & ~rare).mean(),
            erratic=(erratic & ~rare).mean(),
            intermittent=(~erratic & rare).mean(),
            lumpy=(erratic & rare).mean(),
            size=pl.col("size").median(),
            size_skew=pl.col("size").quantile(0.9) / pl.col("size").median(),
        )
        .collect()
        .row(0, named=True)
    )


def real_patterns() -> Iterator[tuple[str, dict[str, float]]]:
    """Each open set, by month (weeks are added up)."""
    for name in (
        "oil_refinery",
        "raf_aerospace",
        "man_manufacturing",
        "auto_syntetos_boylan",
        "carparts",
    ):
        rows = pl.read_parquet(SETS / name / "demand.parquet").drop_nulls("quantity")
        month = (
            pl.col("period").dt.truncate("1mo")
            if rows["period"].dtype == pl.Date
            else pl.col("period")
        )
        table = rows.group_by(pl.col("series_id").alias("series"), month.alias("month")).agg(
            pl.col("quantity").sum().alias("pieces")
        )
        length = table.group_by("series").agg(pl.len().alias("length"))
        busy = table.filter(pl.col("pieces") > 0).join(length, on="series")
        yield (
            name,
            patterns(busy.lazy(), pl.col("length").first())
            | {"silent": 1 - busy["series"].n_unique() / len(length)},
        )


def demo_patterns(tables: dict[str, pl.DataFrame]) -> Iterator[tuple[str, dict[str, float]]]:
    """The demo company by kind of location; the depots also with all that hangs on them."""
    parents = tables["locations"].select("location_id", "parent_id")
    asked = tables["demand"].with_columns(month=pl.col("date").dt.truncate("1mo"))
    sites = tables["locations"]["location_id"].str.head(2).value_counts()
    count = dict(zip(sites["location_id"], sites["count"], strict=True))
    views = [
        (KINDS[kind], asked.filter(pl.col("location_id").str.head(2) == kind), count[kind])
        for kind in KINDS
    ]
    below = (
        asked.join(parents, on="location_id")
        .with_columns(
            location_id=pl.when(pl.col("location_id").str.head(2).is_in(["FS", "VA"]))
            .then("parent_id")
            .otherwise("location_id")
        )
        .filter(pl.col("location_id").str.head(2) == "RD")
    )
    views.append(("depots with their sites", below, count["RD"]))
    for name, rows, places in views:
        monthly = rows.group_by(
            pl.concat_str("part_id", "location_id").alias("series"), "month"
        ).agg(pl.col("quantity").sum().alias("pieces"))
        found = patterns(monthly.lazy(), pl.lit(36))
        yield name, found | {"silent": 1 - found["series"] / places / len(tables["parts"])}


def prices(name: str, values: pl.Series) -> str:
    """One line of the price table."""
    known = values.drop_nulls().filter(values.drop_nulls() > 0)
    ten, half, ninety, top = (known.quantile(q) for q in (0.1, 0.5, 0.9, 0.99))
    skew = known.mean() / half
    return f"| {name} | {ten:,.2f} | {half:,.2f} | {ninety:,.0f} | {top:,.0f} | {skew:.1f} |"


def stated(name: str, days: pl.Series) -> str:
    """One line of the table of stated lead times."""
    known = days.cast(pl.Float64).drop_nulls().filter(days.cast(pl.Float64).drop_nulls() > 0)
    ten, half, ninety, top = (known.quantile(q) for q in (0.1, 0.5, 0.9, 0.99))
    return f"| {name} | {ten:.0f} | {half:.0f} | {ninety:.0f} | {top:.0f} |"


def delays(name: str, days: pl.DataFrame) -> str:
    """One line of the delivery table, from `vendor`, `days` and `late`."""
    busy = (
        days.drop_nulls("days")
        .group_by("vendor")
        .agg(pl.col("days").mean().alias("mean"), pl.col("days").std().alias("sd"), pl.len())
        .filter(pl.col("len") >= 10)
    )
    spread = (busy["sd"] / busy["mean"]).median()
    known = days["days"].drop_nulls()
    skew = known.quantile(0.9) / known.median()
    return (
        f"| {name} | {known.median():.0f} | {skew:.1f} | {spread:.2f} | {days['late'].mean():.1%} |"
    )


def report(tables: dict[str, pl.DataFrame]) -> str:
    """All tables as Markdown."""
    every = (_series(tables), _prices(tables), _lead_times(tables), _deliveries(tables))
    return "\n\n".join("\n".join(lines) for lines in every)


def _series(tables: dict[str, pl.DataFrame]) -> list[str]:
    lines = [
        "| series, by month | series | never asked | zero share | ADI | CV² | smooth | erratic "
        "| intermittent | lumpy | pieces | pieces 90 % / 50 % |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for owner, views in (("demo", demo_patterns(tables)), ("real", real_patterns())):
        for name, one in views:
            shares = (one[key] for key in ("smooth", "erratic", "intermittent", "lumpy"))
            lines.append(
                f"| {owner}: {name} | {one['series']:,} | {one['silent']:.0%} "
                f"| {one['zero']:.0%} | {one['adi']:.1f} "
                f"| {one['cv2']:.2f} | {' | '.join(f'{share:.0%}' for share in shares)} "
                f"| {one['size']:.1f} | {one['size_skew']:.1f} |"
            )
    return lines


def _prices(tables: dict[str, pl.DataFrame]) -> list[str]:
    lines = [
        "| unit prices | 10 % | median | 90 % | 99 % | mean / median |",
        "|---|--:|--:|--:|--:|--:|",
        prices("demo", tables["parts"]["unit_cost"]),
    ]
    for name, column in (
        ("oil_refinery", "unit_price"),
        ("raf_aerospace", "unit_price_gbp"),
        ("man_manufacturing", "unit_cost_eur"),
    ):
        lines.append(prices(f"real: {name}", _real_parts(name)[column]))
    return lines


def _lead_times(tables: dict[str, pl.DataFrame]) -> list[str]:
    bought = tables["lead_times"].filter(pl.col("source") == "supplier")
    lines = [
        "| lead times of bought parts, days | 10 % | median | 90 % | 99 % |",
        "|---|--:|--:|--:|--:|",
        stated("demo", bought["lead_time_days"]),
    ]
    for name, column, days in (
        ("oil_refinery", "lead_time_days", 1),
        ("raf_aerospace", "lead_time_months", 365 / 12),
        ("man_manufacturing", "lead_time_weeks", 7),
    ):
        lines.append(stated(f"real: {name}", _real_parts(name)[column].cast(pl.Float64) * days))
    return lines


def _real_parts(name: str) -> pl.DataFrame:
    return pl.read_csv(SETS / name / "parts.csv", infer_schema_length=None)


def _deliveries(tables: dict[str, pl.DataFrame]) -> list[str]:
    bought = (
        tables["receipts"]
        .drop_nulls("supplier_id")
        .select(
            vendor="supplier_id",
            days=(pl.col("received_on") - pl.col("ordered_on")).dt.total_days(),
            late=pl.col("received_on") > pl.col("promised_on"),
        )
    )
    real = pl.read_csv(
        SETS / "scms_deliveries" / "deliveries.csv.gz", infer_schema_length=None
    ).select(
        "vendor",
        days=pl.when(pl.col("lead_time_days") > 0).then("lead_time_days"),
        late=pl.col("days_late_vs_schedule") > 0,
    )
    return [
        "| deliveries | median days | 90 % / 50 % | spread within a supplier | late |",
        "|---|--:|--:|--:|--:|",
        delays("demo: suppliers", bought),
        delays("real: scms_deliveries", real),
    ]


def main() -> None:
    """Print the tables, or write them into the page."""
    if not SETS.exists():
        print(f"skipped: the open data sets are not at {SETS.resolve()}")
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "input"
        write_company(folder, form="parquet", **SIZE)
        tables = {path.stem: pl.read_parquet(path) for path in folder.iterdir()}
    text = report(tables)
    print(text)
    if "--write" in sys.argv:
        before, _, after = PAGE.read_text(encoding="utf-8").split(MARK)
        PAGE.write_text(f"{before}{MARK}\n{text}\n{MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
