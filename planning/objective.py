"""What a plan is to make best: its cost, the service of a budget, or its cost with delay."""

from dataclasses import replace

from inventory.errors import InventoryError
from inventory.service import Measure, Per, ServiceTarget
from optimizer.problem import BestService
from planning.exits import WrongUsageError
from planning.pose import Question
from planning.wish import Objective, Wish


def aimed(question: Question, wish: Wish, allowed: float | None) -> Question:
    """The question with its objective.

    Least cost keeps every target. The others keep those that each item must meet by itself; what
    becomes of the rest is reported. `allowed` is what finance allows for stock, None: nothing said.

    Raises:
        WrongUsageError: what was asked for cannot be put together.
    """
    if wish.objective is not Objective.BEST_SERVICE:
        said = {
            "--budget": wish.budget,
            "--measure": wish.measure,
            "--within-days": wish.within_days,
        }
        for option, value in said.items():
            if value is not None:
                raise WrongUsageError(f"{option} belongs to --objective best-service.")
    if wish.objective is Objective.LEAST_COST:
        return question
    kept = tuple(one for one in question.targets if _of_each_item(one))
    if wish.objective is Objective.PRICED_DELAY:
        if question.items.delay_cost_per_day is None:
            raise WrongUsageError(
                "--objective priced-delay needs the table delay_costs: what waiting costs a day."
            )
        return replace(question, targets=kept, reported=question.targets)
    return replace(question, goal=_goal(wish, allowed))


def _of_each_item(target: ServiceTarget) -> bool:
    return target.per is Per.ITEM and target.measure is not Measure.AVAILABILITY


def _goal(wish: Wish, allowed: float | None) -> BestService:
    measure = wish.measure or Measure.WAITING_DAYS
    if measure is Measure.AVAILABILITY:
        raise WrongUsageError("--measure availability is kept as a target, not bought by a budget.")
    if (measure is Measure.RESPONSE_SHARE) != (wish.within_days is not None):
        raise WrongUsageError("--within-days belongs to --measure response_share, which needs it.")
    try:
        return BestService(_budget(wish, allowed), measure, wish.within_days)
    except InventoryError as refused:
        raise WrongUsageError(str(refused)) from refused


def _budget(wish: Wish, allowed: float | None) -> float:
    """Money for stock: as said, else what the table `budgets` allows for everything."""
    budget = allowed if wish.budget is None else wish.budget
    if budget is None:
        raise WrongUsageError(
            "--objective best-service needs --budget, or a row of the table budgets for the scope "
            "all."
        )
    return budget
