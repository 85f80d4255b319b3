"""What a night starts from: the tables in force, and what the ledger saw since they came."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import polars as pl
import sqlalchemy as sa

from data.store.batches import batches_in_force, read_table
from data.store.bulk import read_rows
from data.store.engine import Store
from data.store.ledger_demand import demand_rows
from data.store.ledger_tables import BALANCES, JOURNAL, LINES, MOVEMENTS, REFUSED
from data.store.master_tables import BATCHES, INCOMING

ITEM: Final = ("part_id", "location_id")


def in_force(store: Store) -> dict[str, str]:
    """The delivery of each table that is in force."""
    with store.read() as connection:
        return batches_in_force(connection)


def tables(store: Store, batches: Mapping[str, str]) -> dict[str, pl.DataFrame]:
    """Every table that comes in, at the given deliveries; empty where there is none."""
    with store.read() as connection:
        return {name: read_table(connection, name, batches.get(name, "")) for name in INCOMING}


def taken_in_at(store: Store, batch_id: str) -> datetime | None:
    """When a delivery came; None when there is none."""
    query = sa.select(BATCHES.c.taken_in_at).where(BATCHES.c.batch_id == batch_id)
    with store.read() as connection:
        return connection.execute(query).scalar()


def ledger(store: Store) -> dict[str, pl.DataFrame]:
    """What the ledger knows at one moment: demand, balances, receipts, promises at risk.

    `demand` as the table of that name; `balances` part_id, location_id, on_hand, reserved;
    `received` part_id, location_id, at, pieces; `at_risk` part_id, location_id, pieces.
    """
    received = (
        sa.select(JOURNAL.c.part_id, JOURNAL.c.location_id, MOVEMENTS.c.at, JOURNAL.c.pieces)
        .join(MOVEMENTS, MOVEMENTS.c.movement_id == JOURNAL.c.movement_id)
        .where(MOVEMENTS.c.kind == "receipt", JOURNAL.c.account == "available")
    )
    at_risk = sa.select(LINES.c.part_id, LINES.c.location_id, LINES.c.at_risk.label("pieces"))
    with store.read() as connection:
        return {
            "demand": demand_rows(connection),
            "balances": read_rows(connection, sa.select(BALANCES)),
            "received": read_rows(connection, received),
            "at_risk": read_rows(connection, at_risk.where(LINES.c.at_risk > 0)),
        }


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
    request, later. Columns: part_id, location_id, date, pieces, at_once, customer_class.
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
    known = not_given.select("document_id", "part_id").drop_nulls().unique()
    at_once = given.join(known, on=["document_id", "part_id"], how="anti")
    first_refusals = pl.concat(
        [
            not_given.filter(pl.col("document_id").is_null()),
            not_given.filter(pl.col("document_id").is_not_null())
            .sort("at")
            .unique(["document_id", "part_id"], keep="first", maintain_order=True),
        ]
    )
    both = pl.concat(
        [
            at_once.with_columns(at_once=pl.lit(True)),
            first_refusals.with_columns(at_once=pl.lit(False)),
        ]
    )
    columns = ["part_id", "location_id", "date", "pieces", "at_once", "customer_class"]
    return both.with_columns(date=pl.col("at").dt.date()).sort("at", *ITEM).select(columns)
