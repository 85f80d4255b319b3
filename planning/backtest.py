"""The command `backtest`: how good the forecasts would have been, month after month.

Answers with a table (a row for each class and method), `backtest.json` for machines and one page
of charts that opens without a network.
"""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from forecasting import History, Periods, forecast
from forecasting.backtest import CHOSEN, METHODS, QUANTILES, backtest
from forecasting.backtest.scores import summed
from inventory.demand import Floats, Ints
from planning import backtest_page, expectation, histories, summary
from planning.answer import Answer
from planning.outputs import to_json
from planning.plan import refusal
from planning.prepare import FORECAST_NEEDS, InputRefusedError, Prepared, prepare
from planning.settings import Settings
from planning.stages import Stages

MOST_ORIGINS = 12  # of the last third of the history
NEVER = 10**6  # periods; a horizon that fits nowhere: the lead time is unknown
ALL = "all"
EQUAL_AT = "0.95"  # the level of ours whose service all methods are priced at


def backtest_folder(
    folder: Path, *, settings: Settings, stages: Stages, as_of: date | None = None
) -> Answer:
    """Replay past origins of `folder`'s demand; the pages are `backtest.json` and `.html`."""
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of, needs=FORECAST_NEEDS)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    past = histories.remembered(ready.world, ready.asked, ready.intake, ready.settings)
    history, periods, here = past.history, past.periods, past.rows
    horizon = _horizon(ready, history, here)
    origins = origins_of(history)
    cost = ready.world.numbers("unit_cost")[here]
    alike = expectation.of_similar_price(cost, history)
    with stages("backtest"):
        scores = backtest(
            history,
            horizon=horizon,
            origins=origins,
            periods=periods,
            unit_cost=cost,
            alike=alike,
            seed=settings.seed,
        )
    if scores.is_empty():
        return _nothing(ready, stages)
    table, protocol = table_of(scores), _protocol(history, periods, horizon, origins)
    with stages("page"):
        report = {"protocol": protocol, "methods": methods_of(table)}
        telling = _telling(ready, history, periods, horizon, here)
        page = backtest_page.page(table, report["methods"], protocol, telling, ready.world.currency)
    answer = {
        "run": summary.run(ready.intake, stages),
        "items": len(history),
        "title": "Forecasts against what happened",
        "measured": _measured(table),
        **report,
        **summary.intake_report(ready.intake),
    }
    pages = {"backtest.json": to_json(report), "backtest.html": page}
    return Answer(answer, {"backtest": table, "rejected": ready.intake.rejected}, pages)


