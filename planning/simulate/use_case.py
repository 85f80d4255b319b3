"""The command `simulate`: a plan played event by event, promised beside simulated service."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from inventory.demand import Ints
from inventory.measures import Measures
from optimizer.echelons.trees import Trees
from optimizer.evaluate import evaluated
from optimizer.problem import Items
from planning import summary
from planning.answer import Answer
from planning.effects import Levels
from planning.engines import Each, cores
from planning.evaluate import levels_of
from planning.plan import planned_question, refusal
from planning.prepare import InputRefusedError, prepare
from planning.settings import Settings
from planning.simulate import SimulationResult, SimulationSettings, simulate
from planning.simulate.network import NetworkItems, Repairs, simulate_network
from planning.stages import Stages
from planning.world import ITEM

MOST_ITEMS = 10_000  # played at once; of more, whole parts are drawn
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
    levels = levels_of(ready, question, plan)
    chosen = sample_of_parts(question.items.part, settings.seed)
    items, levels = question.items.take(chosen), levels[chosen]
    point, quantity = (levels[name].to_numpy() for name in ("reorder_point", "order_quantity"))
    with cores() as each, stages("simulate"):
        seeded = SimulationSettings(seed=settings.seed)
        seen = played(items, (point, quantity), seeded, question.rows[chosen], each)
        promised = evaluated(items, point, quantity, each=each).measures
    table = pl.concat(
        [
            levels.select(*ITEM, "reorder_point", "order_quantity"),
            seen.measures,
            pl.DataFrame({f"promised_{name}": getattr(promised, name) for name in COMPARED}),
        ],
        how="horizontal",
    ).with_columns(pl.col(pl.Float64).fill_nan(None))
    together = _promised(items, promised)
    parts, drawn = len(np.unique(question.items.part)), len(np.unique(items.part))
    some = "" if drawn == parts else f", {drawn:,} of {parts:,} parts drawn at random"
    report = {
        "run": summary.run(ready.intake, stages),
        "items": table.height,
        "parts": parts,
        "parts_played": drawn,
        "confidence": seen.confidence,
        "simulated": seen.summary,
        "promised": together,
        "title": f"Simulated beside promised, intervals at {100 * seen.confidence:.3g} %{some}",
        "measured": _compared(seen, together),
        **summary.intake_report(ready.intake),
    }
    return Answer(report, {"measures": table})


def played(
    items: Items, levels: Levels, settings: SimulationSettings, names: Ints, each: Each
) -> SimulationResult:
    """The items under their levels: as a network where they wait for each other, else apart."""
    parent, back = Trees.of(items).parent, items.repairs
    if back is None and not np.any(parent >= 0):
        return simulate(items.demand, items.lead_times, *levels, settings, streams=names, each=each)
    repairs = None
    if back is not None:
        repairs = Repairs(back.repairable_share, back.local_repair_share, back.repair_time_days)
    network = NetworkItems(items.demand, items.lead_times, parent, *levels, repairs)
    return simulate_network(network, settings, streams=names, each=each)


def sample_of_parts(part: Ints, seed: int) -> Ints:
    """Rows of whole parts, drawn until about `MOST_ITEMS` are together; all where they are fewer.

    `part` is ascending; so are the rows.
    """
    if len(part) <= MOST_ITEMS:
        return np.arange(len(part))
    drawn = np.random.default_rng(seed).permutation(int(part[-1]) + 1)
    counts = np.bincount(part, minlength=len(drawn))[drawn]
    enough = int(np.searchsorted(np.cumsum(counts), MOST_ITEMS)) + 1
    return np.flatnonzero(np.isin(part, drawn[:enough]))


def _promised(items: Items, promised: Measures) -> dict[str, float | None]:
    """The same aggregates by the laws: shares and waiting over pieces, lines over requests."""
    demand = items.demand
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
