"""What the ledger shows: free pieces by place, and reservations with what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import polars as pl
import sqlalchemy as sa

from data.store.bulk import read_rows
from data.store.ledger_tables import BALANCES, LINES, LOCKS, RESERVATIONS

_LINES_BY_ORDER: Final = sa.select(LINES).order_by(LINES.c.reservation_id, LINES.c.line)


@dataclass(frozen=True, slots=True)
class ReservedLine:
    """One line: the pieces granted, and where they are now."""

    line: int
    part_id: str
    location_id: str
    quantity: int
    held: int
    at_risk: int
    fulfilled: int
    released: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """A reservation as it is now."""

    reservation_id: int
    state: str
    owner: str
    repair_order_id: str | None
    customer_class: str | None
    created_at: datetime
    expires_at: datetime | None
    closed_at: datetime | None
    lines: tuple[ReservedLine, ...]


def availability(
    connection: sa.Connection, part_ids: Sequence[str], location_ids: Sequence[str] | None = None
) -> pl.DataFrame:
    """Shelves that were ever seen: part_id, location_id, on_hand, reserved, available, closed."""
    closed = sa.exists().where(LOCKS.c.location_id == BALANCES.c.location_id)
    query = sa.select(BALANCES, closed.label("closed")).where(BALANCES.c.part_id.in_(part_ids))
    if location_ids is not None:
        query = query.where(BALANCES.c.location_id.in_(location_ids))
    found = read_rows(connection, query.order_by(BALANCES.c.part_id, BALANCES.c.location_id))
    free = (pl.col("on_hand") - pl.col("reserved")).alias("available")
    return found.select(pl.exclude("closed"), free, "closed")


def stock_on_hand(connection: sa.Connection) -> pl.DataFrame:
    """Every shelf with pieces on it: part_id, location_id, on_hand, reserved; in a fixed order."""
    query = sa.select(BALANCES).where(BALANCES.c.on_hand > 0)
    return read_rows(connection, query.order_by(BALANCES.c.part_id, BALANCES.c.location_id))


def reservation(connection: sa.Connection, reservation_id: int) -> Reservation | None:
    """One reservation, or None."""
    found = _reservations(connection, RESERVATIONS.c.reservation_id == reservation_id)
    return found[0] if found else None


def reservations_of(
    connection: sa.Connection, *, repair_order_id: str | None = None, owner: str | None = None
) -> list[Reservation]:
    """Reservations of a repair order, of a person, or both; oldest first."""
    conditions = []
    if repair_order_id is not None:
        conditions.append(RESERVATIONS.c.repair_order_id == repair_order_id)
    if owner is not None:
        conditions.append(RESERVATIONS.c.owner == owner)
    return _reservations(connection, *conditions)


def _reservations(
    connection: sa.Connection, *conditions: sa.ColumnElement[bool]
) -> list[Reservation]:
    query = sa.select(RESERVATIONS).where(*conditions).order_by(RESERVATIONS.c.reservation_id)
    heads = connection.execute(query).all()
    wanted = LINES.c.reservation_id.in_([head.reservation_id for head in heads])
    lines: dict[int, list[ReservedLine]] = {}
    for row in connection.execute(_LINES_BY_ORDER.where(wanted)):
        facts = row._asdict()
        lines.setdefault(facts.pop("reservation_id"), []).append(ReservedLine(**facts))
    return [
        Reservation(**head._asdict(), lines=tuple(lines.get(head.reservation_id, ())))
        for head in heads
    ]
