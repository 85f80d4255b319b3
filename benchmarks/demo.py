"""A demo company of 1,000,000 items against polars writing the same tables from memory.

Goal: at most ten times as long. `python -m benchmarks.demo`; one run, the compiled code warmed by a
small company first.
"""

import tempfile
import time
from pathlib import Path

import polars as pl

from data.demo import write_company

PARTS, LOCATIONS, SEED = 50_000, 20, 1


def main() -> None:
    """Write the company, read its tables, write them again."""
    with tempfile.TemporaryDirectory() as scratch:
        measure(Path(scratch))


def measure(scratch: Path) -> None:
    """Print the seconds of both and their ratio."""
    write_company(scratch / "warm", parts=150, locations=8, seed=SEED, form="parquet")
    began = time.perf_counter()
    report = write_company(scratch / "input", parts=PARTS, locations=LOCATIONS, seed=SEED)
    invented = time.perf_counter() - began
    paths = [*report.folder.glob("*.parquet"), *report.next_year.glob("*.parquet")]
    tables = [pl.read_parquet(path) for path in paths]
    rows = sum(table.height for table in tables)
    began = time.perf_counter()
    for number, table in enumerate(tables):
        table.write_parquet(scratch / f"{number}.parquet")
    written = time.perf_counter() - began
    print(f"{report.items:,} items, {rows:,} rows in {len(tables)} tables,")
    print(f"{report.asked_share:.1%} of the items asked for in three years")
    print(f"company {invented:.2f} s, polars writing its tables {written:.2f} s")
    print(f"ratio {invented / written:.2f} (goal: at most 10)")


if __name__ == "__main__":
    main()
