"""The company with a scenario upon it: the same tables and forecasts, but for what was changed.

Forecasts are those of today, so that a what-if differs by nothing but its own changes.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from data.intake.accepted import Tables
from inventory.demand import Demand, Floats, Ints
from planning import supply, world
from planning.exits import WrongUsageError
from planning.expectation import Expectation
from planning.finance.scenario.promises import label, taken_back
from planning.finance.scenario.reading import Scenario, near
from planning.pose import targets
from planning.prepare import Prepared
from planning.supply import Supply
from planning.world import ITEM, World

Flags = np.ndarray[tuple[int], np.dtype[np.bool_]]
_COLUMN = {"part": "part_id", "location": "location_id", "supplier": "supplier_id"}


def changed(ready: Prepared, scenario: Scenario) -> Prepared:
    """What `ready` would be.

    Raises:
        WrongUsageError: the scenario speaks of something the company does not have.
    """
    tables = dict(ready.intake.tables)
    for site in scenario.of("sites"):
        tables |= _with_site(ready, tables, site)
    tables["service_targets"] = _targets(tables["service_targets"], scenario)
    tables["budgets"] = _budgets(tables["budgets"], scenario, ready.world.currency)
    company = world.build(tables, ready.settings)
    source = _source(ready.world, company, scenario)
    company = _priced(company, scenario)
    lanes = _lanes(company, supply.of(company, tables, ready.settings), scenario)
    expected = _expected(ready, company, source, tables, scenario)
    asked = _asked(ready, company)
    told = _taken_back(ready, tables)
    intake = replace(ready.intake, tables=tables)
    warnings = pl.concat([told, ready.warnings], how="diagonal_relaxed")
    return replace(ready, intake=intake, world=company, supply=lanes, expectation=expected,
                   asked=asked, warnings=warnings)  # fmt: skip


def _taken_back(ready: Prepared, tables: Tables) -> pl.DataFrame:
    """A warning for every promise that is lowered or dropped."""
    then, now = targets(ready.intake.tables["service_targets"]), targets(tables["service_targets"])
    rows = [
        {
            "code": "promise.taken_back",
            "table": "service_targets",
            "message": f"{label(one)} is taken back; "
            + ("nothing is left of it." if left is None else f"{left:g} is left of it."),
        }
        for one, left in taken_back(then, now)
    ]
    schema = {"code": pl.String, "table": pl.String, "message": pl.String}
    return pl.DataFrame(rows, schema=schema)


def selected(company: World, change: Mapping[str, Any]) -> Flags:
    """The items that a change speaks of; it speaks of all where it names nothing."""
    chosen = np.ones(len(company.items), dtype=np.bool_)
    columns = {
        "part": company.items["part_id"],
        "location": company.items["location_id"],
        "tier": company.of_locations("tier"),
        "criticality": company.of_parts("criticality"),
        "supplier": company.of_parts("supplier_id"),
    }
    for key, column in columns.items():
        if key in change:
            here = (column == change[key]).fill_null(False).to_numpy()
            if not np.any(here):
                known = column.drop_nulls().unique().sort().to_list()
                raise WrongUsageError(
                    f"There is no {key} {change[key]!r}; {near(change[key], known)}"
                )
            chosen &= here
    return chosen


def _with_site(ready: Prepared, tables: Tables, site: Mapping[str, Any]) -> Tables:
    """A location like another, on the same way from the same parent."""
    name, like = site["location"], site["like"]
    known = tables["locations"]["location_id"].to_list()
    if like not in known:
        raise WrongUsageError(f"There is no location {like!r}; {near(like, known)}")
    if name in known:
        raise WrongUsageError(f"The location {name!r} is there already; a site that opens is new.")
    row = tables["locations"].filter(location_id=like).with_columns(
        location_id=pl.lit(name), name=pl.lit(name), tier=pl.lit(site.get("tier") or None)
        if site.get("tier") else pl.col("tier"),
    )  # fmt: skip
    lanes = tables["lead_times"].filter(location_id=like).with_columns(location_id=pl.lit(name))
    items = ready.world.items.filter(location_id=like)
    rules = tables["item_rules"]
    named = pl.DataFrame({"part_id": items["part_id"], "location_id": name})
    empty = pl.concat([rules.clear(), named], how="diagonal_relaxed").select(rules.columns)
    return {
        **tables,
        "locations": pl.concat([tables["locations"], row.select(tables["locations"].columns)]),
        "lead_times": pl.concat([tables["lead_times"], lanes]),
        "item_rules": pl.concat([rules, empty.cast(rules.schema)]),
    }


def _targets(rows: pl.DataFrame, scenario: Scenario) -> pl.DataFrame:
    """Promises as the scenario has them: one of the same measure and scope gives way."""
    for change in scenario.of("targets"):
        key = {
            "measure": change["measure"],
            "within_days": change.get("within_days"),
            "per": change.get("per"),
            "tier": change.get("tier"),
            "location_id": change.get("location"),
            "criticality": change.get("criticality"),
            "customer_class": change.get("customer_class"),
        }
        same = pl.all_horizontal(
            [pl.col(name).eq_missing(pl.lit(value)) for name, value in key.items()]
        )
        if change.get("remove") and rows.filter(same).is_empty():
            said = ", ".join(f"{name} {value}" for name, value in key.items() if value is not None)
            raise WrongUsageError(f"There is no such promise to remove: {said}.")
        rows = rows.filter(~same)
        if not change.get("remove"):
            row = pl.DataFrame([{**key, "target": float(change["target"])}], schema=rows.schema)
            rows = pl.concat([rows, row])
    return rows


def _budgets(rows: pl.DataFrame, scenario: Scenario, currency: str) -> pl.DataFrame:
    if scenario.budget is None:
        return rows
    row = {"scope": "all", "budget": float(scenario.budget), "currency": currency}
    return pl.concat([rows.filter(pl.col("scope") != "all"), pl.DataFrame([row], rows.schema)])


def _source(before: World, after: World, scenario: Scenario) -> Ints:
    """By item of the changed world, the row of today's whose demand it has; −1: none."""
    like = {site["location"]: site["like"] for site in scenario.of("sites")}
    index = before.items.select(ITEM).with_row_index("row")
    place = after.items.select("part_id", pl.col("location_id").replace(like))
    found = place.join(index, on=ITEM, how="left", maintain_order="left")["row"]
    return np.asarray(found.cast(pl.Int64).fill_null(-1).to_numpy())


