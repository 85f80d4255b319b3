"""Compiled search for the cheapest order quantity of each item."""

import numpy as np
from numba import njit

from inventory.demand import Floats, Ints
from inventory.lead_time_demand.kernels import write_law


@njit(cache=True, nogil=True)
def cheapest_quantities(
    demand_per_day: Floats,
    variance_per_day: Floats,
    rate_variance: Floats,
    size_start: Ints,
    pieces: Ints,
    share: Floats,
    review_days: Floats,
    ordering_cost: Floats,
    holding_per_day: Floats,
    smallest: Ints,
    multiple: Ints,
) -> Ints:
    """The allowed quantity (`smallest`, + `multiple`, …) of least cost, by item."""
    chosen = smallest.copy()
    scratch = np.empty((2, 1024))
    for item in range(len(chosen)):
        if ordering_cost[item] * demand_per_day[item] * holding_per_day[item] <= 0.0:
            continue
        sizes = pieces[size_start[item] : size_start[item + 1]]
        shares = share[size_start[item] : size_start[item + 1]]
        if review_days[item] > 0.0:
            while True:
                base, rows, _, _ = write_law(
                    demand_per_day[item], variance_per_day[item], rate_variance[item],
                    sizes, shares, review_days[item], 0.0, 0.0, 0.0, 0.0, scratch[0], scratch[1],
                )  # fmt: skip
                if rows > 0:
                    break
                scratch = np.empty((2, -2 * rows))
            law, orders_per_day = scratch[0], ordering_cost[item] / review_days[item]
        else:
            base, rows = 0, sizes[-1] + 1
            if rows > scratch.shape[1]:
                scratch = np.empty((2, 2 * rows))
            law, mean_size = scratch[0], 0.0
            law[:rows] = 0.0
            for at in range(len(sizes)):
                law[sizes[at]] = shares[at]
                mean_size += shares[at] * sizes[at]
            orders_per_day = ordering_cost[item] * demand_per_day[item] / mean_size
        chosen[item] = cheapest_quantity(
            law, base, rows, orders_per_day, holding_per_day[item] / 2, smallest[item],
            multiple[item],
        )  # fmt: skip
    return chosen


@njit(cache=True, nogil=True)
def cheapest_quantity(
    law: Floats,
    base: int,
    rows: int,
    per_order: float,
    per_piece: float,
    smallest: int,
    multiple: int,
) -> int:
    """Least per_order · E[min(D, Q)] / Q + per_piece · Q over the allowed quantities.

    `law[x − base]` is P(D = x). Up to the largest demand every quantity is tried; from there on
    E[min(D, Q)] = E[D], the cost is convex, and its two allowed neighbours of the root suffice. The
    search ends early where holding alone costs more than the best found.
    """
    whole, mass = 0.0, 0.0  # Σ x P(D = x) and P(D ≤ Q), built up as Q grows
    best, best_quantity = np.inf, smallest
    largest = base + rows - 1
    quantity, seen = smallest, base
    while True:
        while seen <= min(quantity, largest):
            whole += seen * law[seen - base]
            mass += law[seen - base]
            seen += 1
        served = whole + quantity * max(0.0, 1.0 - mass) if quantity < largest else whole
        cost = per_order * served / quantity + per_piece * quantity
        if cost < best:
            best, best_quantity = cost, quantity
        if quantity >= largest or per_piece * quantity >= best:
            break
        quantity += multiple
    if quantity >= largest:
        root = np.sqrt(per_order * whole / per_piece)
        steps = max(0, int((root - smallest) / multiple))
        for near in range(steps, steps + 2):
            quantity = smallest + near * multiple
            cost = per_order * whole / quantity + per_piece * quantity
            if quantity >= largest and cost < best:
                best, best_quantity = cost, quantity
    return best_quantity
