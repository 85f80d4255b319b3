"""The plan in words and columns, from what the solve left behind."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Ints
from inventory.measures import orders_per_day
from inventory.service import ServiceTarget
from optimizer.blocks import Block, Floor
from optimizer.explain import Reasons
from optimizer.finish import Standing, Workshop
from optimizer.plan import CostPerDay, Outcome, StockingPlan, TargetResult, relative_gap
from optimizer.problem import Items
from optimizer.promises import Promises
from optimizer.reach import Reach, floor_results, promise_results

N = TypeVar("N", np.int64, np.float64)


class Answer(NamedTuple):
    """A finished solve, items in canonical order."""

    items: Items
    targets: Sequence[ServiceTarget]
    asked: Promises
    floors: Sequence[Floor]
    blocks: Sequence[Block]
    within: Reach
    shop: Workshop
    standing: Standing
    bound: float


def drawn_up(answer: Answer, why: Sequence[Reasons], gap: float, passes: int) -> StockingPlan:
    """The plan, rows in the order of `answer.items`."""
    blocks, rows = answer.blocks, answer.standing.rows
    quantity = _joined([block.order_quantity for block in blocks])
    found = [*_promise_rows(answer), *_floor_rows(answer)]
    order = sorted(range(len(found)), key=lambda at: found[at][0])
    results = tuple(found[at][1] for at in order)
    place = np.empty(len(found) + 1, np.int64)
    place[-1] = -1
    place[np.array(order, dtype=np.int64)] = np.arange(len(found))
    paying = _joined([one.paying_promise for one in why])
    asked = np.append(np.flatnonzero(answer.within.asked), -1)  # solved promises to all promises
    reached = relative_gap(answer.standing.cost, answer.bound)
    return StockingPlan(
        reorder_point=_joined(
            [block.reorder_point(row) for block, row in zip(blocks, rows, strict=True)]
        ),
        order_quantity=quantity,
        outcome=_outcome(results, reached, gap),
        cost_per_day=_cost(answer, quantity),
        lower_bound_per_day=answer.bound,
        gap=reached,
        targets=results,
        paying_target=place[asked[paying]],
        last_piece_value_per_day=_joined([one.last_piece for one in why]),
        next_piece_value_per_day=_joined([one.next_piece for one in why]),
        passes=passes,
    )


def _promise_rows(answer: Answer) -> list[tuple[int, TargetResult]]:
    return list(
        promise_results(
            answer.items,
            answer.targets,
            answer.asked,
            answer.within,
            answer.standing.value,
            answer.shop.price,
        )
    )


def _floor_rows(answer: Answer) -> list[tuple[int, TargetResult]]:
    return list(
        floor_results(
            answer.items, answer.targets, answer.floors, answer.blocks, answer.standing.rows
        )
    )


def _outcome(results: Sequence[TargetResult], reached: float | None, gap: float) -> Outcome:
    if not all(result.met for result in results):
        return Outcome.IMPOSSIBLE
    return Outcome.OPTIMAL if reached is not None and reached <= gap else Outcome.STOPPED


def _cost(answer: Answer, quantity: Ints) -> CostPerDay:
    items = answer.items
    waiting = _joined(
        [
            block.expected_backorders[row]
            for block, row in zip(answer.blocks, answer.standing.rows, strict=True)
        ]
    )
    delay = 0.0
    if items.delay_cost_per_day is not None:
        delay = float((items.delay_cost_per_day * waiting).sum())
    orders = orders_per_day(items.demand, items.lead_times.review_period_days, quantity)
    ordering = float((items.ordering_cost * orders).sum())
    return CostPerDay(answer.standing.cost - delay, ordering, delay)


def _joined(columns: Sequence[NDArray[N]]) -> NDArray[N]:
    return np.concatenate(columns)
