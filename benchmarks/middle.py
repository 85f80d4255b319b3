"""Parts at five sites under a depot: the whole problem as one PuLP model, and the decomposition.

    python -m benchmarks middle
    python -m benchmarks.middle PARTS SECONDS

The single model has a binary for every level of every depot and, behind each of those, for every
level of every site; it knows nothing of prices. Both are asked for a gap of 0.1 %, get the same
candidates and one core, and say a cost and a bound of their own. Seconds are CPU seconds; those
of the decomposition include its candidates and its reasons, those of the model only the solver.
"""

import sys
import time
from typing import NamedTuple

import numpy as np

from benchmarks.optimizer import site_targets, some_items
from inventory.demand import Floats, Ints
from inventory.service import ServiceTarget
from optimizer import Items, decompose, solve
from optimizer.blocks import Block
from optimizer.milp import Choice, Chosen, choose
from optimizer.promises import Promises
from optimizer.reach import reach
from optimizer.rules import RULES

PARTS, SITES, GAP, SECONDS = 1_200, 5, 0.001, 700.0


class Side(NamedTuple):
    """One way to the plan."""

    name: str
    cost: float  # money per day
    bound: float
    seconds: float  # of CPU

    @property
    def gap(self) -> float:
        """How far the plan may be from the best."""
        if self.cost == np.inf:
            return np.inf
        return (self.cost - self.bound) / self.bound

    def __str__(self) -> str:
        return (
            f"{self.name}: cost {self.cost:.4f}, bound {self.bound:.4f}, gap {self.gap:.3%}, "
            f"{self.seconds:.1f} CPU s"
        )


def main() -> None:
    """Both, side by side."""
    given = [float(word) for word in sys.argv[1:] if word.replace(".", "").isdigit()]
    parts, seconds = int(given[0]) if given else PARTS, given[1] if len(given) > 1 else SECONDS
    solve(some_items(4, SITES, depot=True), site_targets(SITES))  # compile
    items, targets = some_items(parts, SITES, depot=True), site_targets(SITES)
    ours = decomposed(items, targets, GAP)
    print(f"{parts:,} parts at {SITES} sites under a depot\n{ours}", flush=True)
    theirs = as_one_model(items, targets, GAP * ours.bound, seconds)
    print(theirs)
    if theirs.cost == np.inf:
        print("the model gave no answer in time")
        return
    verdict = "agree within both gaps" if agree(ours, theirs) else "DISAGREE"
    print(f"they {verdict}; the model takes {theirs.seconds / ours.seconds:.0f} times as long")


def agree(one: Side, other: Side) -> bool:
    """Whether neither bound rules out the other's plan: costs lie no further apart than a gap."""
    hair = 1e-7 * other.cost  # what solvers leave open
    return one.bound <= other.cost + hair and other.bound <= one.cost + hair


def decomposed(items: Items, targets: list[ServiceTarget], gap: float) -> Side:
    """By prices and integer finish."""
    began = time.process_time()
    plan = solve(items, targets, gap=gap)
    assert plan.lower_bound_per_day is not None
    seconds = time.process_time() - began
    return Side("decomposed", plan.cost_per_day.decided, plan.lower_bound_per_day, seconds)


def as_one_model(
    items: Items, targets: list[ServiceTarget], within: float, seconds: float = SECONDS
) -> Side:
    """As one PuLP model of linked binaries, to within so much money per day."""
    posed = decompose.pose(items, targets, None, map)
    choice = whole(posed.blocks, reach(posed.blocks, posed.asked).promises)
    print(f"one model: {len(choice.item):,} binaries", flush=True)
    began = time.process_time()
    found = choose(choice, RULES, within=within, most_nodes=10**6, seconds=seconds)
    return _side(choice, found, time.process_time() - began)


def _side(choice: Choice, found: Chosen, seconds: float) -> Side:
    cost = float(choice.cost[found.picked].sum()) if len(found.picked) else np.inf
    return Side(f"one model ({found.ending})", cost, found.bound, seconds)


def whole(blocks: tuple[Block, ...], promises: Promises) -> Choice:
    """Every level of every item behind every level of its parent, as an option."""
    parts, options, items = [], 0, 0
    for block in blocks:
        row, item, above = _rows(block)
        place = np.full(len(block.cost), -1)
        place[row] = options + np.arange(len(row))
        under = np.where(above >= 0, place[np.maximum(above, 0)], -1)
        parts.append((items + item, block.cost[row], _value(block, promises, item, row), under))
        options, items = options + len(row), items + len(block)
    item, cost, value, under = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Choice(item, cost, value, promises.required - promises.hair, under)


def _rows(block: Block) -> tuple[Ints, Ints, Ints]:
    """Rows that a plan may take, the item of each, the parent's row it hangs on (−1: a root)."""
    counts = np.diff(block.first_segment)
    item = np.repeat(np.arange(len(block)), counts)
    behind = np.arange(len(item)) - block.first_segment[item]
    free = block.trees.parent[item] < 0
    parent = np.maximum(block.trees.parent[item], 0)
    above = np.where(free, -1, block.first_of_item[parent] + behind)
    end = block.start[block.first_segment[parent + 1]]
    held = free | ((above >= block.first_row[block.first_segment[parent]]) & (above < end))
    rows = np.where(held, block.start[1:] - block.first_row, 0)
    first = np.repeat(block.first_row - (np.cumsum(rows) - rows), rows)
    return first + np.arange(rows.sum()), np.repeat(item, rows), np.repeat(above, rows)


def _value(block: Block, promises: Promises, item: Ints, row: Ints) -> Floats:
    """What each option adds to every promise."""
    covers = np.zeros((promises.patterns, len(promises)))
    covers[promises.entry_pattern, promises.entry_promise] = 1.0
    covers /= np.where(promises.weight > 0, promises.weight, np.inf)
    value = block.basis[item] * block.values[row]
    return value[:, promises.channel] * covers[block.pattern[item]]


if __name__ == "__main__":
    main()
