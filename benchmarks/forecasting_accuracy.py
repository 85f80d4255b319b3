"""How good forecasts are on five real sets of spare-parts demand; protocol in docs/forecasting.md.

    python -m benchmarks.forecasting_accuracy [SET …]

Nothing is tuned here: every constant stands in `forecasting`, fixed on windows that end before
the test windows. Without `../shared/data` there is nothing to measure.
"""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from forecasting import History, forecast
from forecasting.backtest import CHOSEN, METHODS, QUANTILES, backtest
from forecasting.backtest.methods import POINTS, of_law, past_points
from forecasting.backtest.scores import summed
from forecasting.relative import weighed_point

FOLDER = Path(__file__).parents[2] / "shared" / "data"
NEVER = 10**6  # a horizon that fits nowhere: parts without a lead time
DECILES = np.arange(1, 10) / 10
WINSOR = 100.0
ITS_MEAN = f"{CHOSEN}, its mean"  # of the law that is planned with


@dataclass(frozen=True)
class RealSet:
    """One of the sets of `../shared/data`, and how its test window is walked."""

    name: str
    stride: int = 1  # periods between origins
    days: float = 30.0  # of a period
    test_periods: int | None = None  # None: the last 30 %


SETS = (
    RealSet("carparts", test_periods=12),
    RealSet("auto_syntetos_boylan"),
    RealSet("raf_aerospace"),
    RealSet("oil_refinery"),
    RealSet("man_manufacturing", stride=2, days=7.0),
)
LEAD_TIME_PERIODS = {"carparts": 3, "auto_syntetos_boylan": 2}


def load(name: str) -> tuple[np.ndarray, np.ndarray]:
    """Demand (parts × periods, gaps of all parts left out) and lead times in periods."""
    demand = pl.read_parquet(FOLDER / name / "demand.parquet").sort("series_id", "period")
    parts = demand["series_id"].n_unique()
    table = demand["quantity"].cast(pl.Float64).to_numpy().reshape(parts, -1)
    table = np.ceil(np.nan_to_num(table[:, ~np.isnan(table).all(axis=0)]))
    if name in LEAD_TIME_PERIODS:
        return table, np.full(parts, LEAD_TIME_PERIODS[name])
    column, days = {
        "oil_refinery": ("lead_time_days", 365.25 / 12),
        "raf_aerospace": ("lead_time_months", 1.0),
        "man_manufacturing": ("lead_time_weeks", 1.0),
    }[name]
    master = pl.read_csv(FOLDER / name / "parts.csv", infer_schema_length=None).sort("series_id")
    lead = np.ceil(master[column].cast(pl.Float64, strict=False).to_numpy() / days)
    return table, np.where(lead >= 1, np.nan_to_num(lead), NEVER).astype(np.int64)


def history_of(table: np.ndarray, days: float = 30.0) -> History:
    """Totals as requests, over periods of `days`, all of them known."""
    item, period = np.nonzero(table)
    items, periods = table.shape
    return History.of(
        item, period, table[item, period].astype(np.int64),
        part=np.arange(items), location=np.zeros(items, dtype=np.int64),
        days=np.full(periods, days),
        first_period=np.zeros(items, dtype=np.int64), known=np.ones(periods, dtype=bool),
    )  # fmt: skip


def lead_time_demand(one: RealSet, methods: tuple[str, ...] = METHODS) -> pl.DataFrame:
    """Scores of every method over rolling origins of the test window."""
    table, lead = load(one.name)
    periods = table.shape[1]
    first = periods - (one.test_periods or round(0.3 * periods))
    scores = backtest(
        history_of(table, one.days),
        horizon=lead,
        origins=range(first, periods, one.stride),
        methods=methods,
    )
    return summed(scores, QUANTILES, ["method"])


