"""The command `simulate`: a plan played event by event, promised beside simulated service."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from inventory.measures import Measures, measures
from planning import summary
from planning.answer import Answer
from planning.evaluate import levels_of
from planning.plan import planned_question, refusal
from planning.pose import Question
from planning.prepare import InputRefusedError, prepare
from planning.settings import Settings
from planning.simulate import SimulationResult, SimulationSettings, simulate
from planning.stages import Stages
from planning.world import ITEM

COMPARED = ("fill_rate", "line_fill_rate", "ready_rate", "waiting_days", "expected_on_hand")


def simulate_folder(
    folder: Path,
    *,
    settings: Settings,
    stages: Stages,
    as_of: date | None = None,
    plan: Path | None = None,
) -> Answer:
    """Simulated measures of the levels of `plan`, else of today's, beside what the laws promise."""
    try:
        ready = prepare(folder, settings=settings, stages=stages, as_of=as_of)
    except InputRefusedError as refused:
        return refusal(refused, stages)
    question = planned_question(ready)
    items = question.items
    levels = levels_of(ready, question, plan)
    point, quantity = (levels[name].to_numpy() for name in ("reorder_point", "order_quantity"))
    with stages("simulate"):
        seeded = SimulationSettings(seed=settings.seed)
        seen = simulate(items.demand, items.lead_times, point, quantity, seeded)
    promised = measures(items.demand, items.lead_times, point, quantity)
    table = pl.concat(
        [
            levels.select(*ITEM, "reorder_point", "order_quantity"),
            seen.measures,
            pl.DataFrame({f"promised_{name}": getattr(promised, name) for name in COMPARED}),
        ],
        how="horizontal",
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    report = {
        "run": summary.run(ready.intake, stages),
        "items": table.height,
        "confidence": seen.confidence,
        "simulated": seen.summary,
        "promised": _promised(question, promised),
        "title": f"Simulated beside promised, intervals at {100 * seen.confidence:.3g} %",
        "measured": _compared(seen, _promised(question, promised)),
        **summary.intake_report(ready.intake),
    }
    return Answer(report, {"measures": table})


def _promised(question: Question, promised: Measures) -> dict[str, float | None]:
    """The same aggregates by the laws: shares and waiting over pieces, lines over requests."""
    demand = question.items.demand
    weights = dict.fromkeys(COMPARED, demand.demand_per_day)
    weights["line_fill_rate"] = demand.demand_per_day / demand.sizes.mean()
    found: dict[str, float | None] = {}
    for name, weight in weights.items():
        asked = weight > 0
        value = getattr(promised, name)
        found[name] = (
            float(weight[asked] @ value[asked] / weight[asked].sum()) if asked.any() else None
        )
    found["expected_on_hand"] = float(np.sum(promised.expected_on_hand))
    return found


def _compared(seen: SimulationResult, promised: dict[str, float | None]) -> list[dict[str, Any]]:
    """One row per measure for a person."""
    return [
        {
            "measure": name.replace("_", " "),
            "promised": _figure(promised[name]),
            "simulated": _figure(seen.summary[name]),
            "±": _figure(seen.summary[f"{name}_half_width"]),
        }
        for name in COMPARED
    ]


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
