"""Who did what, as a chain: each row carries the hash of the one before it.

Editing, deleting, inserting or swapping rows breaks the chain. Cutting off its end, or writing the
whole chain anew, is seen against a head that was exported before, so export it to another place.
"""

from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import sqlalchemy as sa

from data.store.canonical import canonical, digest
from data.store.ledger_tables import AUDIT, AUDIT_HEAD
from inventory.ledger import Request

_ROWS_AT_ONCE: Final = 10_000
_HEAD: Final = sa.select(AUDIT_HEAD.c.sequence, AUDIT_HEAD.c.hash)
_LOCKED_HEAD: Final = _HEAD.with_for_update()
_ADD: Final = sa.insert(AUDIT)
_MOVE_HEAD: Final = sa.update(AUDIT_HEAD).values(
    sequence=sa.bindparam("number"), hash=sa.bindparam("link")
)


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the chain at some moment; worth keeping where nobody can change it."""

    sequence: int
    hash: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The first row of the chain that is not what it was."""

    sequence: int
    message: str


def append(
    connection: sa.Connection,
    request: Request,
    action: str,
    subject: str,
    detail: Any,
    movement_id: int | None = None,
) -> Head:
    """Add one row; the last thing a transaction does, as everybody queues for the chain's end."""
    last = connection.execute(_LOCKED_HEAD).one()
    row = {
        "sequence": last.sequence + 1,
        "at": request.at,
        "actor": request.actor,
        "action": action,
        "subject": subject,
        "detail": canonical(detail),
        "movement_id": movement_id,
        "previous_hash": last.hash,
    }
    link = _link(row)
    connection.execute(_ADD, {**row, "hash": link})
    connection.execute(_MOVE_HEAD, {"number": row["sequence"], "link": link})
    return Head(last.sequence + 1, link)


def head(connection: sa.Connection) -> Head:
    """The end of the chain, to be exported."""
    last = connection.execute(_HEAD).one()
    return Head(last.sequence, last.hash)


def verify(connection: sa.Connection, exported: Head | None = None) -> Broken | None:
    """None when every row is what it was and `exported` is on the chain."""
    last, known = Head(0, ""), exported or Head(0, "")
    chain = sa.select(AUDIT).order_by(AUDIT.c.sequence)
    with connection.execute(chain.execution_options(yield_per=_ROWS_AT_ONCE)) as rows:
        for row in rows:
            number = last.sequence + 1
            trouble = _trouble(row._asdict(), last)
            if number == known.sequence and row.hash != known.hash:
                trouble = f"The chain up to row {number} was written anew."
            if trouble:
                return Broken(number, trouble)
            last = Head(number, row.hash)
    if last.sequence < known.sequence or head(connection) != last:
        return Broken(last.sequence + 1, f"The chain ends at row {last.sequence}; there was more.")
    return None


def _trouble(row: dict[str, Any], last: Head) -> str:
    if row["sequence"] != last.sequence + 1:
        return f"Row {last.sequence + 1} is missing."
    if row["previous_hash"] != last.hash:
        return f"Row {row['sequence']} does not follow the row before it."
    return "" if row["hash"] == _link(row) else f"Row {row['sequence']} was changed."


def _link(row: dict[str, Any]) -> str:
    hashed = {name: value for name, value in row.items() if name != "hash"}
    return digest(canonical({**hashed, "at": row["at"].astimezone(UTC).isoformat()}))
