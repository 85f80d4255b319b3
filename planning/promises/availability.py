"""Availability near a place: what is free where, what comes, and the same for its alternates.

The database is asked where pieces lie and who waits, and whether a delivery came in; the rest the
outlook remembers.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from data.store.position_reading import Position, position
from inventory.promise.ways import Way
from planning.promises.inquiry import Inquiry, NotKnown, Told, inquire
from planning.promises.outlook import Outlook


@dataclass(frozen=True, slots=True)
class Shelf:
    """Pieces at one place: on hand, free of them, and how the place stands to the one asked for."""

    location_id: str
    name: str
    kind: str  # here, nearby, van, depot
    on_hand: int
    free: int
    closed: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """An order that is open, with the day it is expected; None where nobody said."""

    order_id: str
    location_id: str
    pieces: int
    expected_on: date | None


@dataclass(frozen=True, slots=True)
class PartThere:
    """One part near a place."""

    part_id: str
    relation: str  # asked, successor or alternate
    free_here: int
    shelves: tuple[Shelf, ...]
    on_order: tuple[Coming, ...]
    under_repair: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Availability:
    """What is there, and for the pieces asked for the best moment known."""

    part_id: str
    location_id: str
    quantity: int
    at: datetime
    parts: tuple[PartThere, ...]
    eta: datetime | None
    likely_by: datetime | None
    way: str
    reason: str
    sentence: str


def available(
    connection: sa.Connection,
    outlook: Outlook,
    part_id: str,
    location_id: str,
    quantity: int,
    now: datetime,
) -> Availability:
    """What is free around `location_id`, and when `quantity` pieces can be there.

    Raises:
        NotKnown: when there is no such part or place.
    """
    outlook.refresh(connection, now)
    if location_id not in outlook.places:
        raise NotKnown("location_id", location_id)
    if outlook.part(connection, part_id) is None:
        raise NotKnown("part_id", part_id)
    others = outlook.alternates(connection, part_id)
    there = position(connection, (part_id, *others))
    parts = tuple(
        _of_part(connection, outlook, one, part_id, location_id, there)
        for one in (part_id, *others)
    )
    if parts[0].free_here >= quantity:
        said = "Your part is here on the shelf."
        return Availability(
            part_id, location_id, quantity, now, parts, now, now, Way.SHELF.value, "", said
        )
    found: Told = inquire(connection, outlook, Inquiry(part_id, location_id, quantity), now)
    best = found.best
    return Availability(
        part_id, location_id, quantity, now, parts, best.promised_for, best.likely_by,
        best.way.value, best.unknown, found.sentence,
    )  # fmt: skip


def _of_part(
    connection: sa.Connection,
    outlook: Outlook,
    part_id: str,
    asked_part_id: str,
    location_id: str,
    there: Position,
) -> PartThere:
    facts = outlook.part(connection, part_id)
    places = [(location_id, "here")]
    places += [
        (one.location_id, "van" if one.is_van else "nearby") for one in outlook.around(location_id)
    ]
    places += [(one.location_id, "depot") for one in outlook.above(location_id)]
    shelves = []
    for place, kind in places:
        on_hand = there.on_hand.get((part_id, place), 0)
        if on_hand or kind == "here":
            closed = place in there.closed
            free = 0 if closed else there.free.get((part_id, place), 0)
            name = outlook.places[place].name
            shelves.append(Shelf(place, name, kind, on_hand, free, closed))
    near = {place for place, _ in places}
    coming = tuple(
        Coming(one.order_id, one.location_id, one.quantity, one.expected_on)
        for one in (facts.coming if facts else ())
        if one.location_id in near
    )
    ordered = sum(one.pieces for one in coming)
    booked = sum(facts.booked.get(place, (0, 0))[0] for place in near) if facts else 0
    repairs = max(booked - ordered, 0) if facts and facts.repairable_share > 0 else 0
    waiting = sum(
        one.pieces for one in there.waiting if one.part_id == part_id and one.location_id in near
    )
    relation = "asked" if part_id == asked_part_id else "alternate"
    newer = outlook.part(connection, asked_part_id)
    if newer and newer.superseded_by == part_id:
        relation = "successor"
    return PartThere(part_id, relation, shelves[0].free, tuple(shelves), coming, repairs, waiting)
