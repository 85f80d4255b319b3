"""A server with a hole in it: `python -m tests.api.planted HOLE serve …`; races must find each.

Holes are those that other inventories were sold out by: a piece looked for and then written, a
repeated request done again, a state read before its lock, a page of whichever plan is newest.
"""

import sys
from typing import Any

import sqlalchemy as sa

from data.store import idempotency, ledger, reservation_commands, run_reading
from data.store.night_tables import PUBLISHED
from inventory.ledger import Answer
from inventory.ledger_commands import Reserve
from tests.data.store import mutants


def oversold() -> None:
    """Looks whether a piece is there, then books it whatever happened meanwhile."""
    real = ledger.perform

    def perform(store: Any, request: Any, command: Any) -> Answer:
        if not isinstance(command, Reserve):
            return real(store, request, command)
        made = mutants.unguarded(store, request, command)
        if not made.ok:
            return made
        line = command.lines[0]
        shown = {
            "line": 1, "part_id": line.part_id, "location_id": line.location_id,
            "pieces": line.pieces,
        }  # fmt: skip
        body = {"state": "active", "expires_at": None, "lines": [shown], "refused": []}
        return Answer("ok", {**made.body, **body})

    ledger.perform = perform


def forgetful() -> None:
    """Does a repeated request again."""
    idempotency.claim = lambda *_: None


def hasty() -> None:
    """Ends a reservation without looking whether it was ended before."""

    def _locked(connection: sa.Connection, reservation_id: int):
        query = sa.select(reservation_commands.RESERVATIONS).where(
            reservation_commands.RESERVATIONS.c.reservation_id == reservation_id
        )
        found = connection.execute(query).one()
        return reservation_commands.granted_lines(connection, reservation_id), found

    table = reservation_commands.RESERVATIONS
    reservation_commands._locked = _locked
    reservation_commands._CLOSE = (
        sa.update(table)
        .where(table.c.reservation_id == sa.bindparam("number"))
        .values(state=sa.bindparam("new_state"), closed_at=sa.bindparam("closed"))
    )


def drifting() -> None:
    """Shows lines of the plan in force, whichever plan was asked for."""
    real = run_reading.plan_lines

    def plan_lines(connection: sa.Connection, run_id: str, *more: Any):
        newest = connection.execute(sa.select(PUBLISHED.c.run_id)).scalar() or run_id
        return real(connection, newest, *more)

    run_reading.plan_lines = plan_lines


HOLES = {one.__name__: one for one in (oversold, forgetful, hasty, drifting)}

if __name__ == "__main__":
    HOLES[sys.argv.pop(1)]()
    from api.command import main

    main()
