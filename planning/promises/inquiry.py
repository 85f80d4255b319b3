"""An inquiry: by which ways a part, or a whole job, can be had, and when. It holds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from data.store import job_reading
from data.store.position_reading import Position, asked_since, came, position
from inventory.errors import InventoryError, OutOfRange
from inventory.promise import sentence
from inventory.promise.queue import Rank
from inventory.promise.time_law import days_of, last_of, moment_of
from inventory.promise.ways import Option, Unknown, Way, ranked
from planning.promises.options import Judge, Need
from planning.promises.outlook import Outlook

_YEAR = timedelta(days=365)
_LAST_OF_ALL = 2**31  # whoever asks now stands behind everybody of the same rank


class NotKnown(InventoryError):
    """A part, place, job or customer nobody knows: `field` says which, `value` its name."""

    def __init__(self, field: str, value: str) -> None:
        super().__init__(f"{field} {value!r} is not known.")
        self.field, self.value = field, value


@dataclass(frozen=True, slots=True)
class Inquiry:
    """What somebody wants to know. `tier` and `criticality` say how they stand in a queue."""

    part_id: str
    location_id: str
    pieces: int = 1
    deadline: datetime | None = None
    tier: str | None = None
    criticality: str | None = None
    alternates: bool = True

    def __post_init__(self) -> None:
        if self.pieces < 1:
            raise OutOfRange("pieces", self.pieces, "1 or more")


@dataclass(frozen=True, slots=True)
class WayTold:
    """One way as it is told; moments are UTC, None where none can be named, with the reason."""

    way: Way
    part_id: str
    alternate: bool
    from_location_id: str
    from_name: str
    pieces: int
    likely_by: datetime | None
    promised_for: datetime | None
    chance: float | None
    keeps_deadline: bool | None
    cost: float | None
    order_id: str
    waiting_before: int
    basis: str
    unknown: str
    remedy: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Told:
    """Every way, the best first, and the sentence for the customer."""

    part_id: str
    location_id: str
    pieces: int
    at: datetime
    ways: tuple[WayTold, ...]
    sentence: str

    @property
    def best(self) -> WayTold:
        """The cheapest way that keeps the deadline, else the soonest."""
        return self.ways[0]


@dataclass(frozen=True, slots=True)
class JobTold:
    """All parts of a job: whether the whole job is there, and when its last part is."""

    at: datetime
    lines: tuple[Told, ...]
    all_there: bool
    likely_by: datetime | None
    promised_for: datetime | None
    chance: float | None
    sentence: str


def inquire(connection: sa.Connection, outlook: Outlook, asked: Inquiry, now: datetime) -> Told:
    """By which ways a part can be had.

    Raises:
        NotKnown: when there is no such place, or neither part nor alternate.
    """
    options = options_of(connection, outlook, asked, now)
    return _told(outlook, asked, options, now)


def inquire_job(
    connection: sa.Connection, outlook: Outlook, lines: Sequence[Inquiry], now: datetime
) -> JobTold:
    """When all parts of a job are there; each line by its best way, independent of the others.

    Two lines of one part at one place share its pieces: the later line sees what the earlier left.
    """
    best, told = [], []
    taken: dict[tuple[str, str], int] = {}
    for one in lines:
        options = options_of(connection, outlook, one, now, taken)
        best.append(options[0])
        told.append(_told(outlook, one, options, now))
        first = options[0]
        if first.way.holds_pieces:
            key = (first.part_id, first.from_location_id)
            taken[key] = taken.get(key, 0) + first.pieces
    there = all(one.way is Way.SHELF for one in best)
    zone = outlook.places[lines[0].location_id].zone
    laws = [one.law for one in best if one.law is not None]
    if len(laws) < len(best):
        reason = next(one.unknown for one in best if one.law is None)
        said = sentence.unknown(reason or Unknown.NOTHING_COMING)
        return JobTold(now, tuple(told), False, None, None, None, said)
    last = last_of(laws)
    deadline = lines[0].deadline
    likely, sure = (_moment(last.quantile(q), now) for q in _levels(outlook))
    chance = None if deadline is None else float(last.chance_by(days_of(deadline)))
    said = sentence.job(likely, sure, all_there=there, now=now, zone=zone)
    return JobTold(now, tuple(told), there, likely, sure, chance, said)


def kit(connection: sa.Connection, job_type: str) -> list[tuple[str, int]]:
    """Parts and pieces of a kind of job.

    Raises:
        NotKnown: when there is no such kind.
    """
    found = job_reading.kit(connection, job_type)
    if not found:
        raise NotKnown("job_type", job_type)
    return found


def options_of(
    connection: sa.Connection,
    outlook: Outlook,
    asked: Inquiry,
    now: datetime,
    taken: dict[tuple[str, str], int] | None = None,
    *,
    since: datetime | None = None,
    number: int = _LAST_OF_ALL,
) -> list[Option]:
    """Every way for one need, ranked; `taken` pieces are spoken for though nobody holds them yet.

    `since` and `number` are those of a line that waits already: they settle its place in the queue.
    """
    outlook.refresh(connection, now)
    if asked.location_id not in outlook.places:
        raise NotKnown("location_id", asked.location_id)
    part = outlook.part(connection, asked.part_id)
    others = outlook.alternates(connection, asked.part_id) if asked.alternates else ()
    if part is None and not others:
        raise NotKnown("part_id", asked.part_id)
    there = _without(position(connection, (asked.part_id, *others)), taken or {})
    critical = asked.criticality or (part.criticality if part else None)
    rank = Rank.of(asked.tier, critical, days_of(since or now), number)
    options: list[Option] = []
    for part_id in (asked.part_id, *others):
        facts = part if part_id == asked.part_id else outlook.part(connection, part_id)
        if facts is None and part_id != asked.part_id:
            continue
        need = Need(part_id, asked.location_id, asked.pieces, now, rank)
        coming = bool(facts and facts.coming)
        judge = Judge(
            outlook, need, facts, there,
            came(connection, part_id) if coming else {},
            _passing(connection, need) if coming else 0.0,
            asked.pieces * (facts.unit_cost - part.unit_cost) if facts and part else 0.0,
            part_id != asked.part_id,
        )  # fmt: skip
        found = judge.ways()
        options += found if part_id == asked.part_id else _worth_an_alternate(list(found))
    return ranked(options, None if asked.deadline is None else days_of(asked.deadline))


def _worth_an_alternate(options: list[Option]) -> list[Option]:
    """Ways of an alternate that are known: it is a help, not another riddle."""
    return [one for one in options if one.law is not None]


def _without(there: Position, taken: dict[tuple[str, str], int]) -> Position:
    for item, pieces in taken.items():
        if item in there.free:
            there.free[item] -= pieces
    return there


def _passing(connection: sa.Connection, need: Need) -> float:
    """Pieces a day that were asked for in the last year by those who would go first."""
    rows = asked_since(connection, need.part_id, need.now - _YEAR)
    ahead = sum(
        pieces
        for place, pieces, critical, tier in rows
        if place == need.location_id and _outranks(Rank.of(tier, critical, 0.0), need.rank)
    )
    return ahead / _YEAR.days


def _outranks(one: Rank, other: Rank) -> bool:
    return (one.tier, one.criticality) < (other.tier, other.criticality)


def _levels(outlook: Outlook) -> tuple[float, float]:
    return outlook.levels.likely, outlook.levels.sure


def _told(outlook: Outlook, asked: Inquiry, options: list[Option], now: datetime) -> Told:
    ways = tuple(told(outlook, asked.location_id, asked.deadline, one, now) for one in options)
    said = ways[0].sentence
    return Told(asked.part_id, asked.location_id, asked.pieces, now, ways, said)


def told(
    outlook: Outlook, location_id: str, deadline: datetime | None, one: Option, now: datetime
) -> WayTold:
    """An option in words and moments."""
    likely, sure = _moment(one.likely_by, now), _moment(one.promised_for, now)
    due = None if deadline is None else days_of(deadline)
    zone = outlook.places[location_id].zone
    if one.unknown is not None:
        said = sentence.unknown(one.unknown)
    else:
        said = sentence.promise(one.way, likely, sure, now=now, zone=zone, alternate=one.alternate)
    origin = outlook.places.get(one.from_location_id)
    return WayTold(
        one.way, one.part_id, one.alternate, one.from_location_id,
        origin.name if origin else "", one.pieces, likely, sure, one.chance_by(due),
        None if deadline is None else (sure is not None and sure <= deadline),
        one.cost, one.order_id, one.waiting_before, one.basis,
        one.unknown.value if one.unknown else "", one.unknown.remedy if one.unknown else "", said,
    )  # fmt: skip


def _moment(days: float | None, now: datetime) -> datetime | None:
    return None if days is None else max(moment_of(days), now)
