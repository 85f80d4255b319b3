"""Scores of one method at one origin, summed by demand class; and summed up at the end."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from forecasting.backtest.methods import Predicted
from forecasting.classify import CLASSES, classify
from forecasting.history import History
from inventory.demand import Floats, Ints

UPPER = 0.9  # quantiles from here on are what stock is decided by
CAP = 100.0  # of one case's scaled squared error


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Items at one origin, with what came after it."""

    rows: Ints  # of the history's items
    asked: Floats  # pieces over the horizon
    horizon: Ints  # periods
    unit_cost: Floats
    scale: Floats  # mean pieces per period before the first origin; nan without
    demand_class: list[str]

    @classmethod
    def of(
        cls, until: History, rows: Ints, asked: Floats, horizon: Ints, cost: Floats, scale: Floats
    ) -> "Cases":
        """The cases of `rows`, classified by what was known."""
        code = classify(until.totals()).code[rows]
        words = [str(CLASSES[one]) for one in code]
        return cls(rows, asked[rows], horizon[rows], cost[rows], scale[rows], words)


def score(cases: Cases, predicted: Predicted, quantiles: Floats) -> pl.DataFrame:
    """One row a class: counts and sums, from which `summed` makes shares and means.

    Columns: demand_class, cases, scaled_cases, asked, mean, squares; and by quantile q pinball_q,
    scaled_pinball_q (each case divided by its mean demand), reached_q (outcomes at or below),
    stock_q (value left of a base stock at the quantile), served_q (pieces it hands over).
    """
    rows = cases.rows
    mean = predicted.mean[rows]
    squares = ((cases.asked - mean) / (cases.horizon * cases.scale)) ** 2
    columns: dict[str, Any] = {
        "demand_class": cases.demand_class,
        "cases": np.ones(len(rows)),
        "scaled_cases": np.isfinite(cases.scale).astype(np.float64),
        "asked": cases.asked,
        "mean": mean,
        "squares": np.nan_to_num(np.minimum(squares, CAP)),
    }
    for k, share in enumerate(quantiles):
        quantile = predicted.quantile[rows, k]
        loss = np.maximum(share * (cases.asked - quantile), (share - 1) * (cases.asked - quantile))
        columns |= {
            f"pinball_{share:g}": loss,
            f"scaled_pinball_{share:g}": np.nan_to_num(loss / cases.scale),
            f"reached_{share:g}": _reached(cases.asked, predicted, rows, k, float(share)),
            f"stock_{share:g}": cases.unit_cost * np.maximum(quantile - cases.asked, 0.0),
            f"served_{share:g}": np.minimum(quantile, cases.asked),
        }
    table = pl.DataFrame(columns)
    return table.group_by("demand_class").agg(pl.all().sum()).sort("demand_class")


def _reached(asked: Floats, predicted: Predicted, rows: Ints, k: int, share: float) -> Floats:
    """1 below the quantile, 0 above; at it the part of its chance that the share still wants."""
    quantile = predicted.quantile[rows, k]
    below, up_to = predicted.below[rows, k], predicted.up_to[rows, k]
    part = np.where(up_to > below, (share - below) / np.maximum(up_to - below, 1e-300), 1.0)
    return np.where(asked < quantile, 1.0, np.where(asked == quantile, np.clip(part, 0, 1), 0.0))


def summed(scores: pl.DataFrame, quantiles: Floats, by: list[str]) -> pl.DataFrame:
    """Shares and means by `by`: pinball and scaled pinball, calibration, bias, stock, service."""
    total = scores.group_by(by).agg(pl.all().exclude("origin", "demand_class", "method").sum())
    named = [f"{share:g}" for share in quantiles]
    upper = [name for name, share in zip(named, quantiles, strict=True) if share >= UPPER]
    asked, cases, scaled = pl.col("asked"), pl.col("cases"), pl.col("scaled_cases")
    return total.select(
        *by,
        cases.cast(pl.Int64).alias("cases"),
        *((pl.col(f"pinball_{q}") / cases).alias(f"pinball_{q}") for q in named),
        pl.sum_horizontal(f"scaled_pinball_{q}" for q in upper)
        .truediv(scaled).alias("scaled_pinball"),
        pl.sum_horizontal(f"pinball_{q}" for q in upper).truediv(asked).alias("volume_pinball"),
        *((pl.col(f"reached_{q}") / cases).alias(f"calibration_{q}") for q in named),
        (pl.col("mean") / asked - 1).alias("bias"),
        (pl.col("squares") / scaled).alias("scaled_squared_error"),
        *((pl.col(f"stock_{q}") / cases).alias(f"stock_value_{q}") for q in named),
        *((pl.col(f"served_{q}") / asked).alias(f"fill_rate_{q}") for q in named),
    ).sort(by)  # fmt: skip
