"""What was promised, what levels deliver, and what customers got."""

from collections.abc import Sequence
from typing import Any

from inventory.service import ServiceTarget
from optimizer.assess import assess
from optimizer.plan import TargetResult
from planning import reasons
from planning.finance.forms.facts import DAYS, SHARE, Facts
from planning.finance.forms.findings import Finding, row
from planning.finance.forms.page import Cell, Table
from planning.finance.report.sight import Levels, Sight


def assessed(
    sight: Sight, targets: Sequence[ServiceTarget], levels: Levels
) -> Sequence[TargetResult]:
    """What levels make of some targets."""
    point, quantity = levels.reorder_point, levels.order_quantity
    return assess(sight.question.items, targets, point, quantity, now=levels.delivered)


def finding(sight: Sight, facts: Facts) -> Finding:
    """What was promised, what today's levels and the plan deliver, and what customers got."""
    targets = sight.question.targets
    plan = assessed(sight, targets, sight.plan)
    today: Any = [None] * len(plan)
    if sight.today is not None:
        today = assessed(sight, targets, sight.today)
    got = [] if sight.attainment is None else sight.attainment.to_dicts()
    rows, missed = [], 0
    for at, (one, now) in enumerate(zip(plan, today, strict=True)):
        unit = SHARE if one.target.measure.is_share else DAYS
        name, key = reasons.promise(one), f"service.{at}"
        missed += now is not None and not now.met
        cells: list[Cell | str] = [
            facts.add(f"{key}.promised", f"promised: {name}", one.target.target, unit),
            facts.add(
                f"{key}.today", f"today's levels: {name}", getattr(now, "achieved", None), unit
            ),
            facts.add(f"{key}.plan", f"the plan: {name}", one.achieved, unit),
        ]
        if got:
            seen = got[at] if at < len(got) else {}
            cells.append(facts.add(f"{key}.got", f"got so far: {name}", seen.get("achieved"), unit))
            cells.append(f"{seen.get('verdict', '')} ({seen.get('events', 0)})")
        rows.append(row(name, *cells, _verdict(one, now)))
    headings = ["promise", "promised", "today's levels", "the plan"]
    headings += [*(["got so far", "requests"] if got else []), "verdict"]
    kept = sum(one.met for one in plan)
    title = f"{kept} of {len(plan)} promises are kept by the plan"
    if sight.today is not None:
        title = f"Today's levels miss {missed} of {len(plan)} promises; the plan keeps {kept}"
    words = (
        "What levels are expected to deliver by the forecasts: shares of pieces, requests or value "
        "handed over at once, and days a piece waits. "
        + ("What customers got is of the last year." if got else
           "What customers really got is counted where the company's database is kept; a folder of "
           "tables does not tell.")
    )  # fmt: skip
    table = Table(headings, rows, text=(0, 5, 6) if got else (0, 4))
    return Finding("service", title, words, (table,), wide=True)


def _verdict(plan: TargetResult, today: TargetResult | None) -> str:
    """Who keeps a promise, in words."""
    if today is None:
        return "kept" if plan.met else "missed"
    said = {
        (True, True): "kept",
        (False, True): "missed today, kept by the plan",
        (True, False): "kept today, missed by the plan",
        (False, False): "missed",
    }
    return said[today.met, plan.met]
