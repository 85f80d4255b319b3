"""How long the door takes for five million rows of demand, against polars' plain reading.

    python -m benchmarks.intake [--rows N]

Both read the same CSV in alternating runs of one process; the medians are compared. The file has
as many unsorted rows as asked for, a few of them bad.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from data.intake import take_in

PARTS, LOCATIONS, DAYS = 50_000, 20, 1096
BAD_EVERY = 500_000  # one row in so many has a figure that is none


def write_company(folder: Path, rows: int, suffix: str, *, bad: bool) -> Path:
    """Masters and unsorted demand; if asked, one row in `BAD_EVERY` is bad."""
    rng = np.random.default_rng(1)
    parts = [f"P-{part:06d}" for part in range(PARTS)]
    locations = [f"FSL-{location:02d}" for location in range(LOCATIONS)]
    first = np.datetime64("2022-07-01")
    demand = pl.DataFrame(
        {
            "part_id": pl.Series(parts)[rng.integers(0, PARTS, rows).astype(np.uint32)],
            "location_id": pl.Series(locations)[rng.integers(0, LOCATIONS, rows).astype(np.uint32)],
            "date": first + rng.integers(0, DAYS, rows),
            "quantity": rng.geometric(0.6, rows),
        }
    )
    if suffix == "csv":
        if bad:
            wrong = pl.int_range(rows) % BAD_EVERY == BAD_EVERY - 1
            text = pl.when(wrong).then(pl.lit("2-3")).otherwise(pl.col("quantity").cast(pl.String))
            demand = demand.with_columns(text.alias("quantity"))
        demand.write_csv(folder / "demand.csv")
    else:
        demand.write_parquet(folder / "demand.parquet")
    cost = rng.lognormal(3, 1, PARTS).round(2)
    pl.DataFrame({"part_id": parts, "unit_cost": cost}).write_csv(folder / "parts.csv")
    parents = [None, *[locations[0]] * (LOCATIONS - 1)]
    places = pl.DataFrame({"location_id": locations, "parent_id": parents})
    places.write_csv(folder / "locations.csv")
    days = [14.0] * LOCATIONS
    lead_times = pl.DataFrame({"location_id": locations, "lead_time_days": days})
    lead_times.write_csv(folder / "lead_times.csv")
    targets = pl.DataFrame({"measure": ["fill_rate"], "target": [0.95]})
    targets.write_csv(folder / "service_targets.csv")
    return folder


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(rows: int, suffix: str, rounds: int, *, bad: bool = False) -> float:
    """Print both medians and their ratio; the ratio."""
    with tempfile.TemporaryDirectory() as where:
        folder = write_company(Path(where), rows, suffix, bad=bad)
        file = folder / f"demand.{suffix}"

        def plain() -> pl.DataFrame:
            if suffix == "parquet":
                return pl.read_parquet(file)
            return pl.read_csv(file, infer_schema=not bad)

        plain()
        last = take_in(folder)
        pairs = [(seconds(plain), seconds(lambda: take_in(folder))) for _ in range(rounds)]
    reading, taking = (statistics.median(column) for column in zip(*pairs, strict=True))
    assert not last.refused_files, last.refused_files
    assert len(last.tables["demand"]) + len(last.rejected) == rows
    what = f"{rows:,} rows of demand, {suffix}" + (", a few of them bad" if bad else "")
    print(
        f"{what}: polars reads {reading:.2f} s, the door takes {taking:.2f} s, "
        f"ratio {taking / reading:.2f} (medians of {rounds} alternating runs)",
        flush=True,
    )
    return taking / reading


def main(rows: int = 5_000_000, rounds: int = 5) -> None:
    ratio = max(compare(rows, "csv", rounds), compare(rows, "csv", rounds, bad=True))
    print(f"goal: at most 4 times polars' plain reading; {'reached' if ratio <= 4 else 'missed'}")
    compare(rows, "parquet", rounds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    main(asked.rows, asked.rounds)
