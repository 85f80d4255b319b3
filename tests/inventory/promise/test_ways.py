"""Laws of time, queues, ranking, levels and sentences: known answers and what must always hold."""

from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.promise import levels, sentence
from inventory.promise.levels import STEP, Levels
from inventory.promise.queue import Rank, Supply, turn_of
from inventory.promise.time_law import TimeLaw, days_of, last_of, moment_of
from inventory.promise.ways import Option, Unknown, Way, ranked

NOW = datetime(2025, 7, 7, 8, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


def evenly(low: float, high: float) -> TimeLaw:
    return TimeLaw(np.array([low, high]), np.array([0.0, 1.0]))


def test_a_moment_there_and_back():
    assert moment_of(days_of(NOW)) == NOW
    assert moment_of(days_of(NOW) + 1e-5) == NOW + timedelta(minutes=1)  # rounded up, never down


def test_quantiles_of_an_even_law():
    law = evenly(10.0, 20.0)
    assert [law.quantile(q) for q in (0.0, 0.5, 0.9, 1.0)] == [10.0, 15.0, 19.0, 20.0]
    assert law.sure_to(0.8).quantile(0.9) is None  # it may fail: so sure nobody is
    assert float(law.chance_by(12.5)) == 0.25
    assert law.later_than(15.0).quantile(0.5) == 15.0


def test_one_after_the_other_is_the_sum():
    law = evenly(0.0, 1.0).then(evenly(0.0, 1.0))  # a triangle
    assert law.quantile(0.5) == pytest.approx(1.0, abs=0.02)
    assert law.quantile(0.9) == pytest.approx(2 - np.sqrt(0.2), abs=0.02)


def test_a_job_waits_for_its_last_part():
    law = last_of([evenly(0.0, 1.0)] * 3)
    moments = np.linspace(0.05, 0.95, 5)
    assert law.chance_by(moments) == pytest.approx(moments**3, abs=1e-3)
    assert last_of([evenly(0.0, 1.0), TimeLaw.at(5.0)]).quantile(0.5) == pytest.approx(5.0)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(st.integers(1, 3), st.floats(0, 20), st.floats(0.5, 10)), min_size=1,
             max_size=5),
    st.integers(0, 4),
    st.integers(1, 3),
)  # fmt: skip
def test_a_turn_is_what_counting_every_case_says(rows, before, pieces):
    """Every order has come by a moment or not: all 2^n cases, by brute force."""
    supplies = [Supply(n, evenly(low, low + width)) for n, low, width in rows]
    law = turn_of(supplies, before, pieces)
    if before + pieces > sum(one.pieces for one in supplies):
        assert law is None
        return
    for moment in np.linspace(0.0, 30.0, 13):
        chance = 0.0
        for come in product((True, False), repeat=len(supplies)):
            each = [float(one.law.chance_by(moment)) for one in supplies]
            case = np.prod([c if yes else 1 - c for c, yes in zip(each, come, strict=True)])
            there = sum(one.pieces for one, yes in zip(supplies, come, strict=True) if yes)
            chance += case * (there >= before + pieces)
        assert float(law.chance_by(moment)) == pytest.approx(chance, abs=0.02)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 3), st.integers(1, 3), st.floats(0, 0.5))
def test_more_pieces_a_longer_queue_and_more_who_pass_come_no_sooner(before, pieces, passing):
    supplies = [Supply(3, evenly(5.0, 9.0)), Supply(5, evenly(6.0, 30.0))]

    def at(b, p, rate):
        law = turn_of(supplies, b, p, passing_per_day=rate, now=0.0)
        found = law.quantile(0.5)
        return np.inf if found is None else found

    here = at(before, pieces, passing)
    assert at(before, pieces + 1, passing) >= here - 1e-6
    assert at(before + 1, pieces, passing) >= here - 1e-6
    assert at(before, pieces, passing + 0.3) >= here - 0.1


