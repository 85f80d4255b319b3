"""Look at every open promise again: what slips is said at once, before the customer asks.

A promise moves when the chance that it is still kept falls below one half, when it is over and the
part is not there, when its piece is lost, or when one that named no moment now can. It is never
changed in silence: the event and its news are one transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from data.store import repair_reading as reading
from data.store.engine import Store
from data.store.ledger import expire_due
from data.store.promise_writing import move, score_line
from inventory.errors import InventoryError
from inventory.ledger import Request, ReservationState
from inventory.promise.time_law import days_of
from inventory.promise.ways import Option, Way
from planning.promises.inquiry import Inquiry, WayTold, options_of, told
from planning.promises.outlook import Outlook
from planning.repairs.handling import settled_elsewhere
from planning.repairs.progress import expected_of

LEAST_CHANCE: Final = 0.5
_LOST: Final = "a count found fewer pieces than were held"
_LATE: Final = "what was on its way is later than it used to be"
_OVER: Final = "it is not there yet"
_KNOWN: Final = "now a day can be named"


@dataclass(frozen=True, slots=True)
class Moved:
    """A promise that moved, and why."""

    repair_order_id: str
    line: int
    old: datetime | None
    new: datetime | None
    cause: str


@dataclass(frozen=True, slots=True)
class Reassessed:
    """What a look at every open promise found."""

    looked_at: int
    moved: tuple[Moved, ...]
    settled: int
    expired: int


def reassess(store: Store, outlook: Outlook, request: Request) -> Reassessed:
    """Settle what was handed over or given back elsewhere, and move what will not be kept."""
    now = request.at
    expired = expire_due(store, now, request.actor)
    with store.read() as connection:
        outlook.refresh(connection, now)
        lines = reading.unfinished(connection)
    moved, settled = [], 0
    for line in lines:
        if store.transact(lambda connection, one=line: _settled(connection, request, one)):  # type: ignore[misc]
            settled += 1
            continue
        with store.read() as connection:
            found = _news(connection, outlook, line, now)
        if found is None:
            continue
        new, likely, cause = found
        event = store.transact(
            lambda connection, one=line, a=new, b=likely, why=cause: _move(  # type: ignore[misc]
                connection, request, one, a, b, why
            )
        )
        if event:
            old = expected_of(line)
            moved.append(Moved(line.repair_order_id, line.line, old, new, cause))
    return Reassessed(len(lines), tuple(moved), settled, len(expired))


def _settled(connection: sa.Connection, request: Request, seen: Any) -> bool:
    """True when its reservation was closed by somebody who did not name the repair order."""
    if seen.hold_state in (None, ReservationState.ACTIVE.value):
        return False
    line = reading.locked_line(connection, seen.repair_order_id, seen.line)
    return settled_elsewhere(connection, request, line)


def _news(
    connection: sa.Connection, outlook: Outlook, line: Any, now: datetime
) -> tuple[datetime | None, datetime | None, str] | None:
    """What a promise moves to, and why; None where it stands."""
    lost = bool(line.at_risk) and not _told_of_loss(line, now)
    if line.promise_id is None or (line.state == "ready" and not lost):
        return None
    try:
        option = _of_same_way(_options(connection, outlook, line, now), line, lost=lost)
    except InventoryError:
        option = None  # the part left the catalogue: the promise stands until somebody says
    if option is None:
        return None
    way = told(outlook, line.location_id, line.need_by, option, now)
    cause = _cause(option, way, expected_of(line), now, lost=lost)
    return (way.promised_for, way.likely_by, cause) if cause else None


def _told_of_loss(line: Any, now: datetime) -> bool:
    expected = expected_of(line)
    return line.cause == _LOST and (expected is None or expected > now)


def _cause(
    option: Option, way: WayTold, expected: datetime | None, now: datetime, *, lost: bool
) -> str:
    """Why the promise moves; blank where it stands."""
    if lost:
        return _LOST
    if expected is None:
        return _KNOWN if way.promised_for is not None else ""
    if way.promised_for is not None and way.promised_for <= expected:
        return ""
    if expected <= now:
        return _OVER
    chance = option.chance_by(days_of(expected))
    return "" if chance is not None and chance >= LEAST_CHANCE else _LATE


def _options(connection: sa.Connection, outlook: Outlook, line: Any, now: datetime) -> list[Option]:
    inquiry = Inquiry(
        line.part_id, line.location_id, line.quantity, line.need_by, line.tier, line.criticality,
        alternates=False,
    )  # fmt: skip
    return options_of(connection, outlook, inquiry, now, since=line.since, number=line.line)


def _of_same_way(options: Sequence[Option], line: Any, *, lost: bool) -> Option | None:
    """The way that was promised, where it still is one; else the soonest that does not hold."""
    waiting = [one for one in options if not one.way.holds_pieces]
    if line.state in ("held", "under_way") and not lost:
        return _under_way(options, line)
    same = [one for one in waiting if one.way.value == line.way and one.law is not None]
    known = [one for one in waiting if one.law is not None and one.way is not Way.EMERGENCY]
    return next(iter([*same, *known, *waiting]), None)


def _under_way(options: Sequence[Option], line: Any) -> Option | None:
    """Pieces that are held elsewhere: a transfer that began anew would come no sooner."""
    same = [
        one
        for one in options
        if one.way.value == line.way and one.from_location_id == line.from_location_id
    ]
    return same[0] if same else None


def _move(
    connection: sa.Connection,
    request: Request,
    line: Any,
    new: datetime | None,
    likely: datetime | None,
    cause: str,
) -> bool:
    if cause == _LOST:
        score_line(connection, line.repair_order_id, line.line, request.at, outcome="failed")
    return move(
        connection, line.promise_id, new, cause, at=request.at, actor=request.actor, likely=likely
    )
