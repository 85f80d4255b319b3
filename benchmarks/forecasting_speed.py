"""How fast forecasting is, beside statsforecast: one run, the same array, one core each.

    python -m benchmarks.forecasting_speed [--judge PYTHON]

PYTHON is an interpreter of an environment of its own with statsforecast 2.1; without it only our
own figures are measured. On real histories (`../shared/data`) both must agree.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl

from forecasting import History, forecast
from forecasting.cleaning import without_outliers
from forecasting.history import Totals
from forecasting.methods.aggregation import adida, imapa
from forecasting.methods.croston import croston, sba, tsb

ITEMS, PERIODS, BUSY = 200_000, 60, 0.1
JUDGED = 3_000  # series the judge is timed on; per-series cost does not depend on their number
REAL = Path(__file__).parents[2] / "shared" / "data" / "oil_refinery" / "demand.parquet"
ONE_CORE = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
JUDGE = """
import json, sys, time
import numpy as np
from statsforecast.models import ADIDA, IMAPA, TSB, CrostonClassic, CrostonSBA
tables = np.load(sys.argv[1])
models = {"croston": CrostonClassic(), "sba": CrostonSBA(), "tsb": TSB(0.1, 0.1),
          "adida": ADIDA(), "imapa": IMAPA()}
seconds, answers = {}, {}
for name, model in models.items():
    answers[name] = [float(model.forecast(y=row, h=1)["mean"][0]) for row in tables["real"]]
    rows = tables["timed"]
    model.forecast(y=rows[0], h=1)
    began = time.perf_counter()
    for row in rows:
        model.forecast(y=row, h=1)
    seconds[name] = (time.perf_counter() - began) / len(rows)
began = time.perf_counter()
for row in rows:
    models["sba"].fit(row)
seconds["fit"] = (time.perf_counter() - began) / len(rows)
json.dump({"seconds": seconds, "answers": answers}, sys.stdout)
"""


def some_table(items: int = ITEMS) -> np.ndarray:
    """Demand of items × periods, a tenth of it not zero."""
    rng = np.random.default_rng(11)
    busy = rng.random((items, PERIODS)) < BUSY
    return np.where(busy, rng.geometric(0.4, (items, PERIODS)), 0).astype(np.float64)


def history_of(table: np.ndarray) -> History:
    """The table as requests over months of 30 days, outliers cut."""
    item, period = np.nonzero(table)
    items, periods = table.shape
    pieces = without_outliers(item, table[item, period].astype(np.int64)).pieces
    return History.of(
        item, period, pieces, part=np.arange(items),
        location=np.zeros(items, dtype=np.int64), days=np.full(periods, 30.0),
    )  # fmt: skip


def best_of(work: Callable[[], object], times: int = 5) -> float:
    """Seconds of the quickest of several runs, after one that compiles."""
    work()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - began)
    return min(seconds)


def real_table() -> np.ndarray:
    """The 5,000 busiest real histories, or none."""
    if not REAL.is_file():
        return np.zeros((0, 2))
    demand = pl.read_parquet(REAL).sort("series_id", "period")
    table = demand["quantity"].to_numpy().reshape(demand["series_id"].n_unique(), -1)
    table = table[:, ~np.isnan(table).all(axis=0)].astype(np.float64)
    order = np.argsort(-(table > 0).sum(axis=1), kind="stable")
    return table[np.sort(order[:5000])]


def judged(python: str, timed: np.ndarray, real: np.ndarray) -> dict:
    """What the other library answers and how long it takes, on one core."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tables.npz"
        np.savez(path, timed=timed, real=real)
        run = subprocess.run(
            [python, "-W", "ignore", "-c", JUDGE, str(path)],
            env=os.environ | ONE_CORE, capture_output=True, text=True, check=True,
        )  # fmt: skip
    return json.loads(run.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--judge", help="interpreter of an environment with statsforecast")
    judge = parser.parse_args().judge
    table = some_table()
    totals = Totals.of_table(table)
    ours = {"croston": croston, "sba": sba, "tsb": lambda rows: tsb(rows, start="first")}
    seconds = {name: best_of(lambda m=method: m(totals)) / ITEMS for name, method in ours.items()}
    stage = best_of(lambda: forecast(history_of(table)), times=3) / ITEMS
    stage -= best_of(lambda: np.nonzero(table), times=3) / ITEMS  # a table is no record of requests
    for name, one in seconds.items():
        print(f"{name:8} {one * 1e6:8.3f} µs a series")
    print(
        f"whole    {stage * 1e6:8.3f} µs an item (cleaning, classes, distribution, choice, reason)"
    )
    if judge:
        compare(judge, table, seconds, stage)
    else:
        print("no judge given (--judge PYTHON): statsforecast's speed and answers not compared")
    forecast(history_of(some_table(1_000_000)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"1,000,000 × {PERIODS}: peak memory {peak:.2f} GB, the table itself included")


def compare(judge: str, table: np.ndarray, seconds: dict[str, float], stage: float) -> None:
    real = real_table()
    answer = judged(judge, table[:JUDGED], real)
    for name, one in seconds.items():
        print(
            f"{name:8} {answer['seconds'][name] / one:8.0f} times statsforecast's series a second"
        )
    fit, quick = answer["seconds"]["fit"], answer["seconds"]["sba"]
    print(
        f"whole    {stage / fit:8.3f} of one statsforecast SBA fit, {stage / quick:.3f} of one"
        " `forecast` call, which skips what `fit` keeps"
    )
    if not len(real):
        return
    totals = Totals.of_table(real)
    methods = {"croston": croston, "tsb": lambda rows: tsb(rows, start="first")}
    methods |= {"sba": sba, "adida": adida, "imapa": imapa}
    for name, method in methods.items():
        apart = np.abs(method(totals) - np.array(answer["answers"][name]))
        near, alike = float((apart < 1e-6).mean()), float((apart < 1e-9).mean())
        print(
            f"{name:8} apart by at most {apart.max():.1e}, alike within 1e-9 on {alike:.2%} and "
            f"within 1e-6 on {near:.2%} of {len(real):,} real series"
        )


if __name__ == "__main__":
    main()
