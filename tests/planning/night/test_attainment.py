"""What was achieved is told with an interval that admits how few events there are."""

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from scipy import stats

from data.store.night_inputs import requests_served
from inventory.service import Measure, Scope, ServiceTarget
from planning.night.attainment import LEVEL, Events, _verdict, achieved, share, waiting, within


def test_no_events_tell_nothing():
    assert share(np.zeros(0, dtype=bool), np.zeros(0)) == (None, 0.0, 1.0, 0)


def test_ten_of_ten_do_not_prove_ninety_five_per_cent():
    value, low, high, events = share(np.ones(10, dtype=bool), np.ones(10))
    assert (value, high, events) == (1.0, 1.0, 10)
    assert low == pytest.approx(0.05**0.1)  # Clopper and Pearson's own closed form


def test_the_interval_is_that_of_an_exact_binomial_test():
    at_once = np.arange(50) < 43
    value, low, high, _ = share(at_once, np.ones(50))
    exact = stats.binomtest(43, 50).proportion_ci(LEVEL, method="exact")
    assert (value, low, high) == pytest.approx((0.86, exact.low, exact.high))


def test_one_large_request_counts_as_few_events():
    at_once = np.arange(20) > 0
    even = share(at_once, np.ones(20))
    lumpy = share(at_once, np.array([1.0] + [1.0] * 18 + [100.0]))
    assert lumpy[2] - lumpy[1] > 2 * (even[2] - even[1])


def test_the_interval_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(500):
        _, low, high, _ = share(rng.random(25) < 0.9, np.ones(25))
        hits += low <= 0.9 <= high
    assert hits / 500 >= LEVEL


def events(waited, *, over=None, weight=None):
    """Requests that waited so many days each; those with 0 were served at once."""
    days = np.asarray(waited, dtype=float)
    return Events(
        np.ones(len(days)) if weight is None else np.asarray(weight, dtype=float),
        days == 0.0,
        days,
        np.ones(len(days), dtype=bool) if over is None else np.asarray(over, dtype=bool),
    )


def a_promise(measure, target, within_days=None):
    return ServiceTarget(measure, target, Scope(), within_days=within_days)


def test_those_served_at_once_count_in_the_mean_wait():
    value, low, high, count = waiting(events([0, 0, 0, 8]), longest_days=30)
    assert (value, count) == (2.0, 4)
    assert low < 2.0 < high


def test_what_still_waits_counts_as_long_as_it_has_waited():
    done = waiting(events([0] * 8 + [5, 5]), longest_days=30)
    still = waiting(events([0] * 8 + [5, 5], over=[True] * 9 + [False]), longest_days=30)
    assert still[0] == done[0]
    assert still[2] > done[2]  # nobody knows how long it will be


def test_the_interval_of_a_mean_wait_covers_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(400):
        waits = np.where(rng.random(60) < 0.2, rng.exponential(6.0, 60), 0.0)
        limit = rng.uniform(2, 30, 60)  # the night looks while some still wait
        told = Events(np.ones(60), waits == 0, np.minimum(waits, limit), waits <= limit)
        _, low, high, _ = waiting(told, longest_days=40)
        hits += low <= 0.2 * 6.0 <= high
    assert hits / 400 >= LEVEL


def test_a_few_requests_without_a_wait_do_not_prove_that_nobody_waits():
    promise = a_promise(Measure.WAITING_DAYS, 0.5)
    few = achieved(promise, events([0] * 10), longest_days=20)
    many = achieved(promise, events([0] * 1000), longest_days=20)
    assert (few[0], many[0]) == (0.0, 0.0)
    assert _verdict(promise, few) == "too few events to tell"
    assert _verdict(promise, many) == "kept"


def test_long_waits_are_a_broken_promise():
    promise = a_promise(Measure.WAITING_DAYS, 0.5)
    told = achieved(promise, events([0] * 50 + [9] * 50), longest_days=20)
    assert _verdict(promise, told) == "missed"


def test_served_within_some_days_counts_and_what_nobody_knows_yet_is_neither():
    waited = [0, 1, 3, 2, np.nan]
    told = events(waited, over=[True, True, True, False, False])
    value, low, high, count = within(told, 2.5)
    assert (value, count) == (2 / 3, 3)  # 3 days is late; the last two nobody knows
    pessimist, optimist = within(told.at(told.over), 2.5), within(events([0, 1, 3, 2, 2]), 2.5)
    assert low < pessimist[1]
    assert high == pytest.approx(optimist[2])
    sure = events([0, 1, 3, 4, 0])
    assert within(sure, 2.5)[:3] == pytest.approx(share(sure.waited_days <= 2.5, np.ones(5))[:3])


def test_nobody_asked_is_said_of_every_measure():
    days = {Measure.WAITING_DAYS: None, Measure.RESPONSE_SHARE: 2.0, Measure.FILL_RATE: None}
    for measure, within_days in days.items():
        promise = a_promise(measure, 0.9, within_days)
        assert _verdict(promise, achieved(promise, events([]), longest_days=9)) == "nobody asked"


MONDAY = datetime(2026, 9, 7, 8, tzinfo=UTC)
COLUMNS = ("part_id", "location_id", "at", "pieces", "document_id", "customer_class")


def told_of(*rows):
    schema = dict.fromkeys(COLUMNS, pl.String)
    schema |= {"at": pl.Datetime("us", "UTC"), "pieces": pl.Int64}
    full = [
        ("P", place, MONDAY + timedelta(days=day), 1, order, None) for place, day, order in rows
    ]
    return pl.DataFrame(full, schema=schema, orient="row")


def test_a_request_waits_from_its_first_refusal_to_its_hand_over_wherever_it_came_from():
    given = told_of(("A", 0, "RO-1"), ("B", 5, "RO-2"), ("A", 9, "RO-9"))
    refused = told_of(("A", 1, "RO-2"), ("A", 2, "RO-2"), ("A", 3, "RO-3"), ("A", 4, None))
    found = requests_served(given, refused)
    assert found.select("location_id", "at_once", "waited_days", "known").rows() == [
        ("A", True, 0.0, True),
        ("A", False, 4.0, True),
        ("A", False, None, True),
        ("A", False, None, False),
        ("A", True, 0.0, True),
    ]
