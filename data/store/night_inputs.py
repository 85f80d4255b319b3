"""What a night starts from: the tables in force, and what the ledger saw since they came."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import polars as pl
import sqlalchemy as sa

from data.store.batches import batches_in_force, read_delivery
from data.store.bulk import read_rows
from data.store.engine import Store
from data.store.ledger_demand import demand_rows, local_day
from data.store.ledger_tables import BALANCES, JOURNAL, LINES, MOVEMENTS, REFUSED
from data.store.master_tables import BATCHES, INCOMING

ITEM: Final = ("part_id", "location_id")
_NO_DEMAND: Final = ("receipt", "transfer", "scrap")
_UTC_DAY: Final = pl.col("at").dt.date()


def in_force(store: Store) -> dict[str, str]:
    """The delivery of each table that is in force."""
    with store.read() as connection:
        return batches_in_force(connection)


def tables(store: Store, batches: Mapping[str, str]) -> dict[str, pl.DataFrame]:
    """Every table that comes in, at the given deliveries; empty where there is none."""
    return {name: read_delivery(store, name, batches.get(name, "")) for name in INCOMING}


def taken_in_at(store: Store, batch_id: str) -> datetime | None:
    """When a delivery came; None when there is none."""
    query = sa.select(BATCHES.c.taken_in_at).where(BATCHES.c.batch_id == batch_id)
    with store.read() as connection:
        return connection.execute(query).scalar()


def ledger(store: Store) -> dict[str, pl.DataFrame]:
    """What the ledger knows at one moment: demand, balances, receipts, promises at risk.

    `demand` as the table of that name; `balances` part_id, location_id, on_hand, reserved;
    `received` part_id, location_id, at, pieces, source (null: a supplier), date (there); `left`
    part_id, location_id, at, pieces, to (null: no other location), without what customers took;
    `at_risk` part_id, location_id, pieces.
    """
    at_risk = sa.select(LINES.c.part_id, LINES.c.location_id, LINES.c.at_risk.label("pieces"))
    with store.read() as connection:
        moved = _moved(connection)
        return {
            "demand": demand_rows(connection),
            "balances": read_rows(connection, sa.select(BALANCES)),
            "received": moved.filter(pl.col("to").is_not_null())
            .select("part_id", "at", "pieces", location_id="to", source="location_id")
            .with_columns(local_day(connection)),
            "left": moved.filter(pl.col("location_id").is_not_null()),
            "at_risk": read_rows(connection, at_risk.where(LINES.c.at_risk > 0)),
        }


def _moved(connection: sa.Connection) -> pl.DataFrame:
    """Pieces that came from a supplier, or left a shelf and nobody asked for them.

    Columns: part_id, location_id (null: a supplier), to (null: no location), at, pieces.
    """
    item = [JOURNAL.c.movement_id, JOURNAL.c.part_id, JOURNAL.c.location_id]
    query = (
        sa.select(*item, MOVEMENTS.c.at, sa.func.sum(JOURNAL.c.pieces).label("pieces"))
        .join(MOVEMENTS, MOVEMENTS.c.movement_id == JOURNAL.c.movement_id)
        .where(MOVEMENTS.c.kind.in_(_NO_DEMAND), JOURNAL.c.account.in_(["available", "reserved"]))
        .group_by(*item, MOVEMENTS.c.at)
    )
    rows = read_rows(connection, query).with_columns(pl.col("pieces").cast(pl.Int64))
    came = rows.filter(pl.col("pieces") > 0).rename({"location_id": "to"})
    went = rows.filter(pl.col("pieces") < 0).with_columns(-pl.col("pieces"))
    both = went.join(came, on=["movement_id", "part_id", "at", "pieces"], how="full", coalesce=True)
    return both.sort("movement_id", "part_id").select(
        "part_id", "location_id", "to", "at", "pieces"
    )


def balances(store: Store) -> pl.DataFrame:
    """Shelves now: part_id, location_id, on_hand, reserved."""
    with store.read() as connection:
        return read_rows(connection, sa.select(BALANCES))


def last_movement_day(store: Store) -> date | None:
    """The day (UTC) of the newest movement; None when nothing ever moved."""
    with store.read() as connection:
        newest = connection.execute(
            sa.select(MOVEMENTS.c.at).order_by(MOVEMENTS.c.at.desc()).limit(1)
        ).scalar()
    return newest.date() if newest else None


def served(store: Store) -> pl.DataFrame:
    """Requests and whether they were served at once; one row each, oldest first.

    What was refused was not; a hand-over under a document that was refused before is that same
    request, later, wherever it came from. Columns: part_id, location_id, date (there), pieces,
    at_once, customer_class, waited_days (0 at once; null: not handed over yet, or nobody knows),
    known (False: refused without a document, so that nobody knows what became of it).
    """
    handed = (
        sa.select(
            JOURNAL.c.part_id,
            JOURNAL.c.location_id,
            MOVEMENTS.c.at,
            JOURNAL.c.pieces,
            MOVEMENTS.c.document_id,
            MOVEMENTS.c.customer_class,
        )
        .join(MOVEMENTS, MOVEMENTS.c.movement_id == JOURNAL.c.movement_id)
        .where(MOVEMENTS.c.kind.in_(["issue", "fulfil"]), JOURNAL.c.account == "consumed")
    )
    refused = sa.select(
        REFUSED.c.part_id,
        REFUSED.c.location_id,
        REFUSED.c.at,
        REFUSED.c.quantity.label("pieces"),
        REFUSED.c.document_id,
        REFUSED.c.customer_class,
    )
    with store.read() as connection:
        given, not_given = read_rows(connection, handed), read_rows(connection, refused)
        return requests_served(given, not_given, local_day(connection))


def requests_served(
    given: pl.DataFrame, not_given: pl.DataFrame, day: pl.Expr = _UTC_DAY
) -> pl.DataFrame:
    """Hand-overs and refusals as requests, each once, on their `day`: see `served`."""
    document = ["document_id", "part_id"]
    named = not_given.drop_nulls("document_id").sort("at").unique(document, maintain_order=True)
    nameless = not_given.filter(pl.col("document_id").is_null())
    at_once = given.join(named, on=document, how="anti")
    later = given.join(named.select(*document, asked="at"), on=document)
    first = later.filter(pl.col("at") >= pl.col("asked")).group_by(document).agg(pl.col("at").min())
    waited = (pl.col("at_last") - pl.col("at")).dt.total_seconds() / 86_400
    waiting = named.join(first, on=document, how="left", maintain_order="left", suffix="_last")
    both = pl.concat(
        [
            at_once.with_columns(at_once=True, waited_days=0.0, known=True),
            waiting.with_columns(at_once=False, waited_days=waited, known=True).drop("at_last"),
            nameless.with_columns(at_once=False, waited_days=pl.lit(None, pl.Float64), known=False),
        ],
        how="diagonal_relaxed",
    )
    columns = [*ITEM, "date", "pieces", "at_once", "customer_class", "waited_days", "known"]
    return both.with_columns(day.alias("date")).sort("at", *ITEM).select(columns)
