"""Whether a tier means the same at every site."""

import altair as alt
import polars as pl

from inventory.service import Measure, Scope, ServiceTarget
from planning.finance.forms.facts import DAYS, SHARE, Facts
from planning.finance.forms.findings import Finding, Native, row
from planning.finance.forms.page import OURS, TODAY, Table
from planning.finance.report.findings.service import assessed
from planning.finance.report.findings.shown import WIDTH
from planning.finance.report.sight import Sight


def finding(sight: Sight, facts: Facts) -> Finding | None:
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
    got = {name: [one.achieved for one in assessed(sight, asked, of)] for name, of in plans.items()}
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
