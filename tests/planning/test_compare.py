import pytest

from inventory.service import Measure, ServiceTarget
from planning.compare import Played, at_same_service, stricter

FILL, WAIT = Measure.FILL_RATE, Measure.WAITING_DAYS


def played(value, fill, wait=1.0):
    return Played(0.0, value, {"stock_value": value, "fill_rate": fill, "waiting_days": wait})


def test_the_value_is_read_off_between_the_neighbours_that_serve_less_and_more():
    plans = [played(100.0, 0.80), played(200.0, 0.90), played(300.0, 0.95)]
    assert at_same_service(played(999.0, 0.85), plans, [FILL]) == pytest.approx(150.0)


def test_every_measure_has_to_be_no_worse():
    plans = [played(100.0, 0.8, 4.0), played(200.0, 0.9, 2.0), played(300.0, 0.95, 1.0)]
    assert at_same_service(played(999.0, 0.85, 1.5), plans, [FILL, WAIT]) == pytest.approx(250.0)


def test_a_service_no_plan_reaches_is_not_claimed():
    assert at_same_service(played(1.0, 0.99), [played(100.0, 0.8)], [FILL]) is None


def test_a_plan_that_is_better_from_the_start_counts_at_its_own_value():
    assert at_same_service(played(1.0, 0.5), [played(100.0, 0.8)], [FILL]) == 100.0


def teststricter_moves_odds_and_waits_the_same_way():
    assert stricter(ServiceTarget(FILL, 0.5), 1.0).target == pytest.approx(0.7310586)
    assert stricter(ServiceTarget(WAIT, 2.0), 1.0).target == pytest.approx(2.0 / 2.718281828)
    assert stricter(ServiceTarget(FILL, 0.9), 0.0).target == pytest.approx(0.9)
