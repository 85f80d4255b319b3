"""The integral behind `forecasting.relative`, compiled."""

import numpy as np
from numba import njit

from forecasting.rates.kernels import STATES

STEP = 1.0  # of ln s between two nodes: the sum is within a thousandth of the integral
BELOW, ABOVE = 7.0, 2.0  # how far nodes reach beyond 1 / most and 1 / least, in ln s
LEAST = 0.01  # of a silent period's error: no period of any future is counted at less


@njit(cache=True, nogil=True)
def weighed_points(belief, asked, turned, mean, error, left, start, pieces, share):  # type: ignore[no-untyped-def]
    """E[y / W] / E[1 / W] by item, y of the next period (see the package).

    `turned[k, j]` is the chance that state j is followed by k; `error` the part of W that is known.
    """
    out, chance, later = np.zeros(len(mean)), np.empty(STATES), np.empty(STATES)
    quiet = chance_of_silence(asked, turned, left)
    for item in range(len(mean)):
        first, last, centre = start[item], start[item + 1], mean[item]
        unseen = centre == 0.0 and error[item] == 0.0
        low, high = least_and_most(pieces[first:last], centre, error[item], left)
        above = below = 0.0
        for node in range(int(np.ceil((np.log(high / low) + BELOW + ABOVE) / STEP)) + 1):
            s = np.exp(node * STEP - BELOW) / high
            silent, kept, drawn = np.exp(-s * centre * centre), 0.0, 0.0
            for k in range(first, last):
                part = share[k] * np.exp(-s * (pieces[k] - centre) ** 2)
                kept += part
                drawn += part * pieces[k]
            for k in range(STATES):
                chance[k] = (1.0 - asked[k]) * silent + asked[k] * kept
            look_ahead(chance, turned, left - 1, later)
            weight = s * np.exp(-s * error[item])
            for k in range(STATES):
                above += weight * belief[item, k] * asked[k] * drawn * later[k]
                below += weight * belief[item, k] * chance[k] * later[k]
                if unseen:
                    below -= weight * belief[item, k] * quiet[k]
        out[item] = above / below if below > 0.0 else 0.0
    return out


@njit(cache=True, nogil=True)
def look_ahead(chance, turned, periods, later):  # type: ignore[no-untyped-def]
    """By state now, the expected product of `chance` over the `periods` after this one."""
    now = np.empty(STATES)
    later[:] = 1.0
    for _ in range(periods):
        now[:] = later
        later[:] = 0.0
        for k in range(STATES):
            held = chance[k] * now[k]
            for j in range(STATES):
                later[j] += turned[k, j] * held


@njit(cache=True, nogil=True)
def chance_of_silence(asked, turned, periods):  # type: ignore[no-untyped-def]
    """By state now, the chance that nobody asks in this period and the next, `periods` in all."""
    quiet = np.empty(STATES)
    look_ahead(1.0 - asked, turned, periods - 1, quiet)
    return quiet * (1.0 - asked)


@njit(cache=True, nogil=True)
def least_and_most(pieces, centre, error, left):  # type: ignore[no-untyped-def]
    """The least and the most that W can be (the least: of those futures that count)."""
    near, far = centre * centre, centre * centre
    for size in pieces:
        near, far = min(near, (size - centre) ** 2), max(far, (size - centre) ** 2)
    most = error + left * far
    if centre > 0.0:
        return error + left * max(near, LEAST * centre * centre), most
    return (error if error > 0.0 else pieces[0] ** 2), most
