"""Balances: changed by one guarded statement, read under their lock where more is to be decided."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from data.store.columns import MOST_PIECES
from data.store.ledger_tables import BALANCES, LOCKS
from data.store.master_tables import CURRENT_BATCHES, INCOMING
from inventory.ledger import Refusal, Refused

_ON_HAND: Final = BALANCES.c.on_hand + sa.bindparam("on_hand_change")
_RESERVED: Final = BALANCES.c.reserved + sa.bindparam("reserved_change")
_ITEM: Final = sa.and_(
    BALANCES.c.part_id == sa.bindparam("part"), BALANCES.c.location_id == sa.bindparam("location")
)
_CHANGE: Final = (
    sa.update(BALANCES)
    .where(_ITEM, _RESERVED >= 0, _RESERVED <= _ON_HAND, _ON_HAND <= MOST_PIECES)
    .values(on_hand=_ON_HAND, reserved=_RESERVED)
)
_READ: Final = sa.select(BALANCES.c.on_hand, BALANCES.c.reserved).where(_ITEM)
_READ_LOCKED: Final = _READ.with_for_update()
_CLOSED: Final = sa.select(LOCKS.c.location_id, LOCKS.c.reason).order_by(LOCKS.c.location_id)
_OPEN: Final = sa.text(
    "INSERT INTO stock_balances (part_id, location_id, on_hand, reserved)"
    " VALUES (:part, :location, 0, 0) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Balance:
    """Pieces on the shelf and how many of them are spoken for."""

    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        """Pieces that may still be promised."""
        return self.on_hand - self.reserved


def change(
    connection: sa.Connection, part_id: str, location_id: str, *, on_hand: int, reserved: int
) -> bool:
    """Change a balance if what results is possible: 0 ≤ reserved ≤ on hand. True when it was."""
    item = {"part": part_id, "location": location_id}
    figures = {**item, "on_hand_change": on_hand, "reserved_change": reserved}
    if connection.execute(_CHANGE, figures).rowcount == 1:
        return True
    if on_hand <= 0:
        return False
    if connection.execute(_OPEN, item).rowcount == 1:
        refuse_unknown(connection, part_id, location_id)
    return connection.execute(_CHANGE, figures).rowcount == 1


def read(connection: sa.Connection, part_id: str, location_id: str) -> Balance:
    """The balance as it is; nothing there when the item was never seen."""
    row = connection.execute(_READ, {"part": part_id, "location": location_id}).first()
    return Balance(row.on_hand, row.reserved) if row else Balance(0, 0)


def lock(connection: sa.Connection, items: Iterable[tuple[str, str]]) -> None:
    """Keep these balances from changing until the transaction ends; always in the same order."""
    if connection.dialect.name == "sqlite":
        return  # whoever writes has the whole file
    for part_id, location_id in sorted(set(items)):
        item = {"part": part_id, "location": location_id}
        connection.execute(_READ_LOCKED, item)


def refuse_locked(connection: sa.Connection, location_ids: Iterable[str]) -> None:
    """Refuse to touch locations that are closed, as during a stock count."""
    concerned = set(location_ids)
    for row in connection.execute(_CLOSED):
        if row.location_id not in concerned:
            continue
        message = f"{row.location_id} is closed: {row.reason}."
        raise Refused(Refusal.LOCKED, message, location_id=row.location_id)


def refuse_unknown(connection: sa.Connection, part_id: str, location_id: str) -> None:
    """Refuse parts and locations that the catalogue, where one was taken in, does not name."""
    for table, column, value in (
        ("parts", "part_id", part_id),
        ("locations", "location_id", location_id),
    ):
        rows, pointer = INCOMING[table], CURRENT_BATCHES.c
        batch = sa.select(pointer.batch_id).where(pointer.table_name == table)
        batch_id = connection.execute(batch).scalar()
        if batch_id is None:
            continue
        known = sa.select(rows.c.row_number).where(rows.c.batch_id == batch_id)
        if connection.execute(known.where(rows.c[column] == value).limit(1)).first() is None:
            message = f"{column} {value!r} is not known."
            raise Refused(Refusal.UNKNOWN, message, field=column, value=value)
