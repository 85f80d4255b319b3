"""The second opinion on trees: it agrees with the evaluation, and finds what is wrong."""

import numpy as np
import pytest

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.echelons import Repairs, evaluate
from inventory.lead_time import LeadTime, LeadTimes
from inventory.policy import ReorderPolicy
from planning.verify.flows import Stop
from planning.verify.network import recompute_part

LUMPY = SizeLaw((1, 2, 5), (0.6, 0.25, 0.15))
MEASURES = (
    "expected_backorders", "expected_on_hand", "ready_rate", "fill_rate", "line_fill_rate",
    "waiting_days", "lead_time_demand_mean",
)  # fmt: skip
SHAPES = {
    "a depot and its sites": (-1, 0, 0, 0),
    "three levels": (-1, 0, 0, 1, 1, 2),
    "a chain": (-1, 0, 1, 2),
}


def a_part(parent, seed, *, lumpy=False, batches=False, repaired=False):
    chance = np.random.default_rng(seed)
    stops = []
    for row, above in enumerate(parent):
        rate = chance.uniform(0.02, 0.4) * (row > 0 or seed % 2)
        sizes = LUMPY if lumpy and chance.random() < 0.7 else SizeLaw()
        variance = None if chance.random() < 0.5 else rate * sizes.mean * 2
        customers = DemandForecast(rate, variance, rate**2 * 0.1 * (row % 2), sizes)
        lane = LeadTime(20.0 if above < 0 else 3.0, row % 3, [0.0, 1.0, 7.0][seed % 3])
        quantity = int(chance.integers(2, 6)) if batches and chance.random() < 0.7 else 1
        policy = ReorderPolicy(int(chance.integers(-2 if row == 0 else -1, 7)), quantity)
        repair = (0.6, chance.random(), 9.0) if repaired else ()
        stops.append(Stop(customers, lane, policy, above, *repair))
    return stops


def a_depot_of_batches(seed):
    """A depot whose sites all order the same number of pieces at a time."""
    chance = np.random.default_rng(seed)
    quantity = (3, 6, 10)[seed % 3]
    depot = ReorderPolicy(int(chance.integers(-4, 25)), (1, 2, 12)[seed % 3])
    stops = [Stop(DemandForecast(0.0), LeadTime(20.0, 3.0 * (seed % 2)), depot)]
    for site in range(1 + seed % 4):
        rate = chance.uniform(0.02, 0.6) * (site < 3)  # a fourth is asked for nothing
        sizes = LUMPY if seed % 3 == 2 else SizeLaw()
        variance = None if seed % 2 else rate * sizes.mean * 2.5
        customers = DemandForecast(rate, variance, 0.1 * rate**2 * (seed % 2), sizes)
        lane = LeadTime(3.0, seed % 2, [0.0, 1.0, 7.0][seed % 3])
        policy = ReorderPolicy(int(chance.integers(-1, 9)), quantity)
        stops.append(Stop(customers, lane, policy, 0))
    return stops


def evaluated(stops, sooner_days):
    repairs = Repairs(*(np.array([getattr(one, name) for one in stops]) for name in (
        "repairable_share", "local_repair_share", "repair_time_days")))  # fmt: skip
    return evaluate(
        Demand.of([one.customers for one in stops]),
        LeadTimes.of([one.lane for one in stops]),
        np.array([one.parent for one in stops]),
        np.array([one.policy.reorder_point for one in stops]),
        np.array([one.policy.order_quantity for one in stops]),
        repairs,
        sooner_days=sooner_days,
    ).measures


@pytest.mark.parametrize("sooner_days", [0.0, 2.0])
@pytest.mark.parametrize(
    "kind",
    [{}, {"lumpy": True}, {"batches": True}, {"lumpy": True, "batches": True, "repaired": True}],
    ids=["single pieces", "lumpy", "in batches", "lumpy, in batches, repaired"],
)  # fmt: skip
@pytest.mark.parametrize("shape", SHAPES)
def test_plain_sums_agree_with_the_evaluation(shape, kind, sooner_days):
    for seed in range(2):
        stops = a_part(SHAPES[shape], seed, **kind)
        one, other = (
            evaluated(stops, sooner_days),
            recompute_part(stops, range(len(stops)), sooner_days),
        )
        for name in MEASURES:
            column = [getattr(other[row], name) for row in range(len(stops))]
            served = np.array([one.waiting_days[row] >= 0 for row in range(len(stops))])
            assert getattr(one, name)[served] == pytest.approx(np.array(column)[served], abs=1e-4)


@pytest.mark.parametrize("sooner_days", [0.0, 2.0])
@pytest.mark.parametrize("seed", range(9))
def test_plain_sums_agree_where_all_sites_order_alike(seed, sooner_days):
    stops = a_depot_of_batches(seed)
    rows = range(1, len(stops))
    one, other = evaluated(stops, sooner_days), recompute_part(stops, rows, sooner_days)
    served = one.waiting_days[1:] >= 0
    for name in MEASURES:
        column = np.array([getattr(other[row], name) for row in rows])[served]
        assert getattr(one, name)[1:][served] == pytest.approx(column, abs=1e-4)


def test_a_parent_that_holds_one_piece_less_is_found_out_at_its_children():
    stops = a_part(SHAPES["three levels"], 1)
    fewer = [Stop(stops[0].customers, stops[0].lane, ReorderPolicy(
        stops[0].policy.reorder_point - 1)), *stops[1:]]  # fmt: skip
    one, other = evaluated(stops, 0.0), recompute_part(fewer, [3])[3]
    assert abs(one.fill_rate[3] - other.fill_rate) > 1e-3
