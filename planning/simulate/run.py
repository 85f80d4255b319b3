"""Plays items in blocks and hands over what was counted.

The process is the one that the laws assume (`model.md` parts 1 to 3). Requests come in a Poisson
stream, each for a number of pieces drawn from the size law. Orders leave at reviews (at once when
the review period is 0), each the smallest multiple of Q that brings the position above R. The rate
is drawn once per replication from a gamma law of mean μ and variance ω², because its uncertainty
is common to all days; so is the lead time, because deliveries of one item do not cross. The size
law settles σ².

Every replication lasts until it expects the same number of requests. So each rate that is possible
counts alike, as in the definitions, where P(X ≤ S − j) is taken over all rates; were each
replication equally long in days, busy rates would weigh more and the shares come out lower.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from inventory.demand import Demand, Floats, Ints
from inventory.errors import OutOfRange
from inventory.lead_time import LeadTimes
from planning.simulate.kernels import COLUMNS, play_items
from planning.simulate.result import SimulationResult, summed_up

BLOCK = 4096  # items played together; a matter of speed only
Each = Callable[[Callable[[slice], Floats], Iterable[slice]], Iterable[Floats]]


@dataclass(frozen=True, slots=True)
class SimulationSettings:
    """How long is played: `replications` of each item, `requests` expected in each."""

    seed: int = 0
    replications: int = 100
    requests: float = 100.0
    confidence: float = 0.999

    def __post_init__(self) -> None:
        if self.replications < 2:
            raise OutOfRange(
                "replications", self.replications, "2 or more, or there is no interval"
            )
        if not 0 < self.requests < float("inf"):
            raise OutOfRange("requests", self.requests, "more than 0")
        if not 0 < self.confidence < 1:
            raise OutOfRange("confidence", self.confidence, "a share between 0 and 1")


def simulate(
    demand: Demand,
    lead_times: LeadTimes,
    reorder_point: Ints,
    order_quantity: Ints,
    settings: SimulationSettings | None = None,
    *,
    streams: Ints | None = None,
    each: Each = map,
) -> SimulationResult:
    """Play every item under its (R, Q).

    Args:
        demand: One row per item.
        lead_times: One row per item.
        reorder_point: R by item, pieces.
        order_quantity: Q by item, pieces.
        settings: Seed, length, confidence.
        streams: A number that names each item's own random numbers; the row number by default.
            Rows of the same stream and the same figures give the same result, wherever they stand.
        each: Where blocks run; shaped like `map`, in order.
    """
    settings = settings or SimulationSettings()
    names = np.arange(len(demand)) if streams is None else streams

    def play(block: slice) -> Floats:
        sums = np.zeros((block.stop - block.start, COLUMNS))
        play_items(
            settings.seed,
            names[block],
            demand.demand_per_day[block],
            demand.rate_variance[block],
            demand.sizes.start[block.start : block.stop + 1],
            demand.sizes.pieces,
            demand.sizes.share,
            lead_times.mean_days[block],
            lead_times.variance_days[block],
            lead_times.review_period_days[block],
            reorder_point[block],
            order_quantity[block],
            settings.replications,
            settings.requests,
            sums,
        )
        return sums

    starts = range(0, len(demand), BLOCK)
    blocks = [slice(start, min(start + BLOCK, len(demand))) for start in starts]
    sums = np.concatenate([np.zeros((0, COLUMNS)), *each(play, blocks)])
    return summed_up(sums, demand, settings.replications, settings.confidence)
