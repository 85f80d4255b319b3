"""`summary.json`: what the calculation was, what it costs, what it promises, what to look at."""

from collections.abc import Sequence
from typing import Any

import polars as pl

from data.intake import Intake
from data.intake.report import as_page
from optimizer.plan import StockingPlan, TargetResult
from planning import as_network, reasons
from planning.pose import DAYS_PER_YEAR, Question
from planning.stages import Stages, peak_memory_mb


def run(intake: Intake, stages: Stages) -> dict[str, Any]:
    """What differs from one run to the next: when, how long, how large."""
    return {
        "as_of": intake.as_of.isoformat() if intake.as_of else None,
        "input_hash": intake.input_hash,
        "seconds": dict(stages.seconds),
        "peak_memory_mb": peak_memory_mb(),
    }


def intake_report(intake: Intake, *, more_warnings: pl.DataFrame | None = None) -> dict[str, Any]:
    """What the door let in, kept out and wondered about."""
    warnings = intake.warnings
    if more_warnings is not None:
        warnings = pl.concat([warnings, more_warnings], how="diagonal_relaxed")
    return {
        "rejected_rows": intake.rejected.height,
        "warnings": warnings.rows(named=True),
        "refused_files": [
            {"file": one.file, "code": one.code, "message": one.message}
            for one in intake.refused_files
        ],
    }


def changes(policies: pl.DataFrame) -> dict[str, int]:
    """How many reorder points go up, go down, stay, or have no level today."""
    by = policies["reorder_point"] - policies["previous_reorder_point"]
    return {
        "up": int((by > 0).sum()),
        "down": int((by < 0).sum()),
        "same": int((by == 0).sum()),
        "new": int(by.null_count()),
        "off_shelf": int(
            ((policies["previous_reorder_point"] >= 0) & (policies["reorder_point"] < 0)).sum()
        ),
    }


def per_year(per_day: float | None) -> float | None:
    """Money per year from money per day."""
    return None if per_day is None else per_day * DAYS_PER_YEAR


def pages(intake: Intake) -> dict[str, str]:
    """The quarantine as a page to read, where there is one."""
    return {} if intake.rejected.is_empty() else {"rejected.txt": as_page(intake)}


def costs(policies: pl.DataFrame, delay_per_year: float) -> dict[str, float]:
    """Money per year by kind, and their total."""
    holding = float(policies["holding_cost_per_year"].sum())
    ordering = float(policies["ordering_cost_per_year"].sum())
    total = holding + ordering + delay_per_year
    return {"holding": holding, "ordering": ordering, "delay": delay_per_year, "total": total}


def goal(question: Question, plan: StockingPlan) -> dict[str, Any] | None:
    """What a budget bought: the measure, its bound, and what one more of the currency would bring.

    None where the plan was made for least cost.
    """
    if question.goal is None or plan.goal is None:
        return None
    return {
        "measure": str(question.goal.measure),
        "within_days": question.goal.within_days,
        "budget": question.goal.budget,
        "achieved": plan.goal.achieved,
        "bound": plan.goal.bound,
        "price_of_budget": plan.goal.price_of_budget,
    }


def target_rows(
    results: Sequence[TargetResult], network: as_network.Judged | None = None
) -> list[dict[str, Any]]:
    """One row per promise: what is reached, and what one more unit of it costs a year.

    The price of a share is that of the whole (0 to 1): a hundredth of it buys the next point.
    Of levels chosen item by item `as_network` says what the network makes of them.
    """
    in_it = network or {}
    seen = [in_it.get(as_network.where(one)) for one in results]
    return [
        {
            "scope": reasons.scope(one),
            "per": str(one.target.per) or None,
            "measure": str(one.target.measure),
            "within_days": one.target.within_days,
            "target": one.target.target,
            "achieved": one.achieved,
            "met": one.met,
            "price": per_year(one.price_per_day),
            "reachable": one.reachable,
            "as_network": whole.achieved if whole else None,
            "kept_as_network": whole.met if whole else None,
        }
        for one, whole in zip(results, seen, strict=True)
    ]
