"""What moves by the minute: free pieces by place, and who waits for which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from data.store.ledger_tables import BALANCES, JOURNAL, LINES, LOCKS, MOVEMENTS
from data.store.prepared import Prepared
from data.store.promise_tables import REPAIR_LINES, REPAIR_ORDERS

_SOME: Final[sa.BindParameter[str]] = sa.bindparam("parts", expanding=True)
_LINE, _ORDER = REPAIR_LINES.c, REPAIR_ORDERS.c
_FREE: Final = sa.select(
    BALANCES.c.part_id, BALANCES.c.location_id, BALANCES.c.on_hand, BALANCES.c.reserved
).where(BALANCES.c.part_id.in_(_SOME))
_WAITING: Final = (
    sa.select(
        _LINE.part_id, _LINE.location_id, _LINE.quantity, _LINE.criticality, _LINE.since,
        _LINE.repair_order_id, _LINE.line, _ORDER.tier,
    )
    .join(REPAIR_ORDERS, _ORDER.repair_order_id == _LINE.repair_order_id)
    .where(_LINE.part_id.in_(_SOME), _LINE.state == "waiting")
)  # fmt: skip
_AT_RISK: Final = sa.select(LINES.c.part_id, LINES.c.location_id, LINES.c.at_risk).where(
    LINES.c.part_id.in_(_SOME), LINES.c.at_risk > 0
)
_CLOSED: Final = sa.select(LOCKS.c.location_id)
_QUICK_FREE, _QUICK_WAITING = Prepared(_FREE), Prepared(_WAITING)
_QUICK_AT_RISK, _QUICK_CLOSED = Prepared(_AT_RISK), Prepared(_CLOSED)
_ASKED: Final = (
    sa.select(_LINE.location_id, _LINE.quantity, _LINE.criticality, _ORDER.tier)
    .join(REPAIR_ORDERS, _ORDER.repair_order_id == _LINE.repair_order_id)
    .where(_LINE.part_id == sa.bindparam("part"), _LINE.since >= sa.bindparam("since"))
)
_BOOKED: Final = (
    sa.select(
        MOVEMENTS.c.document_id, JOURNAL.c.location_id, sa.func.sum(JOURNAL.c.pieces).label("came")
    )
    .join(MOVEMENTS, MOVEMENTS.c.movement_id == JOURNAL.c.movement_id)
    .where(
        JOURNAL.c.part_id == sa.bindparam("part"),
        JOURNAL.c.account == "available",
        MOVEMENTS.c.kind == "receipt",
        MOVEMENTS.c.document_id.is_not(None),
    )
    .group_by(MOVEMENTS.c.document_id, JOURNAL.c.location_id)
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A line of a repair order that waits for pieces."""

    part_id: str
    location_id: str
    pieces: int
    criticality: str | None
    since: datetime
    repair_order_id: str
    line: int
    tier: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where pieces of some parts lie, by (part, location), and who waits for them."""

    on_hand: dict[tuple[str, str], int]
    free: dict[tuple[str, str], int]
    at_risk: dict[tuple[str, str], int]
    waiting: tuple[Waiting, ...]
    closed: frozenset[str]


def position(connection: sa.Connection, part_ids: Sequence[str]) -> Position:
    """The position of `part_ids` everywhere, at one moment."""
    parts = list(part_ids)
    on_hand, free = {}, {}
    for part_id, place, there, held in _QUICK_FREE.rows(connection, parts=parts):
        on_hand[part_id, place], free[part_id, place] = there, there - held
    at_risk: dict[tuple[str, str], int] = {}
    for part_id, place, pieces in _QUICK_AT_RISK.rows(connection, parts=parts):
        at_risk[part_id, place] = at_risk.get((part_id, place), 0) + pieces
    waiting = tuple(Waiting(*row) for row in _QUICK_WAITING.rows(connection, parts=parts))
    closed = frozenset(place for (place,) in _QUICK_CLOSED.rows(connection))
    return Position(on_hand, free, at_risk, waiting, closed)


def asked_since(
    connection: sa.Connection, part_id: str, since: datetime
) -> list[tuple[str, int, str | None, str | None]]:
    """Lines that asked for a part: location, pieces, criticality, tier."""
    rows = connection.execute(_ASKED, {"part": part_id, "since": since})
    return [(row.location_id, row.quantity, row.criticality, row.tier) for row in rows]


def came(connection: sa.Connection, part_id: str) -> dict[tuple[str, str], int]:
    """Pieces that were booked in under each order's number, by (order, location)."""
    rows = connection.execute(_BOOKED, {"part": part_id})
    return {(row.document_id, row.location_id): int(row.came) for row in rows}
