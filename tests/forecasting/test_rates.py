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


def plain_counts(model, busy):
    """The textbook forward–backward sums of one history, period by period."""
    chance = np.where(np.array(busy)[:, None], model.asked, 1 - model.asked)
    before = [model.first * chance[0]]
    for seen in chance[1:]:
        before.append(before[-1] @ model.change * seen)
    after = [np.ones(10)]
    for seen in chance[:0:-1]:
        after.insert(0, model.change @ (seen * after[0]))
    visits = np.array(before) * np.array(after) / before[-1].sum()
    moves = sum(
        np.outer(here, seen * then) * model.change / before[-1].sum()
        for here, seen, then in zip(before, chance[1:], after[1:], strict=False)
    )
    return moves, visits.sum(axis=0), visits[busy].sum(axis=0), visits[0], before[-1].sum()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=30), min_size=1, max_size=4))
def test_leaping_over_silence_counts_what_going_through_it_counts(histories):
    model = rates.HiddenRates.unlearned()
    start = np.cumsum([0, *map(sum, histories)])
    period = np.concatenate([np.flatnonzero(busy) for busy in histories])
    periods = np.array([len(busy) for busy in histories])
    begin = np.arange(len(histories)) % 3
    columns = start, period.astype(np.int64), periods, begin
    counts = expected_counts(*columns, model.asked, model.change, model.first)
    plain = [plain_counts(model, busy[late:]) for busy, late in zip(histories, begin, strict=True)]
    moves, visits, asked, firsts, chance = zip(*plain, strict=True)
    assert counts[0] == pytest.approx(sum(moves) + np.zeros((10, 10)), rel=1e-9, abs=1e-14)
    assert counts[1] == pytest.approx(np.array([sum(visits), sum(asked)]), rel=1e-9, abs=1e-14)
    assert counts[2] == pytest.approx(sum(firsts), rel=1e-9)
    assert counts[3] == pytest.approx(np.log(chance).sum(), rel=1e-9)


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


def busy_and_quiet(items=400, periods=24, seed=3):
    """Beliefs after histories of two groups, one asked for ten times as often."""
    rng = np.random.default_rng(seed)
    alike = np.arange(items) % 2
    chance = np.where(alike == 0, 0.02, 0.2)[:, None]
    totals = Totals.of_table((rng.random((items, periods)) < chance).astype(float))
    begin = np.zeros(items, dtype=np.int64)
    model = rates.learn(totals, begin)
    return rates.believe(totals, begin, model), model, alike, np.diff(totals.start)


def test_of_two_silent_items_the_one_of_the_busier_group_is_expected_sooner():
    belief, model, alike, events = busy_and_quiet()
    chance = rates.among_similar(belief, alike) @ model.asked
    once = events == 1
    assert chance[once & (alike == 1)].mean() > 2 * chance[once & (alike == 0)].mean()
    for group, truth in ((0, 0.02), (1, 0.2)):
        assert chance[alike == group].mean() == pytest.approx(truth, rel=0.25)


def test_where_all_are_alike_beliefs_stay_what_they_are():
    belief, _, alike, _ = busy_and_quiet()
    same = rates.among_similar(belief, np.zeros_like(alike))
    assert same == pytest.approx(belief, abs=1e-12)


def test_a_group_of_one_moves_less_than_a_group_of_many():
    belief, model, alike, events = busy_and_quiet()
    everybody = rates.among_similar(belief, np.zeros_like(alike)) @ model.asked
    many = rates.among_similar(belief, alike) @ model.asked
    one = int(np.flatnonzero((alike == 0) & (events == 0))[0])
    alone = rates.among_similar(belief, np.where(np.arange(len(alike)) == one, 5, 0)) @ model.asked
    assert abs(alone[one] - everybody[one]) < 0.3 * abs(many[one] - everybody[one])
