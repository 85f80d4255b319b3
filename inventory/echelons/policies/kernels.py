"""Measures of every item of a network at its policy, compiled: the walk from the roots down."""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from inventory.echelons.batches.kernels import (
    Chances,
    behind_alike,
    chances_behind,
    waiting_of,
    write_lack,
    write_phases,
)
from inventory.echelons.kernels import (
    share_of_backorders,
    waiting_behind_batches,
    write_waits,
)
from inventory.levels.kernels import (
    Leads,
    Sizes,
    Stream,
    add_level,
    excess_at,
    measure_item,
    squared_backorders,
    write_item,
    write_shortfalls,
    write_tails,
)

# by item: mean, variance, its parts linear and square in the lead time, and its days
Orders = tuple[Floats, Floats, Floats, Floats]


@njit(cache=True, nogil=True, error_model="numpy")
def network_measures_of(
    stream: Stream, arriving: Sizes, asked: Sizes, leads: Leads,
    parent: Ints, share: Floats, batches: Floats, lump: Ints, order: Ints, poisson: bool,
    reorder_point: Ints, order_quantity: Ints,
) -> Floats:  # fmt: skip
    """Measures of every item at its policy, parents first (`order`); rows as in `measure_item`.

    A parent's backorders reach a child in proportion to its `share` of what the parent serves, or,
    where children order in batches (`lump` above 0, `batches` as `batch_variances` gives them), as
    its delay. `poisson` takes the variance of what waits for its mean (METRIC).
    """
    items = len(order_quantity)
    found = np.zeros((9, items))
    waiting = (np.zeros(items), np.zeros(items))
    orders = (np.zeros(items), np.zeros(items), np.zeros(items), np.zeros(items))
    behind = np.zeros(items + 1, np.int64)  # where the delays at a parent stand
    for i in range(items):
        behind[i + 1] = behind[i] + (order_quantity[i] if lump[i] > 0 else 0)
    waits = np.zeros((3, behind[items]))
    alike = behind_alike(parent, lump, order_quantity)
    scratch, room = np.empty((6, 1024)), np.empty((6, 1024))
    own = np.empty(max(order_quantity.max(), 1) if items > 0 else 1)
    for i in order:
        above = parent[i]
        if above >= 0 and lump[above] > 0:
            rate = share[i] * stream[0][above]
            sent = stream[1][i] * rate / max(stream[0][i], rate, 1e-300)
            lowest = reorder_point[above] + 1 - behind[above]
            if alike[i]:
                chances, room = chances_of(
                    share[i], rate, sent, order_quantity[i], lowest, waits, behind[above],
                    order_quantity[above], above, orders, batches, own, room,
                )  # fmt: skip
                scratch = measure_site(
                    i, stream, arriving, asked, leads, waiting,
                    reorder_point[i], order_quantity[i], chances, own, scratch, found,
                )  # fmt: skip
                continue
            waiting[0][i], waiting[1][i] = waiting_behind_batches(
                share[i], rate, sent, order_quantity[i], lump[above], lowest,
                waits, behind[above], order_quantity[above],
            )  # fmt: skip
        elif above >= 0:
            waiting[0][i], waiting[1][i] = share_of_backorders(
                share[i], found[0, above], found[0, above] if poisson else found[7, above]
            )
        if lump[i] > 0:
            waiting[1][i] += batches[i, -1]
        scratch = measure_item(
            i, stream, arriving, asked, leads, waiting,
            reorder_point[i], order_quantity[i], scratch, found,
        )  # fmt: skip
        if lump[i] > 0:
            days = leads[0][i] + leads[2][i] / 2.0
            linear = stream[1][i] * days
            rest = found[6, i] - linear - batches[i, -1]
            orders[0][i], orders[1][i], orders[2][i], orders[3][i] = found[5, i], linear, rest, days
            short = len(scratch[1])
            while short > 0:  # parts of the lead time may need more room than the whole of it
                if short > scratch.shape[1]:
                    scratch = np.empty((6, 2 * short))
                short = write_waits(
                    days, found[5, i], linear, rest, batches[i], lump[i],
                    reorder_point[i] + 1, scratch[1], waits[:, behind[i] : behind[i + 1]],
                )  # fmt: skip
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def chances_of(
    share: float, rate: float, sent: float, quantity: int, lowest: int, waits: Floats, first: int,
    batch: int, above: int, orders: Orders, batches: Floats, own: Floats, room: Floats,
) -> tuple[Chances, Floats]:  # fmt: skip
    """What can be behind a depot whose sites order alike; scratch too, longer if need be."""
    phases = np.empty((4, max(-(-(lowest + first + batch - 1) // quantity), 1)))
    while True:
        short = write_phases(
            rate, sent, orders[3][above], orders[0][above], orders[1][above], orders[2][above],
            batches[above], quantity, room, phases,
        )  # fmt: skip
        if short == 0:
            break
        room = np.empty((6, 2 * short))
    found = chances_behind(
        share, rate, sent, orders[3][above], quantity, lowest, waits, first, batch, phases, own
    )  # fmt: skip
    return found, room


@njit(cache=True, nogil=True, error_model="numpy")
def measure_site(
    i: int, stream: Stream, arriving: Sizes, asked: Sizes, leads: Leads,
    waiting: tuple[Floats, Floats], reorder_point: int, quantity: int, chances: Chances,
    own: Floats, scratch: Floats, found: Floats,
) -> Floats:  # fmt: skip
    """Write the measures of a site to column i of `found`; return the scratch.

    Cycles, which open where the position is lowest, are told by two moments of what is lacked.
    """
    waiting[0][i], waiting[1][i] = 0.0, 0.0
    scratch, early_base, early_rows, _, early_variance = write_item(
        i, stream, arriving, asked, leads, waiting, scratch
    )
    early = scratch[0, :early_rows].copy()
    waiting[0][i], waiting[1][i] = chances[4], chances[5]
    scratch, base, rows, _, _ = write_item(i, stream, arriving, asked, leads, waiting, scratch)
    late = scratch[0, :rows].copy()
    lack = np.empty(max(early_base + early_rows, base + rows) - min(early_base, base) + quantity)
    base, rows = write_lack(
        chances, quantity, own, early, early_base, early_rows, late, base, rows, lack
    )
    mean = square = 0.0
    for row in range(rows):
        mean += lack[row] * row
        square += lack[row] * row * row
    spread = square - mean * mean - (quantity * quantity - 1.0) / 12.0
    waiting[0][i] = waiting_of(chances, quantity, own)
    waiting[1][i] = spread - early_variance
    scratch = measure_item(
        i, stream, arriving, asked, leads, waiting, reorder_point, quantity, scratch, found
    )
    return measure_lack(i, asked, reorder_point + quantity, base, rows, lack, scratch, found)


@njit(cache=True, nogil=True, error_model="numpy")
def measure_lack(
    i: int, asked: Sizes, level: int, base: int, rows: int, lack: Floats,
    scratch: Floats, found: Floats,
) -> Floats:  # fmt: skip
    """Write to column i of `found` what follows from all that is lacked of one base stock level.

    `lack` includes what the position lacks of its highest, so that no batch is averaged over.
    Cycles and the moments of X stay as they are.
    """
    sizes = asked[1][asked[0][i] : asked[0][i + 1]]
    shares = asked[2][asked[0][i] : asked[0][i + 1]]
    largest = sizes[-1]
    if rows + 2 * largest + 2 > scratch.shape[1]:
        scratch = np.empty((6, 2 * (rows + 2 * largest + 2)))
    write_tails(lack, rows, largest, scratch[2], scratch[3])
    j = level - base + largest
    if largest > 1:
        at = min(max(j, largest), rows + 2 * largest - 1)
        write_shortfalls(at, at, sizes, shares, scratch[2], scratch[3], scratch[4], scratch[5])
    sums = np.zeros(4)
    add_level(sums, 1.0, j, rows, largest, scratch)
    found[0, i] = sums[0]
    for k in range(1, 4):
        found[k, i] = min(1.0, sums[k])
    found[7, i] = max(0.0, squared_backorders(level - 1, 1, base, rows, lack) - sums[0] ** 2)
    added = excess_at(level + 1, base, rows, largest, scratch[2])
    found[8, i] = excess_at(level, base, rows, largest, scratch[2]) - added
    return scratch
