"""Every way to get a part to a place, judged: what is free, what comes, who waits before."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final

import numpy as np

from data.store.position_reading import Position, Waiting
from data.store.supply_reading import OpenOrder, PartFacts
from inventory.promise import lead_law
from inventory.promise.queue import Rank, Supply, turn_of
from inventory.promise.time_law import TimeLaw, days_of
from inventory.promise.ways import Option, Unknown, Way
from planning.promises.outlook import Outlook, Place

MOST_AROUND: Final = 6  # sites and vans shown beside the shelf that was asked for
_REPAIR_SPREAD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Need:
    """So many pieces of a part at a place, for somebody of some rank, at `now`."""

    part_id: str
    location_id: str
    pieces: int
    now: datetime
    rank: Rank


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges ways for one need; `part` and `position` are those of the part it may be met by."""

    outlook: Outlook
    need: Need
    part: PartFacts | None
    position: Position
    came: Mapping[tuple[str, str], int]
    passing_per_day: float = 0.0
    price_change: float = 0.0  # of all pieces, where another part is used
    alternate: bool = False

    @property
    def now(self) -> float:
        """The moment, days since 1970."""
        return days_of(self.need.now)

    def ways(self) -> Iterator[Option]:
        """Every way there is, in no order."""
        part_id = self.part.part_id if self.part else self.need.part_id
        for option in (*self._held(part_id), *self._coming(part_id), *self._bought(part_id)):
            cost = None if option.cost is None else option.cost + max(self.price_change, 0.0)
            yield replace(option, cost=cost, alternate=self.alternate, levels=self.outlook.levels)

    def _free(self, part_id: str, place: str) -> int:
        return 0 if place in self.position.closed else self.position.free.get((part_id, place), 0)

    def _held(self, part_id: str) -> Iterator[Option]:
        """Pieces that lie somewhere and are free."""
        here, pieces, settings = self.need.location_id, self.need.pieces, self.outlook.settings
        if self._free(part_id, here) >= pieces:
            moment = self.now + settings.handling_hours / 24.0
            law = TimeLaw.at(moment, self.outlook.sure_of_shelf(here))
            yield Option(Way.SHELF, part_id, here, pieces, law, 0.0, basis="free on the shelf")
        around = [
            p for p in self.outlook.around(here) if self._free(part_id, p.location_id) >= pieces
        ]
        around.sort(key=lambda p: (p.is_van, -self._free(part_id, p.location_id), p.location_id))
        for place in around[:MOST_AROUND]:
            yield self._from_around(part_id, place)
        for depth, place in enumerate(self.outlook.above(here), 1):
            if self._free(part_id, place.location_id) >= pieces:
                yield self._from_above(part_id, place, depth)

    def _from_around(self, part_id: str, place: Place) -> Option:
        settings = self.outlook.settings
        way = Way.VAN if place.is_van else Way.NEARBY
        days = settings.van_days if place.is_van else settings.nearby_days
        cost = settings.van_cost if place.is_van else settings.nearby_cost
        law = self.outlook.by_way.get(way) or lead_law.generic()
        sure = self.outlook.sure_of_shelf(place.location_id)
        arrival = law.fresh(days, self.now).sure_to(sure)
        said = f"{law.receipts} transfers" if law.receipts else f"the stated {days:g} days"
        return Option(way, part_id, place.location_id, self.need.pieces, arrival, cost, basis=said)

    def _from_above(self, part_id: str, place: Place, depth: int) -> Option:
        law = self._down(self.need.location_id, depth)
        option = Option(Way.DEPOT, part_id, place.location_id, self.need.pieces, law)
        if law is None:
            return replace(option, unknown=Unknown.NO_LEAD_TIME)
        sure = self.outlook.sure_of_shelf(place.location_id)
        basis = self._basis("", self.need.location_id)
        return replace(option, law=_shifted(law, self.now).sure_to(sure), basis=basis)

    def _down(self, location_id: str, depth: int) -> TimeLaw | None:
        """Days from the `depth`-th location above down to a location; None where unknown."""
        found: TimeLaw | None = None
        at = location_id
        for above in self.outlook.above(location_id)[:depth]:
            stated = self.outlook.stated(self.part, at).lead_time_days
            if stated is None:
                return None
            lane = self.outlook.lanes.of("", at)
            part = lane.part(self.part.part_id) if self.part else -1
            leg = _from_zero(lane.law.fresh(stated, self.now, part), self.now)
            found = leg if found is None else found.then(leg)
            at = above.location_id
        return found

    def _coming(self, part_id: str) -> Iterator[Option]:
        """Pieces on order and under repair, here and above."""
        here = self.need.location_id
        places = [here, *(p.location_id for p in self.outlook.above(here))]
        for depth, place in enumerate(places):
            supplies, first = self._supplies(place)
            option = self._next_turn(Way.ON_ORDER, part_id, place, depth, supplies, first)
            if option is not None:
                yield option
            if self.part and self.part.repairable_share > 0:
                yield from self._repaired(self.part, place, depth)

    def _supplies(self, place: str) -> tuple[list[Supply], str]:
        """What is on order for a place, and the number of the order that comes first."""
        supplies: list[tuple[float, str, Supply]] = []
        for order in self.part.coming if self.part else ():
            left = order.quantity - self.came.get((order.order_id, place), 0)
            if order.location_id != place or left <= 0:
                continue
            law = self._arrival(order, place)
            if law is not None:
                middle = law.quantile(0.5) or float(law.moments[-1])
                supplies.append((middle, order.order_id, Supply(left, law)))
        supplies.sort(key=lambda one: one[:2])
        return [one[2] for one in supplies], supplies[0][1] if supplies else ""

    def _arrival(self, order: OpenOrder, place: str) -> TimeLaw | None:
        stated = self.outlook.stated(self.part, place).lead_time_days
        ordered = None if order.ordered_on is None else _day(order.ordered_on)
        if order.expected_on is not None:
            due = _day(order.expected_on)
            scale = stated or (due - ordered if ordered is not None else None)
        elif ordered is not None and stated is not None and order.supplier_id:
            due, scale = ordered + stated, stated
        else:
            return None
        if scale is None or scale <= 0:
            return None
        lane = self.outlook.lanes.of(order.supplier_id or "", place)
        begun = ordered if ordered is not None and order.supplier_id else due - scale
        part = lane.part(self.part.part_id) if self.part else -1
        return lane.law.arrival(begun, due, scale, self.now, part)

    def _next_turn(
        self,
        way: Way,
        part_id: str,
        place: str,
        depth: int,
        supplies: list[Supply],
        order_id: str = "",
    ) -> Option | None:
        if not supplies:
            return None
        free = max(self._free(part_id, place), 0)
        before = self._before(part_id, place)
        owed = self.need.pieces + before - free
        if owed <= 0:
            return None  # they are there already
        law = turn_of(supplies, 0, owed, passing_per_day=self.passing_per_day, now=self.now)
        option = Option(
            way, part_id, place if depth else "", self.need.pieces, None,
            order_id=order_id, waiting_before=before, unknown=Unknown.NOTHING_COMING,
        )  # fmt: skip
        if law is None:
            return option
        if depth:
            down = self._down(self.need.location_id, depth)
            if down is None:
                return replace(option, unknown=Unknown.NO_LEAD_TIME)
            law = law.then(down)
        basis = self._basis(self._supplier(order_id), place)
        return replace(option, law=law, unknown=None, basis=basis)

    def _supplier(self, order_id: str) -> str:
        coming = self.part.coming if self.part else ()
        return next((one.supplier_id or "" for one in coming if one.order_id == order_id), "")

    def _before(self, part_id: str, place: str) -> int:
        """Pieces that go to others first: lost holds, whoever waits before, what the ERP owes."""
        owed = self.position.at_risk.get((part_id, place), 0)
        owed += self.part.booked.get(place, (0, 0))[1] if self.part else 0
        return owed + sum(
            one.pieces
            for one in self.position.waiting
            if (one.part_id, one.location_id) == (part_id, place) and rank_of(one) < self.need.rank
        )

    def _repaired(self, part: PartFacts, place: str, depth: int) -> Iterator[Option]:
        """Pieces in the workshop: what is on order there beyond the orders themselves."""
        ordered = sum(one.quantity for one in part.coming if one.location_id == place)
        pieces = part.booked.get(place, (0, 0))[0] - ordered
        if pieces <= 0:
            return
        origin = place if depth else ""
        if part.repair_time_days is None:
            yield Option(
                Way.REPAIR, part.part_id, origin, self.need.pieces, None,
                unknown=Unknown.NO_REPAIR_TIME,
            )  # fmt: skip
            return
        rest = _rest_of_repair(part.repair_time_days, self.now)
        supplies = [Supply(1, rest)] * min(pieces, 50)
        option = self._next_turn(Way.REPAIR, part.part_id, place, depth, supplies)
        if option is not None:
            yield replace(option, basis=f"the stated repair time of {part.repair_time_days:g} days")

    def _bought(self, part_id: str) -> Iterator[Option]:
        """An emergency shipment, and a new order."""
        here, pieces = self.need.location_id, self.need.pieces
        stated = self.outlook.stated(self.part, here)
        if stated.emergency_days is not None and self.part is not None:
            law = lead_law.generic().fresh(stated.emergency_days, self.now)
            said = f"the stated {stated.emergency_days:g} days"
            yield Option(Way.EMERGENCY, part_id, "", pieces, law, stated.emergency_cost, basis=said)
        yield self._new_order(part_id)

    def _new_order(self, part_id: str) -> Option:
        option = Option(Way.NEW_ORDER, part_id, "", self.need.pieces, None)
        if self.part is None:
            return replace(option, unknown=Unknown.UNKNOWN_PART)
        if not self.part.active:
            known = self.outlook.stated(self.part, self.need.location_id).lead_time_days
            why = Unknown.NO_LEAD_TIME if known is None else Unknown.NOTHING_COMING
            return replace(option, unknown=why)
        at, depth = self.need.location_id, 0
        for above in self.outlook.above(at):
            if self.outlook.stated(self.part, at).source == "supplier":
                break
            at, depth = above.location_id, depth + 1
        stated = self.outlook.stated(self.part, at).lead_time_days
        if stated is None:
            return replace(option, unknown=Unknown.NO_LEAD_TIME)
        supplier = self.part.supplier_id or "?"
        lane = self.outlook.lanes.of(supplier, at)
        law = self._with_new_order(
            part_id, at, lane.law.fresh(stated, self.now, lane.part(part_id))
        )
        if depth:
            down = self._down(self.need.location_id, depth)
            if down is None:
                return replace(option, unknown=Unknown.NO_LEAD_TIME)
            law = law.then(down)
        return replace(option, law=law, basis=self._basis(supplier, at))

    def _with_new_order(self, part_id: str, place: str, law: TimeLaw) -> TimeLaw:
        """When it is one's turn, once for everybody who waits enough is on order too.

        Orders may overtake each other: whoever waits first takes what comes first.
        """
        supplies, _ = self._supplies(place)
        owed = self._before(part_id, place) + self.need.pieces - self._free(part_id, place)
        new = max(owed - sum(one.pieces for one in supplies), self.need.pieces)
        turn = turn_of(
            [*supplies, Supply(new, law)], 0, max(owed, self.need.pieces),
            passing_per_day=self.passing_per_day, now=self.now,
        )  # fmt: skip
        return turn or law

    def _basis(self, supplier: str, place: str) -> str:
        receipts = self.outlook.lanes.of(supplier, place).law.receipts
        return f"{receipts} receipts of its lane" if receipts else "stated times of its lane"


def rank_of(one: Waiting) -> Rank:
    """The place in the queue of a line that waits."""
    return Rank.of(one.tier, one.criticality, days_of(one.since), one.line)


def _rest_of_repair(repair_time_days: float, now: float) -> TimeLaw:
    """What is left of a repair begun at an unknown moment: the renewal law of residual times."""
    days = np.linspace(0.0, 6.0 * repair_time_days, 240)
    left = 1.0 - lead_law.generic(_REPAIR_SPREAD).fresh(repair_time_days, 0.0).chance_by(days)
    lived = np.concatenate([[0.0], np.cumsum(0.5 * (left[1:] + left[:-1]) * np.diff(days))])
    return TimeLaw(now + days, lived / lived[-1])


def _from_zero(law: TimeLaw, now: float) -> TimeLaw:
    return TimeLaw(law.moments - now, law.chance)


def _shifted(law: TimeLaw, days: float) -> TimeLaw:
    return TimeLaw(law.moments + days, law.chance)


def _day(day: date) -> float:
    return days_of(datetime(day.year, day.month, day.day, tzinfo=UTC))
