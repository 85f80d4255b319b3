"""What a stage found, as files that the next one reads: forecasts and stocking plans."""

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from inventory.demand import Demand, SizeLaws
from inventory.service import ServiceTarget
from optimizer.plan import CostPerDay, GoalResult, Outcome, StockingPlan, TargetResult
from planning.expectation import Expectation

_COLUMNS = ("demand_per_day", "demand_variance_per_day", "rate_variance")
_SIZES = ("start", "pieces", "share")


def keep_expectation(folder: Path, expected: Expectation) -> None:
    """Write forecasts."""
    demand = expected.demand
    pl.DataFrame({name: getattr(demand, name) for name in _COLUMNS}).write_parquet(
        folder / "demand.parquet"
    )
    for name in _SIZES:
        np.save(folder / f"sizes_{name}.npy", getattr(demand.sizes, name), allow_pickle=False)
    expected.words.write_parquet(folder / "words.parquet")


def read_expectation(folder: Path) -> Expectation:
    """Forecasts as they were written."""
    columns = pl.read_parquet(folder / "demand.parquet")
    laws = {name: np.load(folder / f"sizes_{name}.npy", allow_pickle=False) for name in _SIZES}
    numbers = {name: np.array(columns[name].to_numpy()) for name in _COLUMNS}
    demand = Demand(**numbers, sizes=SizeLaws(**laws))
    return Expectation(demand, pl.read_parquet(folder / "words.parquet"))


def keep_plan(folder: Path, plan: StockingPlan, targets: Sequence[ServiceTarget]) -> None:
    """Write a stocking plan; its targets by their place among those of the question."""
    place = {target: row for row, target in enumerate(targets)}
    values = {one.name: getattr(plan, one.name) for one in fields(plan)}
    columns = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    pl.DataFrame(columns).write_parquet(folder / "levels.parquet")
    rest: dict[str, Any] = {name: values[name] for name in values if name not in columns}
    rest["outcome"] = str(plan.outcome)
    rest["cost_per_day"] = asdict(plan.cost_per_day)
    rest["goal"] = asdict(plan.goal) if plan.goal else None
    rest["targets"] = [
        {
            **{one.name: getattr(result, one.name) for one in fields(result)},
            "target": place[result.target],
        }
        for result in plan.targets
    ]
    text = json.dumps(rest, default=_number, indent=1)
    (folder / "plan.json").write_text(text + "\n", encoding="utf-8")


def read_plan(folder: Path, targets: Sequence[ServiceTarget]) -> StockingPlan:
    """A stocking plan as it was written, for a question with these targets."""
    columns = pl.read_parquet(folder / "levels.parquet")
    rest = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    rest["outcome"] = Outcome(rest["outcome"])
    rest["cost_per_day"] = CostPerDay(**rest["cost_per_day"])
    rest["goal"] = GoalResult(**rest["goal"]) if rest["goal"] else None
    rest["targets"] = tuple(
        TargetResult(**{**one, "target": targets[one["target"]]}) for one in rest["targets"]
    )
    rest |= {name: np.array(columns[name].to_numpy()) for name in columns.columns}
    return StockingPlan(**rest)


def _number(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{value!r} has no place in a file")
