"""Holds that lose their piece and get it back: the latest lose first, the oldest gain first."""

from typing import Any, Final

import sqlalchemy as sa

from data.store import waiting_lines
from data.store.balances import read
from data.store.journal import post
from data.store.ledger_tables import EVENTS, LINES
from inventory.ledger import Account, Posting, Request, moved

_ITEM: Final = sa.and_(
    LINES.c.part_id == sa.bindparam("part"), LINES.c.location_id == sa.bindparam("location")
)
_HELD: Final = (
    sa.select(LINES.c.reservation_id, LINES.c.line, LINES.c.held.label("pieces"))
    .where(_ITEM, LINES.c.held > 0)
    .order_by(LINES.c.reservation_id.desc(), LINES.c.line.desc())
)
_AT_RISK: Final = (
    sa.select(LINES.c.reservation_id, LINES.c.line, LINES.c.at_risk.label("pieces"))
    .where(_ITEM, LINES.c.at_risk > 0)
    .order_by(LINES.c.reservation_id, LINES.c.line)
)
_SHIFT: Final = (
    sa.update(LINES)
    .where(LINES.c.reservation_id == sa.bindparam("reservation"))
    .where(LINES.c.line == sa.bindparam("place"))
    .values(
        held=LINES.c.held + sa.bindparam("pieces"), at_risk=LINES.c.at_risk - sa.bindparam("pieces")
    )
)


def lose(
    connection: sa.Connection,
    request: Request,
    movement_id: int,
    item: tuple[str, str],
    pieces: int,
) -> list[dict[str, Any]]:
    """Put `pieces` held at `item` at risk, with an event each; returns which."""
    found = connection.execute(_HELD, {"part": item[0], "location": item[1]}).all()
    return _shift(connection, request, movement_id, found, pieces, sign=-1)


def cover(
    connection: sa.Connection, request: Request, movement_id: int, item: tuple[str, str]
) -> list[dict[str, Any]]:
    """Hold pieces again, now that some are free at `item`, for promises that had lost theirs.

    What is left is held for repair orders that wait for it.
    """
    covered = _cover(connection, request, movement_id, item)
    waiting_lines.serve(connection, request, movement_id, item)
    return covered


def _cover(
    connection: sa.Connection, request: Request, movement_id: int, item: tuple[str, str]
) -> list[dict[str, Any]]:
    found = connection.execute(_AT_RISK, {"part": item[0], "location": item[1]}).all()
    if not found:
        return []
    free = read(connection, *item).available
    covered = _shift(connection, request, movement_id, found, free, sign=1)
    postings: list[Posting] = []
    for each in covered:
        postings += moved(each["pieces"], *item, Account.AVAILABLE, Account.RESERVED)
    post(connection, movement_id, tuple(postings))
    return covered


def _shift(
    connection: sa.Connection,
    request: Request,
    movement_id: int,
    found: Any,
    pieces: int,
    *,
    sign: int,
) -> list[dict[str, Any]]:
    shifted: list[dict[str, Any]] = []
    for row in found:
        if (share := min(pieces, row.pieces)) == 0:
            break
        pieces -= share
        line = {"reservation": row.reservation_id, "place": row.line}
        connection.execute(_SHIFT, {**line, "pieces": sign * share})
        shifted.append({"reservation_id": row.reservation_id, "line": row.line, "pieces": share})
    if shifted:
        fixed = {
            "at": request.at,
            "kind": "covered" if sign > 0 else "at_risk",
            "movement_id": movement_id,
        }
        connection.execute(sa.insert(EVENTS), [{**each, **fixed} for each in shifted])
    return shifted
