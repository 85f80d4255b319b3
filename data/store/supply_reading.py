"""What promises rest on: lanes and their past orders, and the facts of single parts.

The tables that come in change with a delivery only; what moves by the minute is in
`position_reading`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store.bulk import read_rows
from data.store.catalogue import batch_of
from data.store.ledger_tables import JOURNAL, MOVEMENTS
from data.store.master_tables import CURRENT_BATCHES, INCOMING
from data.store.prepared import Prepared
from data.store.promise_tables import PROMISE_OUTCOMES, PROMISES

_TABLES: Final = (
    "parts", "locations", "lead_times", "open_orders", "receipts", "substitutes", "stock",
)  # fmt: skip
_POINTERS: Final = (
    sa.select(CURRENT_BATCHES.c.batch_id)
    .where(CURRENT_BATCHES.c.table_name.in_(_TABLES))
    .order_by(CURRENT_BATCHES.c.table_name)
)
_QUICK_POINTERS: Final = Prepared(_POINTERS)
_LEAD: Final = INCOMING["lead_times"].c
_LEAD_COLUMNS: Final = (
    _LEAD.part_id, _LEAD.location_id, _LEAD.lead_time_days, _LEAD.lead_time_sd_days, _LEAD.source,
    _LEAD.emergency_lead_time_days, _LEAD.emergency_cost,
)  # fmt: skip
_PARTS: Final = INCOMING["parts"].c
_ORDERS: Final = INCOMING["open_orders"].c
_STOCK: Final = INCOMING["stock"].c
_STATED: Final = sa.select(*_LEAD_COLUMNS).where(
    _LEAD.batch_id == batch_of("lead_times"), _LEAD.part_id == sa.bindparam("part")
)
_PART: Final = sa.select(
    _PARTS.part_id, _PARTS.description, _PARTS.unit_cost, _PARTS.criticality, _PARTS.supplier_id,
    _PARTS.repairable_share, _PARTS.repair_time_days, _PARTS.active, _PARTS.superseded_by,
).where(_PARTS.batch_id == batch_of("parts"), _PARTS.part_id == sa.bindparam("part"))  # fmt: skip
_COMING: Final = (
    sa.select(
        _ORDERS.order_id, _ORDERS.location_id, _ORDERS.quantity, _ORDERS.ordered_on,
        _ORDERS.expected_on, _ORDERS.supplier_id,
    )
    .where(_ORDERS.batch_id == batch_of("open_orders"), _ORDERS.part_id == sa.bindparam("part"))
    .order_by(_ORDERS.location_id, _ORDERS.order_id)
)  # fmt: skip
_BOOKED: Final = (
    sa.select(_STOCK.location_id, _STOCK.on_order, _STOCK.backorders, _STOCK.as_of)
    .where(_STOCK.batch_id == batch_of("stock"), _STOCK.part_id == sa.bindparam("part"))
    .order_by(_STOCK.location_id, _STOCK.as_of)
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What a row of lead_times says of a lane; None where it says nothing."""

    lead_time_days: float | None
    lead_time_sd_days: float | None
    source: str | None
    emergency_days: float | None
    emergency_cost: float | None


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that was open when the tables came in."""

    order_id: str
    location_id: str
    quantity: int
    ordered_on: date | None
    expected_on: date | None
    supplier_id: str | None


@dataclass(frozen=True, slots=True)
class PartFacts:
    """One part as the tables in force have it."""

    part_id: str
    description: str | None
    unit_cost: float
    criticality: str | None
    supplier_id: str | None
    repairable_share: float
    repair_time_days: float | None
    active: bool
    superseded_by: str | None
    stated: dict[str, Stated]  # by location, rows of this part alone
    coming: tuple[OpenOrder, ...]
    booked: dict[str, tuple[int, int]]  # by location: on_order, backorders


def pointers(connection: sa.Connection) -> tuple[str, ...]:
    """The deliveries promises rest on; the same as long as none of these tables changed."""
    return tuple(batch for (batch,) in _QUICK_POINTERS.rows(connection))


def part_facts(connection: sa.Connection, part_id: str) -> PartFacts | None:
    """What the tables say of a part; None where the catalogue does not have it."""
    named = {"part": part_id}
    row = connection.execute(_PART, named).first()
    if row is None:
        return None
    coming = tuple(OpenOrder(**one._asdict()) for one in connection.execute(_COMING, named))
    booked = {
        one.location_id: (one.on_order or 0, one.backorders or 0)
        for one in connection.execute(_BOOKED, named)
    }
    stated = {one.location_id: _stated(one) for one in connection.execute(_STATED, named)}
    return PartFacts(
        row.part_id, row.description, row.unit_cost or 0.0, row.criticality, row.supplier_id,
        row.repairable_share or 0.0, row.repair_time_days, row.active is not False,
        row.superseded_by, stated, coming, booked,
    )  # fmt: skip


def lanes_of_all_parts(connection: sa.Connection) -> dict[str, Stated]:
    """What lead_times says of each location for every part."""
    general = sa.select(*_LEAD_COLUMNS).where(
        _LEAD.batch_id == batch_of("lead_times"), _LEAD.part_id.is_(None)
    )
    return {row.location_id: _stated(row) for row in connection.execute(general)}


def stated_times(connection: sa.Connection) -> pl.DataFrame:
    """part_id (null = every part), location_id, lead_time_days of every row that says one."""
    query = sa.select(_LEAD.part_id, _LEAD.location_id, _LEAD.lead_time_days).where(
        _LEAD.batch_id == batch_of("lead_times"), _LEAD.lead_time_days.is_not(None)
    )
    return read_rows(connection, query)


def past_orders(connection: sa.Connection, since: date) -> pl.DataFrame:
    """Orders placed from `since` on that came: a row each, with their days."""
    table = INCOMING["receipts"].c
    columns = (
        table.order_id, table.part_id, table.location_id, table.supplier_id, table.ordered_on,
        table.promised_on, table.received_on,
    )  # fmt: skip
    here = sa.select(*columns).where(
        table.batch_id == batch_of("receipts"), table.ordered_on >= since
    )
    return read_rows(connection, here)


def open_orders(connection: sa.Connection) -> pl.DataFrame:
    """Orders that were open when the tables came in."""
    columns = (
        _ORDERS.order_id, _ORDERS.part_id, _ORDERS.location_id, _ORDERS.supplier_id,
        _ORDERS.ordered_on, _ORDERS.expected_on.label("promised_on"),
    )  # fmt: skip
    here = sa.select(*columns).where(_ORDERS.batch_id == batch_of("open_orders"))
    return read_rows(connection, here)


def booked_receipts(connection: sa.Connection, since: datetime) -> pl.DataFrame:
    """Receipts the ledger booked under an order's number: order_id, part, place, pieces, at."""
    query = (
        sa.select(
            MOVEMENTS.c.document_id.label("order_id"), JOURNAL.c.part_id, JOURNAL.c.location_id,
            JOURNAL.c.pieces, MOVEMENTS.c.at,
        )
        .join(JOURNAL, JOURNAL.c.movement_id == MOVEMENTS.c.movement_id)
        .where(
            MOVEMENTS.c.kind == "receipt", MOVEMENTS.c.at >= since,
            MOVEMENTS.c.document_id.is_not(None), JOURNAL.c.account == "available",
        )
    )  # fmt: skip
    return read_rows(connection, query)


def scored(connection: sa.Connection, most: int = 4000) -> pl.DataFrame:
    """Promises with what became of them, oldest first: the newest `most` of those scored."""
    promise, outcome = PROMISES.c, PROMISE_OUTCOMES.c
    columns: tuple[Any, ...] = (
        promise.promise_id, promise.way, promise.location_id, promise.from_location_id,
        promise.made_at, promise.promised_for, promise.likely_by, outcome.at, outcome.outcome,
        outcome.by_likely,
    )  # fmt: skip
    query = sa.select(*columns).join(
        PROMISE_OUTCOMES, outcome.promise_id == promise.promise_id
    ).order_by(outcome.at.desc(), promise.promise_id.desc()).limit(most)  # fmt: skip
    return read_rows(connection, query).reverse()


def _stated(row: Any) -> Stated:
    return Stated(
        row.lead_time_days, row.lead_time_sd_days, row.source, row.emergency_lead_time_days,
        row.emergency_cost,
    )  # fmt: skip