def test_the_queue_knows_tier_then_criticality_then_time():
    line = sorted(
        [
            Rank.of("B", "A", 1.0),
            Rank.of("A", "C", 3.0),
            Rank.of(None, "A", 0.0),
            Rank.of("A", "A", 9.0),
            Rank.of("A", "C", 2.0),
        ]
    )
    assert [(one.tier, one.criticality, one.since) for one in line[:4]] == [
        ("A", "A", 9.0), ("A", "C", 2.0), ("A", "C", 3.0), ("B", "A", 1.0),
    ]  # fmt: skip


def an_option(way: Way, day: float | None, cost: float | None = 0.0, **more) -> Option:
    law = None if day is None else evenly(day - 1.0, day + 1.0)
    return Option(way, "P", "L", 1, law, cost, **more)


def test_the_cheapest_that_keeps_the_deadline_goes_first():
    late, express, slow = (
        an_option(Way.NEW_ORDER, 30.0),
        an_option(Way.EMERGENCY, 2.0, 90.0),
        an_option(Way.DEPOT, 5.0),
    )
    unknown = an_option(Way.REPAIR, None, unknown=Unknown.NO_REPAIR_TIME)
    every = [unknown, late, express, slow]
    ways = [one.way for one in ranked(every, 10.0)]
    assert ways == [Way.DEPOT, Way.EMERGENCY, Way.NEW_ORDER, Way.REPAIR]
    assert next(iter(ranked(every, 4.0))).way is Way.EMERGENCY
    assert next(iter(ranked(every, None))).way is Way.DEPOT  # nobody pays for express unasked
    assert next(iter(ranked(every, 0.5))).way is Way.EMERGENCY  # none keeps it: the soonest


def test_an_alternate_goes_behind_an_equal_original():
    same = [an_option(Way.DEPOT, 5.0, alternate=True), an_option(Way.DEPOT, 5.0)]
    assert not ranked(same, 10.0)[0].alternate


def test_scores_move_the_levels_until_the_share_is_right():
    """Laws that are too sure: their 90 % holds in 85 %. The levels find out."""
    chance = np.random.default_rng(5)
    level, kept, late = Levels(), [], []
    for number in range(6000):
        true = chance.random()
        by_sure, by_likely = true <= level.sure - 0.05, true <= level.likely - 0.08
        level = level.after(by_likely=by_likely, by_sure=by_sure)
        if number > 1000:
            kept.append(by_sure)
            late.append(by_likely)
    assert np.mean(kept) == pytest.approx(0.9, abs=0.01)
    assert np.mean(late) == pytest.approx(0.5, abs=0.01)
    assert levels.learnt([(True, True)]) == Levels(0.5 - STEP * 0.5, 0.9 - STEP * 0.1)


def test_the_sentence_names_days_in_the_customers_zone():
    late = datetime(2025, 7, 9, 22, 30, tzinfo=UTC)  # already Thursday in Paris
    said = sentence.promise(Way.ON_ORDER, NOW + timedelta(days=1), late, now=NOW, zone=PARIS)
    assert said == (
        "Your part is already on order: most likely here by Tuesday 8 July, and we promise it for "
        "Thursday 10 July."
    )
    assert sentence.promise(Way.SHELF, NOW, NOW, now=NOW, zone=PARIS).endswith("on the shelf.")
    assert "today" in sentence.promise(Way.VAN, NOW, NOW, now=NOW, zone=PARIS)


@pytest.mark.parametrize("reason", list(Unknown))
def test_unknown_is_said_as_unknown_with_what_would_make_it_known(reason):
    said = sentence.unknown(reason)
    assert said.startswith("We cannot name a day yet, because ")
    assert said.count(".") == 1
    assert reason.remedy


@pytest.mark.parametrize("way", list(Way))
def test_every_answer_is_one_sentence(way):
    for likely, sure in ((NOW, NOW), (NOW, NOW + timedelta(days=9)), (None, None)):
        said = sentence.promise(way, likely, sure, now=NOW, zone=PARIS)
        assert said.endswith(".")
        assert said.count(".") == 1


def test_a_day_of_another_year_is_said_with_its_year():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    near, far = now + timedelta(days=5), now + timedelta(days=262)
    said = sentence.promise(Way.NEW_ORDER, near, far, now=now, zone=UTC)
    assert said.endswith(
        "most likely here by Friday 27 November, and we promise it for Wednesday 11 August 2027."
    )
