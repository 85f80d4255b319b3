"""What stock costs and serves, by scope, and what people changed."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import numpy as np
import polars as pl

from inventory.demand import Ints
from inventory.service import Measure, Scope, ServiceTarget
from optimizer.assess import assess
from optimizer.plan import TargetResult
from planning import reasons
from planning.finance.forms.facts import COUNT, DAYS, SHARE, Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import OTHERS, OURS, TODAY, Cell, Table
from planning.finance.money import amount, cents
from planning.finance.report.sight import Levels, Sight
from planning.finance.report.stock_findings import FULL, HEIGHT, WIDTH, money
from planning.pose import DAYS_PER_YEAR

KINDS = ("tier", "location_id", "criticality", "supplier")
TITLES = {
    "tier": "tier",
    "location_id": "site",
    "criticality": "criticality",
    "supplier": "supplier",
}
COSTS = ("stock", "holding", "ordering", "delay")


def by_item(sight: Sight, levels: Levels) -> dict[str, Ints]:
    """Cents by item: stock on the shelf, and what levels cost a year by kind."""
    items, now = sight.question.items, levels.measures
    waiting = np.zeros(len(items))
    if items.delay_cost_per_day is not None:
        waiting = items.delay_cost_per_day * levels.delivered.customers_backorders
    return {
        "stock": cents(levels.value(sight.unit_cost)),
        "holding": cents(items.holding_cost_per_day * now.expected_on_hand * DAYS_PER_YEAR),
        "ordering": cents(items.ordering_cost * now.orders_per_day * DAYS_PER_YEAR),
        "delay": cents(waiting * DAYS_PER_YEAR),
    }


def costs(sight: Sight, facts: Facts) -> Finding:
    """Holding, ordering and delay cost of the plan, in every dimension."""
    unit, found = sight.currency, by_item(sight, sight.plan)
    frame = sight.words.with_columns(pl.Series(name, of) for name, of in found.items())
    tables = [_costs_by(facts, frame, kind, unit) for kind in KINDS]
    total = {name: int(of.sum()) for name, of in found.items()}
    paid = sum(total[name] for name in COSTS[1:])
    title = f"The plan costs {money(paid)} {unit} a year, {money(total['delay'])} of it waiting"
    if sight.today is not None:
        today = {name: int(of.sum()) for name, of in by_item(sight, sight.today).items()}
        now = sum(today[name] for name in COSTS[1:])
        title += f"; today's levels {money(now)}, {money(today['delay'])} of it waiting"
        tables.insert(0, _both(facts, total, today, unit))
    sites = frame.group_by("location_id").agg(pl.col(COSTS[1:]).sum() / 100).sort("location_id")
    long = sites.unpivot(index="location_id", variable_name="cost", value_name="value")
    chart = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            y=alt.Y("location_id:N", title=None, sort="-x"),
            x=alt.X("value:Q", title=f"{unit} a year", axis=alt.Axis(format="~s")),
            color=alt.Color("cost:N", title=None, legend=alt.Legend(orient="top"),
                            scale=alt.Scale(domain=list(COSTS[1:]), range=[OURS, OTHERS, TODAY])),
        )
        .properties(width=FULL - 300, height=max(HEIGHT, 16 * sites.height))
    )  # fmt: skip
    words = (
        "Holding is what the stock that lies on the shelves on average costs, ordering what orders "
        "cost; delay is no money spent: it is days that pieces wait, at the company's own price "
        "of a day. Chart and the tables by scope show the plan."
    )
    native = Native("bar", (2, 3, 4), stacked=True, axis=f"{unit} a year", table=len(tables) - 3)
    return Finding("cost", title, words, tuple(tables), chart, native, wide=True)


def _both(facts: Facts, plan: dict[str, int], today: dict[str, int], unit: str) -> Table:
    rows = []
    for name in (*COSTS, "total"):
        pair = [
            amount(sum(of[one] for one in COSTS[1:]) if name == "total" else of[name])
            for of in (plan, today)
        ]
        label = {"stock": "stock value", "total": "cost a year"}.get(name, f"{name} a year")
        cells = (
            facts.add(f"cost.plan.{name}", f"{label}, the plan", pair[0], unit),
            facts.add(f"cost.today.{name}", f"{label}, today's levels", pair[1], unit),
            facts.add(f"cost.change.{name}", f"{label}, change", pair[0] - pair[1], unit),
        )
        rows.append(row(label, *cells, is_sum=name == "total"))
    return Table(("", f"the plan, {unit}", f"today's levels, {unit}", f"change, {unit}"), rows)


def _costs_by(facts: Facts, frame: pl.DataFrame, kind: str, unit: str) -> Table:
    grouped = frame.group_by(kind).agg(pl.col(COSTS).sum()).sort(kind)
    key = f"cost.{TITLES[kind]}"
    rows = [
        _cost_row(facts, f"{key}.{one[kind]}", str(one[kind]), one, unit)
        for one in grouped.iter_rows(named=True)
    ]
    whole = {name: int(frame[name].sum()) for name in COSTS}
    rows.append(_cost_row(facts, "cost.all", "all", whole, unit, is_sum=True))
    headings = (TITLES[kind], f"stock, {unit}", "holding a year", "ordering a year",
                "delay a year", f"cost a year, {unit}")  # fmt: skip
    return Table(headings, rows, caption=f"the plan by {TITLES[kind]}, {unit}")


def _cost_row(
    facts: Facts, key: str, name: str, of: dict[str, Any], unit: str, *, is_sum: bool = False
) -> Any:
    cells = [
        facts.add(f"{key}.{cost}", f"{cost}, {name}, the plan", amount(of[cost]), unit)
        for cost in COSTS
    ]
    paid = amount(sum(of[cost] for cost in COSTS[1:]))
    cells.append(facts.add(f"{key}.total", f"cost a year, {name}, the plan", paid, unit))
    return row(name, *cells, is_sum=is_sum)


def _assessed(
    sight: Sight, targets: Sequence[ServiceTarget], levels: Levels
) -> Sequence[TargetResult]:
    """What levels make of some targets."""
    point, quantity = levels.reorder_point, levels.order_quantity
    return assess(sight.question.items, targets, point, quantity, now=levels.delivered)


def service(sight: Sight, facts: Facts) -> Finding:
    """What was promised, what today's levels and the plan deliver, and what customers got."""
    targets = sight.question.targets
    plan = _assessed(sight, targets, sight.plan)
    today: Any = [None] * len(plan)
    if sight.today is not None:
        today = _assessed(sight, targets, sight.today)
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