def _priced(company: World, scenario: Scenario) -> World:
    """Prices and holding rates; they belong to parts, so a place or tier cannot have its own."""
    parts = company.parts
    for kind, factor_of, set_by in (("prices", "unit_cost", "unit_cost"),
                                    ("holding", "holding_rate", "rate")):  # fmt: skip
        for change in scenario.of(kind):
            if "location" in change or "tier" in change:
                said = f"[[{kind}]] belongs to parts; choose by part, criticality or supplier."
                raise WrongUsageError(said)
            part = np.zeros(len(parts), dtype=np.bool_)
            part[company.items["part"].to_numpy()[selected(company, change)]] = True
            column = pl.col(factor_of)
            new = pl.lit(float(change[set_by])) if set_by in change else column * change["factor"]
            parts = parts.with_columns(pl.when(pl.Series(part)).then(new).otherwise(column)
                                       .alias(factor_of))  # fmt: skip
    return replace(company, parts=parts)


def _lanes(company: World, lanes: Supply, scenario: Scenario) -> Supply:
    """Lead times; where a supplier is named, only of what it delivers itself."""
    mean, variance = lanes.lead_times.mean_days.copy(), lanes.lead_times.variance_days.copy()
    for change in scenario.of("lead_times"):
        chosen = selected(company, change)
        if "supplier" in change:
            chosen = chosen & (lanes.parent_item < 0)
        mean[chosen] = float(change["days"]) if "days" in change else (
            mean[chosen] * change.get("factor", 1.0))  # fmt: skip
        variance[chosen] = float(change["sd_days"]) ** 2 if "sd_days" in change else (
            variance[chosen] * change.get("sd_factor", 1.0) ** 2)  # fmt: skip
    times = replace(lanes.lead_times, mean_days=mean, variance_days=variance)
    return replace(lanes, lead_times=times)


def _expected(
    ready: Prepared, company: World, source: Ints, tables: Tables, scenario: Scenario
) -> Expectation:
    base = ready.expectation
    none = len(ready.world.items)
    rows = np.where(source >= 0, source, none)
    demand = Demand.joined([base.demand, Demand.none(1)]).take(rows)
    factor = _factors(company, tables, scenario, ready.intake.as_of)
    scaled = Demand(
        demand.demand_per_day * factor,
        demand.demand_variance_per_day * factor,
        demand.rate_variance * factor**2,
        demand.sizes,
    )
    words = pl.concat([base.words, base.words.clear(1)])[rows]
    return replace(base, demand=scaled, words=words)


def _factors(company: World, tables: Tables, scenario: Scenario, as_of: date) -> Floats:
    """By item, how many times today's demand."""
    factor = np.ones(len(company.items))
    for site in scenario.of("sites"):
        here = (company.items["location_id"] == site["location"]).to_numpy()
        factor[here] *= site.get("factor", 1.0)
    for change in scenario.of("demand"):
        chosen = selected(company, change)
        moved = np.full(len(factor), float(change["factor"]))
        if "machine_type" in change:
            share = _share_of_machines(company, tables, change["machine_type"], as_of)
            moved = 1.0 + share * (change["factor"] - 1.0)
        factor = np.where(chosen, factor * moved, factor)
    return factor


def _share_of_machines(company: World, tables: Tables, machine_type: str, as_of: date) -> Floats:
    """By item, the share of its failures that machines of a type cause, as engineers expect."""
    base = tables["installed_base"]
    if machine_type not in set(base["machine_type"]):
        known = base["machine_type"].unique().sort().to_list()
        raise WrongUsageError(
            f"There is no machine type {machine_type!r}; {near(machine_type, known)}"
        )
    now = base.filter(
        pl.col("valid_from").is_null() | (pl.col("valid_from") <= as_of),
        pl.col("valid_to").is_null() | (pl.col("valid_to") >= as_of),
    )
    rate = (
        pl.col("machines") * pl.col("parts_per_machine")
        * pl.col("failures_per_machine_year").fill_null(1.0)
    )  # fmt: skip
    by = now.with_columns(rate=rate.cast(pl.Float64)).group_by(ITEM).agg(
        all=pl.col("rate").sum(), own=pl.col("rate").filter(machine_type=machine_type).sum()
    )  # fmt: skip
    found = company.items.select(ITEM).join(by, on=ITEM, how="left", maintain_order="left")
    share = found.select((pl.col("own") / pl.col("all")).fill_nan(0.0).fill_null(0.0)).to_series()
    return np.asarray(share.to_numpy())


def _asked(ready: Prepared, company: World) -> pl.DataFrame:
    """Recorded requests, by the rows of the changed world."""
    index = company.items.select(*ITEM, new=pl.int_range(pl.len(), dtype=pl.Int64))
    moved = ready.world.items.select(ITEM).join(index, on=ITEM, how="left", maintain_order="left")
    place = moved["new"].gather(ready.asked["item"])
    return ready.asked.with_columns(item=place).drop_nulls("item").sort("item", "date", "pieces")
