"""A plan of 100,000 items against the floor: reading the same files and writing the same frames.

Both are whole processes, imports included, alternating; the median of the ratios counts. The goal
is at most 8 floors, for one echelon: every location is supplied directly, and waits as long as the
whole way through its network takes. The same company as the network it is comes after, without a
goal.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

PARTS, LOCATIONS, ROUNDS = 5_000, 20, 5
SPAREWISE = str(Path(sys.executable).parent / "sparewise")


def main() -> None:
    """Make the company, warm the compiled code once, then alternate."""
    with tempfile.TemporaryDirectory() as scratch:
        measure(Path(scratch))


def measure(scratch: Path) -> None:
    """Print both comparisons."""
    source = scratch / "input"
    size = ["--parts", str(PARTS), "--locations", str(LOCATIONS), "--form", "parquet"]
    _run(SPAREWISE, "demo", *size, "--out", str(source))
    _count_everywhere(source)
    network = scratch / "network"
    shutil.copytree(source, network)
    supply_directly(source)
    ratio = compare(source, scratch / "plan")
    print(f"median ratio {ratio:.2f} floors (goal: at most 8)")
    ratio = compare(network, scratch / "network_plan")
    print(f"the same company as a network: median ratio {ratio:.2f} floors")


def compare(source: Path, plan: Path) -> float:
    """Print each round's seconds; the median of plan over floor."""
    scratch = plan.parent
    planning = (SPAREWISE, "plan", str(source), "--out", str(plan), "--json")
    _run(*planning)
    _describe(source, plan)
    frames = scratch / f"{plan.name}_frames"
    frames.mkdir()
    for path in plan.glob("*.parquet"):
        pl.read_parquet(path).write_ipc(frames / f"{path.stem}.arrow", compression="uncompressed")
    floor = (
        sys.executable,
        "-m",
        "benchmarks._floor",
        *map(str, (source, frames, scratch / "out")),
    )
    ratios = []
    for number in range(ROUNDS):
        seconds, least = _run(*planning), _run(*floor)
        ratios.append(seconds / least)
        print(f"round {number + 1}: plan {seconds:.2f} s, floor {least:.2f} s, {ratios[-1]:.2f}")
    return statistics.median(ratios)


def supply_directly(source: Path) -> None:
    """Let suppliers deliver everywhere, in the time that the whole way takes on average."""
    places = pl.read_parquet(source / "locations.parquet")
    lanes = pl.read_parquet(source / "lead_times.parquet")
    by_place = lanes.group_by("location_id").agg(
        pl.col("lead_time_days").mean(), variance=(pl.col("lead_time_sd_days") ** 2).mean()
    )
    days = dict(by_place.select("location_id", "lead_time_days").iter_rows())
    variance = dict(by_place.select("location_id", "variance").iter_rows())
    above = dict(places.select("location_id", "parent_id").iter_rows())
    way: dict[str, list[str]] = {}
    for place in above:
        way[place], up = [], place
        while up is not None:
            way[place].append(up)
            up = above[up]
    direct = pl.DataFrame(
        {
            "location_id": list(way),
            "lead_time_days": [round(sum(days[one] for one in path), 1) for path in way.values()],
            "lead_time_sd_days": [
                round(sum(variance[one] or 0.0 for one in path) ** 0.5, 2) for path in way.values()
            ],
        }
    )
    own = lanes.filter(pl.col("part_id").is_not_null())
    table = pl.concat([own, direct], how="diagonal").with_columns(source=pl.lit("supplier"))
    table.write_parquet(source / "lead_times.parquet")


def _count_everywhere(source: Path) -> None:
    """Give every part at every location a stock row, so that each of them is an item."""
    ids = [pl.read_parquet(source / f"{name}.parquet") for name in ("parts", "locations")]
    pairs = ids[0].select("part_id").join(ids[1].select("location_id"), how="cross")
    stock = pl.read_parquet(source / "stock.parquet")
    uncounted = pairs.join(stock, on=["part_id", "location_id"], how="anti")
    day = stock["as_of"].max()
    empty = uncounted.with_columns(on_hand=pl.lit(0).cast(stock.schema["on_hand"]), as_of=day)
    pl.concat([stock, empty], how="diagonal").write_parquet(source / "stock.parquet")


def _describe(source: Path, plan: Path) -> None:
    summary = json.loads((plan / "summary.json").read_text(encoding="utf-8"))
    demand = pl.scan_parquet(source / "demand.parquet")
    pairs = demand.select("part_id", "location_id").unique().select(pl.len()).collect().item()
    rows = demand.select(pl.len()).collect().item()
    print(f"{summary['items']:,} items, {rows:,} requests at {pairs:,} of them; stages:")
    print("  " + ", ".join(f"{name} {took} s" for name, took in summary["run"]["seconds"].items()))
    print(f"  outcome {summary['outcome']}, gap {summary['gap']}")


def _run(*command: str) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(f"{' '.join(command)} left with {done.returncode}:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
