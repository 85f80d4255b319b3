"""What a site lacks when all orders that reach its depot are batches of Q, compiled.

Looking back over the depot's lead time, all orders before the n-th have been handed out, n the
batches that its base stock fills (the last in part). A site's **phase** is what it was asked for
since its own last order, k = 0 … Q − 1. Three things can be:

- **in time**: fewer than n orders came. The site lacks its phase and the demand of the transport.
- **late**: the n-th came W days ago, another's. The site lacks the phase it had then and the
  demand of W days and the transport.
- **own**: the n-th was its own. What that order has beyond the base stock takes the phase's place.

A phase is uniform at any given time, but not given which of the three it is. With D(l) the pieces
asked of the site and O(l) the others' orders in the first l days of the lead time L,

    Q P(in time, phase k) = P(D(L) + Q O(L) ≤ (n − 1) Q + k)
    Q P(own, from phase k) = κ(k) = ∫ μ P(D(l) + Q O(l) = (n − 1) Q + k) dl,   0 ≤ l ≤ L
    Q P(late, phase k) = 1 − both

exactly for single pieces that come as a Poisson stream; else D and O are laws of two moments. Of
the phases the chance and the mean are kept (a straight line over 0 … Q − 1), of W two moments.
"""

import numpy as np
from numba import njit

from inventory.count_laws.kernels import add_count, count_window
from inventory.demand import Floats, Ints
from inventory.echelons.kernels import DELAY_PARTS, DELAY_WEIGHTS

ORDERS_FEW = 1e-9  # others' orders in a lead time that count as none
NEVER = 1e-6  # chance of a delay below which the delays that there are cannot be told
# chance of being in time, its tilt; chance of being late by another's order, its tilt;
# mean and variance of what is asked for while late
Chances = tuple[float, float, float, float, float, float]


