"""2,000 items under 20 overlapping targets of three measures, two of which ask for little."""

import numpy as np
import pytest

from inventory.service import Measure, Scope, ServiceTarget
from optimizer import Outcome, solve
from optimizer.problem import ScopeWords
from tests.optimizer.problems import achieved, is_met, measured, some_items

FILL, READY, WAIT = Measure.FILL_RATE, Measure.READY_RATE, Measure.WAITING_DAYS
TARGETS = (
    ServiceTarget(FILL, 0.93),
    *(ServiceTarget(FILL, 0.94 + 0.01 * at, Scope(tier=tier)) for at, tier in enumerate("CBA")),
    *(ServiceTarget(FILL, 0.92 + 0.006 * at, Scope(location_id=f"L{at}")) for at in range(8)),
    ServiceTarget(WAIT, 0.8, Scope(criticality="A")),
    ServiceTarget(WAIT, 1.2, Scope(criticality="B")),
    ServiceTarget(WAIT, 0.5, Scope(tier="A", criticality="A")),
    ServiceTarget(WAIT, 1.5),
    ServiceTarget(READY, 0.97, Scope(tier="A", location_id="L7")),
    ServiceTarget(Measure.VALUE_FILL_RATE, 0.8),
    ServiceTarget(FILL, 0.5),
    ServiceTarget(WAIT, 60.0, Scope(tier="C")),
)


@pytest.fixture(scope="module")
def field_stock():
    chance, parts, sites = np.random.default_rng(7), 250, 8
    part = np.repeat(np.arange(parts), sites)
    return some_items(
        np.exp(chance.normal(-5, 1.2, parts * sites)),
        chance.integers(2, 50, parts * sites),
        np.exp(chance.normal(4, 1.4, parts))[part],
        part=part,
        location=np.tile(np.arange(sites), parts),
        tier=np.tile(np.arange(sites) % 3, parts),
        criticality=chance.integers(0, 3, parts)[part],
        words=ScopeWords(("A", "B", "C"), tuple(f"L{at}" for at in range(sites)), tuple("ABC")),
    )


def test_many_overlapping_targets_are_met_within_a_thousandth_of_the_bound(field_stock):
    assert len(TARGETS) == 20
    plan = solve(field_stock, TARGETS)
    assert plan.outcome is Outcome.OPTIMAL
    assert plan.gap <= 0.001
    for result in plan.targets:
        assert result.met
        assert is_met(field_stock, plan.reorder_point, result.target)
        again = achieved(field_stock, plan.reorder_point, result.target)
        assert result.achieved == pytest.approx(again, abs=1e-9)
    assert [result.price_per_day for result in plan.targets[-2:]] == [0, 0]
    holding = measured(field_stock, plan.reorder_point)[0].sum()
    assert plan.cost_per_day.holding == pytest.approx(holding)
