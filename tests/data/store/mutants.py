"""Ways to reserve a piece that look right: the race must tell each of them from the real one."""

import sqlalchemy as sa

from data.store.engine import Store
from data.store.journal import open_movement, write_sides
from data.store.ledger_tables import BALANCES, LINES, RESERVATIONS
from inventory.ledger import Account, Answer, Refusal, Request, moved
from inventory.ledger_commands import Reserve

_NO = Answer(Refusal.INSUFFICIENT, {"lines": [{"available": 0}]})


def read_then_write(store: Store, request: Request, command: Reserve) -> Answer:
    """Looks how many are there, then writes what it computed."""
    with store.read() as connection:
        on_hand, reserved = _balance(connection, command)
    if on_hand - reserved < 1:
        return _NO
    with store.write() as connection:
        return _book(connection, request, command, {"reserved": reserved + 1})


def unguarded(store: Store, request: Request, command: Reserve) -> Answer:
    """Looks how many are there, then adds one, and no constraint holds it back."""
    with store.read() as connection:
        on_hand, reserved = _balance(connection, command)
    if on_hand - reserved < 1:
        return _NO
    with store.write() as connection:
        if store.is_sqlite:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        return _book(connection, request, command, {"reserved": BALANCES.c.reserved + 1})


def deferred(store: Store, request: Request, command: Reserve) -> Answer:
    """SQLite: begins by reading, and wants to write when somebody else did."""
    with store.engine.connect() as connection, connection.begin():
        on_hand, reserved = _balance(connection, command)
        if on_hand - reserved < 1:
            return _NO
        return _book(connection, request, command, {"reserved": BALANCES.c.reserved + 1})


def _item(command: Reserve):
    line = command.lines[0]
    return sa.and_(BALANCES.c.part_id == line.part_id, BALANCES.c.location_id == line.location_id)


def _balance(connection: sa.Connection, command: Reserve) -> tuple[int, int]:
    query = sa.select(BALANCES.c.on_hand, BALANCES.c.reserved).where(_item(command))
    return tuple(connection.execute(query).one())


def _book(connection, request: Request, command: Reserve, values) -> Answer:
    line = command.lines[0]
    connection.execute(sa.update(BALANCES).where(_item(command)).values(values))
    row = {"state": "active", "owner": request.actor, "created_at": request.at}
    number = connection.execute(
        sa.insert(RESERVATIONS).values(row).returning(RESERVATIONS.c.reservation_id)
    ).scalar_one()
    granted = {"quantity": 1, "held": 1, "at_risk": 0, "fulfilled": 0, "released": 0}
    where = {"part_id": line.part_id, "location_id": line.location_id}
    connection.execute(sa.insert(LINES), {"reservation_id": number, "line": 1, **where, **granted})
    movement = open_movement(connection, request, "reserve", reservation_id=number)
    write_sides(
        connection,
        movement,
        moved(1, line.part_id, line.location_id, Account.AVAILABLE, Account.RESERVED),
    )
    return Answer("ok", {"reservation_id": number})
