"""Part by part: what its requests, orders, shipments and deliveries do to its shelves, day by day.

Locations are numbered from the top: a parent stands before its children. A shipment is a row
(order, part, location, pieces, ordered_on, promised_on, received_on); days beyond the last one
are still under way, and −1 means that the parent has nothing to send yet.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

SHIPMENT_COLUMNS = 7
QUEUE_COLUMNS = 5
UNKNOWN = -1
PROMISED_SDS = 0.9  # how far beyond the mean suppliers and lanes promise
COMING, WAITING, SHIPPED, ORDERED = range(4)  # what has been used of the books


@njit(cache=True, nogil=True)
def rows_by_part(part: Any, parts: int) -> Any:
    """(start, rows): the rows of part p, in their order, are `rows[start[p]:start[p + 1]]`."""
    start = np.zeros(parts + 1, dtype=np.int64)
    for row in range(len(part)):
        start[part[row] + 1] += 1
    free = np.zeros(parts, dtype=np.int64)
    for one in range(parts):
        free[one] = start[one]
        start[one + 1] += start[one]
    rows = np.empty(len(part), dtype=np.int64)
    for row in range(len(part)):
        rows[free[part[row]]] = row
        free[part[row]] += 1
    return start, rows


@njit(cache=True, nogil=True)
def monthly_moments(
    start: Any, location: Any, month: Any, pieces: Any, parent: Any, months: int
) -> Any:
    """(requests, mean, standard deviation) of monthly pieces by part and location.

    A location's figures are those of its own customers and of all locations below it.
    Rows with a month outside 0 … months − 1 do not count.
    """
    parts, locations = len(start) - 1, len(parent)
    requests = np.zeros((parts, locations), dtype=np.int64)
    mean = np.zeros((parts, locations))
    sd = np.zeros((parts, locations))
    total = np.zeros((locations, months))
    for part in range(parts):
        if start[part] == start[part + 1]:
            continue
        for place in range(locations):
            for one in range(months):
                total[place, one] = 0.0
        for row in range(start[part], start[part + 1]):
            if 0 <= month[row] < months:
                place = location[row]
                while place >= 0:
                    requests[part, place] += 1
                    total[place, month[row]] += pieces[row]
                    place = parent[place]
        for place in range(locations):
            first = second = 0.0
            for one in range(months):
                first += total[place, one]
            for one in range(months):
                second += (total[place, one] - first / months) ** 2
            mean[part, place], sd[part, place] = first / months, np.sqrt(second / months)
    return requests, mean, sd


@njit(cache=True, nogil=True)
def _uniform(state: Any) -> float:
    """The next number of a part's stream, within (0, 1) (splitmix64)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    word = state[0]
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (float((word ^ (word >> np.uint64(31))) >> np.uint64(11)) + 0.5) * 2.0**-53


@njit(cache=True, nogil=True)
def _skewed_days(mean: float, sd: float, state: Any) -> int:
    """A lognormal delivery time of that mean and standard deviation, 1 day or more."""
    if mean <= 0:
        return 1
    spread = np.log1p((sd / mean) ** 2)
    angle = 2 * np.pi * _uniform(state)
    normal = np.sqrt(-2 * np.log(_uniform(state))) * np.cos(angle)
    return max(1, int(mean * np.exp(np.sqrt(spread) * normal - spread / 2) + 0.5))


