"""How far a repair is: every line, the word for the whole, when its last part is there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from data.store import repair_reading as reading
from data.store.repair_reading import OrderFound
from inventory.promise import sentence
from inventory.promise.time_law import LIKELY, SURE, TimeLaw, days_of, last_of, moment_of
from inventory.promise.ways import Way
from planning.promises.outlook import Outlook

THERE = ("ready", "handed_over")


@dataclass(frozen=True, slots=True)
class LineProgress:
    """A line as it stands; `promised_for` is the first promise, `expected_by` the one of today."""

    line: int
    part_id: str
    asked_part_id: str
    description: str
    quantity: int
    returned: int
    state: str
    way: str
    from_location_id: str
    reservation_id: int | None
    held_until: datetime | None
    at_risk: int
    promised_for: datetime | None
    likely_by: datetime | None
    expected_by: datetime | None
    moved_because: str
    outcome: str
    reason: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A repair order as it stands. `parts_cost` is money, for those who may see it."""

    repair_order_id: str
    location_id: str
    owner: str
    customer_id: str
    tier: str
    machine: str
    state: str
    need_by: datetime | None
    opened_at: datetime
    closed_at: datetime | None
    version: int
    progress: str
    likely_by: datetime | None
    ready_by: datetime | None
    parts_cost: float
    sentence: str
    lines: tuple[LineProgress, ...]


def show(
    connection: sa.Connection, outlook: Outlook, repair_order_id: str, now: datetime
) -> Progress | None:
    """One repair order; None where there is none."""
    found = reading.order(connection, repair_order_id)
    return None if found is None else of(outlook, found, now)


def of(outlook: Outlook, found: OrderFound, now: datetime) -> Progress:
    """A repair order in the words of the desk."""
    head = found.head
    alive = [one for one in found.lines if one.state != "dropped"]
    likely, ready = _last(alive, now)
    word = _word(head, alive, now)
    place = outlook.places.get(head.location_id)
    said = ""
    if place is not None:
        there = all(one.state in THERE for one in alive)
        said = sentence.job(likely, ready, all_there=there, now=now, zone=place.zone)
    cost = sum((one.unit_cost or 0.0) * (one.quantity - one.returned) for one in alive)
    return Progress(
        head.repair_order_id, head.location_id, head.owner, head.customer_id or "",
        head.tier or "", head.machine or "", head.state, head.need_by, head.opened_at,
        head.closed_at, head.version, word, likely, ready, round(cost, 2), said,
        tuple(_line(one) for one in found.lines),
    )  # fmt: skip


def expected_of(line: Any) -> datetime | None:
    """What is promised for a line today."""
    moment: datetime | None = line.new if line.event_id is not None else line.promised_for
    return moment


def _likely_of(line: Any) -> datetime | None:
    moment: datetime | None = line.likely if line.event_id is not None else line.likely_by
    return moment


def _line(one: Any) -> LineProgress:
    return LineProgress(
        one.line, one.part_id, one.asked_part_id, one.description or "", one.quantity,
        one.returned, one.state, one.way, one.from_location_id, one.reservation_id,
        one.expires_at, one.at_risk or 0, one.promised_for, one.likely_by, expected_of(one),
        one.cause or "", one.outcome or "", one.reason or "", one.sentence or "",
    )  # fmt: skip


def _word(head: Any, lines: Sequence[Any], now: datetime) -> str:
    """Delayed goes before all: it is what the customer must hear."""
    if head.state != "open":
        return str(head.state)
    coming = [one for one in lines if one.state not in THERE]
    if not coming:
        return "ready to start"
    if any(_is_late(one, head.need_by, now) for one in coming):
        return "delayed"
    if all(one.state == "held" for one in coming):
        return "reserved"
    return "under way"


def _is_late(line: Any, need_by: datetime | None, now: datetime) -> bool:
    expected = expected_of(line)
    if expected is None:
        return line.event_id is not None or need_by is not None
    slipped = line.promised_for is not None and expected > line.promised_for
    return slipped or expected < now or (need_by is not None and expected > need_by)


def _last(lines: Iterable[Any], now: datetime) -> tuple[datetime | None, datetime | None]:
    """When the last part is there, likely and surely; None where some line names no moment."""
    laws = []
    for one in lines:
        if one.state in THERE:
            laws.append(TimeLaw.at(days_of(min(one.ready_at or now, now))))
            continue
        law = _law(_likely_of(one), expected_of(one), days_of(now))
        if law is None:
            return None, None
        laws.append(law)
    if not laws:
        return None, None
    last = last_of(laws)
    found = [last.quantile(share) for share in (LIKELY, SURE)]
    likely, sure = (None if one is None else moment_of(one) for one in found)
    return likely, sure


def _law(likely: datetime | None, sure: datetime | None, now: float) -> TimeLaw | None:
    """The law two promised moments stand for, given that the part is not there yet."""
    if likely is None or sure is None:
        return None
    half, most = days_of(likely), max(days_of(sure), days_of(likely) + 1e-6)
    begin, end = half - (most - half), most + (most - half)
    moments = np.array([begin, half, most, end])
    law = TimeLaw(moments, np.array([0.0, LIKELY, SURE, 1.0]))
    gone = float(law.chance_by(now))
    if gone >= SURE:
        return TimeLaw.at(max(now, most))
    later = moments[moments > now]
    at = np.concatenate([[now], later]) if begin < now else moments
    return TimeLaw(at, (law.chance_by(at) - gone) / (1.0 - gone))


def is_here(line: Any) -> bool:
    """True where the pieces lie on the shelf of the place itself."""
    return bool(line.way == Way.SHELF.value)
