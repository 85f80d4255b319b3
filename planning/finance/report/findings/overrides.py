"""What overrides cost or saved."""

from planning.finance.forms.facts import COUNT, DAYS, Facts
from planning.finance.forms.findings import Finding, row
from planning.finance.forms.page import Table
from planning.finance.money import amount, cents
from planning.finance.report.findings.shown import money
from planning.finance.report.sight import Sight


def finding(sight: Sight, facts: Facts) -> Finding:
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