@njit(cache=True, nogil=True)
def _push(heap: Any, size: int, key: int) -> int:
    """Put `key` on the heap of `size` keys, smallest first."""
    at = size
    while at > 0 and heap[(at - 1) // 2, 0] > key:
        heap[at, 0] = heap[(at - 1) // 2, 0]
        at = (at - 1) // 2
    heap[at, 0] = key
    return size + 1


@njit(cache=True, nogil=True)
def _pop(heap: Any, size: int) -> int:
    """Take the smallest key, heap[0, 0], off the heap."""
    size -= 1
    key, at = heap[size, 0], 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and heap[child + 1, 0] < heap[child, 0]:
            child += 1
        if heap[child, 0] >= key:
            break
        heap[at, 0] = heap[child, 0]
        at = child
    heap[at, 0] = key
    return size


@njit(cache=True, nogil=True)
def _roomy(table: Any, used: int, needed: int) -> Any:
    """`table`, or a copy twice as long when fewer than `needed` rows are free."""
    rows = len(table)
    while used + needed > rows:
        rows *= 2
    if rows == len(table):
        return table
    longer = np.empty((rows, table.shape[1]), dtype=table.dtype)
    for row in range(used):
        for column in range(table.shape[1]):
            longer[row, column] = table[row, column]
    return longer


class _Shelf(NamedTuple):
    """Stock of one part by location, pieces."""

    on_hand: Any
    on_order: Any
    owed: Any  # to customers and to locations below


class Ways(NamedTuple):
    """How parts get to a location: from its parent, or from a supplier where it has none."""

    parent: Any  # by location, −1 for none
    lane_days: Any  # by location
    lane_sd_days: Any
    supply_days: Any  # by part
    supply_sd_days: Any


@njit(cache=True, nogil=True)
def _write(
    shipments: Any, row: int, order: int, part: int, place: int, pieces: int, ordered: int,
    promised: int, arrival: int,
) -> None:  # fmt: skip
    """Write the row of one shipment."""
    shipments[row, 0], shipments[row, 1], shipments[row, 2] = order, part, place
    shipments[row, 3], shipments[row, 4] = pieces, ordered
    shipments[row, 5], shipments[row, 6] = promised, arrival


@njit(cache=True, nogil=True)
def _send(
    books: Any, at: Any, order: int, part: int, place: int, pieces: int, ordered: int, now: int,
    ways: Any, state: Any,
) -> None:  # fmt: skip
    """Write one shipment that leaves today and put its arrival on the heap."""
    shipments, heap, _ = books
    if ways.parent[place] >= 0:
        mean, sd = ways.lane_days[place], ways.lane_sd_days[place]
    else:
        mean, sd = ways.supply_days[part], ways.supply_sd_days[part]
    arrival = now + _skewed_days(mean, sd, state)
    promised = now + int(mean + PROMISED_SDS * sd + 0.5)
    _write(shipments, at[SHIPPED], order, part, place, pieces, ordered, promised, arrival)
    at[COMING] = _push(heap, at[COMING], (arrival << 32) | at[SHIPPED])
    at[SHIPPED] += 1


@njit(cache=True, nogil=True)
def _receive(shelf: Any, books: Any, at: Any, now: int) -> None:
    """Put what arrives today on the shelves."""
    shipments, heap, _ = books
    while at[COMING] and heap[0, 0] >> 32 == now:
        row = heap[0, 0] & 0xFFFFFFFF
        at[COMING] = _pop(heap, at[COMING])
        place, pieces = shipments[row, 2], shipments[row, 3]
        shelf.on_order[place] -= pieces
        shelf.on_hand[place] += pieces


@njit(cache=True, nogil=True)
def _serve_the_waiting(
    shelf: Any, books: Any, at: Any, part: int, now: int, ways: Any, state: Any
) -> None:
    """Whoever waits is served in turn, piece by piece."""
    queue, kept = books[2], 0
    for line in range(at[WAITING]):
        place, child = queue[line, 0], queue[line, 1]
        pieces = min(shelf.on_hand[place], queue[line, 2])
        if pieces:
            shelf.on_hand[place] -= pieces
            shelf.owed[place] -= pieces
            queue[line, 2] -= pieces
            if child >= 0:
                order, ordered = queue[line, 3], queue[line, 4]
                _send(books, at, order, part, child, pieces, ordered, now, ways, state)
        if queue[line, 2]:
            for column in range(QUEUE_COLUMNS):
                queue[kept, column] = queue[line, column]
            kept += 1
    at[WAITING] = kept


@njit(cache=True, nogil=True)
def _hand_over(
    shelf: Any, books: Any, at: Any, place: int, child: int, pieces: int, order: int, now: int
) -> Any:
    """What `place` gives at once to a customer (child −1) or a child; the rest waits."""
    given = min(shelf.on_hand[place], pieces)
    shelf.on_hand[place] -= given
    if given < pieces:
        shelf.owed[place] += pieces - given
        queue, line = books[2], at[WAITING]
        queue[line, 0], queue[line, 1], queue[line, 2] = place, child, pieces - given
        queue[line, 3], queue[line, 4] = order, now
        at[WAITING] += 1
    return given


@njit(cache=True, nogil=True)
def _order(
    shelf: Any, books: Any, at: Any, part: int, policy: Any, now: int, ways: Any, state: Any
) -> None:
    """In the evening every location orders by its policy, children before their parents."""
    for place in range(len(ways.parent) - 1, -1, -1):
        position = shelf.on_hand[place] + shelf.on_order[place] - shelf.owed[place]
        short = policy[0, part, place] + 1 - position
        if short <= 0:
            continue
        batch, above = policy[1, part, place], ways.parent[place]
        pieces = (short + batch - 1) // batch * batch
        shelf.on_order[place] += pieces
        order = at[ORDERED]
        at[ORDERED] += 1
        if above >= 0:
            pieces = _hand_over(shelf, books, at, above, place, pieces, order, now)
        if pieces:
            _send(books, at, order, part, place, pieces, now, now, ways, state)


@njit(cache=True, nogil=True)
def _leave_open(books: Any, at: Any, part: int) -> None:
    """Orders that the parent has nothing for yet."""
    shipments, _, queue = books
    for line in range(at[WAITING]):
        if queue[line, 1] >= 0:
            child, pieces = queue[line, 1], queue[line, 2]
            order, ordered = queue[line, 3], queue[line, 4]
            row = at[SHIPPED]
            _write(shipments, row, order, part, child, pieces, ordered, UNKNOWN, UNKNOWN)
            at[SHIPPED] += 1


@njit(cache=True, nogil=True)
def _with_room(books: Any, at: Any, requests: int, locations: int) -> Any:
    """Books with room for one day of one part."""
    shipments, heap, queue = books
    more = at[WAITING] + requests + locations
    return (
        _roomy(shipments, at[SHIPPED], more),
        _roomy(heap, at[COMING], more),
        _roomy(queue, at[WAITING], more),
    )


@njit(cache=True, nogil=True)
def play(seed: int, requests: Any, policy: Any, opening: Any, ways: Any, looks: Any) -> Any:
    """(shipments, seen) of all parts; `seen` holds on hand, on order and backorders by look, item.

    `requests` are where those of each part begin, and the columns day, location and pieces. Each
    evening every location orders by its policy (`policy[0]` reorder points, `policy[1]` order
    quantities, by part and location); a parent ships what it has, first come, first served.
    `looks` are the days after whose evening stock is written down; the last one ends the play.
    """
    start, day, location, pieces = requests
    parts, locations = opening.shape
    last = looks[-1]
    seen = np.zeros((3, len(looks), parts * locations), dtype=np.int32)
    books = (
        np.empty((1 << 14, SHIPMENT_COLUMNS), dtype=np.int32),
        np.empty((1 << 10, 1), dtype=np.int64),  # arrivals: day << 32 | row of the shipment
        np.empty(
            (1 << 10, QUEUE_COLUMNS), dtype=np.int64
        ),  # waiting: place, child or −1, pieces, order, day
    )
    blank = np.zeros((3, locations), dtype=np.int64)
    shelf = _Shelf(blank[0], blank[1], blank[2])
    at = np.zeros(4, dtype=np.int64)
    state = np.zeros(1, dtype=np.uint64)
    for part in range(parts):
        state[0] = np.uint64(seed) * np.uint64(0x2545F4914F6CDD1D) + np.uint64(part)
        for place in range(locations):
            shelf.on_hand[place] = opening[part, place]
            shelf.on_order[place] = shelf.owed[place] = 0
        at[COMING] = at[WAITING] = look = 0
        next_row, end = start[part], start[part + 1]
        while True:
            now = min(day[next_row], last + 1) if next_row < end else last + 1
            if at[COMING]:
                now = min(now, books[1][0, 0] >> 32)
            while look < len(looks) and looks[look] < now:
                for place in range(locations):
                    item = part * locations + place
                    seen[0, look, item] = shelf.on_hand[place]
                    seen[1, look, item] = shelf.on_order[place]
                    seen[2, look, item] = shelf.owed[place]
                look += 1
            if now > last:
                break
            first = next_row
            while next_row < end and day[next_row] == now:
                next_row += 1
            books = _with_room(books, at, next_row - first, locations)
            _receive(shelf, books, at, now)
            _serve_the_waiting(shelf, books, at, part, now, ways, state)
            for row in range(first, next_row):
                _hand_over(shelf, books, at, location[row], -1, pieces[row], -1, now)
            _order(shelf, books, at, part, policy, now, ways, state)
        books = _with_room(books, at, 0, locations)
        _leave_open(books, at, part)
    return books[0][: at[SHIPPED]], seen
