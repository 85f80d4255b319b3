"""Promises of a simulated year: kept as often as they say, also after a supplier slips."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
import sqlalchemy as sa

from benchmarks._promise_year import World, Year, moment
from data.store.bulk import read_rows
from data.store.invariants import check_invariants
from data.store.promise_tables import PROMISE_EVENTS, PROMISE_OUTCOMES, PROMISES

SEEDS = (1, 2, 3)
RECOVERED_AFTER = 60


def promises(year: Year) -> pl.DataFrame:
    """Every promise whose moment came within the year: way, supplier, day, kept, by_likely.

    A moment that is over is kept or it is not, whether the part has come by now or not; one that
    lies beyond the year's end is null, even where the part came early: to count only those that
    came would flatter.
    """
    made, became = PROMISES.c, PROMISE_OUTCOMES.c
    query = sa.select(
        made.way, made.part_id, made.made_at, made.promised_for, made.likely_by,
        became.outcome, became.by_likely,
    ).outerjoin(PROMISE_OUTCOMES, became.promise_id == made.promise_id)  # fmt: skip
    with year.store.read() as connection:
        assert check_invariants(connection) == []
        told = read_rows(connection, query)
        events = connection.execute(
            sa.select(sa.func.count(PROMISE_EVENTS.c.event_id))
        ).scalar_one()
        news = connection.exec_driver_sql(
            "SELECT COUNT(*) FROM outbox WHERE topic = 'promise.moved'"
        ).scalar_one()
    assert events == news == year.moved, "a promise moved in silence"
    supplier = told["part_id"].str.slice(2).cast(pl.Int64) // year.world.parts_each
    over = pl.lit(moment(year.world.days))
    kept = pl.col("outcome").fill_null("late") == "kept"
    return told.filter(pl.col("outcome").fill_null("") != "withdrawn").with_columns(
        supplier=supplier,
        day=(pl.col("made_at") - pl.lit(moment(0))).dt.total_seconds() / 86_400,
        kept=pl.when(pl.col("promised_for") <= over).then(kept),
        by_likely=pl.when(pl.col("likely_by") <= over).then(pl.col("by_likely").fill_null(False)),
    )


def coverage(told: pl.DataFrame) -> str:
    """Shares kept by P50 and P90, of so many."""
    if told.is_empty():
        return "none"
    half, most = told["by_likely"].mean(), told["kept"].mean()
    return f"P50 {half:.3f}  P90 {most:.3f}  of {told['kept'].count():,}"


def show(told: pl.DataFrame, slip_day: float) -> None:
    """The figures of one year, or of several together."""
    shelf, waited = told.filter(pl.col("way") == "shelf"), told.filter(pl.col("way") != "shelf")
    print(f"  shelf kept {shelf['kept'].mean():.4f} of {shelf.height:,}")
    print(f"  waited          {coverage(waited)}")
    of_slipping = waited.filter(pl.col("supplier") == 0)
    for name, low, high in (
        ("before the slip", 0, slip_day),
        (f"first {RECOVERED_AFTER} days after", slip_day, slip_day + RECOVERED_AFTER),
        ("later", slip_day + RECOVERED_AFTER, np.inf),
    ):
        part = of_slipping.filter(pl.col("day") >= low, pl.col("day") < high)
        print(f"    that supplier, {name:22} {coverage(part)}")


def main() -> None:
    """Seeds may be named on the command line: `python benchmarks/promises.py 5 6`."""
    seeds = [int(word) for word in sys.argv[1:] if word.isdigit()] or SEEDS
    every = []
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            year = Year(World(seed), Path(folder) / "year").play()
            told = promises(year)
            print(f"\nseed {seed}: {year.moved} slips, each with its news")
            show(told, year.world.slip_day)
            every.append(told)
            year.close()
    if len(every) > 1:
        print("\nall seeds")
        show(pl.concat(every), World(seeds[0], parts_each=1, suppliers=1).slip_day)


if __name__ == "__main__":
    main()
