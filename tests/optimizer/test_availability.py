import numpy as np
import pytest

from inventory.service import Measure, Scope, ServiceTarget
from optimizer import Outcome, solve
from optimizer.assess import assess
from optimizer.problem import Fleet
from tests.optimizer.problems import measured, some_items
from tests.optimizer.test_known_answers import CASES


def machines(cases=("MI-038", "MI-039")):
    """The two published fleets, one at each of two locations."""
    given = [CASES[name]["inputs"] for name in cases]
    rate = np.concatenate([case["pipeline_means"] for case in given])
    parts = [len(case["pipeline_means"]) for case in given]
    fleet = Fleet(
        np.repeat([float(case["systems"]) for case in given], parts),
        np.concatenate([case["quantity_per_system"] for case in given]).astype(float),
    )
    return some_items(
        rate, 1.0, np.arange(len(rate)) * 30.0 + 20.0,
        part=np.concatenate([np.arange(count) for count in parts]),
        location=np.repeat([0, 1], parts),
        fleets={"press": fleet},
    )  # fmt: skip


def availability(items, reorder_point, location):
    fleet, (_, waiting, _) = items.fleets["press"], measured(items, reorder_point)
    here = items.location == location
    pieces = fleet.machines * fleet.per_machine
    return np.prod((1 - waiting / pieces)[here] ** fleet.per_machine[here])


def test_published_fleets_have_their_availability():
    items = machines()
    stock = np.concatenate([CASES[name]["inputs"]["stock"] for name in ("MI-038", "MI-039")])
    target = ServiceTarget(Measure.AVAILABILITY, 0.9)
    results = assess(items, [target], stock - 1, np.ones(len(items), dtype=np.int64))
    expected = [CASES[name]["expected"]["availability"] for name in ("MI-038", "MI-039")]
    assert [one.achieved for one in results] == pytest.approx(expected, abs=1e-9)
    assert [one.machine_type for one in results] == ["press", "press"]


def test_each_type_at_each_location_reaches_its_availability_at_least_cost():
    items = machines()
    target = ServiceTarget(Measure.AVAILABILITY, 0.97, Scope(location_id="L1"))
    plan = solve(items, [target], gap=0)
    assert plan.outcome is Outcome.OPTIMAL
    (result,) = plan.targets
    assert result.achieved == pytest.approx(availability(items, plan.reorder_point, 1), abs=1e-9)
    assert result.achieved >= 0.97 - 1e-8
    assert (plan.reorder_point[items.location == 0] == -1).all()
    here = np.flatnonzero(items.location == 1)
    cheapest = min(
        measured(items, point)[0].sum()
        for point in every_plan(items, here)
        if availability(items, point, 1) >= 0.97
    )
    assert plan.cost_per_day.holding == pytest.approx(cheapest, rel=1e-9)


def every_plan(items, here):
    for levels in np.ndindex(*(7,) * len(here)):
        point = np.full(len(items), -1)
        point[here] = np.array(levels) - 1
        yield point
