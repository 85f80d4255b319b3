"""The plan in words and columns, from what the solve left behind."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from inventory.demand import Floats, Ints
from inventory.measures import orders_per_day
from inventory.service import Per, ServiceTarget
from optimizer.blocks import Block, Each
from optimizer.candidates import served
from optimizer.echelons.trees import Trees
from optimizer.evaluate import whole_parts
from optimizer.explain import Reasons
from optimizer.finish import Standing, Workshop
from optimizer.floors import Floor
from optimizer.plan import (
    CostPerDay,
    GoalResult,
    Outcome,
    StockingPlan,
    TargetResult,
    relative_gap,
)
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
    blocks, shop = answer.blocks, answer.shop
    chosen = list(zip(blocks, answer.standing.rows, strict=True))
    quantity = _joined([block.order_quantity for block in blocks])
    point = _joined([block.reorder_point(row) for block, row in chosen])
    on_hand = _joined([block.on_hand(row) for block, row in chosen])
    waiting = _joined([block.expected_backorders(row) for block, row in chosen])
    found = [*_promise_rows(answer), *_floor_rows(answer)]
    order = sorted(range(len(found)), key=lambda at: found[at][0])
    results = tuple(found[at][1] for at in order)
    proven = bool(np.isfinite(answer.bound))
    reached = relative_gap(answer.standing.cost, answer.bound, shop.base) if proven else None
    goal = _goal(answer)
    return StockingPlan(
        reorder_point=point,
        order_quantity=quantity,
        outcome=_outcome(answer, results, reached, gap),
        cost_per_day=_cost(answer.items, point, quantity, on_hand, waiting, shop.each),
        lower_bound_per_day=None if goal or not proven else answer.bound,
        gap=reached,
        stock_value=float((answer.items.unit_cost * on_hand).sum()),
        goal=goal,
        targets=results,
        paying_target=_paying(answer, order, _joined([one.paying_promise for one in why])),
        last_piece_value_per_day=_joined([one.last_piece for one in why]),
        next_piece_value_per_day=_joined([one.next_piece for one in why]),
        passes=passes,
    )


def _promise_rows(answer: Answer) -> list[tuple[int, TargetResult]]:
    chosen = zip(answer.blocks, answer.standing.rows, strict=True)
    totals = np.sum([block.measured(row).totals for block, row in chosen], axis=0)
    price = np.zeros(len(answer.asked))
    price[answer.within.asked] = answer.shop.price
    value = answer.asked.achieved(totals)
    items, targets = answer.items, answer.targets
    return list(promise_results(items, targets, answer.asked, answer.within, value, price))


def _floor_rows(answer: Answer) -> list[tuple[int, TargetResult]]:
    rows = answer.standing.rows
    return list(floor_results(answer.items, answer.targets, answer.floors, answer.blocks, rows))


def _paying(answer: Answer, order: list[int], paying: Ints) -> Ints:
    """From promises that were priced to rows of the results; −1 stays."""
    place = np.full(len(answer.asked) + 1, -1)
    ranks = np.argsort(np.array(order, dtype=np.int64))
    services = [at for at, row in enumerate(answer.asked.rows) if row.target >= 0]
    place[services] = ranks[: len(services)]
    priced = np.append(np.flatnonzero(answer.within.asked), len(answer.asked))
    return np.asarray(place[priced[paying]])


def _outcome(
    answer: Answer, results: Sequence[TargetResult], reached: float | None, gap: float
) -> Outcome:
    binding = results
    if any(channel.is_goal for channel in answer.asked.channels):
        binding = [one for one in results if one.target.per is Per.ITEM]
    if not answer.within.possible or not all(one.met for one in binding):
        return Outcome.IMPOSSIBLE
    if not np.isfinite(answer.bound):
        return Outcome.NOT_PROVEN
    return Outcome.OPTIMAL if reached is not None and reached <= gap else Outcome.STOPPED


def _goal(answer: Answer) -> GoalResult | None:
    """What the budget bought; a lost share is turned into the share that is kept."""
    if not answer.asked.channels or not answer.asked.channels[-1].is_goal:
        return None
    base, lost, least = answer.shop.base, answer.standing.cost, answer.bound
    bound = abs(base - least) if np.isfinite(least) else None
    return GoalResult(abs(base - lost), bound, float(answer.shop.price[-1]))


def _cost(
    items: Items, point: Ints, quantity: Ints, on_hand: Floats, waiting: Floats, each: Each
) -> CostPerDay:
    holding = (items.holding_cost_per_day * on_hand).sum()
    if items.owned_cost_per_day is not None:
        holding += (items.owned_cost_per_day * np.maximum(point + quantity, 0)).sum()
    orders = np.concatenate(list(each(partial(_orders, items, quantity), whole_parts(items.part))))
    delay = 0.0
    if items.delay_cost_per_day is not None:
        customers = waiting * Trees.of(items).own_share(items)
        delay = float((items.delay_cost_per_day * customers).sum())
    return CostPerDay(float(holding), float((items.ordering_cost * orders).sum()), delay)


def _orders(items: Items, quantity: Ints, rows: Ints) -> Floats:
    """Orders per day of whole parts: what children order of a depot makes it order too."""
    chosen, batch = items.take(rows), quantity[rows]
    asked = served(chosen, Trees.of(chosen), batch).upwards
    return orders_per_day(asked, chosen.lead_times.review_period_days, batch)


def _joined(columns: Sequence[NDArray[N]]) -> NDArray[N]:
    return np.concatenate(columns)