def origins_of(history: History) -> range:
    """How many periods had closed at each origin: the last third, a dozen at most."""
    closed = history.periods
    return range(max(closed - MOST_ORIGINS, -(-2 * closed // 3), 1), closed)


def table_of(scores: pl.DataFrame) -> pl.DataFrame:
    """A row for each class and method, and for each method over all classes."""
    by_class = summed(scores, QUANTILES, ["demand_class", "method"])
    total = summed(scores, QUANTILES, ["method"]).select(
        pl.lit(ALL).alias("demand_class"), pl.all()
    )
    order = pl.col("method").replace_strict({name: k for k, name in enumerate(METHODS)})
    return pl.concat([total, by_class]).sort(pl.col("demand_class") != ALL, "demand_class", order)


def stock_for(row: dict[str, Any], fill_rate: float) -> float | None:
    """Stock left per case by a method's base stocks that hand over this share of pieces at once.

    Straight between its levels; None where none of them reaches so far, or all go further.
    """
    named = [f"{share:g}" for share in QUANTILES]
    served = [row[f"fill_rate_{name}"] for name in named]
    if not served[0] <= fill_rate <= served[-1]:
        return None
    return float(np.interp(fill_rate, served, [row[f"stock_value_{name}"] for name in named]))


def methods_of(table: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """By method: pinball and calibration keyed by quantile, bias, scaled squared error, money."""
    named = [f"{share:g}" for share in QUANTILES]
    ours = table.filter(demand_class=ALL, method=CHOSEN)
    service = float(ours[f"fill_rate_{EQUAL_AT}"][0]) if ours.height else 0.0
    return {
        row["method"]: {
            "pinball": {name: row[f"pinball_{name}"] for name in named},
            "calibration": {name: row[f"calibration_{name}"] for name in named},
            "bias": row["bias"],
            "scaled_squared_error": row["scaled_squared_error"],
            "scaled_pinball": row["scaled_pinball"],
            "stock_value": {name: row[f"stock_value_{name}"] for name in named},
            "fill_rate": {name: row[f"fill_rate_{name}"] for name in named},
            "stock_value_at_equal_service": stock_for(row, service),
        }
        for row in table.filter(demand_class=ALL).iter_rows(named=True)
    }


def _horizon(ready: Prepared, history: History, here: Ints) -> Ints:
    """Periods from an order at the supplier to the shelf, review included, rounded up."""
    supply = ready.supply
    days = (supply.days_from_supplier + supply.lead_times.review_period_days)[here]
    length = float(history.days.mean()) if history.periods else 1.0
    periods = np.maximum(np.ceil(np.nan_to_num(days) / length - 1e-9), 1)
    return np.where(np.isnan(days), NEVER, periods).astype(np.int64)


def _protocol(history: History, periods: Periods, horizon: Ints, origins: range) -> dict[str, Any]:
    starts = periods.starts()
    known = horizon[horizon < NEVER]
    return {
        "origins": [str(starts[origin]) for origin in origins],
        "period": str(periods.kind),
        "items": len(history),
        "items_with_lead_time": len(known),
        "horizon": "lead times on the whole way from the supplier and a review, in whole periods",
        "median_horizon_periods": float(np.median(known)) if len(known) else None,
        "quantiles": QUANTILES.tolist(),
        "pinball": "pieces per case; scaled_pinball: 0.9 + 0.95 + 0.99, each case divided by its "
        "item's mean demand before the first origin",
        "calibration": "share of outcomes at or below the quantile, randomised at ties",
        "stock_value": "money left per case of a base stock at the quantile, the same for all",
        "stock_value_at_equal_service": "the same where a method hands over as many pieces at once "
        f"as `{CHOSEN}` does at its {EQUAL_AT} level; null where it never does",
        "baselines": "point forecasts with a negative binomial as wide as their own past errors",
    }


def _measured(table: pl.DataFrame) -> list[dict[str, str]]:
    total = table.filter(demand_class=ALL).sort("scaled_pinball")
    return [
        {
            "method": row["method"],
            "pinball": f"{row['scaled_pinball']:.3f}",
            "99 % holds": f"{row['calibration_0.99']:.3f}",
            "bias": f"{row['bias']:+.1%}",
        }
        for row in total.iter_rows(named=True)
    ]


def _telling(
    ready: Prepared, history: History, periods: Periods, horizon: Ints, here: Ints
) -> list[backtest_page.Telling]:
    """One item of each kind worth looking at, with what is expected of it now."""
    known = np.where(horizon < NEVER, horizon, 1)
    days: Floats = known * float(history.days.mean())
    alike = expectation.of_similar_price(ready.world.numbers("unit_cost")[here], history)
    expected = forecast(history, periods=periods, horizon_days=days, alike=alike)
    names = (
        ready.world.items[here.tolist()]
        .select(pl.format("{} at {}", "part_id", "location_id"))
        .to_series()
    )
    return backtest_page.telling(history, periods, known, days, expected, names)


def _nothing(ready: Prepared, stages: Stages) -> Answer:
    """Too little history: said in the summary, no page."""
    report = {
        "run": summary.run(ready.intake, stages),
        "items": 0,
        "title": "Too little closed history to look back on",
        "measured": [],
        "methods": {},
        **summary.intake_report(ready.intake),
    }
    return Answer(report, {"rejected": ready.intake.rejected})


__all__ = ["CHOSEN", "backtest_folder", "methods_of", "origins_of", "table_of"]
