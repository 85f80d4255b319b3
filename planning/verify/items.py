"""The second opinion: measures of single items by plain sums over scipy.stats.

Slow on purpose. It shares no formula with the kernels of `inventory` or `optimizer`, only the
definitions of `model.md`: the number of requests in a lead time has its law, every number of
requests has its law of pieces, and all that follows is counted out.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy import stats

from inventory.demand import DemandForecast, Floats, Ints, SizeLaw
from inventory.lead_time import LeadTime
from inventory.policy import ReorderPolicy

_NODES, _PANEL_REQUESTS = 24, 4.0  # Gauss-Legendre nodes per panel, requests per panel


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Measures of one item, named as in `model.md` part 3; nan where undefined."""

    expected_backorders: float
    expected_on_hand: float
    ready_rate: float
    fill_rate: float
    line_fill_rate: float
    waiting_days: float
    orders_per_day: float
    lead_time_demand_mean: float


class Waiting(NamedTuple):
    """What more is on its way to an item: what its parent owes it, and what its children lump."""

    mean: float
    variance: float


NOTHING = Waiting(0.0, 0.0)


def recompute(
    demand: DemandForecast,
    lead_time: LeadTime,
    policy: ReorderPolicy,
    *,
    waiting: Waiting = NOTHING,
    wanted: SizeLaw | None = None,
) -> Recomputed:
    """Every measure of one item, counted out.

    Args:
        demand: Its rate, what is not known of it, and its request sizes.
        lead_time: Its lead time and review period.
        policy: Its (R, Q); one-for-one is Q = 1.
        waiting: What its parent owes it, and the like.
        wanted: The request sizes that shares speak of, where they are not those of `demand`.
    """
    levels = range(policy.reorder_point + 1, policy.base_stock_level + 1)
    law = pieces_law(demand, lead_time, max(policy.base_stock_level, 0), waiting)
    days = lead_time.mean_days + lead_time.review_period_days / 2
    mean = demand.demand_per_day * days + waiting.mean
    return measured(demand, lead_time, policy, levels, law, mean, wanted or demand.sizes)


def measured(
    demand: DemandForecast,
    lead_time: LeadTime,
    policy: ReorderPolicy,
    levels: range,
    law: Floats,
    mean: float,
    wanted: SizeLaw,
) -> Recomputed:
    """The same from the law and the mean of what is lacked, averaged over levels of base stock."""
    backorders = float(np.mean([_backorders(level, law, mean) for level in levels]))
    fill, line = _shares(levels, law, wanted)
    asked = demand.demand_per_day > 0
    return Recomputed(
        expected_backorders=backorders,
        expected_on_hand=max(float(np.mean(levels)) - mean + backorders, 0.0),
        ready_rate=float(np.mean([law[: max(level, 0)].sum() for level in levels])),
        fill_rate=fill if asked else np.nan,
        line_fill_rate=line if asked else np.nan,
        waiting_days=backorders / demand.demand_per_day if asked else np.nan,
        orders_per_day=_orders_per_day(demand, lead_time.review_period_days, policy.order_quantity),
        lead_time_demand_mean=mean,
    )


def _backorders(level: int, law: Floats, mean: float) -> float:
    """E[(X − S)⁺] = E[X] − S + E[(S − X)⁺], the last counted out."""
    short = [(level - pieces) * float(law[pieces]) for pieces in range(max(level, 0))]
    return mean - level + sum(short)


def _shares(levels: range, law: Floats, sizes: SizeLaw) -> tuple[float, float]:
    """Share of pieces and share of requests served at once, piece by piece and size by size."""
    at_most = np.concatenate(([0.0], np.cumsum(law)))  # at_most[k] = P(X ≤ k − 1)
    fill = line = 0.0
    for level in levels:
        for size, share in zip(sizes.pieces, sizes.share, strict=True):
            served = sum(at_most[level - piece + 1] for piece in range(1, min(size, level) + 1))
            fill += share * served
            line += share * at_most[level - size + 1] if size <= level else 0.0
    return float(fill / sizes.mean / len(levels)), float(line / len(levels))


def pieces_law(
    demand: DemandForecast, lead_time: LeadTime, at_most: int, waiting: Waiting
) -> Floats:
    """P(X = 0 … at_most), X the pieces on their way to an item, averaged over the review."""
    lump = demand.sizes.pieces[0]
    if len(demand.sizes.pieces) == 1 and lump > 1:
        return _spread_out(demand, lead_time, at_most, waiting, lump)
    requests = np.trim_zeros(_requests_law(demand, lead_time, at_most, waiting), "b")
    if demand.sizes.pieces == (1,):
        return np.concatenate([requests, np.zeros(at_most + 1 - len(requests))])
    total, together = np.zeros(at_most + 1), np.eye(1, at_most + 1)[0]
    for probability in requests:
        total += probability * together
        together = _with_one_more(together, demand.sizes)
    return total


