"""Hold pieces for a repair, hand them over, give them back: each by whoever may."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa

from data.store import reservation_reading as reading
from data.store.engine import Store
from data.store.ledger import perform
from data.store.ledger_reading import Reservation
from inventory.ledger import Answer, Refusal, Request
from inventory.ledger_commands import Cancel, Fulfil, Reserve
from inventory.people import Person, Role

HELD_AFTER_NEED: Final = timedelta(days=2)
HELD_WITHOUT_NEED: Final = timedelta(days=7)
MOST_ACTIVE: Final = 200  # of one technician; more is hoarding


def held_until(need_by: date | None, now: datetime) -> datetime:
    """Until when pieces are held that nobody said anything else about."""
    if need_by is None:
        return now + HELD_WITHOUT_NEED
    return datetime.combine(need_by, time(23, 59, 59), UTC) + HELD_AFTER_NEED


def reserve(store: Store, person: Person, request: Request, command: Reserve) -> Answer:
    """Hold pieces, once however often `request` is repeated."""
    if person.role is Role.TECHNICIAN:
        with store.read() as connection:
            active = reading.active_of(connection, person.name)
        if active >= MOST_ACTIVE and not _repeated(store, request, command):
            said = f"You hold {active} reservations; give some back first."
            return Answer(Refusal.TOO_MANY, {"message": said})
    return perform(store, request, command)


def _repeated(store: Store, request: Request, command: Reserve) -> bool:
    with store.read() as connection:
        return reading.was_asked(connection, request, command.route)


def visible(connection: sa.Connection, person: Person, reservation_id: int) -> Reservation | None:
    """A reservation `person` may see: every one, or their own and those of their sites."""
    found = reading.reservation(connection, reservation_id)
    return found if found is not None and _is_theirs(person, found) else None


def _is_theirs(person: Person, found: Reservation) -> bool:
    if person.role in (Role.PLANNER, Role.ADMIN) or found.owner == person.name:
        return True
    if person.role is not Role.TECHNICIAN:
        return False
    return any(line.location_id in person.sites for line in found.lines)


def cancel(
    store: Store, person: Person, request: Request, reservation_id: int, reason: str = ""
) -> Answer:
    """Give the pieces back."""
    return _settle(
        store,
        person,
        reservation_id,
        lambda _: perform(store, request, Cancel(reservation_id, reason)),
    )


def fulfil(
    store: Store, person: Person, request: Request, command: Fulfil, pieces: int | None = None
) -> Answer:
    """Hand pieces over; `pieces` alone speak of the only line there is."""

    def work(found: Reservation) -> Answer:
        asked = command
        if pieces is not None:
            if len(found.lines) > 1:
                said = "It has several lines: say how many pieces of each."
                return Answer(Refusal.EXCEEDS, {"message": said, "field": "quantity"})
            asked = replace(command, pieces={found.lines[0].line: pieces})
        return perform(store, request, asked)

    return _settle(store, person, command.reservation_id, work)


def _settle(
    store: Store, person: Person, reservation_id: int, work: Callable[[Reservation], Answer]
) -> Answer:
    with store.read() as connection:
        found = visible(connection, person, reservation_id)
    if found is None:
        said = f"There is no reservation {reservation_id}."
        return Answer(Refusal.UNKNOWN, {"message": said, "field": "reservation_id"})
    return work(found)
