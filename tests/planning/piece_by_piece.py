"""A network played day by day and piece by piece, without any shortcut: the judge of the replay.

Every piece that waits is an entry in a list, every piece under way a day in a list, and the
position is counted anew from the lists whenever it is needed.
"""

from dataclasses import dataclass, field

CUSTOMER = "customer"


@dataclass(eq=False)
class Place:
    """One location; places are given parents first."""

    parent: "Place | None"
    reorder_point: int
    order_quantity: int
    lead_time: int
    review: int
    shelf: int = 0
    line: list = field(default_factory=list)  # who waits, one entry a piece
    coming: list = field(default_factory=list)  # the morning on which each piece arrives
    bought: int = 0  # pieces that a supplier delivered
    handed_over: int = 0  # to customers
    seen: dict = field(default_factory=lambda: dict.fromkeys(SEEN, 0))

    @property
    def position(self):
        owed = self.parent.line.count(self) if self.parent else 0
        return self.shelf + len(self.coming) + owed - len(self.line)


SEEN = (
    "requests",
    "requests_at_once",
    "pieces",
    "pieces_at_once",
    "orders",
    "pieces_ordered",
    "on_hand_days",
    "waiting_piece_days",
    "owed_to_children_days",
    "in_transit_days",
)


def play(places, requests, days):
    """Play `requests` (day → place row → sizes) and count into `seen` of each place."""
    for day in range(days):
        for place in places:
            _morning(place, day)
        _count(places, 0.5)
        for row, place in enumerate(places):
            for size in requests.get((day, row), ()):
                _request(place, size)
        for place in reversed(places):
            if place.review == 0:
                _order_if_due(place, day, by_day=True)
        _count(places, 0.5)
        for place in reversed(places):
            if place.review == 0 or (day + 1) % place.review == 0:
                _order_if_due(place, day, by_day=False)


def _morning(place, day):
    arrived = place.coming.count(day)
    place.coming = [when for when in place.coming if when != day]
    for _ in range(arrived):
        if place.line:
            _hand(place, place.line.pop(0), day)
        else:
            place.shelf += 1


def _hand(place, who, leaves):
    """A piece goes to who asked; on the lane it is counted from the morning it leaves."""
    if who is CUSTOMER:
        place.handed_over += 1
    else:
        who.coming.append(leaves + who.lead_time)


def _take(place, who, pieces, leaves):
    for _ in range(pieces):
        if place.shelf:
            place.shelf -= 1
            _hand(place, who, leaves)
        else:
            place.line.append(who)


def _request(place, size):
    place.seen["requests"] += 1
    place.seen["pieces"] += size
    place.seen["requests_at_once"] += size <= place.shelf
    place.seen["pieces_at_once"] += min(size, place.shelf)
    _take(place, CUSTOMER, size, None)


def _order_if_due(place, day, *, by_day):
    pieces = 0
    while place.position + pieces <= place.reorder_point:
        pieces += place.order_quantity
    if not pieces:
        return
    place.seen["orders"] += 1
    place.seen["pieces_ordered"] += pieces
    # by day a shipment is there on the morning L days later, but no earlier than tomorrow's
    if place.parent is None:
        morning = day + max(place.lead_time, 1) if by_day else day + 1 + place.lead_time
        place.coming += [morning] * pieces
        place.bought += pieces
        return
    leaves = day + max(place.lead_time, 1) - place.lead_time if by_day else day + 1
    _take(place.parent, place, pieces, leaves)


def _count(places, days):
    for place in places:
        place.seen["on_hand_days"] += days * place.shelf
        place.seen["waiting_piece_days"] += days * place.line.count(CUSTOMER)
        owed = len(place.line) - place.line.count(CUSTOMER)
        place.seen["owed_to_children_days"] += days * owed
        if place.parent:
            place.seen["in_transit_days"] += days * len(place.coming)
