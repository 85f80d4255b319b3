"""What it brings that parts of similar price borrow from one another; sets that have prices.

    python -m benchmarks.forecasting_alike [SET …]

Windows and measures as in `benchmarks.forecasting_accuracy`; the bands of price are made of what
had closed before the test window.
"""

import sys

import numpy as np
import polars as pl

from benchmarks.forecasting_accuracy import FOLDER, SETS, RealSet, history_of, load
from forecasting.backtest import CHOSEN, QUANTILES, backtest
from forecasting.backtest.scores import summed
from planning.expectation import of_similar_price

PRICE = {
    "raf_aerospace": "unit_price_gbp",
    "oil_refinery": "unit_price",
    "man_manufacturing": "unit_cost_eur",
}


def prices(name: str) -> np.ndarray:
    """Money per piece of each part; the middle price where it is not known."""
    master = pl.read_csv(FOLDER / name / "parts.csv", infer_schema_length=None).sort("series_id")
    price = master[PRICE[name]].cast(pl.Float64, strict=False)
    return price.fill_null(price.median()).to_numpy()


def with_and_without(one: RealSet) -> pl.DataFrame:
    """Scores of the product's forecast, parts of similar price alike or all."""
    table, lead = load(one.name)
    periods = table.shape[1]
    first = periods - (one.test_periods or round(0.3 * periods))
    history, origins = history_of(table, one.days), range(first, periods, one.stride)
    bands = of_similar_price(prices(one.name), history.until(first))
    scores = [
        backtest(history, horizon=lead, origins=origins, methods=[CHOSEN], alike=alike)
        .with_columns(pl.lit(name).alias("method"))
        for name, alike in (("all alike", None), ("by price", bands))
    ]  # fmt: skip
    return summed(pl.concat(scores), QUANTILES, ["method"]).sort("method")


def main() -> None:
    """Print the figures of each set, or of those named."""
    if not FOLDER.is_dir():
        print(f"no real histories at {FOLDER}: nothing measured")
        return
    for one in SETS:
        if one.name not in PRICE or (len(sys.argv) > 1 and one.name not in sys.argv[1:]):
            continue
        for row in with_and_without(one).iter_rows(named=True):
            held = [row[f"calibration_{share:g}"] for share in QUANTILES]
            error = np.mean(np.abs(np.array(held[1:]) - QUANTILES[1:]))
            print(
                f"{one.name:18} {row['method']:10} scaled {row['scaled_pinball']:8.4f}  volume "
                f"{row['volume_pinball']:7.4f}  bias {row['bias']:+.3f}  held "
                f"{' '.join(f'{share:.3f}' for share in held)}  mean error {error:.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
