"""What each movement of free pieces does: receipts, issues, transfers, counts, corrections."""

from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from data.store import at_risk, balances
from data.store.journal import open_movement, post
from data.store.ledger_tables import LOCKS
from inventory.ledger import Account, Posting, Refusal, Refused, Request, moved
from inventory.ledger_commands import (
    Correct,
    Count,
    Issue,
    LockLocation,
    Receive,
    Return,
    Scrap,
    Transfer,
    UnlockLocation,
)


@dataclass(frozen=True, slots=True)
class Done:
    """What a command did: whom it concerns, what to answer, and the movement if there was one."""

    subject: str
    body: dict[str, Any] = field(default_factory=dict)
    movement_id: int | None = None


def receive(connection: sa.Connection, request: Request, command: Receive) -> Done:
    """Pieces from a supplier onto the shelf; promises at risk come first."""
    return _in(connection, request, command, Account.SUPPLIER)


def give_back(connection: sa.Connection, request: Request, command: Return) -> Done:
    """Unused pieces back onto the shelf."""
    return _in(connection, request, command, Account.CONSUMED)


def issue(connection: sa.Connection, request: Request, command: Issue) -> Done:
    """Free pieces handed over."""
    balances.refuse_locked(connection, [command.location_id])
    return _out(connection, request, command, Account.CONSUMED, command.customer_class)


def scrap(connection: sa.Connection, request: Request, command: Scrap) -> Done:
    """Free pieces thrown away."""
    return _out(connection, request, command, Account.SCRAPPED)


def transfer(connection: sa.Connection, request: Request, command: Transfer) -> Done:
    """Free pieces from one location to another."""
    source, target = command.from_location_id, command.to_location_id
    balances.refuse_locked(connection, [source, target])
    movement_id = _open(connection, request, command)
    leaving = Posting(command.part_id, source, Account.AVAILABLE, -command.pieces)
    coming = Posting(command.part_id, target, Account.AVAILABLE, command.pieces)
    post(connection, movement_id, (leaving, coming))
    at_risk.cover(connection, request, movement_id, (command.part_id, target))
    subject = f"{command.part_id} from {source} to {target}"
    return Done(subject, {"movement_id": movement_id, "pieces": command.pieces}, movement_id)


def count(connection: sa.Connection, request: Request, command: Count) -> Done:
    """On hand becomes what was counted."""
    item = (command.part_id, command.location_id)
    balances.lock(connection, [item])
    booked = balances.read(connection, *item).on_hand
    return adjust(connection, request, command, item, command.counted - booked)


def correct(connection: sa.Connection, request: Request, command: Correct) -> Done:
    """On hand changes by so many pieces."""
    item = (command.part_id, command.location_id)
    balances.lock(connection, [item])
    return adjust(connection, request, command, item, command.pieces)


def adjust(
    connection: sa.Connection,
    request: Request,
    command: Count | Correct,
    item: tuple[str, str],
    difference: int,
) -> Done:
    """Move the locked `item` by `difference`; holds whose piece is gone are put at risk."""
    subject = f"{item[0]} at {item[1]}"
    balance = balances.read(connection, *item)
    if difference == 0:
        return Done(subject, {"on_hand": balance.on_hand, "difference": 0, "at_risk": []})
    movement_id = _open(connection, request, command)
    lost_holds = max(0, min(balance.reserved, balance.reserved - balance.on_hand - difference))
    sides: tuple[Posting, ...] = moved(difference, *item, Account.ADJUSTMENT, Account.AVAILABLE)
    if lost_holds:
        sides += moved(lost_holds, *item, Account.RESERVED, Account.AVAILABLE)
    post(connection, movement_id, sides)
    lost = at_risk.lose(connection, request, movement_id, item, lost_holds)
    if difference > 0:
        at_risk.cover(connection, request, movement_id, item)
    body = {"on_hand": balance.on_hand + difference, "difference": difference, "at_risk": lost}
    return Done(subject, {"movement_id": movement_id, **body}, movement_id)


def lock_location(connection: sa.Connection, request: Request, command: LockLocation) -> Done:
    """Close a location for reservations and issues."""
    row = {
        "location_id": command.location_id,
        "reason": command.reason,
        "actor": request.actor,
        "since": request.at,
    }
    connection.execute(sa.delete(LOCKS).where(LOCKS.c.location_id == command.location_id))
    connection.execute(sa.insert(LOCKS), row)
    return Done(command.location_id)


def unlock_location(connection: sa.Connection, _: Request, command: UnlockLocation) -> Done:
    """Open a location again."""
    gone = sa.delete(LOCKS).where(LOCKS.c.location_id == command.location_id)
    if connection.execute(gone).rowcount == 0:
        message = f"{command.location_id} is not closed."
        raise Refused(Refusal.UNKNOWN, message, field="location_id", value=command.location_id)
    return Done(command.location_id)


def _in(
    connection: sa.Connection, request: Request, command: Receive | Return, source: Account
) -> Done:
    item = (command.part_id, command.location_id)
    movement_id = _open(connection, request, command)
    post(connection, movement_id, moved(command.pieces, *item, source, Account.AVAILABLE))
    covered = at_risk.cover(connection, request, movement_id, item)
    body = {"movement_id": movement_id, "pieces": command.pieces, "covered": covered}
    return Done(f"{item[0]} at {item[1]}", body, movement_id)


def _out(
    connection: sa.Connection,
    request: Request,
    command: Issue | Scrap,
    target: Account,
    customer_class: str = "",
) -> Done:
    item = (command.part_id, command.location_id)
    movement_id = _open(connection, request, command, customer_class)
    post(connection, movement_id, moved(command.pieces, *item, Account.AVAILABLE, target))
    body = {"movement_id": movement_id, "pieces": command.pieces}
    return Done(f"{item[0]} at {item[1]}", body, movement_id)


def _open(
    connection: sa.Connection,
    request: Request,
    command: Receive | Return | Issue | Scrap | Transfer | Count | Correct,
    customer_class: str = "",
) -> int:
    return open_movement(
        connection,
        request,
        command.route,
        document_id=command.document_id,
        reason=command.reason,
        customer_class=customer_class,
    )
