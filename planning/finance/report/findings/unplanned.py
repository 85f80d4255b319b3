"""Stock where nothing is planned: how much, why, and the dearest of it."""

from collections.abc import Sequence

import polars as pl

from planning.finance.forms.facts import COUNT, Facts
from planning.finance.forms.findings import Finding, row
from planning.finance.forms.page import Row, Table
from planning.finance.money import amount
from planning.finance.report.ageing import PLANNED, Age
from planning.finance.report.findings.shown import money
from planning.finance.report.sight import Sight
from planning.world import ITEM

MOST_ITEMS = 20  # the rest is in the table `items`


def finding(
    sight: Sight, shelves: pl.DataFrame, ages: Sequence[Age], facts: Facts
) -> Finding | None:
    """What lies where nothing is planned; None where nothing does."""
    if sight.rest.is_empty():
        return None
    unit = sight.currency
    rows = shelves.filter(pl.col("why") != PLANNED)
    causes = rows.group_by("why").agg(pl.col("shelf").sum())
    most = causes.sort("shelf", "why", descending=[True, False])["why"][0]
    title = f"{money(int(rows['shelf'].sum()))} {unit} lie where nothing is planned: {most}"
    title += " for most of it" if len(causes) > 1 else ""
    words = (
        "Stock of parts that are no longer active or were replaced, and of parts to whose place no "
        "lead time is known. It is part of what lies on the shelves, of excess and of the "
        f"provision. The dearest are named, {MOST_ITEMS} at most; all are in the table of items."
    )
    tables = (
        _by_cause(rows, facts, unit),
        _by_age(ages, facts, unit),
        _dearest(sight, rows, facts, unit),
    )
    return Finding("unplanned", title, words, tables, wide=True)


def _by_cause(rows: pl.DataFrame, facts: Facts, unit: str) -> Table:
    sums = rows.group_by("why").agg(pl.col("on_hand", "shelf", "excess").sum()).sort("why")
    found = [_cause_row(one, facts, unit) for one in sums.iter_rows(named=True)]
    whole = {name: int(rows[name].sum()) for name in ("on_hand", "shelf", "excess")}
    found.append(_cause_row({"why": "all", **whole}, facts, unit, is_sum=True))
    return Table(("why", "pieces", f"stock, {unit}", f"excess, {unit}"), found)


def _by_age(found: Sequence[Age], facts: Facts, unit: str) -> Table:
    names = ("apart", "excess_apart", "provision_apart")
    rows = [
        _age_row(one.name, [getattr(one, name) for name in names], facts, unit) for one in found
    ]
    whole = [sum(getattr(one, name) for one in found) for name in names]
    rows.append(_age_row("all", whole, facts, unit, is_sum=True))
    headings = ("last asked for", f"stock, {unit}", f"excess, {unit}", f"provision, {unit}")
    return Table(headings, rows)


def _age_row(
    name: str, of: Sequence[int], facts: Facts, unit: str, *, is_sum: bool = False
) -> Row:  # fmt: skip
    key = f"unplanned.{name.replace(' ', '_')}"
    words = ("stock", "excess", "provision")
    cells = [
        facts.add(f"{key}.{word}", f"{word} not planned, {name}", amount(one), unit)
        for word, one in zip(words, of, strict=True)
    ]
    return row(name, *cells, is_sum=is_sum)


def _cause_row(one: dict[str, object], facts: Facts, unit: str, *, is_sum: bool = False) -> Row:
    why = str(one["why"])
    key = f"unplanned.{why.replace(' ', '_')}"
    amounts = [amount(int(str(one[name]))) for name in ("shelf", "excess")]
    return row(
        why,
        facts.add(f"{key}.pieces", f"pieces not planned, {why}", int(str(one["on_hand"])), COUNT),
        facts.add(f"{key}.stock", f"stock not planned, {why}", amounts[0], unit),
        facts.add(f"{key}.excess", f"excess not planned, {why}", amounts[1], unit),
        is_sum=is_sum,
    )


def _dearest(sight: Sight, rows: pl.DataFrame, facts: Facts, unit: str) -> Table:
    names = sight.ready.intake.tables["parts"].select("part_id", "description")
    top = rows.sort("shelf", *ITEM, descending=[True, False, False]).head(MOST_ITEMS)
    found = []
    for one in top.join(names, on="part_id", how="left", maintain_order="left").iter_rows(
        named=True
    ):
        key = f"unplanned.{one['part_id']}.{one['location_id']}"
        place = f"{one['part_id']} at {one['location_id']}"
        found.append(
            row(
                one["part_id"], one["description"] or "", one["location_id"], one["why"],
                facts.add(f"{key}.pieces", f"pieces, {place}", one["on_hand"], COUNT),
                facts.add(f"{key}.stock", f"stock, {place}", amount(one["shelf"]), unit),
                facts.add(f"{key}.excess", f"excess, {place}", amount(one["excess"]), unit),
            )
        )  # fmt: skip
    headings = ("part", "what it is", "site", "why", "pieces", f"stock, {unit}", f"excess, {unit}")
    return Table(headings, found, text=(0, 1, 2, 3), caption="the dearest")
