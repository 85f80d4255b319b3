"""What customers really got, beside what was promised, and how sure that is.

Every issue, and every request that was refused, is an event of the stock ledger. A share of few
events says little: its interval says how little. Where pieces or their value are counted, requests
of many pieces weigh more, and the number of events is Kish's effective one, (Σw)² / Σw².
"""

from datetime import timedelta

import numpy as np
import polars as pl
from scipy import stats

from inventory.service import Measure, Per
from optimizer.promises import in_scope
from planning.pose import Question
from planning.prepare import Prepared
from planning.world import ITEM

WINDOW_DAYS = 365
LEVEL = 0.9  # of the intervals
SCHEMA = {
    "scope": pl.String,
    "location_id": pl.String,
    "measure": pl.String,
    "promised": pl.Float64,
    "achieved": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "events": pl.Int64,
    "verdict": pl.String,
}


def attainment(ready: Prepared, question: Question, served: pl.DataFrame) -> pl.DataFrame:
    """One row per promise and place: promised, achieved, interval, events, verdict.

    Args:
        ready: the company on its day.
        question: its promises.
        served: part_id, location_id, date, pieces, at_once, customer_class; one row per request.
    """
    as_of = ready.intake.as_of
    place = ready.world.items[question.rows].select(ITEM).with_row_index("row")
    recent = served.filter(
        pl.col("date") <= as_of, pl.col("date") > as_of - timedelta(days=WINDOW_DAYS)
    ).join(place, on=ITEM)
    at = recent["row"].to_numpy()
    rows = []
    for target in question.targets:
        asked = in_scope(question.items, target.scope)[at]
        if target.scope.customer_class:
            of_class = recent["customer_class"] == target.scope.customer_class
            asked = asked & of_class.fill_null(False).to_numpy()
        places = [-1]
        if target.per is Per.LOCATION:
            places = sorted(set(question.items.location.tolist()))
        for location in places:
            here = asked & ((location < 0) | (question.items.location[at] == location))
            word = question.items.words.location_ids[location] if location >= 0 else None
            weight = recent["pieces"].to_numpy().astype(np.float64)
            if target.measure is Measure.VALUE_FILL_RATE:
                weight = weight * question.items.unit_cost[at]
            if target.measure in (Measure.LINE_FILL_RATE, Measure.READY_RATE):
                weight = np.ones(len(weight))
            told = share(recent["at_once"].to_numpy()[here], weight[here])
            if target.measure in (Measure.WAITING_DAYS, Measure.RESPONSE_SHARE):
                told = (None, None, None, int(here.sum()))  # the ledger knows no hand-over later
            rows.append(
                (
                    str(target.scope), word, str(target.measure), target.target, *told,
                    _verdict(target.target, told),
                )
            )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


Told = tuple[float | None, float | None, float | None, int]


def share(at_once: np.ndarray, weight: np.ndarray) -> Told:
    """A weighted share of what was served at once, its interval, and the number of events.

    The interval is Clopper and Pearson's at the effective number of events: never too narrow.
    """
    events = len(at_once)
    if not events:
        return None, 0.0, 1.0, 0
    value = float(weight[at_once].sum() / weight.sum())
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    hits, misses = value * effective, (1 - value) * effective
    tail = (1 - LEVEL) / 2
    low = float(stats.beta.ppf(tail, hits, misses + 1)) if hits > 0 else 0.0
    high = float(stats.beta.ppf(1 - tail, hits + 1, misses)) if misses > 0 else 1.0
    return value, low, high, events


def _verdict(promised: float, told: Told) -> str:
    value, low, high, events = told
    if low is None or high is None:
        return "not recorded"
    if not events or value is None:
        return "nobody asked"
    if low >= promised:
        return "kept"
    return "missed" if high < promised else "too few events to tell"
