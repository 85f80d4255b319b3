"""Demand and lead times of one item, valid by default: a test states only what matters."""

import numpy as np

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.lead_time import LeadTime, LeadTimes
from inventory.measures import Curves, Measures, curves, measures

SINGLE = SizeLaw()


def a_demand(mean=2.0, *, sizes=SINGLE, variance=None, rate_variance=0.0):
    return Demand.of([DemandForecast(mean, variance, rate_variance, sizes)])


def a_lead_time(days=1.0, *, sd=0.0, review=0.0):
    return LeadTimes.of([LeadTime(days, sd, review)])


def measured(reorder_point, quantity=1, *, demand=None, lead_time=None) -> Measures:
    return measures(
        demand or a_demand(),
        lead_time or a_lead_time(),
        np.array([reorder_point]),
        np.array([quantity]),
    )


def curve(quantity=1, *, demand=None, lead_time=None, **how) -> Curves:
    return curves(demand or a_demand(), lead_time or a_lead_time(), np.array([quantity]), **how)


def at(found: Curves, reorder_point: int) -> int:
    """The row of a reorder point on a curve of one item."""
    return reorder_point - int(found.first_reorder_point[0])


def law_from_dense(chances) -> SizeLaw:
    """Sizes 1, 2, … with these chances, those of none left out."""
    chances = np.asarray(chances) / np.sum(chances)
    pieces = np.flatnonzero(chances) + 1
    return SizeLaw(tuple(pieces.tolist()), tuple(chances[pieces - 1].tolist()))
