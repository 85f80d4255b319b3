"""Hidden rates: the fast filter against the plain one, and what learning must bring."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting import rates
from forecasting.history import Totals
from forecasting.rates.kernels import expected_counts


def plain_belief(model, busy):
    """The textbook forward filter, period by period."""
    belief = model.first
    for one in busy:
        belief = belief * (model.asked if one else 1 - model.asked)
        belief = belief / belief.sum() @ model.change
    return belief


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_walking_over_events_gives_what_walking_over_periods_gives(busy):
    model = rates.HiddenRates.unlearned()
    totals = Totals.of_table(np.array([busy], dtype=float))
    belief = rates.believe(totals, np.zeros(1, dtype=np.int64), model)
    assert belief[0] == pytest.approx(plain_belief(model, busy), abs=1e-12)


def test_moments_over_the_horizon_are_those_of_simulated_paths():
    model = rates.HiddenRates.unlearned()
    rng = np.random.default_rng(5)
    start = np.full(10, 0.1)
    mean, square = rates.ahead(start[None, :], model, np.array([4]))
    state = rng.choice(10, 200_000, p=start)
    total = np.zeros(len(state))
    for _ in range(4):
        total += model.asked[state]
        jump = rng.random(len(state))[:, None] > np.cumsum(model.change, axis=1)[state]
        state = np.minimum(jump.sum(axis=1), 9)
    assert mean[0] == pytest.approx(np.mean(total / 4), abs=3e-3)
    assert square[0] == pytest.approx(np.mean((total / 4) ** 2), abs=3e-3)


def some_totals(seed, items=400, periods=48):
    rng = np.random.default_rng(seed)
    chance = rng.choice([0.02, 0.3, 0.8], items, p=[0.6, 0.3, 0.1])
    return Totals.of_table((rng.random((items, periods)) < chance[:, None]).astype(float)), chance


def test_learning_makes_the_histories_likelier_than_before():
    totals, _ = some_totals(1)
    begin = np.zeros(len(totals), dtype=np.int64)
    columns = totals.start, totals.period, totals.periods, begin
    before, after = rates.HiddenRates.unlearned(), rates.learn(totals, begin)
    likelihood = [
        expected_counts(*columns, one.asked, one.change, one.first)[3] for one in (before, after)
    ]
    assert likelihood[1] > likelihood[0] + 150


def test_a_learned_filter_finds_the_chances_that_were_drawn():
    totals, chance = some_totals(2)
    begin = np.zeros(len(totals), dtype=np.int64)
    model = rates.learn(totals, begin)
    mean, _ = rates.ahead(rates.believe(totals, begin, model), model, np.ones(400, dtype=np.int64))
    for one in (0.02, 0.3, 0.8):
        assert mean[chance == one].mean() == pytest.approx(one, abs=0.05)


def test_what_has_been_silent_for_long_is_believed_to_die():
    lively = np.ones((300, 40))
    lively[:150, 20:] = 0
    totals = Totals.of_table(lively)
    begin = np.zeros(300, dtype=np.int64)
    model = rates.learn(totals, begin)
    mean, _ = rates.ahead(rates.believe(totals, begin, model), model, np.ones(300, dtype=np.int64))
    assert mean[0] < 0.1
    assert mean[-1] > 0.9


def test_learning_from_nothing_keeps_the_unlearned_model():
    totals = Totals.of_table(np.zeros((0, 5)))
    model = rates.learn(totals, np.zeros(0, dtype=np.int64))
    assert np.array_equal(model.asked, rates.HiddenRates.unlearned().asked)
