"""Levels of a whole network: what every location delivers, given what its parents hold.

Replenishment takes the transport time plus the wait at the parent, which ships piece by piece what
it has, first come, first served. From the top down each location's pipeline is a law of two
moments, Graves (1985) and VARI-METRIC (Sherbrooke 1986), or METRIC (1968) to compare with.
"""

from dataclasses import dataclass, replace

import numpy as np

from inventory.demand import Demand, Floats, Ints, SizeLaws
from inventory.echelons.flows import Flows as Flows
from inventory.echelons.flows import Repairs as Repairs
from inventory.echelons.flows import flows as flows
from inventory.echelons.policies.kernels import network_measures_of
from inventory.lead_time import LeadTimes
from inventory.measures import Measures, lead, orders_per_day, real, stream, whole


@dataclass(frozen=True, slots=True, eq=False)
class NetworkMeasures:
    """Measures of every item of a network, one row each."""

    measures: Measures  # rates are what customers get; without customers, what children get
    replenished_per_day: Floats  # children's pieces
    customers_backorders: Floats  # their share of the expected backorders
    backorders_variance: Floats  # pieces²


def evaluate(
    customers: Demand,
    lanes: LeadTimes,
    parent: Ints,
    reorder_point: Ints,
    order_quantity: Ints,
    repairs: Repairs | None = None,
    *,
    metric: bool = False,
    sooner_days: float = 0.0,
) -> NetworkMeasures:
    """What given policies deliver; `parent` is the row of the same part one step up, or −1.

    `customers` is the demand of each item's own customers, `lanes` the transport from its parent or
    supplier. Children's requests queue with customers', so backorders are shared in proportion to
    demand; waiting days are over all pieces.

    With `sooner_days` rates are those of being served within so many days: the lead time of a
    location counts as that much shorter, unless children wait for the same stock.
    """
    up = flows(customers, lanes, parent, order_quantity, repairs)
    point, quantity = whole(reorder_point), whole(order_quantity)
    moments, sizes = stream(up.arriving)
    asked = stream(_asked(customers, up))[1]
    lump = np.zeros_like(up.lump) if metric else up.lump
    leads = lead(_sooner(up, parent, sooner_days))
    found = network_measures_of(
        moments, sizes, asked, leads, whole(parent), real(up.share),
        up.batches_over_time, lump, whole(up.order), metric, point, quantity,
    )  # fmt: skip
    ebo, ready, line, piece, cycle, mean, variance, spread, saved = found
    rate = up.arriving.demand_per_day
    on_hand = np.maximum(point + (quantity + 1) / 2 - mean + ebo, 0.0)
    waiting = np.divide(ebo, rate, out=np.full(len(rate), np.nan), where=rate > 0)
    orders = orders_per_day(up.upwards, lanes.review_period_days, quantity)
    measured = Measures(
        ebo, on_hand, 1 - ready, 1 - piece, 1 - line, waiting, 1 - cycle, orders, mean,
        np.maximum(variance, 0.0), saved,  # what orders in batches take away may be more than all
    )  # fmt: skip
    own = customers.demand_per_day
    theirs = np.divide(ebo * own, rate, out=np.zeros(len(rate)), where=rate > 0)
    return NetworkMeasures(measured, rate - own, theirs, spread)


def _sooner(up: Flows, parent: Ints, days: float) -> LeadTimes:
    """Lead times that much shorter where nobody else waits for the stock."""
    shared = np.bincount(parent[parent >= 0], minlength=len(parent)) > 0
    mean = np.maximum(up.lead_times.mean_days - np.where(shared, 0.0, days), 0.0)
    return replace(up.lead_times, mean_days=mean)


def _asked(customers: Demand, up: Flows) -> Demand:
    """The demand whose request sizes rates speak of: customers', or where none ask, children's."""
    rows = np.arange(len(customers))
    sizes = SizeLaws.joined([customers.sizes, up.arriving.sizes])
    rows = np.where(customers.demand_per_day > 0, rows, rows + len(customers))
    return Demand(
        customers.demand_per_day,
        customers.demand_variance_per_day,
        customers.rate_variance,
        sizes.take(rows),
    )
