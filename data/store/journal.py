"""The journal: balances and their history change together, here and nowhere else."""

from typing import Final

import sqlalchemy as sa

from data.store.balances import change, refuse_unknown
from data.store.columns import MOST_PIECES
from data.store.ledger_tables import JOURNAL, MOVEMENTS
from inventory.ledger import Posting, Refusal, Refused, Request, changes, check_balanced

_OPEN: Final = sa.insert(MOVEMENTS).returning(MOVEMENTS.c.movement_id)
_ADD: Final = sa.insert(JOURNAL)


def open_movement(
    connection: sa.Connection,
    request: Request,
    kind: str,
    *,
    document_id: str = "",
    reason: str = "",
    customer_class: str = "",
    reservation_id: int | None = None,
) -> int:
    """Record that something moves; its sides follow by `post`. Returns the movement's number."""
    movement = {
        "kind": kind,
        "at": request.at,
        "actor": request.actor,
        "document_id": document_id or None,
        "reason": reason or None,
        "customer_class": customer_class or None,
        "reservation_id": reservation_id,
    }
    return int(connection.execute(_OPEN, movement).scalar_one())


def post(connection: sa.Connection, movement_id: int, postings: tuple[Posting, ...]) -> None:
    """Change the balances and write down both sides.

    Raises:
        Refused: when an item has too few pieces for it, or too many, or is not known.
    """
    for (part_id, location_id), (on_hand, reserved) in changes(postings).items():
        if (on_hand, reserved) == (0, 0):
            continue
        if not change(connection, part_id, location_id, on_hand=on_hand, reserved=reserved):
            if on_hand > 0:
                message = f"{part_id} at {location_id} would be more than {MOST_PIECES} pieces."
                raise Refused(Refusal.EXCEEDS, message, part_id=part_id, location_id=location_id)
            raise short(connection, [(0, part_id, location_id, max(-on_hand, reserved))])
    write_sides(connection, movement_id, postings)


def write_sides(connection: sa.Connection, movement_id: int, postings: tuple[Posting, ...]) -> None:
    """Write down both sides of what the balances already show."""
    check_balanced(postings)
    rows = [
        {
            "movement_id": movement_id,
            "account": side.account.value,
            "part_id": side.part_id,
            "location_id": side.location_id,
            "pieces": side.pieces,
        }
        for side in postings
    ]
    if rows:
        connection.execute(_ADD, rows)


def short(connection: sa.Connection, lines: list[tuple[int, str, str, int]]) -> Refused:
    """The refusal of `lines` (line, part, location, pieces) that are not there in full."""
    for _, part_id, location_id, _ in lines:
        refuse_unknown(connection, part_id, location_id)
    named = ", ".join(f"{pieces} × {part} at {place}" for _, part, place, pieces in lines)
    facts = [
        {"line": line, "part_id": part, "location_id": place, "pieces": pieces}
        for line, part, place, pieces in lines
    ]
    return Refused(Refusal.INSUFFICIENT, f"Not there in full: {named}.", lines=facts)