def one_step(one: RealSet) -> pl.DataFrame:
    """Squared one-step error of each series / that of its training mean, winsorised, averaged.

    `chosen` is the point made for this measure (`forecasting.relative`); the mean of the law that
    is planned with stands beside it.
    """
    table, _ = load(one.name)
    periods = table.shape[1]
    first = periods - (one.test_periods or round(0.3 * periods))
    history = history_of(table, one.days)
    mean, actual = table[:, :first].mean(axis=1), table[:, first:]
    apart = (actual - mean[:, None]) ** 2
    forecasts = {
        name: steps[first:periods].T for name, steps in past_points(history, list(POINTS)).items()
    }
    forecasts |= {name: np.zeros_like(actual) for name in (CHOSEN, ITS_MEAN)}
    for ahead in range(periods - first):
        until = history.until(first + ahead)
        demand = forecast(until, horizon_days=one.days).demand
        forecasts[ITS_MEAN][:, ahead] = demand.demand_per_day * one.days
        forecasts[CHOSEN][:, ahead] = weighed_point(
            until, mean, apart[:, :ahead].sum(axis=1), periods - first - ahead
        )
    plain = apart.sum(axis=1)
    rows = []
    for name, steps in forecasts.items():
        squares = np.sum((actual - steps) ** 2, axis=1)
        ratio = np.minimum(squares[plain > 0] / plain[plain > 0], WINSOR)
        rows.append((name, float(ratio.mean()), float(squares.sum() / actual.size)))
    return pl.DataFrame(rows, schema=["method", "ratio", "mean_squared_error"], orient="row")


def deciles_of_carparts() -> dict[str, float]:
    """Weighted quantile loss of nine deciles of the last twelve months, seen from their start."""
    table, _ = load("carparts")
    first = table.shape[1] - 12
    history, actual = history_of(table).until(first), table[:, first:]
    loss = np.zeros(9)
    for ahead in range(1, 13):
        quantile = _month_ahead(history, ahead)
        loss += np.sum(
            np.maximum(
                DECILES * (actual[:, ahead - 1, None] - quantile),
                (DECILES - 1) * (actual[:, ahead - 1, None] - quantile),
            ),
            axis=0,
        )
    plain = np.quantile(table[:, first - 12 : first], DECILES, axis=1).T[:, None]
    error = actual[:, :, None] - plain
    past = np.maximum(DECILES * error, (DECILES - 1) * error).sum(axis=(0, 1))
    return {
        CHOSEN: float(np.mean(2 * loss / actual.sum())),
        "deciles of the last 12 months": float(np.mean(2 * past / actual.sum())),
    }


def _month_ahead(history: History, ahead: int) -> np.ndarray:
    """Deciles of the single month `ahead` months after the history's end."""
    month = float(history.days[0])
    demand = forecast(history, horizon_days=month, delay_days=month * (ahead - 1)).demand
    return of_law(demand, np.full(len(history), month), DECILES).quantile


def show(one: RealSet) -> None:
    table = lead_time_demand(one).sort("scaled_pinball")
    print(f"\n## {one.name}: pinball at 0.9 + 0.95 + 0.99 of lead-time demand, calibration, bias")
    for row in table.iter_rows(named=True):
        held = " ".join(f"{row[f'calibration_{q:g}']:.3f}" for q in QUANTILES)
        print(
            f"{row['method']:24} scaled {row['scaled_pinball']:8.4f}  volume "
            f"{row['volume_pinball']:7.4f}  held {held}  bias {row['bias']:+.3f}"
        )
    for row in one_step(one).sort("ratio").iter_rows(named=True):
        error = row["mean_squared_error"]
        print(f"   one step {row['method']:24} {row['ratio']:7.4f}  MSE {error:10.3f}")


def main() -> None:
    if not FOLDER.is_dir():
        print(f"no real histories at {FOLDER}: nothing measured")
        return
    for one in SETS:
        if len(sys.argv) < 2 or one.name in sys.argv[1:]:
            show(one)
    if len(sys.argv) < 2 or "carparts" in sys.argv[1:]:
        print("\nweighted quantile loss, carparts, nine deciles:", deciles_of_carparts())


if __name__ == "__main__":
    main()
