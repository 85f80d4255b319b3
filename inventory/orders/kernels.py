"""Pieces of a review period that one order can hold, compiled.

Only the chances of fewer pieces than one order holds are needed, and what is left of them is
counted from 1 − P(D = 0), so that nothing cancels where requests are rare.
"""

import numpy as np
from numba import njit

from inventory.count_laws.kernels import LOWEST_LOG, NEGLIGIBLE, recursion, spread_of
from inventory.demand import Floats, Ints
from inventory.lead_time_demand.kernels import (
    MOST_STEPS,
    add_compound,
    requests_spread,
    size_moments,
    write_law,
)

Stream = tuple[Floats, Floats, Floats]  # μ, σ², ω² by item
Sizes = tuple[Ints, Ints, Floats]  # start, pieces, share


@njit(cache=True, nogil=True, error_model="numpy")
def within_singles(mean: float, spread: float, quantity: int) -> float:
    """E[min(D, Q)] for requests of single pieces: Poisson or negative binomial."""
    ratio, slope, log_none = recursion(mean, spread)
    chance: float = np.exp(log_none)
    left: float = -np.expm1(log_none)
    whole = 0.0
    for pieces in range(1, quantity):
        chance *= ratio + slope / pieces
        left -= chance
        whole += pieces * chance
        if chance <= NEGLIGIBLE * mean and pieces > mean:
            return whole
    return whole + quantity * max(0.0, left)


@njit(cache=True, nogil=True, error_model="numpy")
def within_law(law: Floats, base: int, rows: int, quantity: int) -> float:
    """E[min(D, Q)] by plain sums over a whole law."""
    whole = 0.0
    for row in range(rows):
        whole += min(base + row, quantity) * law[row]
    return whole


@njit(cache=True, nogil=True, error_model="numpy")
def within_orders_of(stream: Stream, sizes: Sizes, days: Floats, order_quantity: Ints) -> Floats:
    """E[min(D, Q)] of every item, D the pieces asked for in `days`."""
    within = np.zeros(len(order_quantity))
    scratch = np.zeros((2, 1024))
    for i in range(len(order_quantity)):
        pieces = sizes[1][sizes[0][i] : sizes[0][i + 1]]
        share = sizes[2][sizes[0][i] : sizes[0][i + 1]]
        quantity = order_quantity[i]
        mean = stream[0][i] * days[i]
        if mean <= 0.0:
            continue
        variance = (stream[1][i] + stream[2][i] * days[i]) * days[i]
        if pieces[-1] == 1:
            spread = spread_of(mean, variance)
            if spread >= 0.0 and recursion(mean, spread)[2] > LOWEST_LOG:
                within[i] = within_singles(mean, spread, quantity)
                continue
        elif quantity * min(len(pieces), quantity) <= MOST_STEPS:
            mean_size, second = size_moments(pieces, share)
            spread = requests_spread(mean, variance, mean_size, second)
            log_none = recursion(mean / mean_size, spread)[2]
            if quantity > scratch.shape[1]:
                scratch = np.zeros((2, 2 * quantity))
            law = scratch[0]
            law[:quantity] = 0.0
            rows = 1
            if quantity > 1:
                rows = add_compound(
                    mean / mean_size, spread, 1.0, pieces, share, law, scratch[1], quantity
                )
            left, whole = -np.expm1(log_none), 0.0
            for row in range(1, rows):
                left -= law[row]
                whole += row * law[row]
            within[i] = whole + (quantity * max(0.0, left) if rows == quantity else 0.0)
            continue
        while True:
            base, rows, _, _ = write_law(
                stream[0][i], stream[1][i], stream[2][i], pieces, share,
                days[i], 0.0, 0.0, 0.0, 0.0, scratch[0], scratch[1],
            )  # fmt: skip
            if rows > 0:
                break
            scratch = np.zeros((2, -2 * rows))
        within[i] = within_law(scratch[0], base, rows, quantity)
    return within
