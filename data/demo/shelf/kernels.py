"""Part by part: what its requests, orders, shipments and deliveries do to its shelves, day by day.

Locations are numbered from the top: a parent stands before its children. A shipment is a row
(order, part, location, pieces, ordered_on, promised_on, received_on); days beyond the last one
are still under way, and −1 means that the parent has nothing to send yet.
"""

from typing import Any

import numpy as np
from numba import njit

SHIPMENT_COLUMNS = 7
UNKNOWN = -1


@njit(cache=True, nogil=True)
def rows_by_part(part: Any, parts: int) -> Any:
    """(start, rows): the rows of part p, in their order, are `rows[start[p]:start[p + 1]]`."""
    start = np.zeros(parts + 1, dtype=np.int64)
    for row in range(len(part)):
        start[part[row] + 1] += 1
    start = np.cumsum(start)
    fill = start[:-1].copy()
    rows = np.empty(len(part), dtype=np.int64)
    for row in range(len(part)):
        rows[fill[part[row]]] = row
        fill[part[row]] += 1
    return start, rows


@njit(cache=True, nogil=True)
def monthly_moments(
    start: Any, rows: Any, location: Any, month: Any, pieces: Any, parent: Any, months: int
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
        total[:] = 0.0
        for at in range(start[part], start[part + 1]):
            row = rows[at]
            if 0 <= month[row] < months:
                place = location[row]
                while place >= 0:
                    requests[part, place] += 1
                    total[place, month[row]] += pieces[row]
                    place = parent[place]
        for place in range(locations):
            mean[part, place] = total[place].mean()
            sd[part, place] = total[place].std()
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
    while at > 0 and heap[(at - 1) // 2] > key:
        heap[at] = heap[(at - 1) // 2]
        at = (at - 1) // 2
    heap[at] = key
    return size + 1


@njit(cache=True, nogil=True)
def _pop(heap: Any, size: int) -> int:
    """Take the smallest key, heap[0], off the heap."""
    size -= 1
    key, at = heap[size], 0
    while 2 * at + 1 < size:
        child = 2 * at + 1
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = key
    return size


@njit(cache=True, nogil=True)
def _roomy(table: Any, used: int, needed: int) -> Any:
    """`table`, or a copy twice as long when fewer than `needed` rows are free."""
    while used + needed > len(table):
        table = np.concatenate((table, np.empty_like(table)))
    return table


@njit(cache=True, nogil=True)
def _send(
    row: Any, order: int, part: int, place: int, count: int, ordered: int, now: int,
    mean: float, sd: float, state: Any,
) -> int:  # fmt: skip
    """Write one shipment that leaves today; the day of its arrival."""
    arrival = now + _skewed_days(mean, sd, state)
    row[0], row[1], row[2], row[3], row[4] = order, part, place, count, ordered
    row[5], row[6] = now + int(mean + 0.9 * sd + 0.5), arrival
    return arrival


@njit(cache=True, nogil=True)
def play(
    seed: int,
    start: Any,
    rows: Any,
    day: Any,
    location: Any,
    pieces: Any,
    parent: Any,
    policy: Any,
    opening: Any,
    lane_days: Any,
    supply_days: Any,
    looks: Any,
) -> Any:
    """(shipments, seen) of all parts; `seen` holds on hand, on order and backorders by look, item.

    Each evening every location orders by its policy (`policy[0]` reorder points, `policy[1]` order
    quantities, by part and location); a parent ships what it has, first come, first served.
    `lane_days` and `supply_days` are (mean, standard deviation) by location and by part. `looks`
    are the days after whose evening stock is written down; the last one ends the play.
    """
    parts, locations = len(start) - 1, len(parent)
    seen = np.zeros((3, len(looks), parts * locations), dtype=np.int32)
    shipments = np.empty((1 << 14, SHIPMENT_COLUMNS), dtype=np.int32)
    shipped, orders, last = 0, 0, looks[-1]
    on_hand = np.zeros(locations, dtype=np.int64)
    on_order = np.zeros(locations, dtype=np.int64)
    owed = np.zeros(locations, dtype=np.int64)
    heap = np.empty(1 << 10, dtype=np.int64)  # day << 32 | row of the shipment
    queue = np.empty((1 << 10, 5), dtype=np.int64)  # owing place, child or −1, pieces, order, day
    state = np.zeros(1, dtype=np.uint64)
    for part in range(parts):
        state[0] = np.uint64(seed) * np.uint64(0x2545F4914F6CDD1D) + np.uint64(part)
        on_hand[:] = opening[part]
        on_order[:] = 0
        owed[:] = 0
        size, waiting, look, at, end = 0, 0, 0, start[part], start[part + 1]
        while True:
            now = last + 1
            if at < end:
                now = min(now, day[rows[at]])
            if size:
                now = min(now, heap[0] >> 32)
            while look < len(looks) and looks[look] < now:
                item = part * locations
                seen[0, look, item : item + locations] = on_hand
                seen[1, look, item : item + locations] = on_order
                seen[2, look, item : item + locations] = owed
                look += 1
            if now > last:
                break
            busy = waiting + 2 * locations + 2
            shipments = _roomy(shipments, shipped, busy)
            heap = _roomy(heap, size, busy)
            while size and heap[0] >> 32 == now:  # deliveries
                row = heap[0] & 0xFFFFFFFF
                size = _pop(heap, size)
                place = shipments[row, 2]
                on_order[place] -= shipments[row, 3]
                on_hand[place] += shipments[row, 3]
            kept = 0
            for line in range(waiting):  # who waits is served in turn
                place, child = queue[line, 0], queue[line, 1]
                count = min(on_hand[place], queue[line, 2])
                if count:
                    on_hand[place] -= count
                    owed[place] -= count
                    queue[line, 2] -= count
                    if child >= 0:
                        arrival = _send(
                            shipments[shipped], queue[line, 3], part, child, count, queue[line, 4],
                            now, lane_days[0, child], lane_days[1, child], state,
                        )  # fmt: skip
                        size = _push(heap, size, (arrival << 32) | shipped)
                        shipped += 1
                if queue[line, 2]:
                    queue[kept] = queue[line]
                    kept += 1
            waiting = kept
            while at < end and day[rows[at]] == now:  # customers
                place, count = location[rows[at]], pieces[rows[at]]
                served = min(on_hand[place], count)
                on_hand[place] -= served
                if served < count:
                    queue = _roomy(queue, waiting, locations + 1)
                    owed[place] += count - served
                    queue[waiting] = place, -1, count - served, -1, now
                    waiting += 1
                at += 1
            queue = _roomy(queue, waiting, locations + 1)
            for place in range(locations - 1, -1, -1):  # orders of the evening
                short = (
                    policy[0, part, place] + 1 - (on_hand[place] + on_order[place] - owed[place])
                )
                if short <= 0:
                    continue
                batch, above = policy[1, part, place], parent[place]
                wanted = (short + batch - 1) // batch * batch
                on_order[place] += wanted
                count, mean, sd = wanted, supply_days[0, part], supply_days[1, part]
                if above >= 0:
                    count, mean, sd = (
                        min(wanted, on_hand[above]),
                        lane_days[0, place],
                        lane_days[1, place],
                    )
                    on_hand[above] -= count
                    owed[above] += wanted - count
                    if count < wanted:
                        queue[waiting] = above, place, wanted - count, orders, now
                        waiting += 1
                if count:
                    arrival = _send(
                        shipments[shipped], orders, part, place, count, now, now, mean, sd, state
                    )
                    size = _push(heap, size, (arrival << 32) | shipped)
                    shipped += 1
                orders += 1
        shipments = _roomy(shipments, shipped, waiting)
        for line in range(waiting):
            if queue[line, 1] >= 0:
                row = shipments[shipped]
                row[0], row[1], row[2] = queue[line, 3], part, queue[line, 1]
                row[3], row[4], row[5], row[6] = queue[line, 2], queue[line, 4], UNKNOWN, UNKNOWN
                shipped += 1
    return shipments[:shipped], seen
