"""How long orders take: known answers, and calibration against laws the code does not know."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.promise import lead_law
from inventory.promise.lead_law import Orders, generic, learn

NOW = 540.0


def a_history(draw, *, seed=1, count=400, stated=(10.0,), now=NOW, parts=1, from_day=0.0) -> Orders:
    """Orders placed at random until `now`; `draw(chance, part, day)` is what they took, days."""
    chance = np.random.default_rng(seed)
    placed = np.sort(chance.uniform(from_day, now, count))
    part = chance.integers(0, parts, count)
    scale = np.array([stated[p % len(stated)] for p in part])
    comes = placed + np.array(
        [draw(chance, int(p), float(d)) for p, d in zip(part, placed, strict=True)]
    )
    there = comes < now
    begun = np.floor(placed)
    ended = np.where(there, np.floor(comes), now)
    return Orders.of(
        np.column_stack([begun, begun + scale, scale, ended, there * 1.0, there * 1.0, part])
    )


def lognormal(mean, sd):
    return lambda chance, *_: mean * np.exp(sd * chance.standard_normal())


def test_without_receipts_the_stated_time_stands():
    law = generic(0.3).fresh(10.0, 0.0)
    assert law.quantile(0.5) == pytest.approx(10.0, abs=1.0)
    assert 14.0 < law.quantile(0.9) < 22.0  # its pace may be anything yet


def test_many_receipts_make_the_law_their_own():
    law = learn(a_history(lognormal(15.0, 0.2)), generic(), NOW).fresh(10.0, NOW)
    assert law.quantile(0.5) - NOW == pytest.approx(15.5, rel=0.08)  # booked by the day
    assert law.quantile(0.9) - NOW == pytest.approx(15.5 * np.exp(0.2 * 1.2816), rel=0.08)


def test_few_receipts_leave_the_law_between():
    few = learn(a_history(lognormal(20.0, 0.1), count=3, from_day=400), generic(), NOW)
    half = few.fresh(10.0, NOW).quantile(0.5) - NOW
    assert 12.0 < half < 21.0


def test_the_order_of_rows_does_not_matter():
    rows = np.random.default_rng(3).uniform(1, 50, (60, 7))
    rows[:, 3] = rows[:, 0] + rows[:, 4]
    rows[:, 5] = rows[:, 5] > 25
    one = learn(Orders.of(rows), generic(), 100.0)
    other = learn(Orders.of(rows[::-1]), generic(), 100.0)
    assert np.array_equal(one.hazard, other.hazard)
    assert np.array_equal(one.belief, other.belief)


def test_what_is_late_now_speaks_before_it_has_arrived():
    """Nothing came for weeks; the receipts alone would still show the old law."""

    def stopped(chance, _, day):
        return 10.0 * np.exp(0.2 * chance.standard_normal()) * (4.0 if day > 500 else 1.0)

    history = a_history(stopped)
    receipts_alone = Orders.of(
        np.column_stack(
            [
                column[history.arrived == 1]
                for column in (
                    history.entered, history.due, history.scale, history.ended, history.width,
                    history.arrived, history.part,
                )
            ]
        )
    )  # fmt: skip
    heard = learn(history, generic(), NOW).fresh(10.0, NOW).quantile(0.5) - NOW
    deaf = learn(receipts_alone, generic(), NOW).fresh(10.0, NOW).quantile(0.5) - NOW
    assert deaf < 13.0
    assert heard > 20.0


def test_a_part_keeps_its_own_pace():
    def by_part(chance, part, _):
        return 10.0 * (1.6 if part == 0 else 1.0) * np.exp(0.15 * chance.standard_normal())

    law = learn(a_history(by_part, parts=6), generic(), NOW, parts=6)
    slow = law.fresh(10.0, NOW, 0).quantile(0.5) - NOW
    quick = law.fresh(10.0, NOW, 1).quantile(0.5) - NOW
    assert slow / quick == pytest.approx(1.6, rel=0.08)
    assert law.pace_of(-1) == 1.0


def test_lateness_in_days_is_told_from_lateness_in_proportion():
    in_days = a_history(
        lambda chance, part, _: (4.0, 40.0)[part % 2] + chance.gamma(2.0, 1.5),
        stated=(4.0, 40.0), parts=2,
    )  # fmt: skip
    in_proportion = a_history(
        lambda chance, part, _: (4.0, 40.0)[part % 2] * np.exp(0.3 * chance.standard_normal()),
        stated=(4.0, 40.0), parts=2,
    )  # fmt: skip
    assert learn(in_days, generic(), NOW, parts=2).growth < 1.0
    assert learn(in_proportion, generic(), NOW, parts=2).growth == 1.0


ages = st.floats(0.0, 60.0)


@settings(deadline=None, max_examples=40)
@given(ages, st.floats(1.0, 60.0), st.integers(1, 5))
def test_an_order_that_is_later_already_comes_no_sooner(age, scale, seed):
    law = learn(a_history(lognormal(12.0, 0.3), seed=seed, count=60), generic(), NOW)
    earlier = law.arrival(NOW - age, NOW - age + scale, scale, NOW)
    for share in (0.1, 0.5, 0.9):
        moment = earlier.quantile(share)
        assert moment is not None
        assert moment >= NOW - 1e-9
    assert np.all(np.diff(earlier.chance) >= -1e-12)
    later = law.arrival(NOW - age, NOW - age + scale + 1.0, scale, NOW)
    assert later.quantile(0.9) >= earlier.quantile(0.9) - 0.35 * scale


@pytest.mark.parametrize(
    "draw",
    [
        lognormal(13.0, 0.25),
        lambda chance, *_: 12.0 + 2.0 * chance.standard_normal(),
        lambda chance, *_: chance.uniform(9, 11) + (chance.random() < 0.2) * chance.exponential(8),
        lambda chance, *_: 6.0 + chance.weibull(1.5) * 9.0,
    ],
    ids=["skewed", "about the day", "late tail", "spread"],
)
def test_fresh_orders_are_covered_as_often_as_said(draw):
    """The future is drawn from the same law; what is said of it was learnt from the past."""
    half = most = count = 0
    for seed in range(8):
        law = learn(a_history(draw, seed=seed, count=300), generic(), NOW).fresh(10.0, NOW)
        chance = np.random.default_rng(1000 + seed)
        placed = NOW + chance.uniform(0, 1, 400)  # begun some time that day, told from its dawn
        comes = placed + np.array([draw(chance) for _ in placed])
        half += int((comes <= law.quantile(0.5)).sum())
        most += int((comes <= law.quantile(0.9)).sum())
        count += len(comes)
    assert 0.44 < half / count < 0.56  # one supplier alone; scores correct what is left
    assert 0.86 < most / count < 0.94


def test_after_a_slip_coverage_recovers_within_sixty_days():
    """Twice as long from day 300 on; judged on orders placed 60 to 120 days after."""
    half = most = count = 0
    for seed in range(4):

        def slipping(chance, _, day):
            return 10.0 * (2.0 if day > 300 else 1.0) * np.exp(0.2 * chance.standard_normal())

        for day in (360.0, 390.0, 420.0):
            history = a_history(slipping, seed=seed, count=int(day * 0.8), now=day)
            law = learn(history, generic(), day).fresh(10.0, day)
            chance = np.random.default_rng(int(seed * 1000 + day))
            comes = day + chance.uniform(0, 1, 300)
            comes = comes + np.array([slipping(chance, 0, day) for _ in comes])
            half += int((comes <= law.quantile(0.5)).sum())
            most += int((comes <= law.quantile(0.9)).sum())
            count += len(comes)
    assert 0.4 < half / count < 0.6
    assert 0.85 < most / count < 0.95


def test_old_orders_are_forgotten_and_unknown_lanes_say_so():
    assert len(Orders.of([])) == 0
    law = learn(Orders.of([]), generic(0.2), NOW)
    assert law.receipts == 0
    assert law.pace() == pytest.approx(1.0, abs=0.01)
    assert lead_law.fresh_lane(law, NOW).fresh(5.0, NOW).quantile(0.5) > NOW
