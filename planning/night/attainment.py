"""What customers really got, beside what was promised, and how sure that is.

Every issue, and every request that was refused, is an event of the stock ledger. A share of few
events says little: its interval says how little. Where pieces or their value are counted, requests
of many pieces weigh more, and the number of events is Kish's effective one, (Σw)² / Σw².
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv

from inventory.service import Measure, Per, ServiceTarget
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
Told = tuple[float | None, float, float, int]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Requests of some promise: what each weighs, and how long it waited."""

    weight: Floats
    at_once: Flags
    waited_days: Floats  # so far, where it still waits; nan where nobody knows
    over: Flags  # True once it was handed over

    def __len__(self) -> int:
        return len(self.weight)

    def at(self, rows: Flags) -> "Events":
        """Those at `rows`."""
        return Events(
            self.weight[rows], self.at_once[rows], self.waited_days[rows], self.over[rows]
        )


def attainment(ready: Prepared, question: Question, served: pl.DataFrame) -> pl.DataFrame:
    """One row per promise and place: promised, achieved, interval, events, verdict.

    Args:
        ready: the company on its day.
        question: its promises.
        served: see `data.store.night_inputs.served`; one row per request.
    """
    as_of = ready.intake.as_of
    place = ready.world.items[question.rows].select(ITEM).with_row_index("row")
    recent = served.filter(
        pl.col("date") <= as_of, pl.col("date") > as_of - timedelta(days=WINDOW_DAYS)
    ).join(place, on=ITEM)
    rows = []
    for target in question.targets:
        asked, where = _asked(question, target, recent)
        for location in _places(question, target):
            here = asked if location < 0 else asked & (where == location)
            events = _events(question, target, recent, as_of).at(here)
            longest = _longest_days(question, target, location)
            told = achieved(target, events, longest_days=longest)
            word = question.items.words.location_ids[location] if location >= 0 else None
            value, low, high, count = told
            most = None if np.isinf(high) else high
            rows.append(
                (
                    str(target.scope), word, str(target.measure), target.target,
                    value, low, most, count, _verdict(target, told),
                )
            )  # fmt: skip
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def achieved(target: ServiceTarget, events: Events, *, longest_days: float) -> Told:
    """What a promise came to: value, interval and number of events."""
    if target.measure is Measure.WAITING_DAYS:
        return waiting(events, longest_days=longest_days)
    if target.measure is Measure.RESPONSE_SHARE:
        return within(events, target.within_days or 0.0)
    return share(events.at_once, events.weight)


def share(at_once: Flags, weight: Floats) -> Told:
    """A weighted share of what was served at once, its interval, and the number of events.

    The interval is Clopper and Pearson's at the effective number of events: never too narrow.
    """
    if not len(at_once):
        return None, 0.0, 1.0, 0
    value = float(weight[at_once].sum() / weight.sum())
    low, high = _interval(value, weight, LEVEL)
    return value, low, high, len(at_once)


def within(events: Events, days: float) -> Told:
    """Share handed over within so many days.

    Of what still waits for less than that, or was refused without a document, nobody knows yet:
    for the lower end it is late, for the upper in time.
    """
    if not len(events):
        return None, 0.0, 1.0, 0
    in_time = events.over & (events.waited_days <= days)
    late = ~in_time & (events.waited_days > days)
    known = in_time | late
    low = share(in_time, events.weight)[1]
    high = share(~late, events.weight)[2]
    value = share(in_time[known], events.weight[known])[0]
    return value, low, high, int(known.sum())


