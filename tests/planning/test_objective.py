import numpy as np
import pytest

from inventory.service import Measure, Per, ServiceTarget
from planning.exits import WrongUsageError
from planning.objective import aimed
from planning.pose import Question
from planning.wish import Objective, Wish
from tests.optimizer.problems import some_items

FLOOR = ServiceTarget(Measure.READY_RATE, 0.5, per=Per.ITEM)
FILL = ServiceTarget(Measure.FILL_RATE, 0.9)


def asked(**given):
    return Question(np.arange(1), some_items([0.1], [5.0], [10.0], **given), (FILL, FLOOR))


def test_least_cost_keeps_every_target():
    assert aimed(asked(), Wish(), None).targets == (FILL, FLOOR)


def test_a_budget_said_goes_before_that_of_the_table():
    wish = Wish(Objective.BEST_SERVICE, budget=500.0)
    assert aimed(asked(), wish, 900.0).goal.budget == 500.0
    assert aimed(asked(), Wish(Objective.BEST_SERVICE), 900.0).goal.budget == 900.0


def test_a_budget_buys_short_waits_unless_told_otherwise():
    assert aimed(asked(), Wish(Objective.BEST_SERVICE), 1.0).goal.measure is Measure.WAITING_DAYS
    wish = Wish(Objective.BEST_SERVICE, Measure.RESPONSE_SHARE, 2.0)
    goal = aimed(asked(), wish, 1.0).goal
    assert (goal.measure, goal.within_days) == (Measure.RESPONSE_SHARE, 2.0)


def test_where_delay_has_a_price_only_targets_of_single_items_bind():
    found = aimed(asked(delay_cost_per_day=np.ones(1)), Wish(Objective.PRICED_DELAY), None)
    assert found.targets == (FLOOR,)
    assert found.reported == (FILL, FLOOR)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(Objective.BEST_SERVICE), "--budget"),
        (Wish(Objective.PRICED_DELAY), "delay_costs"),
        (Wish(budget=5.0), "--budget belongs to"),
        (Wish(measure=Measure.FILL_RATE), "--measure belongs to"),
        (Wish(Objective.BEST_SERVICE, Measure.AVAILABILITY, budget=1.0), "availability"),
        (Wish(Objective.BEST_SERVICE, Measure.RESPONSE_SHARE, budget=1.0), "--within-days"),
        (Wish(Objective.BEST_SERVICE, budget=-1.0), "budget is -1.0"),
    ],
)
def test_a_wish_that_cannot_be_meant_says_what_is_missing(wish, said):
    with pytest.raises(WrongUsageError, match=said):
        aimed(asked(), wish, None)
