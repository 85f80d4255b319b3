"""What a night plans: the tables taken in, and what the ledger saw since, as one input folder."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from data.intake.canonical import in_order
from data.intake.tables import MASTERS, TABLES
from planning.settings import FILE, Settings
from planning.world import ITEM

Tables = dict[str, pl.DataFrame]


def merged(
    tables: Tables, ledger: Mapping[str, pl.DataFrame], in_force: pl.DataFrame, as_of: date
) -> Tables:
    """The tables of an input folder on `as_of`.

    Args:
        tables: as they were taken in, at the deliveries of the run.
        ledger: see `data.store.night_inputs.ledger`.
        in_force: part_id, location_id, reorder_point, order_quantity that hold today.
        as_of: the day; what happened later is left to later nights.
    """
    with_ledger = {
        **tables,
        "demand": _demand(tables["demand"], ledger["demand"], as_of),
        "stock": _stock(tables["stock"], ledger, tables["locations"], as_of),
        "current_policies": in_force,
    }
    return {name: _known(with_ledger[name], as_of) for name in sorted(with_ledger)}


def arrived(
    taken_in: pl.DataFrame, received: pl.DataFrame, locations: pl.DataFrame
) -> pl.DataFrame:
    """Receipts beyond what was on order when the stock was counted: what was ordered since came in.

    Args:
        taken_in: the table `stock` as it was delivered.
        received: see `data.store.night_inputs.ledger`.
        locations: the table of that name.

    Returns:
        part_id, location_id, at, pieces.
    """
    latest = taken_in.sort(*ITEM, "as_of", nulls_last=False).unique(ITEM, keep="last")
    since = (
        _replenished(received, locations)
        .join(latest.select(*ITEM, "as_of", "on_order"), on=ITEM, how="left")
        .filter(pl.col("as_of").is_null() | (pl.col("date") > pl.col("as_of")))
    )
    so_far = pl.col("pieces").cum_sum().over(ITEM) - pl.col("on_order").fill_null(0)
    pieces = pl.min_horizontal(so_far, "pieces")
    ordered = since.sort(*ITEM, "at").select(*ITEM, "at", pieces.alias("pieces"))
    return ordered.filter(pl.col("pieces") > 0)


def _replenished(received: pl.DataFrame, locations: pl.DataFrame) -> pl.DataFrame:
    """What came from a supplier or from the parent; a sister site's pieces were never on order."""
    parents = locations.select("location_id", "parent_id")
    above = received.join(parents, on="location_id", how="left", maintain_order="left")
    return above.filter(
        pl.col("source").is_null() | pl.col("source").eq_missing(pl.col("parent_id"))
    ).drop("parent_id")


def write(folder: Path, tables: Tables, settings: Settings) -> int:
    """Write the tables that have rows, and the settings they are planned with; returns rows.

    Rows are in the order in which the door leaves them, so that it has none to put in order.
    """
    ids = {name: _words_of(tables, name) for name in MASTERS}
    for name, table in tables.items():
        if not table.is_empty():
            rows = in_order(_coded(name, table, ids), key=TABLES[name].key).rechunk()
            rows.write_parquet(folder / f"{name}.parquet")
    (folder / FILE).write_text(as_toml(settings), encoding="utf-8")
    return sum(table.height for table in tables.values())


def _words_of(tables: Tables, master: str) -> pl.Enum:
    """The ids of a master table as the words of a code."""
    return pl.Enum(tables[master][TABLES[master].key[0]].drop_nulls().unique().sort())


def _coded(name: str, table: pl.DataFrame, ids: Mapping[str, pl.Enum]) -> pl.DataFrame:
    """A table with the ids of parts and locations as codes, where it names no others.

    The door looks a list of words up once; written out, it would look up millions of rows.
    """
    table = table.select(one.name for one in TABLES[name].columns if one.name in table.columns)
    if name in MASTERS:
        return table
    naming = [one for one in TABLES[name].columns if one.names and one.name in table.columns]
    codes = [table[one.name].cast(ids[one.names], strict=False) for one in naming]
    return table.with_columns(
        one for one in codes if one.null_count() == table[one.name].null_count()
    )


def as_toml(settings: Settings) -> str:
    """Every setting but those that say where things are, as a settings file."""
    left_out = ("sources", "database", "nights_folder", "keep_nights")
    names = [one.name for one in fields(Settings) if one.name not in left_out]
    values = {name: getattr(settings, name) for name in names}
    flat = [f"{key} = {json.dumps(value)}" for key, value in values.items() if _is_flat(value)]
    maps = [
        "\n".join(
            [f"\n[{key}]", *(f"{json.dumps(one)} = {json.dumps(of)}" for one, of in value.items())]
        )
        for key, value in values.items()
        if not _is_flat(value) and value
    ]
    return "\n".join([*flat, *maps]) + "\n"


def _is_flat(value: Any) -> bool:
    return not isinstance(value, Mapping)


def _demand(taken_in: pl.DataFrame, seen: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Needs of the ledger that the delivered demand does not know yet.

    A need with a document that was delivered under the same document and part is that one. A need
    without a document counts from the day after the last one delivered.
    """
    last = taken_in["date"].max()
    seen = seen.filter(pl.col("date") <= as_of)
    named = seen.filter(pl.col("document_id").is_not_null()).join(
        taken_in.select("document_id", "part_id").drop_nulls().unique(),
        on=["document_id", "part_id"],
        how="anti",
    )
    unnamed = seen.filter(pl.col("document_id").is_null())
    if last is not None:
        unnamed = unnamed.filter(pl.col("date") > last)
    known = taken_in.drop("unit_of_measure")
    more = pl.concat([named, unnamed]).select(known.columns).cast(known.schema)
    return pl.concat([known, more])


def _stock(
    taken_in: pl.DataFrame, ledger: Mapping[str, pl.DataFrame], locations: pl.DataFrame, as_of: date
) -> pl.DataFrame:
    """The counts that were delivered, and on top of them what the ledger has today."""
    taken_in = taken_in.drop("unit_of_measure").filter(
        pl.col("as_of").is_null() | (pl.col("as_of") <= as_of)
    )
    if ledger["balances"].is_empty():
        return taken_in
    latest = taken_in.sort(*ITEM, "as_of", nulls_last=False).unique(ITEM, keep="last")
    received = (
        _replenished(ledger["received"], locations)
        .join(latest.select(*ITEM, "as_of"), on=ITEM)
        .filter(pl.col("date") > pl.col("as_of"))
        .group_by(ITEM)
        .agg(came=pl.col("pieces").sum())
    )
    now = (
        ledger["balances"]
        .join(latest.select(*ITEM, "on_order", "backorders"), on=ITEM, how="left")
        .join(received, on=ITEM, how="left")
        .with_columns(
            pl.max_horizontal(pl.col("on_order") - pl.col("came").fill_null(0), 0).alias(
                "on_order"
            ),
            as_of=pl.lit(as_of),
        )
        .select(taken_in.columns)
        .cast(taken_in.schema)
    )
    before = taken_in.join(now.select(*ITEM, "as_of"), on=[*ITEM, "as_of"], how="anti")
    return pl.concat([before, now])


def _known(table: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Rows of what has happened by `as_of`; a history that goes on is none of this night's."""
    for name, column in (("quantity", "date"), ("received_on", "received_on")):
        if {name, column} <= set(table.columns):
            return table.filter(pl.col(column).is_null() | (pl.col(column) <= as_of))
    return table
