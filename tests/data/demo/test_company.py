"""Demand comes from machines, and levels from the history alone."""

import numpy as np
import polars as pl
import pytest

from data.demo.calendar import HISTORY_DAYS, HORIZON_DAYS, month_ends, month_of_day
from data.demo.company import _three_years, found
from data.demo.field import kernels
from data.demo.field.demand import requests_of
from data.demo.field.design import Campaigns, Design, Positions, Services
from data.demo.field.fleet import Customers, Machines, seasons
from data.demo.network import lay_out
from inventory.errors import OutOfRange


def a_fleet(count, *, shape, scale_days, pieces=1, season=0, installed=0):
    """Machines of one type with one part, and nothing else that could ask for it."""
    nothing = np.zeros(2, dtype=np.int64)
    empty = np.zeros(0, dtype=np.int64)
    positions = Positions(
        start=np.array([0, 1]),
        part=np.array([0]),
        scale_days=np.array([float(scale_days)]),
        shape=np.array([float(shape)]),
        pieces=np.array([pieces]),
        set_share=np.array([0.4]),
        companion=np.full((1, 3), -1),
        companion_share=np.ones((1, 3)),
    )
    plans = Design(
        positions,
        Services(nothing, np.array([1e9]), empty, empty, empty.astype(float)),
        Campaigns(nothing, empty, empty, empty, empty, empty),
        launched=np.array([0]),
        last_sale=np.array([0]),
        popularity=np.ones(1),
    )
    same = np.zeros(count, dtype=np.int64)
    machines = Machines(
        kind=same,
        location=same,
        customer=np.arange(count),
        installed=same + installed,
        scrapped=same + HORIZON_DAYS,
        pace=np.ones(count),
        season=same + season,
    )
    return machines, plans, Customers(same, same + 7, same)


class OnePart:
    """As much of a catalogue as requests need."""

    successor = np.array([-1])
    replaced_on = np.array([HORIZON_DAYS + 1])

    def __len__(self):
        return 1


def asked_of(machines, plans, clients, seed=5):
    return requests_of(machines, plans, OnePart(), clients, seed)


@pytest.mark.parametrize("shape", [0.8, 1.0, 3.0])
def test_parts_live_as_weibull_says(shape):
    machines, plans, clients = a_fleet(40_000, shape=shape, scale_days=6000)
    asked = asked_of(machines, plans, clients)
    for day in (400, 1200):
        share = 1 - np.exp(-((day / 6000) ** shape))
        failed = len(np.unique(asked.customer[asked.day < day]))
        noise = np.sqrt(40_000 * share * (1 - share))
        assert failed == pytest.approx(40_000 * share, rel=0.01, abs=4 * noise)


def test_wear_is_no_poisson_stream():
    """Lives of nearly the same length: counts of three years vary far less than their mean."""
    counts = []
    for seed in range(40):
        machines, plans, clients = a_fleet(50, shape=6, scale_days=400)
        counts.append(len(asked_of(machines, plans, clients, seed)))
    assert np.var(counts) < 0.25 * np.mean(counts)


def test_an_older_fleet_asks_more_often_for_what_wears_out():
    young, old = (
        len(asked_of(*a_fleet(5_000, shape=2.5, scale_days=9000, installed=-age)))
        for age in (0, 3000)
    )
    assert old > 2 * young


