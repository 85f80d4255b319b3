"""Long columns worked on run by run, side by side; where a run ends changes nothing."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl

LEAST = 100_000  # rows of a run; fewer are done before a thread is there
BLOCK = 1 << 16  # rows that stay next to a core while several steps change them


def by_runs(work: Callable[[pl.Series], pl.Series], column: pl.Series) -> pl.Series:
    """`work`, which looks at each row alone, done on runs of `column` by all cores."""
    runs = min(os.cpu_count() or 1, len(column) // LEAST)
    if runs < 2:
        return work(column)
    length = -(-len(column) // runs)
    with ThreadPoolExecutor(runs) as pool:
        parts = pool.map(work, (column.slice(run * length, length) for run in range(runs)))
        return pl.concat(parts)


def by_blocks(work: Callable[[slice], None], rows: int) -> None:
    """`work`, which fills some rows of what is to come, done block by block by all cores."""
    runs = max(min(os.cpu_count() or 1, rows // LEAST), 1)
    length = -(-rows // runs)

    def run(begin: int) -> None:
        end = min(begin + length, rows)
        for low in range(begin, end, BLOCK):
            work(slice(low, min(low + BLOCK, end)))

    if runs == 1:
        run(0)
        return
    with ThreadPoolExecutor(runs) as pool:
        for _ in pool.map(run, range(0, rows, length)):
            pass
