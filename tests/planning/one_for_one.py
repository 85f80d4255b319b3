"""Exact evaluation of one-for-one networks with Poisson requests for single pieces, by plain sums.

From the top down (Simon 1971, Graves 1985): who waits at a location were the last to ask, and each
of them is a given child (or a customer) with the child's share of what is asked there. So a
child's pieces on order are a binomial share of its parent's backorders and a Poisson number that
was asked for within its lane's lead time.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import binom, poisson

MOST = 160  # pieces; what lies beyond falls below 1e-12 in the tests


@dataclass
class Place:
    """One location; `parent` is its row, −1 the supplier."""

    parent: int
    demand_per_day: float
    lead_time_days: float
    level: int


def evaluate(places):
    """Backorders (all, customers'), on hand and fill rate of each place, parents first."""
    rate = [place.demand_per_day for place in places]
    for row in reversed(range(len(places))):
        if places[row].parent >= 0:
            rate[places[row].parent] += rate[row]
    waiting, found = [], []
    for place, asked in zip(places, rate, strict=True):
        on_order = _poisson(asked * place.lead_time_days)
        if place.parent >= 0:
            share = asked / rate[place.parent]
            on_order = np.convolve(on_order, _thinned(waiting[place.parent], share))[: MOST + 1]
        waiting.append(_above(on_order, place.level))
        found.append(_measures(on_order, waiting[-1], place, asked))
    return found


def _poisson(mean):
    return poisson.pmf(np.arange(MOST + 1), mean)


def _thinned(law, share):
    """Each of the pieces is one's own with probability `share`."""
    pieces = np.arange(MOST + 1)
    return sum(p * binom.pmf(pieces, number, share) for number, p in enumerate(law))


def _above(on_order, level):
    """The law of what exceeds the level: pieces that wait."""
    law = np.zeros(MOST + 1)
    for pieces, p in enumerate(on_order):
        law[min(max(pieces - level, 0), MOST)] += p
    return law


def _measures(on_order, waiting, place, asked):
    backorders = float(waiting @ np.arange(MOST + 1))
    short = np.maximum(place.level - np.arange(MOST + 1), 0)
    customers = place.demand_per_day / asked if asked else 0.0
    return {
        "expected_backorders": backorders,
        "backorders_of_customers": customers * backorders,
        "expected_on_hand": float(on_order @ short),
        "ready_rate": float(on_order[: max(place.level, 0)].sum()),
    }
