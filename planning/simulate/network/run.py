"""Plays networks in blocks of whole parts and hands over what was counted.

Items form trees by `parent_item`; trees are independent, and one is played at a time. Customers'
requests come in a Poisson stream at any location, each for a number of pieces drawn from the size
law. Every location keeps (R, Q): when its position is at or below R it orders, at once or at its
next review, the smallest multiple of Q that brings the position above R. An order is asked of the
parent, whose customers and children wait in one line; every shipment takes the child's lane lead
time.

For one replication is drawn: each location's rate (gamma, mean μ, variance ω²: what is not known
of a rate is the same today and tomorrow), each lane's lead time (gamma; so shipments on a lane
never overtake each other), where in its order cycle each location starts, and on which day of its
review period it is looked at (locations are reviewed independently of each other).

Counting begins when no shelf remembers how it started and lasts until the tree expects so many
requests per location with customers. Fill rates are those of requests that might come at any
moment: the shelf is looked at all the time, which gives every possible rate the same weight, as in
the definitions, and shows what requests that do come see (they come at random, so they see the
shelf as it is on average). With recorded requests those that did come are counted.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from inventory.demand import Demand, Floats, Ints
from inventory.errors import OutOfRange
from inventory.lead_time import LeadTimes
from planning.simulate.network.forest import Forest, Repairs, side_by_side
from planning.simulate.network.kernels import COLUMNS, play_trees
from planning.simulate.network.result import summed_up
from planning.simulate.result import SimulationResult
from planning.simulate.run import SimulationSettings

BLOCK = 4096  # items played together; a matter of speed only
Counted = tuple[Floats, Floats]
Each = Callable[[Callable[[slice], Counted], Iterable[slice]], Iterable[Counted]]


@dataclass(frozen=True, slots=True, eq=False)
class NetworkItems:
    """The items of networks and their levels, one row each."""

    demand: Demand  # of customers
    lead_times: LeadTimes  # of the own lane, or of the supplier where there is no parent
    parent_item: Ints  # row of the item that replenishes; −1: a supplier
    reorder_point: Ints  # pieces, may be negative
    order_quantity: Ints
    repairs: Repairs | None = None  # what comes back to be repaired; None: nothing

    def __len__(self) -> int:
        return len(self.parent_item)


@dataclass(frozen=True, slots=True, eq=False)
class RecordedRequests:
    """Requests to play instead of drawn ones; those of item i are rows `start[i]:start[i + 1]`.

    `day` counts from 0 and does not fall within an item. `days` are played, and what happens from
    day `counted_from` on is counted.
    """

    start: Ints
    day: Floats
    pieces: Ints
    days: float
    counted_from: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.counted_from < self.days < float("inf"):
            raise OutOfRange("counted_from", self.counted_from, "0 or more, and before the end")

    @classmethod
    def none(cls, items: int) -> "RecordedRequests":
        """Nobody asks for anything, for a day."""
        start = np.zeros(items + 1, dtype=np.int64)
        return cls(start, np.zeros(0), np.zeros(0, dtype=np.int64), 1.0)

    def take(self, rows: Ints) -> "RecordedRequests":
        """The requests of `rows`, in that order."""
        lengths = np.diff(self.start)[rows]
        start = np.concatenate(([0], np.cumsum(lengths)))
        source = np.repeat(self.start[rows] - start[:-1], lengths) + np.arange(start[-1])
        return RecordedRequests(
            start, self.day[source], self.pieces[source], self.days, self.counted_from
        )

    def rates(self) -> tuple[Floats, Floats]:
        """Pieces and requests per day of each item, among those counted."""
        item = np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))
        counts = (self.day >= self.counted_from) & (self.day < self.days)
        items, days = len(self.start) - 1, self.days - self.counted_from
        pieces = np.bincount(item[counts], weights=self.pieces[counts], minlength=items)
        return pieces / days, np.bincount(item[counts], minlength=items) / days


def simulate_network(
    items: NetworkItems,
    settings: SimulationSettings | None = None,
    *,
    recorded: RecordedRequests | None = None,
    streams: Ints | None = None,
    each: Each = map,
) -> SimulationResult:
    """Play every item under its (R, Q), replenished by its parent.

    Args:
        items: What is played.
        settings: Seed, length, confidence. `requests` is how many a location with customers
            expects in a replication, on average over its tree.
        recorded: Requests played in every replication instead of drawn ones; the items' demand is
            then not used.
        streams: A number that names each item's own random numbers, unique; the row number by
            default. With names that stay, results do not depend on the order of rows.
        each: Where blocks of whole parts run; shaped like `map`, in order.

    Returns:
        Measures by item and together, as of the simulation of one echelon. `fill_rate`,
        `line_fill_rate` and `waiting_days` are customers', nan where they ask for nothing;
        `children_fill_rate` is the share of the pieces of children's orders that leave at once.
        `expected_backorders` are all pieces that wait there, `backorders_of_customers` and
        `backorders_of_children` whose they are; `expected_in_transit` is what is on its way to the
        item from its parent. `ready_rate` together is weighted by customers' pieces.

    Raises:
        BrokenNetwork: a parent that is no item, or items that replenish each other in a circle.
    """
    settings = settings or SimulationSettings()
    names = np.arange(len(items)) if streams is None else streams
    forest = Forest.of(items.parent_item, names)
    record = recorded or RecordedRequests.none(len(items))
    rate, requests = recorded.rates() if recorded else _rates(items.demand)
    columns = _columns(items, names) | {
        "share_of_pieces": _shares_of(rate),
        "share_of_requests": _shares_of(requests),
    }
    demand = Demand.none(len(items)) if recorded else items.demand

    def play(block: slice) -> Counted:
        start = forest.start[block.start : block.stop + 1]
        rows = forest.rows[start[0] : start[-1]]
        drawn, played = demand.take(rows), record.take(rows)
        locations = forest.table(block, columns)
        locations["demand_per_day"] = drawn.demand_per_day
        locations["rate_variance"] = drawn.rate_variance
        locations["first_size"], locations["stop_size"] = (
            drawn.sizes.start[:-1],
            drawn.sizes.start[1:],
        )
        sums = np.zeros((len(rows), COLUMNS))
        together = np.zeros((len(start) - 1, COLUMNS))
        play_trees(
            settings.seed,
            start - start[0],
            locations,
            side_by_side(drawn.sizes.pieces, drawn.sizes.share),
            side_by_side(played.day, played.pieces),
            played.start,
            float(recorded.counted_from if recorded else -1),
            settings.replications,
            float(recorded.days if recorded else settings.requests),
            sums,
            together,
        )
        return sums, together

    counted = list(each(play, forest.blocks(BLOCK)))
    sums = np.zeros((len(items), COLUMNS))
    sums[forest.rows] = np.concatenate([np.zeros((0, COLUMNS)), *(part for part, _ in counted)])
    together = np.concatenate([np.zeros((0, COLUMNS)), *(trees for _, trees in counted)])
    return summed_up(
        sums,
        together,
        rate,
        settings.replications,
        settings.confidence,
        recorded=recorded is not None,
    )


def _columns(items: NetworkItems, names: Ints) -> dict[str, Floats | Ints]:
    """The columns of LOCATION that are given, by item."""
    back = items.repairs or Repairs.none(len(items))
    return {
        "name": names,
        "reorder_point": items.reorder_point,
        "order_quantity": items.order_quantity,
        "lead_time_mean": items.lead_times.mean_days,
        "lead_time_variance": items.lead_times.variance_days,
        "review": items.lead_times.review_period_days,
        "repairable_share": back.repairable_share,
        "local_repair_share": back.local_repair_share,
        "repair_time": back.repair_time_days,
    }


def _rates(demand: Demand) -> tuple[Floats, Floats]:
    """Pieces and requests per day of each item's customers."""
    return demand.demand_per_day, demand.demand_per_day / demand.sizes.mean()


def _shares_of(amount: Floats) -> Floats:
    """Each item's share of the total; all zero when there is none."""
    total = math.fsum(amount)  # exactly rounded: the order of rows does not matter
    return np.asarray(amount / total if total > 0 else amount)