@njit(cache=True, nogil=True, error_model="numpy")
def write_windows(
    mean: float, variance: float, quantity: int, law: Floats, windows: Floats
) -> tuple[int, int]:
    """Sums of the law of D over windows of Q pieces, nQ … nQ + Q − 1.

    Rows of `windows`: the average of P(D ≤ nQ + k) and its tilt, the average of P(D = nQ + k) and
    its tilt; the tilt weighs each by k − (Q − 1)/2. Returns the first n and how many there are, or
    the room needed with a sign.
    """
    base, rows = count_window(mean, variance)
    if rows + 2 * quantity > len(law):
        return 0, -(rows + 2 * quantity)
    law[: rows + 2 * quantity] = 0.0
    first = base // quantity
    skipped = base - first * quantity
    rows = skipped + add_count(mean, variance, 1.0, law[skipped:], base, rows)
    count = -(-rows // quantity)
    at_most = 0.0
    for n in range(count):
        found, found_tilt, by_now, by_now_tilt = 0.0, 0.0, 0.0, 0.0
        for k in range(quantity):
            chance = law[n * quantity + k]
            at_most += chance
            found += chance
            found_tilt += (k - (quantity - 1) / 2.0) * chance
            by_now += at_most
            by_now_tilt += (k - (quantity - 1) / 2.0) * at_most
        windows[0, n] = by_now / quantity
        windows[1, n] = by_now_tilt / quantity
        windows[2, n] = found / quantity
        windows[3, n] = found_tilt / quantity
    return first, count


@njit(cache=True, nogil=True, error_model="numpy")
def orders_variance(mean: float, quantity: int, first: int, count: int, windows: Floats) -> float:
    """Variance of the site's own orders, from P(orders ≤ n), the first row of `windows`."""
    square = float(first) * first
    for n in range(count):
        square += (2.0 * (first + n) + 1.0) * (1.0 - windows[0, n])
    return max(0.0, square - (mean / quantity) ** 2)


@njit(cache=True, nogil=True, error_model="numpy")
def write_phases(
    rate: float,
    variance_per_day: float,
    days: float,
    mean: float,
    linear: float,
    rest: float,
    added: Floats,
    quantity: int,
    room: Floats,
    phases: Floats,
) -> int:
    """Write the chances of a site by n = 1, 2, … batches that its depot's base stock fills.

    `rate` and `variance_per_day` are of what the site asks of its depot; `days`, `mean`, `linear`,
    `rest` and `added` are those of the depot's orders as in `write_waits`. Rows of `phases`: chance
    of being in time, its tilt Σ (k − (Q − 1)/2) P(in time, phase k), chance that its own order is
    the late one, tilt of being late by another's. `room` is scratch of six rows. Returns 0, or the
    length that `room` would need.
    """
    phases[:] = 0.0
    share = rate * days / mean
    for part in range(len(DELAY_PARTS)):
        x = DELAY_PARTS[part]
        is_whole = part == len(DELAY_PARTS) - 1
        weight = DELAY_WEIGHTS[part] * days * rate
        mine = rate * days * x
        varies = variance_per_day * days * x + share**2 * rest * x * x
        first, count = write_windows(mine, varies, quantity, room[0], room[2:])
        if count < 0:
            return -count
        orders = (mean * x - mine) / quantity
        spread = (linear * x + rest * x * x + added[part]) / quantity**2
        spread -= orders_variance(mine, quantity, first, count, room[2:])
        if orders <= ORDERS_FEW:
            orders, spread = 0.0, 0.0
        base, rows = count_window(orders, max(spread, 0.0))
        if rows > room.shape[1]:
            return rows
        law = room[1]
        law[:rows] = 0.0
        rows = add_count(orders, max(spread, 0.0), 1.0, law, base, rows)
        passed = 0.0  # P(others' orders ≤ n − first − count)
        for n in range(phases.shape[1]):
            low = max(n - first - count + 1, base)
            high = min(n - first, base + rows - 1)
            if is_whole and base < low <= base + rows:
                passed += law[low - 1 - base]
            phases[0, n] += passed if is_whole else 0.0
            for others in range(low, high + 1):
                chance, mine_at = law[others - base], n - others - first
                if is_whole:
                    phases[0, n] += chance * room[2, mine_at]
                    phases[1, n] += chance * room[3, mine_at]
                else:
                    phases[2, n] += weight * chance * room[4, mine_at]
                    phases[3, n] -= weight * chance * room[5, mine_at]
    for n in range(phases.shape[1]):
        phases[0, n] = min(phases[0, n], 1.0)
        phases[2, n] = min(phases[2, n], 1.0 - phases[0, n])
        phases[3, n] -= phases[1, n]
    return 0


@njit(cache=True, nogil=True, error_model="numpy")
def chances_behind(
    share: float,
    rate: float,
    variance_per_day: float,
    days: float,
    quantity: int,
    lowest: int,
    waits: Floats,
    first: int,
    batch: int,
    phases: Floats,
    own: Floats,
) -> Chances:
    """What can be behind a depot, averaged over its `batch` base stock levels.

    `lowest`, `waits` and `first` as in `waiting_behind_batches`, `days` and `phases` as in
    `write_phases`. Fills `own`: the chance that the site's own order is the late one, by what it
    has beyond the base stock. Where the depot's own batch is no smaller than the site's, these are
    as good as a phase too, and are counted with the late.
    """
    own[:quantity] = 0.0
    middle = (quantity - 1) / 2.0
    in_time, early_tilt, late, late_tilt, mean, square = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for j in range(first, first + batch):
        level = lowest + j
        chance, wait, waited = 1.0, waits[1, j], waits[2, j]
        if level > 0:
            n = (level - 1) // quantity
            chance = 1.0 - phases[0, n]
            # the wait of what is late; the laws of parts of a lead time may have the longer tails
            ever = waits[0, j]
            wait = min(wait / ever, days) if ever > NEVER else 0.0
            waited = min(waited / ever, days * wait) if ever > NEVER else 0.0
            wait, waited = chance * wait, chance * waited
            in_time += phases[0, n]
            early_tilt += phases[1, n]
            late_tilt += phases[3, n]
            own[(-level) % quantity] += phases[2, n] / batch
        found = rate * wait - share * min(level, 0)
        mean += found
        square += variance_per_day * wait + rate * rate * waited
        if level < 0:  # pieces owed before the window opened
            square += -share * (1.0 - share) * level + share * share * level * level
            square -= 2.0 * rate * wait * share * level
        late += chance
    in_time, early_tilt = in_time / batch, early_tilt / batch
    late, late_tilt = late / batch, late_tilt / batch
    if late > 0.0:
        mean, square = mean / batch / late, square / batch / late
    for beyond in range(quantity):
        if batch >= quantity:
            late_tilt += own[beyond] * (beyond - middle)
            own[beyond] = 0.0
        else:
            late -= own[beyond]
    late = max(late, 0.0)
    far = (quantity + 1) / 6.0  # a straight line tilted further would be below nothing
    early_tilt = min(max(early_tilt, -far * in_time), far * in_time)
    late_tilt = min(max(late_tilt, -far * late), far * late)
    return in_time, early_tilt, late, late_tilt, mean, max(square - mean * mean, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def waiting_of(chances: Chances, quantity: int, own: Floats) -> float:
    """What waits for the site on average, pieces: what it lacks beyond transport and (Q − 1)/2."""
    _, early_tilt, late, late_tilt, mean, _ = chances
    found = early_tilt + late * mean + late_tilt
    for beyond in range(quantity):
        found += own[beyond] * (mean + beyond - (quantity - 1) / 2.0)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def add_with_phase(
    chance: float, tilt: float, quantity: int, law: Floats, rows: int, to: Floats
) -> None:
    """Add a law with a phase of this chance and tilt on top; `to` starts where `law` does."""
    slope = 12.0 * tilt / (quantity * (quantity * quantity - 1.0))
    level = chance / quantity - slope * (quantity - 1) / 2.0
    whole = by_phase = 0.0  # Σ law[x − k] and Σ k law[x − k] over k < Q
    for x in range(rows + quantity - 1):
        leaving = law[x - quantity] if x >= quantity else 0.0
        by_phase += whole - quantity * leaving
        whole += (law[x] if x < rows else 0.0) - leaving
        to[x] += max(level * whole + slope * by_phase, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def write_lack(
    chances: Chances, quantity: int, own: Floats,
    early: Floats, early_base: int, early_rows: int,
    late: Floats, late_base: int, late_rows: int, lack: Floats,
) -> tuple[int, int]:  # fmt: skip
    """Write the law of what a site lacks of its highest position R + Q; return base and rows.

    `early` and `late` are the laws of the demand of the transport alone and of the transport and
    the delay. Returns a negative number of rows where `lack` is too short.
    """
    base = min(early_base, late_base)
    rows = max(early_base + early_rows, late_base + late_rows) - base + quantity - 1
    if rows > len(lack):
        return base, -rows
    lack[:rows] = 0.0
    in_time, early_tilt, is_late, late_tilt, _, _ = chances
    if in_time > 0.0:
        add_with_phase(
            in_time, early_tilt, quantity, early, early_rows, lack[early_base - base :]
        )  # fmt: skip
    if is_late > 0.0:
        add_with_phase(is_late, late_tilt, quantity, late, late_rows, lack[late_base - base :])
    for beyond in range(quantity):
        if own[beyond] > 0.0:
            for x in range(late_rows):
                lack[late_base - base + x + beyond] += own[beyond] * late[x]
    return base, rows


@njit(cache=True, nogil=True, error_model="numpy")
def behind_alike(parent: Ints, lump: Ints, order_quantity: Ints) -> Ints:
    """By item, 1 where it is a site of two echelons whose depot serves batches of its Q alone.

    Of further echelons a depot's own delay is known by two moments only; there the sites' is too.
    """
    deep = np.zeros(len(parent), np.int64)
    found = np.zeros(len(parent), np.int64)
    for i in range(len(parent)):
        if parent[i] >= 0 and parent[parent[i]] >= 0:
            deep[parent[parent[i]]] = 1
    for i in range(len(parent)):
        above = parent[i]
        if above >= 0 and parent[above] < 0 and deep[above] == 0 and order_quantity[i] > 1:
            found[i] = 1 if lump[above] == order_quantity[i] else 0
    return found