def consistency(sight: Sight, facts: Facts) -> Finding | None:
    """Whether a tier means the same at every site."""
    pairs = sorted(set(sight.words.select("tier", "location_id").rows()))
    tiers = [tier for tier, _ in pairs]
    pairs = [(tier, site) for tier, site in pairs if tiers.count(tier) > 1 and tier != "none"]
    if not pairs:
        return None
    asked = [
        ServiceTarget(measure, 0.0, Scope(tier=tier, location_id=site))
        for tier, site in pairs
        for measure in (Measure.FILL_RATE, Measure.WAITING_DAYS)
    ]
    plans = {"the plan": sight.plan} | ({"today": sight.today} if sight.today else {})
    got = {
        name: [one.achieved for one in _assessed(sight, asked, of)] for name, of in plans.items()
    }
    rows, drawn = [], []
    for at, (tier, site) in enumerate(pairs):
        cells = []
        for name in ("today", "the plan"):
            if name in got:
                share, days = got[name][2 * at], got[name][2 * at + 1]
                key = f"same.{tier}.{site}.{name.removeprefix('the ')}"
                cells += [
                    facts.add(
                        f"{key}.share", f"at once, tier {tier} at {site}, {name}", share, SHARE
                    ),
                    facts.add(f"{key}.days", f"delay, tier {tier} at {site}, {name}", days, DAYS),
                ]
                drawn.append({"tier": tier, "site": site, "levels": name, "days": days})
        rows.append(row(tier, site, *cells))
    now = "today" if "today" in got else "the plan"
    title = _spread(pairs, got[now], now)
    words = (
        "Expected days from asking for a piece to getting it: each dot is a site of the tier, and "
        "a promise should feel the same at each. A tier of one site is left out."
    )
    head = [f"{what}, {name}" for name in ("today", "the plan") if name in got
            for what in ("at once", "delay, days")]  # fmt: skip
    chart = (
        alt.Chart(pl.DataFrame(drawn, schema_overrides={"days": pl.Float64}))
        .mark_point(filled=True, size=90)
        .encode(
            x=alt.X("days:Q", title="mean repair delay, days"),
            y=alt.Y("tier:N", title="tier"),
            color=alt.Color("levels:N", title=None, legend=alt.Legend(orient="top"),
                            scale=alt.Scale(domain=["today", "the plan"], range=[TODAY, OURS])),
            tooltip=["tier:N", "site:N", "levels:N", "days:Q"],
        )
        .properties(width=WIDTH, height=150)
    )  # fmt: skip
    table = Table(("tier", "site", *head), rows, text=(0, 1))
    native = Native("bar", (3,), names=1, axis="days")
    return Finding("consistency", title, words, (table,), chart, native)


