"""The law of a site whose depot serves batches of one size alone, compiled.

`inventory.echelons.batches` says what it is made of. What does not depend on the depot's level is
found once by site: its law when nothing is late, and the chances of being late by batches that the
depot holds.
"""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from inventory.echelons.batches.kernels import chances_behind, waiting_of, write_lack, write_phases
from inventory.lead_time_demand.kernels import lead_time_moments, write_law
from inventory.levels.kernels import write_shortfalls, write_tails

Stream = tuple[Floats, Floats, Floats, Ints, Ints, Floats]
Lead = tuple[Floats, Floats, Floats]
# law when nothing is late: chances, base, rows, mean; phases; scratch for orders of its own
Site = tuple[Floats, int, int, float, Floats, Floats]


@njit(cache=True, nogil=True)
def write_item_law(
    i: int, arriving: Stream, leads: Lead, waiting_mean: float, waiting_variance: float,
    further: int, scratch: Floats,
) -> tuple[Floats, int, int, float, float]:  # fmt: skip
    """The law of item i, with room for so many `further` rows.

    Returns scratch (longer if need be), base, rows, E[X] and Var(X).
    """
    own = arriving[4][arriving[3][i] : arriving[3][i + 1]]
    own_share = arriving[5][arriving[3][i] : arriving[3][i + 1]]
    while True:
        base, rows, mean, variance = write_law(
            arriving[0][i], arriving[1][i], arriving[2][i], own, own_share,
            leads[0][i], leads[1][i], leads[2][i], waiting_mean, waiting_variance,
            scratch[0], scratch[1],
        )  # fmt: skip
        needed = abs(rows) + further
        if rows > 0 and needed <= scratch.shape[1]:
            return scratch, base, rows, mean, variance
        scratch = np.empty((6, needed + needed // 4))


@njit(cache=True, nogil=True)
def write_rates(i: int, asked: Stream, rows: int, scratch: Floats) -> None:
    """Tails of the law in `scratch`, and shortfalls of requests as item i's customers make them."""
    sizes = asked[4][asked[3][i] : asked[3][i + 1]]
    shares = asked[5][asked[3][i] : asked[3][i + 1]]
    largest = sizes[-1]
    write_tails(scratch[0], rows, largest, scratch[2], scratch[3])
    if largest > 1:
        last = rows + 2 * largest - 1
        write_shortfalls(
            largest, last, sizes, shares, scratch[2], scratch[3], scratch[4], scratch[5]
        )  # fmt: skip


@njit(cache=True, nogil=True)
def no_site() -> Site:
    """Nothing known of any site."""
    return np.empty(0), 0, 0, 0.0, np.empty((4, 0)), np.empty(0)


@njit(cache=True, nogil=True)
def asked_of_depot(i: int, above: int, arriving: Stream, share: float) -> tuple[float, float]:
    """Pieces a day that site i asks of its depot, and their variance per day."""
    rate = share * arriving[0][above]
    return rate, arriving[1][i] * rate / max(arriving[0][i], rate, 1e-300)


@njit(cache=True, nogil=True)
def site_of(
    i: int, above: int, arriving: Stream, leads: Lead, share: float, batches: Floats,
    quantity: int, highest: int, scratch: Floats,
) -> tuple[Floats, Site]:  # fmt: skip
    """What is found once for site i, its depot's base stock being `highest` at most.

    `batches` is what orders add to parts of the depot's lead time. Returns scratch too, longer if
    need be.
    """
    rate, sent = asked_of_depot(i, above, arriving, share)
    days = leads[0][above] + leads[2][above] / 2.0
    mean, variance = lead_time_moments(
        arriving[0][above], arriving[1][above], arriving[2][above],
        leads[0][above], leads[1][above], leads[2][above],
    )  # fmt: skip
    linear = arriving[1][above] * days
    phases = np.empty((4, max(-(-highest // quantity), 1)))
    while True:
        short = write_phases(
            rate, sent, days, mean, linear, variance - linear, batches, quantity, scratch, phases
        )
        if short == 0:
            break
        scratch = np.empty((6, 2 * short))
    scratch, base, rows, early, _ = write_item_law(i, arriving, leads, 0.0, 0.0, 0, scratch)
    return scratch, (scratch[0, :rows].copy(), base, rows, early, phases, np.empty(quantity))


@njit(cache=True, nogil=True)
def write_site_law(
    i: int, above: int, arriving: Stream, asked: Stream, leads: Lead, share: float, quantity: int,
    lowest: int, late: Floats, first: int, batch: int, site: Site, scratch: Floats,
) -> tuple[Floats, int, int, float]:  # fmt: skip
    """Write all that site i lacks of R + Q, and its rates, behind `batch` levels of its depot.

    `late`, `lowest` and `first` as in `waiting_behind_batches`. Returns scratch (longer if need
    be), base and rows of the law, and what waits on average.
    """
    early, early_base, early_rows, _, phases, own = site
    rate, sent = asked_of_depot(i, above, arriving, share)
    days = leads[0][above] + leads[2][above] / 2.0
    chances = chances_behind(
        share, rate, sent, days, quantity, lowest, late, first, batch, phases, own
    )  # fmt: skip
    further = 2 * asked[4][asked[3][i + 1] - 1] + 2
    scratch, base, rows, _, _ = write_item_law(
        i, arriving, leads, chances[4], chances[5], further, scratch
    )
    span = max(early_base + early_rows, base + rows) - min(early_base, base) + quantity + further
    if span > scratch.shape[1]:
        wide = np.empty((6, span + span // 4))
        wide[0, :rows] = scratch[0, :rows]
        scratch = wide
    base, rows = write_lack(
        chances, quantity, own, early, early_base, early_rows, scratch[0], base, rows, scratch[1]
    )
    scratch[0, :rows] = scratch[1, :rows]
    write_rates(i, asked, rows, scratch)
    return scratch, base, rows, waiting_of(chances, quantity, own)