def waiting(events: Events, *, longest_days: float) -> Told:
    """Mean days waited per piece, those served at once included, its interval and the events.

    The share that waits has Clopper and Pearson's interval; how long those wait is taken for
    exponential, which what still waits tells something of as well (time on test: Epstein & Sobel
    1953). Each at half the risk, so that both together hold at `LEVEL`.

    Args:
        events: the requests.
        longest_days: what a wait is believed to last at most where nobody waited yet.
    """
    if not len(events):
        return None, 0.0, np.inf, 0
    weight, known = events.weight, ~np.isnan(events.waited_days)
    if not known.any():
        return None, 0.0, np.inf, 0
    value = float(np.sum(weight[known] * events.waited_days[known]) / weight[known].sum())
    level = 1 - (1 - LEVEL) / 2
    share_waiting = float(weight[~events.at_once].sum() / weight.sum())
    least, most = _interval(share_waiting, weight, level)
    told = known & ~events.at_once
    shortest, longest = _mean_wait(events.at(told), level, longest_days)
    return value, least * shortest, most * longest, int(known.sum())


def _mean_wait(waited: Events, level: float, longest_days: float) -> tuple[float, float]:
    """Interval of the mean wait of those who wait."""
    if not len(waited):
        return 0.0, longest_days
    effective = float(waited.weight.sum() ** 2 / (waited.weight**2).sum())
    even = waited.weight / waited.weight.sum() * effective
    days = float(np.sum(even * waited.waited_days))
    ended = float(np.sum(even[waited.over]))
    tail = (1 - level) / 2
    high = days / gammaincinv(ended, tail) if ended > 0 else np.inf
    return float(days / gammaincinv(ended + 1, 1 - tail)), float(high)


def _interval(value: float, weight: Floats, level: float) -> tuple[float, float]:
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    hits, misses = value * effective, (1 - value) * effective
    tail = (1 - level) / 2
    low = float(betaincinv(hits, misses + 1, tail)) if hits > 1e-9 else 0.0
    high = float(betaincinv(hits + 1, misses, 1 - tail)) if misses > 1e-9 else 1.0
    return low, high


def _asked(
    question: Question, target: ServiceTarget, recent: pl.DataFrame
) -> tuple[Flags, NDArray[np.int64]]:
    """Which requests a promise speaks of, and where each was made."""
    at = recent["row"].to_numpy()
    asked = in_scope(question.items, target.scope)[at]
    if target.scope.customer_class:
        of_class = recent["customer_class"] == target.scope.customer_class
        asked = asked & of_class.fill_null(False).to_numpy()
    return asked, question.items.location[at]


def _places(question: Question, target: ServiceTarget) -> list[int]:
    """Locations on their own where each is promised; −1: all together."""
    if target.per is not Per.LOCATION:
        return [-1]
    return sorted(set(question.items.location.tolist()))


def _events(question: Question, target: ServiceTarget, recent: pl.DataFrame, as_of: date) -> Events:
    weight = recent["pieces"].to_numpy().astype(np.float64)
    if target.measure is Measure.VALUE_FILL_RATE:
        weight = weight * question.items.unit_cost[recent["row"].to_numpy()]
    if target.measure in (Measure.LINE_FILL_RATE, Measure.READY_RATE):
        weight = np.ones(len(weight))
    so_far = (pl.lit(as_of) - pl.col("date")).dt.total_days().cast(pl.Float64)
    told = recent.select(
        "at_once",
        over=pl.col("waited_days").is_not_null(),
        days=pl.when("known").then(pl.coalesce("waited_days", so_far)).otherwise(float("nan")),
    )
    columns = (told[name].to_numpy() for name in ("at_once", "days", "over"))
    at_once, days, over = (np.array(column) for column in columns)
    return Events(weight, at_once, days, over)


def _longest_days(question: Question, target: ServiceTarget, location: int) -> float:
    """The longest lead time of the items that a promise speaks of."""
    chosen = in_scope(question.items, target.scope)
    if location >= 0:
        chosen = chosen & (question.items.location == location)
    return float(question.items.lead_times.mean_days[chosen].max(initial=0.0))


def _verdict(target: ServiceTarget, told: Told) -> str:
    value, low, high, events = told
    if not events or value is None:
        return "nobody asked"
    if target.measure is Measure.WAITING_DAYS:
        low, high = -high, -low
    promised = -target.target if target.measure is Measure.WAITING_DAYS else target.target
    if low >= promised:
        return "kept"
    return "missed" if high < promised else "too few events to tell"