def _spread(pairs: list[tuple[str, str]], got: list[float | None], now: str) -> str:
    """The tier whose sites differ most."""
    widest, said = -1.0, "The same tier is served alike everywhere"
    for tier in sorted({tier for tier, _ in pairs}):
        here = [
            (got[2 * at + 1], site) for at, (one, site) in enumerate(pairs)
            if one == tier and got[2 * at + 1] is not None
        ]  # fmt: skip
        if len(here) > 1:
            (best, quick), (worst, slow) = min(here), max(here)
            if worst - best > widest:  # type: ignore[operator]
                widest = worst - best  # type: ignore[operator]
                verb = "waits" if now == "today" else "would wait"
                said = (
                    f"Tier {tier} is served least evenly: it {verb} {worst:.1f} days at {slow} and "
                    f"{best:.1f} at {quick}"
                    f" {'today' if now == 'today' else 'by the plan'}"
                )
    return said


def overridden(sight: Sight, facts: Facts) -> Finding:
    """What overrides cost or saved against what was proposed."""
    found, unit = sight.overrides, sight.currency
    if found is None or found.is_empty():
        words = "Nobody set another level than was proposed."
        if found is None:
            words = "Decisions stand in the company's database; a folder of tables has none."
        return Finding("overrides", "No overrides to count", words)
    worth = cents(found["cost_per_year_change"].to_numpy())
    rows = []
    for one, value in zip(found.iter_rows(named=True), worth, strict=True):
        key = f"override.{one['decision_id']}"
        label = f"override {one['decision_id']}"
        rows.append(
            row(
                one["part_id"], one["location_id"],
                facts.add(
                    f"{key}.proposed", f"{label}, proposed", one["proposed_reorder_point"], COUNT
                ),
                facts.add(f"{key}.instead", f"{label}, instead", one["reorder_point"], COUNT),
                str(one["actor"]), str(one["reason_code"]),
                facts.add(f"{key}.cost", f"{label}, cost a year", amount(int(value)), unit),
                facts.add(f"{key}.waiting", f"{label}, waiting", one["waiting_days_change"], DAYS),
            )
        )  # fmt: skip
    total = facts.add("override.total", "overrides, cost a year", amount(int(worth.sum())), unit)
    rows.append(row("all", "", "", "", "", "", total, "", is_sum=True))
    way = "cost" if worth.sum() >= 0 else "save"
    title = (
        f"Overrides {way} {money(abs(int(worth.sum())))} {unit} a year against what was proposed"
    )
    headings = (
        "part",
        "site",
        "proposed",
        "instead",
        "who",
        "why",
        f"cost a year, {unit}",
        "waiting, days",
    )
    table = Table(headings, rows, text=(0, 1, 4, 5))
    return Finding("overrides", title, "Negative amounts are saved.", (table,))
