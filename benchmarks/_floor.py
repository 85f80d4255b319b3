"""The least any plan could cost: read the same files, write frames of the same shape.

A process of its own: `python -m benchmarks._floor INPUT FRAMES OUT`. FRAMES holds the plan's own
tables as uncompressed Arrow files, which are mapped and not read.
"""

import sys
from pathlib import Path

import polars as pl


def main(source: Path, frames: Path, out: Path) -> None:
    """Read every table of `source`, write every frame as Parquet and CSV."""
    readers = {".parquet": pl.read_parquet, ".csv": pl.read_csv}
    rows = sum(
        readers[path.suffix](path).height for path in source.iterdir() if path.suffix in readers
    )
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(frames.glob("*.arrow")):
        frame = pl.scan_ipc(path).collect()
        frame.write_parquet(out / f"{path.stem}.parquet")
        frame.write_csv(out / f"{path.stem}.csv")
    print(rows)


if __name__ == "__main__":
    main(*(Path(one) for one in sys.argv[1:4]))