def _spread_out(
    demand: DemandForecast, lead_time: LeadTime, at_most: int, waiting: Waiting, lump: int
) -> Floats:
    """The law where all comes in lumps of one size: counted in lumps, set out in pieces."""
    variance = demand.demand_variance_per_day
    lumps = DemandForecast(
        demand.demand_per_day / lump,
        None if variance is None else variance / lump**2,
        demand.rate_variance / lump**2,
    )
    waiting = Waiting(waiting.mean / lump, waiting.variance / lump**2)
    law = np.zeros(at_most + 1)
    law[::lump] = pieces_law(lumps, lead_time, at_most // lump, waiting)
    return law


def _with_one_more(together: Floats, sizes: SizeLaw) -> Floats:
    """The law of the pieces of one more request, as far as it is counted."""
    added = np.zeros(len(together))
    for size, share in zip(sizes.pieces, sizes.share, strict=True):
        if size < len(together):
            added[size:] += share * together[:-size]
    return added


def _requests_law(
    demand: DemandForecast, lead_time: LeadTime, at_most: int, waiting: Waiting
) -> Floats:
    """P(N = 0 … at_most), N the number of requests in a lead time, averaged over the review."""
    review = lead_time.review_period_days
    numbers = np.arange(at_most + 1)
    if review == 0:
        return _number_law(demand, lead_time, lead_time.mean_days, numbers, waiting)
    rate = demand.demand_per_day / demand.sizes.mean
    panels = max(1, int(np.ceil(rate * review / _PANEL_REQUESTS)))
    points, weights = leggauss(_NODES)
    law = np.zeros(at_most + 1)
    for panel in range(panels):
        for point, weight in zip(points, weights, strict=True):
            passed = review * (panel + (point + 1) / 2) / panels
            days = lead_time.mean_days + passed
            law += weight / 2 / panels * _number_law(demand, lead_time, days, numbers, waiting)
    return law


def _number_law(
    demand: DemandForecast, lead_time: LeadTime, days: float, numbers: Ints, waiting: Waiting
) -> Floats:
    """Poisson at a known mean; negative binomial when the rate or the lead time is not known."""
    sizes, rate = demand.sizes, demand.demand_per_day / demand.sizes.mean
    mean = rate * days + waiting.mean / sizes.mean
    if mean == 0:
        return np.asarray(numbers == 0, dtype=np.float64)
    unknown = demand.rate_variance / sizes.mean**2  # requests² per day²
    spread = unknown * days**2 + (rate**2 + unknown) * lead_time.sd_days**2
    second = sizes.variance + sizes.mean**2
    spread += (waiting.variance - waiting.mean * second / sizes.mean) / sizes.mean**2
    if demand.demand_variance_per_day is not None:
        beyond = (demand.demand_variance_per_day - rate * second) / sizes.mean**2
        spread += beyond * days if beyond > 0 or sizes.pieces == (1,) else 0.0
    if sizes.pieces != (1,):
        spread = max(spread, 0.0)
    return count_law(mean, mean + spread, numbers)


def count_law(mean: float, variance: float, numbers: Ints) -> Floats:
    """Chances of whole numbers known by two moments: Poisson, negative binomial, binomials."""
    spread = variance - mean
    if abs(spread) < 1e-9 * mean:
        return np.asarray(stats.poisson.pmf(numbers, mean))
    if spread < 0:
        return _two_binomials(mean, variance, numbers)
    shape = mean**2 / spread
    if shape < 1e-300:  # next to always nothing, next to never without end
        return np.asarray(numbers == 0, dtype=np.float64)
    return np.asarray(stats.nbinom.pmf(numbers, shape, shape / (shape + mean)))


def _two_binomials(mean: float, variance: float, numbers: Ints) -> Floats:
    """A number that varies less than Poisson (Adan, van Eenige & Resing 1995).

    No whole number varies less than one that is its mean's neighbour below or above.
    """
    beyond = mean % 1
    lack = (max(variance, beyond * (1 - beyond)) - mean) / mean**2
    if lack < -1 + 1e-9:
        return np.asarray(stats.binom.pmf(numbers, 1, mean))
    trials = int(-1 / lack)
    root = np.sqrt(max(0.0, -lack * trials * (1 + trials) - trials))
    fewer = (1 + lack * (1 + trials) + root) / (1 + lack)
    success = mean / (trials + 1 - fewer)
    few = stats.binom.pmf(numbers, trials, success)
    return np.asarray(fewer * few + (1 - fewer) * stats.binom.pmf(numbers, trials + 1, success))


def _orders_per_day(demand: DemandForecast, review_days: float, order_quantity: int) -> float:
    """E[min(D, Q)] / (Q T); without reviews each request may order."""
    sizes = demand.sizes
    if review_days == 0:
        capped = np.minimum(sizes.pieces, order_quantity) @ np.array(sizes.share)
        return float(demand.demand_per_day / sizes.mean * capped / order_quantity)
    law = pieces_law(demand, LeadTime(review_days), order_quantity - 1, NOTHING)
    short = sum((order_quantity - pieces) * law[pieces] for pieces in range(order_quantity))
    return float((order_quantity - short) / (order_quantity * review_days))
