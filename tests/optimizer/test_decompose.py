import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.service import Measure, Scope, ServiceTarget
from optimizer import Outcome, solve
from tests.optimizer.problems import cheapest_by_trying_all, some_items

SCOPES = st.sampled_from(
    [Scope(), Scope(tier="A"), Scope(criticality="B"), Scope(tier="B", criticality="A")]
)


@st.composite
def targets(draw):
    if draw(st.booleans()):
        return ServiceTarget(Measure.WAITING_DAYS, draw(st.floats(0.05, 30)), draw(SCOPES))
    measure = draw(
        st.sampled_from([Measure.FILL_RATE, Measure.READY_RATE, Measure.VALUE_FILL_RATE])
    )
    return ServiceTarget(measure, draw(st.floats(0.1, 0.97)), draw(SCOPES))


@st.composite
def small_problems(draw):
    count, levels = draw(st.sampled_from([(2, 4), (3, 4), (4, 4), (5, 3), (6, 3)]))
    several = {"min_size": count, "max_size": count}
    items = some_items(
        draw(st.lists(st.floats(0.001, 0.2), **several)),
        10.0,
        draw(st.lists(st.floats(1, 1000), **several)),
        tier=np.array(draw(st.lists(st.integers(0, 1), **several))),
        criticality=np.array(draw(st.lists(st.integers(0, 1), **several))),
        highest_reorder_point=np.full(count, levels - 2),
    )
    return items, draw(st.lists(targets(), min_size=1, max_size=4)), levels


@settings(max_examples=60, deadline=None)
@given(small_problems())
def test_a_small_plan_costs_what_trying_every_combination_costs(problem):
    items, asked, levels = problem
    cheapest = cheapest_by_trying_all(items, asked, levels)
    plan = solve(items, asked, gap=0.0)
    if cheapest == np.inf:
        assert plan.outcome is Outcome.IMPOSSIBLE
    else:
        assert plan.cost_per_day.holding == pytest.approx(cheapest, rel=1e-9, abs=1e-12)
        assert plan.lower_bound_per_day <= cheapest * (1 + 1e-9)
        assert plan.gap == pytest.approx(0, abs=1e-6)
