"""Today's levels against plans at the same service, on demand that neither has seen.

Plans of rising strictness are made from history alone: every measure that today's levels reach by
the laws is moved by the same odds (waiting by the same factor). All are replayed. The stock value
at which a plan serves no worse than today is read off between two neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import exp, log
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.intake import Intake
from inventory.demand import Ints
from inventory.service import Measure, ServiceTarget
from optimizer import solve
from optimizer.assess import assess
from optimizer.evaluate import evaluated
from optimizer.problem import Items
from planning import summary
from planning.answer import Answer
from planning.engines import cores
from planning.evaluate import levels_of
from planning.plan import planned_question, refusal
from planning.pose import Question
from planning.prepare import InputRefusedError, Prepared, prepare
from planning.replay.use_case import Record, read_record
from planning.settings import Settings
from planning.stages import Stages
from planning.world import ITEM

STRICTNESS = (-0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)  # log of the odds, or of the shorter wait
SERVICE = (
    Measure.LINE_FILL_RATE,
    Measure.FILL_RATE,
    Measure.VALUE_FILL_RATE,
    Measure.WAITING_DAYS,
)
FAMILIES = {
    "the same share of requests served at once": SERVICE[:1],
    "pieces served and waiting the same too": (SERVICE[0], SERVICE[1], SERVICE[3]),
    "and the same share of value": SERVICE,
}


@dataclass(frozen=True, slots=True, eq=False)
class Played:
    """One set of levels: its stock value by the laws, and what the replay saw."""

    strictness: float | None  # None: today's levels
    promised_value: float
    seen: dict[str, Any]


def compare(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    start: date,
    demand: Path | None = None,
    as_of: date | None = None,
) -> Answer:
    """How much less stock serves no worse than today's levels, in the demand from `start` on."""
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    record = read_record(folder, demand, start, settings)
    if isinstance(record, Intake):
        return refusal(InputRefusedError(record), stages)
    question = planned_question(ready)
    with stages("today"):
        today, reached = _today(ready, question, record)
    with stages("plans") as tell:
        rows: dict[str, list[Played]] = {}
        for at, (family, measures) in enumerate(FAMILIES.items()):
            rows[family] = _plans(ready, question, record, [reached[one] for one in measures])
            tell((at + 1) / len(FAMILIES))
    return Answer(_summary(ready, today, rows, stages), {"measures": _table(today, rows)})


def _today(
    ready: Prepared, question: Question, record: Record
) -> tuple[Played, dict[Measure, ServiceTarget]]:
    """Today's levels played, and what they reach by the laws, as targets."""
    point, quantity = _levels(ready, question)
    seen = record.play(record.intake.tables["current_policies"]).summary
    value = _stock_value(question.items, point, quantity)
    return Played(None, value, seen), today_reached(ready, question)


def today_reached(ready: Prepared, question: Question) -> dict[Measure, ServiceTarget]:
    """What today's levels reach by the laws, as targets."""
    found = assess(
        question.items, [ServiceTarget(one, 0.5) for one in SERVICE], *_levels(ready, question)
    )
    return {
        one.target.measure: replace(one.target, target=one.achieved)
        for one in found
        if one.achieved is not None
    }


def _levels(ready: Prepared, question: Question) -> tuple[Ints, Ints]:
    levels = levels_of(ready, question, None)
    return levels["reorder_point"].to_numpy(), levels["order_quantity"].to_numpy()


def _stock_value(items: Items, point: Any, quantity: Any) -> float:
    return float(items.unit_cost @ evaluated(items, point, quantity).measures.expected_on_hand)


def _plans(
    ready: Prepared, question: Question, record: Record, reached: Sequence[ServiceTarget]
) -> list[Played]:
    items = replace(question.items, delay_cost_per_day=None)
    place = ready.world.items[question.rows].select(ITEM)
    found = []
    with cores() as each:
        for strictness in STRICTNESS:
            targets = [stricter(one, strictness) for one in reached]
            plan = solve(items, targets, gap=ready.settings.gap, each=each)
            columns = {
                name: pl.Series(getattr(plan, name)) for name in ("reorder_point", "order_quantity")
            }
            seen = record.play(place.with_columns(**columns)).summary
            value = _stock_value(items, plan.reorder_point, plan.order_quantity)
            found.append(Played(strictness, value, seen))
    return found


def stricter(target: ServiceTarget, by: float) -> ServiceTarget:
    """A target with its odds, or the inverse of its wait, multiplied by e^by."""
    if target.measure is Measure.WAITING_DAYS:
        return replace(target, target=target.target * exp(-by))
    odds = log(max(target.target, 1e-6) / max(1 - target.target, 1e-6)) + by
    return replace(target, target=1 / (1 + exp(-odds)))


def at_same_service(
    today: Played, plans: Sequence[Played], measures: Sequence[Measure]
) -> float | None:
    """The least replayed stock value at which every measure is no worse; None: none in reach."""
    value = np.array([one.seen["stock_value"] for one in plans])
    needed = []
    for measure in measures:
        sign = 1.0 if measure.is_share else -1.0
        better = np.array([sign * (one.seen[measure] - today.seen[measure]) for one in plans])
        enough = np.flatnonzero(better >= 0)
        if not len(enough):
            return None
        first = int(enough[0])
        if first == 0:
            needed.append(value[0])
            continue
        short, over = better[first - 1], better[first]
        share = -short / (over - short)
        needed.append(value[first - 1] + share * (value[first] - value[first - 1]))
    return float(max(needed))


def _summary(
    ready: Prepared, today: Played, rows: dict[str, list[Played]], stages: Stages
) -> dict[str, Any]:
    replayed = today.seen["stock_value"]
    found = []
    for family, measures in FAMILIES.items():
        value = at_same_service(today, rows[family], measures)
        same = next(one for one in rows[family] if one.strictness == 0)
        found.append(
            {
                "service": family,
                "stock_value": value,
                "less": None if value is None else 1 - value / replayed,
                "less_by_the_laws": 1 - same.promised_value / today.promised_value,
            }
        )
    return {
        "run": summary.run(ready.intake, stages),
        "currency": ready.world.currency,
        "today": {**today.seen, "stock_value_by_the_laws": today.promised_value},
        "same_service": found,
        "title": f"Stock value for the service of today's levels ({replayed:,.0f}), replayed",
        "measured": [_said(one) for one in found],
    }


def _said(found: dict[str, Any]) -> dict[str, str]:
    reached = found["stock_value"] is not None
    return {
        "with": found["service"],
        "stock value": f"{found['stock_value']:,.0f}" if reached else "not reached",
        "less": f"{100 * found['less']:.0f} %" if reached else "–",
        "by the laws": f"{100 * found['less_by_the_laws']:.0f} %",
    }


def _table(today: Played, rows: dict[str, list[Played]]) -> pl.DataFrame:
    """Every replay, one row each."""
    all_rows = [("today", today), *((name, one) for name, plans in rows.items() for one in plans)]
    return pl.DataFrame(
        [
            {"levels": name, "strictness": one.strictness, "promised_value": one.promised_value}
            | {key: value for key, value in one.seen.items() if key in KEPT}
            for name, one in all_rows
        ]
    )


KEPT = (*(str(one) for one in SERVICE), "stock_value", "in_transit_value", "orders", "requests")