def test_lives_that_ended_before_the_history_are_not_told():
    asked = asked_of(*a_fleet(4_000, shape=1, scale_days=4_000, installed=-3000))
    assert len(asked) == pytest.approx(HORIZON_DAYS, rel=0.1)
    by_quarter = np.bincount(asked.day // 91)[:16]
    assert by_quarter == pytest.approx(np.full(16, 91), abs=45)


def test_summer_sites_ask_in_summer():
    machines, plans, clients = a_fleet(20_000, shape=1, scale_days=8000, season=1)
    month = (month_of_day()[asked_of(machines, plans, clients).day] + 9) % 12 + 1
    summer, winter = np.isin(month, (6, 7, 8)).sum(), np.isin(month, (12, 1, 2)).sum()
    assert summer > 4 * winter


def test_a_recall_replaces_the_part_in_every_machine_built_in_the_span():
    machines, plans, clients = a_fleet(300, shape=9, scale_days=1e9)
    machines = machines._replace(installed=np.arange(300) - 100)
    one = np.array([0]), np.array([400]), np.array([90]), np.array([-50]), np.array([50])
    plans = plans._replace(campaigns=Campaigns(np.array([0, 1]), *one))
    asked = asked_of(machines, plans, clients)
    assert sorted(asked.customer) == list(range(50, 150))
    assert asked.day.min() >= 400
    assert asked.day.max() <= 400 + 90 + 2


def test_planned_work_waits_for_the_visit_to_the_customer():
    machines, plans, _ = a_fleet(200, shape=9, scale_days=1e9)
    machines = machines._replace(customer=machines.kind)
    line = np.array([0]), np.array([1]), np.array([1.0])
    plans = plans._replace(services=Services(np.array([0, 1]), np.array([300.0]), *line))
    asked = asked_of(machines, plans, Customers(np.array([0]), np.array([91]), np.array([0])))
    assert len(asked) > 400
    assert len(set(asked.day // 91)) == len(set(asked.day)) <= HORIZON_DAYS // 91 + 1


def test_the_clock_of_a_season_runs_a_year_in_a_year():
    clocks = seasons()
    assert (np.diff(clocks, axis=1) > 0).all()
    assert clocks[:, 365] - clocks[:, 0] == pytest.approx(365, rel=0.01)


def test_every_request_has_a_machine_that_runs_and_carries_the_part(company):
    machines, goods, spots = company.machines, company.catalogue, company.plans.positions
    fleet = pl.DataFrame(
        {
            "kind": machines.kind,
            "location": machines.location,
            "customer": machines.customer,
            "installed": machines.installed,
            "scrapped": machines.scrapped,
        }
    )
    kind = np.repeat(np.arange(len(spots.start) - 1), np.diff(spots.start))
    original = np.arange(len(goods))
    replaced = goods.successor >= 0
    original[goods.successor[replaced]] = np.flatnonzero(replaced)
    asked = company.requests
    requests = pl.DataFrame(
        {
            "row": np.arange(len(asked)),
            "day": asked.day,
            "part": original[asked.part],
            "location": asked.location,
            "customer": asked.customer,
        }
    )
    carried = requests.join(pl.DataFrame({"kind": kind, "part": spots.part}), on="part")
    running = carried.join(fleet, on=["kind", "location", "customer"]).filter(
        (pl.col("installed") <= pl.col("day")) & (pl.col("day") < pl.col("scrapped"))
    )
    assert running["row"].n_unique() == len(asked) > 0


def test_a_successor_is_asked_for_from_its_day_and_the_old_part_before(company):
    goods, asked = company.catalogue, company.requests
    old = np.flatnonzero(goods.successor >= 0)
    assert len(old)
    gone = goods.successor[asked.part] >= 0
    assert (asked.day[gone] < goods.replaced_on[asked.part[gone]]).all()
    since = np.zeros(len(goods))
    since[goods.successor[old]] = goods.replaced_on[old]
    assert (asked.day >= since[asked.part]).all()


def test_parts_out_of_the_catalogue_are_not_asked_for():
    company = found(5000, 3, 1)
    gone = np.flatnonzero(~company.catalogue.listed)
    assert len(gone)
    assert not np.isin(company.requests.part, gone).any()


def test_fleets_grow_and_shrink(company):
    machines = company.machines
    during = (machines.installed > 0) & (machines.installed < HISTORY_DAYS)
    assert during.any()
    assert (machines.scrapped < HISTORY_DAYS).any()
    assert (machines.installed < -365).any()


def test_todays_levels_and_shelves_know_nothing_of_the_year_to_come(company):
    past = company.requests.within(0, HISTORY_DAYS)
    levels, shelves = _three_years(
        company.network, company.catalogue, company.terms, past, company.seed
    )
    assert len(past) < len(company.requests)
    assert np.array_equal(levels.reorder_point, company.levels.reorder_point)
    assert np.array_equal(levels.order_quantity, company.levels.order_quantity)
    assert np.array_equal(shelves.seen, company.shelves.seen)


def test_at_the_size_of_the_speed_measure_most_items_are_asked_for():
    company = found(5000, 20, 1)
    past = company.requests.within(0, HISTORY_DAYS)
    assert len(np.unique(past.part * 20 + past.location)) >= 50_000


def test_month_ends_close_the_history():
    ends = month_ends()
    assert len(ends) == 36
    assert ends[0] == 30
    assert ends[-1] == HISTORY_DAYS - 1


@pytest.mark.parametrize("locations", [1, 2, 3, 4, 8, 20, 61, 300])
def test_networks_are_forests_with_readable_names_of_their_own(locations):
    network = lay_out(locations, 1)
    assert len(network) == locations
    assert len(set(network.location_id)) == locations
    assert (network.parent < np.arange(locations)).all()
    assert (network.parent == -1).sum() == 1


@pytest.mark.parametrize("asked", [(0, 3, 1), (3, 0, 1), (3, 3, -1), (3, 3, 2**63)])
def test_a_company_of_nothing_or_of_no_seed_is_refused(asked):
    with pytest.raises(OutOfRange):
        found(*asked)


def test_the_largest_seed_makes_a_company():
    assert len(found(40, 4, 2**63 - 1).requests)


def test_more_machines_than_a_request_can_name_are_refused(monkeypatch):
    monkeypatch.setattr(kernels, "MACHINE_BITS", 3)
    with pytest.raises(OutOfRange, match="machines"):
        asked_of(*a_fleet(8, shape=1, scale_days=100))
