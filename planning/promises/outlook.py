"""The outlook: lanes, places and scores as they are known today; made anew when they change.

One process keeps one. Tables that came in are looked at again when a delivery replaces them, laws
once a day; pieces and who waits for them are read afresh for every answer, never from here.
Learning the laws of all lanes takes seconds: a server does it beside its requests (`renew`), which
go on with the laws there were.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
import sqlalchemy as sa

from data.store import catalogue, supply_reading
from data.store.supply_reading import PartFacts, Stated
from inventory.promise import lead_law, levels
from inventory.promise.lead_law import LeadLaw, Orders
from inventory.promise.levels import Levels
from inventory.promise.time_law import days_of
from inventory.promise.ways import Way
from planning.promises import lanes
from planning.promises.lanes import Lanes
from planning.settings import Settings

_MOST_PARTS: Final = 20_000
_SCORED_AGAIN: Final = timedelta(hours=1)
_KEPT_BEFORE: Final = 400.0  # shelf promises that count as kept before the first was made
_FAILED_BEFORE: Final = 0.5
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_LANE: Final = Stated(None, None, None, None, None)


@dataclass(frozen=True, slots=True)
class Place:
    """A location, and who replenishes it."""

    location_id: str
    name: str
    parent_id: str
    timezone: str
    tier: str
    is_van: bool

    @property
    def zone(self) -> ZoneInfo:
        """Its time zone; UTC where none is known."""
        try:
            return ZoneInfo(self.timezone or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")


@dataclass
class Outlook:
    """Everything about lanes and places that an answer needs, as of one delivery and day."""

    settings: Settings
    delivery: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    general: Mapping[str, Stated] = field(default_factory=dict)
    lanes: Lanes = field(default_factory=Lanes)
    levels: Levels = field(default_factory=Levels)
    shelf_sure: Mapping[str, float] = field(default_factory=dict)
    by_way: Mapping[Way, LeadLaw] = field(default_factory=dict)
    renewed_beside: bool = False  # somebody else calls `renew`: whoever asks does not wait for it
    renewed_at: datetime = _NEVER
    _learnt_from: tuple[str, ...] | None = None
    _looking: threading.Lock = field(default_factory=threading.Lock)
    _learning: threading.Lock = field(default_factory=threading.Lock)
    _parts: dict[str, PartFacts | None] = field(default_factory=dict)
    _alternates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _around: dict[str, tuple[Place, ...]] = field(default_factory=dict)

    def refresh(self, connection: sa.Connection, now: datetime) -> None:
        """Look again where a delivery has changed, and renew the laws unless somebody else does."""
        delivery = supply_reading.pointers(connection)
        if delivery != self.delivery:
            with self._looking:
                self._read_places(connection)
                self._parts, self._alternates, self.delivery = {}, {}, delivery
        if self._learnt_from is None or not self.renewed_beside:
            self.renew(connection, now)

    def renew(self, connection: sa.Connection, now: datetime) -> None:
        """Learn the lanes anew after a delivery or a day, and count scores that are an hour old.

        While one thread learns, others go on with what was known before.
        """
        delivery = supply_reading.pointers(connection)
        changed = delivery != self._learnt_from
        if not changed and self._is_fresh(now):
            return
        if not self._learning.acquire(blocking=self._learnt_from is None):
            return
        try:
            if changed or now.date() != self.renewed_at.date():
                self._learn_lanes(connection, now)
            self._score(connection, now)
            self.renewed_at, self._learnt_from = now, delivery
        finally:
            self._learning.release()

    def _is_fresh(self, now: datetime) -> bool:
        same_day = now.date() == self.renewed_at.date()
        return same_day and timedelta() <= now - self.renewed_at < _SCORED_AGAIN

    def part(self, connection: sa.Connection, part_id: str) -> PartFacts | None:
        """A part as the tables in force have it; None where they do not."""
        known = self._parts  # of the delivery in force, even where another comes meanwhile
        if part_id not in known:
            if len(known) >= _MOST_PARTS:
                known = self._parts = {}
            known[part_id] = supply_reading.part_facts(connection, part_id)
        return known[part_id]

    def alternates(self, connection: sa.Connection, part_id: str) -> tuple[str, ...]:
        """Its successors, the newest first, then what may be used instead."""
        known = self._alternates
        if part_id not in known:
            if len(known) >= _MOST_PARTS:
                known = self._alternates = {}
            newer = catalogue.successors(connection, part_id)[::-1]
            others = [p for p in catalogue.alternates(connection, part_id) if p not in newer]
            known[part_id] = (*newer, *others)
        return known[part_id]

    def stated(self, part: PartFacts | None, location_id: str) -> Stated:
        """What lead_times says of a lane; a row for the part goes before one for all."""
        own = part.stated.get(location_id) if part else None
        return own or self.general.get(location_id, _NO_LANE)

    def around(self, location_id: str) -> tuple[Place, ...]:
        """Sites and vans around a place: those its parent serves too, and those it serves."""
        if location_id not in self._around:
            here = self.places.get(location_id)
            parent = here.parent_id if here else ""
            self._around[location_id] = tuple(
                one
                for one in self.places.values()
                if one.location_id != location_id
                and ((parent and one.parent_id == parent) or one.parent_id == location_id)
            )
        return self._around[location_id]

    def above(self, location_id: str) -> list[Place]:
        """Those who replenish a place, the nearest first."""
        found: list[Place] = []
        at = self.places.get(location_id)
        while at is not None and at.parent_id and len(found) < len(self.places):
            at = self.places.get(at.parent_id)
            if at is None or at in found:
                break
            found.append(at)
        return found

    def sure_of_shelf(self, location_id: str) -> float:
        """Chance that what the ledger shows on a shelf there is there."""
        return self.shelf_sure.get(location_id, _KEPT_BEFORE / (_KEPT_BEFORE + _FAILED_BEFORE))

    def _read_places(self, connection: sa.Connection) -> None:
        self.places = {
            row["location_id"]: Place(
                row["location_id"],
                row["name"] or row["location_id"],
                row["parent_id"] or "",
                row["timezone"] or "",
                row["tier"] or "",
                fnmatchcase(row["location_id"], self.settings.vans),
            )
            for row in catalogue.locations(connection)
        }
        self.general = supply_reading.lanes_of_all_parts(connection)
        self._around = {}

    def _learn_lanes(self, connection: sa.Connection, now: datetime) -> None:
        since = now - timedelta(days=lead_law.MEMORY_DAYS)
        past = supply_reading.past_orders(connection, since.date())
        still_open = supply_reading.open_orders(connection)
        booked = supply_reading.booked_receipts(connection, since)
        past, still_open = _with_booked(past, still_open, booked)
        stated = supply_reading.stated_times(connection)
        self.lanes = lanes.learn(past, still_open, stated, days_of(now))

    def _score(self, connection: sa.Connection, now: datetime) -> None:
        told = supply_reading.scored(connection)
        shelf = pl.col("way") == Way.SHELF.value
        counted = told.filter(pl.col("outcome") != "withdrawn")
        waited = counted.filter(~shelf, pl.col("promised_for").is_not_null())
        self.levels = levels.learnt(
            (bool(likely), outcome == "kept")
            for likely, outcome in waited.select("by_likely", "outcome").iter_rows()
        )
        self.shelf_sure = {
            place: (kept + _KEPT_BEFORE) / (count + _KEPT_BEFORE + _FAILED_BEFORE)
            for place, kept, count in counted.filter(shelf)
            .group_by("from_location_id")
            .agg((pl.col("outcome") == "kept").sum(), pl.len())
            .iter_rows()
        }
        self.by_way = {
            way: _of_transfers(waited.filter(pl.col("way") == way.value), days, days_of(now))
            for way, days in (
                (Way.NEARBY, self.settings.nearby_days),
                (Way.VAN, self.settings.van_days),
            )
        }


def _with_booked(
    past: pl.DataFrame, still_open: pl.DataFrame, booked: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Orders that the ledger saw come in since the tables came are no longer open."""
    key = ["order_id", "part_id", "location_id"]
    came = booked.group_by(key).agg(received_on=pl.col("at").max().dt.date())
    arrived = still_open.join(came, on=key, how="inner")
    return (
        pl.concat([past, arrived.select(past.columns)], how="vertical_relaxed"),
        still_open.join(came, on=key, how="anti"),
    )


def _of_transfers(told: pl.DataFrame, stated_days: float, now: float) -> LeadLaw:
    """The law of hand-overs between sites, from what became of those promised."""
    rows = []
    for made, at in told.filter(pl.col("outcome") != "failed").select("made_at", "at").iter_rows():
        begun = days_of(made)
        if begun > now - lead_law.MEMORY_DAYS:
            rows.append((begun, begun + stated_days, stated_days, days_of(at), 0.0, 1.0, -1.0))
    return lead_law.learn(Orders.of(rows), lead_law.generic(), now)
