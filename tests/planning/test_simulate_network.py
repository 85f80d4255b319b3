"""The simulation of networks: right on known answers, and the same whatever the order of things."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from polars.testing import assert_frame_equal
from scipy.stats import gamma, poisson

from inventory.demand import Demand, DemandForecast, SizeLaw
from inventory.errors import BrokenNetwork, OutOfRange
from inventory.lead_time import LeadTime, LeadTimes
from planning.simulate import SimulationSettings, simulate
from planning.simulate.network import NetworkItems, RecordedRequests, Repairs, simulate_network
from tests.planning.one_for_one import Place, evaluate

PUBLISHED = json.loads((Path(__file__).parents[1] / "instances" / "network_play.json").read_text())
LONG = SimulationSettings(seed=3, replications=1500, requests=100.0)
SHORT = SimulationSettings(seed=3, replications=40, requests=20.0)
SAME_AS_IN_ONE_ECHELON = (
    "fill_rate",
    "line_fill_rate",
    "ready_rate",
    "expected_on_hand",
    "expected_backorders",
    "waiting_days",
    "orders_per_day",
)
LUMPY = SizeLaw((1, 2, 7), (0.6, 0.3, 0.1))


def network(*rows, repairs=None):
    """Rows of parent, demand, lead time, R, Q."""
    return NetworkItems(
        Demand.of([row[1] for row in rows]),
        LeadTimes.of([row[2] for row in rows]),
        np.array([row[0] for row in rows], dtype=np.int64),
        np.array([row[3] for row in rows], dtype=np.int64),
        np.array([row[4] for row in rows], dtype=np.int64),
        repairs,
    )


def asked(rate=0.0, rate_variance=0.0, sizes=None):
    sizes = sizes or SizeLaw()
    return DemandForecast(rate, None, rate_variance, sizes)


def within(result, row, **expected):
    found = result.measures.row(row, named=True)
    for measure, value in expected.items():
        half = found[f"{measure}_half_width"]
        assert abs(found[measure] - value) <= half + 1e-12, (row, measure, found[measure], half)


def a_company():
    """A depot with customers of its own, regions, stores, vans; and a store a supplier serves."""
    return network(
        (-1, asked(0.05, 0.001, LUMPY), LeadTime(30, 8, 7), 20, 6),
        (0, asked(), LeadTime(4, 1, 1), 4, 3),
        (0, asked(0.1), LeadTime(5, 0, 1), 2, 1),
        (1, asked(0.2, 0.01), LeadTime(2), 1, 2),
        (1, asked(0.1, 0.0, LUMPY), LeadTime(2, 0, 1), 3, 4),
        (3, asked(0.03), LeadTime(1), 0, 1),
        (-1, asked(0.1, 0.002, LUMPY), LeadTime(10), 5, 2),
    )


# --- known answers


@pytest.mark.parametrize("row", range(3))
def test_a_location_without_parent_and_children_fares_as_in_one_echelon(row):
    demand, lead_time, point, quantity = (
        (asked(0.1), LeadTime(20), 3, 1),
        (asked(0.2, 0.02, LUMPY), LeadTime(14, 0, 7), 8, 3),
        (asked(0.3, 0.0, LUMPY), LeadTime(10, 5, 1), 9, 10),
    )[row]
    items = network((-1, demand, lead_time, point, quantity))
    result = simulate_network(items, replace(LONG, replications=6000, requests=25))
    policy = items.reorder_point, items.order_quantity
    long = SimulationSettings(seed=4, replications=20_000, requests=25)
    other = simulate(items.demand, items.lead_times, *policy, long).measures.row(0, named=True)
    found = result.measures.row(0, named=True)
    for measure in SAME_AS_IN_ONE_ECHELON:
        slack = np.hypot(found[f"{measure}_half_width"], other[f"{measure}_half_width"])
        assert abs(found[measure] - other[measure]) <= slack, measure


@pytest.mark.parametrize("level", [0, 1, 3, 6])
def test_single_pieces_at_one_location_give_the_poisson_loss(level):
    mean = 2.5
    result = simulate_network(network((-1, asked(0.1), LeadTime(25), level - 1, 1)), LONG)
    short = mean * poisson.sf(level - 1, mean) - level * poisson.sf(level, mean)
    within(
        result,
        0,
        fill_rate=poisson.cdf(level - 1, mean),
        expected_backorders=short,
        expected_on_hand=level - mean + short,
        waiting_days=short / 0.1,
        orders_per_day=0.1,
    )


THREE_LEVELS = [
    Place(-1, 0.05, 20.0, 4),  # a depot with customers of its own
    Place(0, 0.0, 6.0, 2),  # a region nobody visits
    Place(0, 0.04, 3.0, 0),  # a store without stock
    Place(1, 0.06, 2.0, 1),
    Place(1, 0.1, 4.0, 2),
    Place(4, 0.02, 1.0, 1),  # a van behind a store
]


@pytest.mark.parametrize("depot", [4, 0, -2])
def test_one_for_one_networks_give_the_exact_backorders_at_every_location(depot):
    places = [replace(THREE_LEVELS[0], level=depot), *THREE_LEVELS[1:]]
    items = network(
        *(
            (place.parent, asked(place.demand_per_day), LeadTime(place.lead_time_days), level, 1)
            for place, level in zip(places, [place.level - 1 for place in places], strict=True)
        )
    )
    result = simulate_network(items, LONG)
    for row, (place, exact) in enumerate(zip(places, evaluate(places), strict=True)):
        if place.demand_per_day:
            exact["fill_rate"] = exact["ready_rate"]
            exact["waiting_days"] = exact["backorders_of_customers"] / place.demand_per_day
        within(result, row, **exact)


@pytest.mark.parametrize("case", PUBLISHED, ids=lambda case: case["id"])
def test_published_networks_lie_inside_the_interval(case):
    rows = case["items"]
    back = ("repairable_share", "local_repair_share", "repair_time_days")
    items = network(
        *(
            (
                row["parent"],
                asked(row["demand_per_day"]),
                LeadTime(row["lead_time_days"]),
                row["reorder_point"],
                row["order_quantity"],
            )
            for row in rows
        ),
        repairs=Repairs(*(np.array([float(row[name]) for row in rows]) for name in back)),
    )
    result = simulate_network(items, LONG)
    expected = dict(case["expected"])
    if "cost" in expected:
        summary, weight = result.summary, expected["backorder"]
        cost = summary["expected_on_hand"] + weight * summary["backorders_of_customers"]
        slack = np.hypot(
            summary["expected_on_hand_half_width"],
            weight * summary["backorders_of_customers_half_width"],
        )
        assert abs(cost - expected["cost"]) <= slack + case["tolerance"]["abs"]
        assert slack < 0.03 * expected["cost"]
        return
    for measure, values in expected.items():
        for row, value in enumerate(values):
            if value is not None:
                within(result, row, **{measure: value})


def test_a_spread_of_the_lane_is_that_of_one_lead_time_for_all_shipments():
    # with plenty at the depot the site sees its lane alone: a mixture of Poisson laws
    lane = LeadTime(10, 6)
    items = network((-1, asked(), LeadTime(5), 60, 1), (0, asked(0.3), lane, 3, 1))
    result = simulate_network(items, replace(LONG, replications=4000))
    nodes = (np.arange(20_000) + 0.5) / 20_000
    lead = gamma.ppf(nodes, a=(10 / 6) ** 2, scale=36 / 10)
    within(result, 1, fill_rate=float(poisson.cdf(3, 0.3 * lead).mean()))


def test_an_uncertain_rate_counts_every_rate_alike():
    items = network((-1, asked(), LeadTime(5), 60, 1), (0, asked(0.1, 0.02), LeadTime(10), 1, 1))
    result = simulate_network(items, replace(LONG, replications=6000, requests=20))
    rate = gamma.ppf((np.arange(20_000) + 0.5) / 20_000, a=0.01 / 0.02, scale=0.2)
    within(result, 1, fill_rate=float(poisson.cdf(1, 10 * rate).mean()))


def test_reviews_fall_on_any_day_of_the_period():
    items = network((-1, asked(), LeadTime(5), 60, 1), (0, asked(0.1), LeadTime(6, 0, 8), 1, 1))
    days = 6 + 8 * (np.arange(2000) + 0.5) / 2000
    within(simulate_network(items, LONG), 1, fill_rate=float(poisson.cdf(1, 0.1 * days).mean()))


def test_locations_are_reviewed_on_days_of_their_own():
    # the depot holds nothing and passes each order on at its next review, any time of its period
    items = network(
        (-1, asked(), LeadTime(3, 0, 8), -1, 1), (0, asked(0.1), LeadTime(6, 0, 8), 2, 1)
    )
    wait = 8 * (np.arange(400) + 0.5) / 400
    days = 3 + 6 + wait[:, None] + wait[None, :]
    result = simulate_network(items, LONG)
    within(result, 1, fill_rate=float(poisson.cdf(2, 0.1 * days).mean()))


def test_what_is_condemned_is_bought_and_the_rest_comes_back():
    share, local, turnaround = 0.8, 0.5, 12.0
    repairs = Repairs(np.full(2, share), np.full(2, local), np.full(2, turnaround))
    items = network(
        (-1, asked(), LeadTime(30), 2, 1), (0, asked(0.2), LeadTime(3), 1, 1), repairs=repairs
    )
    result = simulate_network(items, LONG)
    within(result, 0, orders_per_day=0.2 * (1 - share))
    within(result, 1, orders_per_day=0.2 * (1 - share * local))
    # on order at the depot: what is bought, and what is repaired there; both Poisson
    sent_up = 0.2 * share * (1 - local) * turnaround + 0.2 * (1 - share) * 30
    levels = np.arange(200)
    waiting = float(poisson.pmf(levels, sent_up) @ np.maximum(levels - 3, 0))
    within(result, 0, expected_backorders=waiting)


def test_pieces_on_the_lane_are_its_length_times_what_is_asked_for():
    result = simulate_network(a_company(), LONG)
    for row, flow in ((2, 0.1), (3, 0.23), (5, 0.03)):
        lane = a_company().lead_times.mean_days[row]
        within(result, row, expected_in_transit=flow * lane)
    assert result.measures["expected_in_transit"][0] == 0


def test_what_requests_see_is_what_the_shelf_shows_all_the_time():
    # recorded requests are counted one by one; drawn beforehand they are the same stream
    rng, days = np.random.default_rng(8), 400_000.0
    store = np.sort(rng.uniform(0, days, rng.poisson(0.2 * days)))
    depot = np.sort(rng.uniform(0, days, rng.poisson(0.1 * days)))
    pieces = rng.choice(LUMPY.pieces, size=len(store), p=LUMPY.share)
    start = np.array([0, len(depot), len(depot) + len(store)])
    record = RecordedRequests(
        start,
        np.concatenate((depot, store)),
        np.concatenate((np.ones(len(depot), dtype=np.int64), pieces)),
        days,
        counted_from=100.0,
    )
    items = network(
        (-1, asked(0.1), LeadTime(14), 9, 3),
        (0, asked(0.2 * LUMPY.mean, 0, LUMPY), LeadTime(4), 2, 2),
    )
    counted = simulate_network(items, replace(SHORT, replications=2), recorded=record)
    seen = simulate_network(items, LONG)
    for row in range(2):
        for measure in ("fill_rate", "line_fill_rate", "ready_rate", "waiting_days"):
            half = seen.measures[f"{measure}_half_width"][row]
            off = abs(counted.measures[measure][row] - seen.measures[measure][row])
            assert off <= 2 * half + 0.01 * (measure != "waiting_days"), (row, measure)


# --- the same whatever the order of things


def test_neither_order_nor_blocks_nor_cores_change_an_item_that_keeps_its_stream(monkeypatch):
    straight = simulate_network(a_company(), SHORT)
    turn = np.array([5, 2, 6, 0, 4, 3, 1])
    back = np.argsort(turn)
    company = a_company()
    turned = NetworkItems(
        company.demand.take(turn),
        company.lead_times.take(turn),
        np.where(company.parent_item[turn] < 0, -1, back[company.parent_item[turn]]),
        company.reorder_point[turn],
        company.order_quantity[turn],
    )
    monkeypatch.setattr("planning.simulate.network.run.BLOCK", 1)

    def backwards(work, pieces):
        return reversed([work(piece) for piece in reversed(list(pieces))])

    other = simulate_network(turned, SHORT, streams=turn, each=backwards)
    assert_frame_equal(other.measures[back], straight.measures, check_exact=True)
    assert other.summary == straight.summary


def test_the_same_seed_gives_the_same_figures_and_another_seed_gives_others():
    once = simulate_network(a_company(), SHORT).measures
    assert_frame_equal(simulate_network(a_company(), SHORT).measures, once, check_exact=True)
    other = simulate_network(a_company(), replace(SHORT, seed=4)).measures
    assert (other["expected_on_hand"] != once["expected_on_hand"]).all()


def test_a_part_does_not_feel_the_other_parts():
    alone = simulate_network(network((-1, asked(0.1), LeadTime(20), 3, 1)), SHORT).measures
    rows = [(-1, asked(0.1), LeadTime(20), 3, 1), (-1, asked(0.5), LeadTime(9), 7, 2)]
    assert_frame_equal(simulate_network(network(*rows), SHORT).measures[:1], alone)


# --- edges


def test_together_means_add_up_and_shares_are_weighted_by_what_customers_ask_for():
    result = simulate_network(a_company(), SHORT)
    rate = a_company().demand.demand_per_day
    fill = np.nan_to_num(result.measures["fill_rate"].to_numpy())
    assert result.summary["fill_rate"] == pytest.approx(fill @ rate / rate.sum())
    assert result.summary["expected_on_hand"] == pytest.approx(
        result.measures["expected_on_hand"].sum()
    )
    waiting = result.measures["backorders_of_customers"].sum() / rate.sum()
    assert result.summary["waiting_days"] == pytest.approx(waiting)


def test_a_part_nobody_asks_for_keeps_its_stock_and_promises_nothing():
    items = network((-1, asked(), LeadTime(9), 2, 1), (0, asked(), LeadTime(9), 0, 1))
    result = simulate_network(items, SHORT)
    assert result.measures["expected_on_hand"].to_list() == [3, 1]
    assert result.measures["orders_per_day"].sum() == 0
    assert result.measures["fill_rate"].is_nan().all()
    assert result.summary["fill_rate"] is None
    assert result.summary["expected_on_hand"] == 4


def test_a_rate_that_is_all_but_unknown_is_played_to_the_end():
    wild = asked(0.01, 1.0)
    items = network((-1, asked(), LeadTime(9), -3, 4), (0, wild, LeadTime(9, 20, 1), 0, 1))
    measures = simulate_network(items, SHORT).measures
    assert 0 <= measures["fill_rate"][1] <= 1
    assert np.isfinite(measures["waiting_days"][1])


def test_no_items_make_no_result_but_no_trouble_either():
    result = simulate_network(network(), SHORT)
    assert result.measures.height == 0
    assert result.summary["fill_rate"] is None


@pytest.mark.parametrize("parents", [(1, 0), (-1, 7), (0, -1)])
def test_items_that_form_no_forest_are_refused(parents):
    rows = [(parent, asked(0.1), LeadTime(2), 0, 1) for parent in parents]
    with pytest.raises(BrokenNetwork):
        simulate_network(network(*rows), SHORT)


def test_a_record_that_ends_before_it_is_counted_is_refused():
    with pytest.raises(OutOfRange):
        RecordedRequests(np.zeros(1), np.zeros(0), np.zeros(0), 10.0, counted_from=10.0)
