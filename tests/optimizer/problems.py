"""Small problems for the optimizer's tests, and judges that share no code with it."""

from itertools import product

import numpy as np
from scipy.stats import poisson

from inventory.demand import Demand, SizeLaws
from inventory.lead_time import LeadTimes
from inventory.service import Measure, Per
from optimizer.problem import Items, ScopeWords


def some_items(rate, lead_time_days, unit_cost, **given):
    """Single-piece Poisson items at one location, continuous review, one-for-one."""
    items = len(rate)
    rate, whole = np.asarray(rate, dtype=float), np.ones(items, dtype=np.int64)
    columns = {
        "demand": Demand(rate, rate.copy(), np.zeros(items), SizeLaws.single_pieces(items)),
        "lead_times": LeadTimes(
            np.asarray(lead_time_days, dtype=float) * np.ones(items), np.zeros(items),
            np.zeros(items),
        ),
        "unit_cost": np.asarray(unit_cost, dtype=float),
        "holding_cost_per_day": np.asarray(unit_cost, dtype=float) * 0.2 / 365,
        "ordering_cost": np.zeros(items),
        "order_multiple": whole,
        "minimum_order_quantity": whole,
        "part": np.arange(items),
        "location": np.zeros(items, dtype=np.int64),
        "tier": np.zeros(items, dtype=np.int64),
        "criticality": np.zeros(items, dtype=np.int64),
        "words": ScopeWords(("A", "B"), ("L0", "L1"), ("A", "B", "C")),
    }  # fmt: skip
    return Items(**(columns | given))


def measured(items, reorder_point):
    """Holding cost per day and the four item measures, by plain sums over scipy's Poisson law."""
    stock = np.asarray(reorder_point) + 1
    mean = items.demand.demand_per_day * items.lead_times.mean_days
    far = np.arange(400)[:, None]
    law = poisson.pmf(far, mean)
    waiting = (np.maximum(far - stock, 0) * law).sum(axis=0)
    on_hand = (np.maximum(stock - far, 0) * law).sum(axis=0)
    ready = poisson.cdf(stock - 1, mean)
    return items.holding_cost_per_day * on_hand, waiting, ready


def achieved(items, reorder_point, target):
    """A target's measure over its scope, from scratch; None when nobody asks."""
    _, waiting, ready = measured(items, reorder_point)
    scope, words = target.scope, items.words
    inside = np.ones(len(items), dtype=bool)
    if scope.tier:
        inside &= np.array(words.tiers)[items.tier] == scope.tier
    if scope.location_id:
        inside &= np.array(words.location_ids)[items.location] == scope.location_id
    if scope.criticality:
        inside &= np.array(words.criticalities)[items.criticality] == scope.criticality
    share = np.ones(len(items))
    if scope.customer_class:
        share = items.class_share[scope.customer_class]
    asked = items.demand.demand_per_day * share * inside
    if asked.sum() == 0:
        return None
    if target.measure is Measure.WAITING_DAYS:
        return (waiting * share * inside).sum() / asked.sum()
    if target.measure is Measure.VALUE_FILL_RATE:
        asked = asked * items.unit_cost
    return (asked * ready).sum() / asked.sum()


def is_met(items, reorder_point, target):
    """Whether a target for its scope together is met within 1e-9."""
    assert target.per is Per.SCOPE
    value = achieved(items, reorder_point, target)
    if value is None:
        return True
    if target.measure is Measure.WAITING_DAYS:
        return value <= target.target + 1e-9
    return value >= target.target - 1e-9


def cheapest_by_trying_all(items, targets, levels):
    """Least holding cost per day over every combination of R = −1 … levels − 2; inf if none."""
    best = np.inf
    for combination in product(range(-1, levels - 1), repeat=len(items)):
        cost = measured(items, combination)[0].sum()
        if cost < best and all(is_met(items, combination, target) for target in targets):
            best = cost
    return best
