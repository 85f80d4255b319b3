"""The integer programme: the only module that knows PuLP.

Works with PuLP 3.3 and 4. Every model is a minimisation, the solver is always HiGHS with one
thread and a fixed seed, and it stops after counted nodes; the clock is a safety net. What comes
back is our word and is checked here without the solver: a picked level per item, or nothing.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pulp

from inventory.demand import Floats, Ints

OPTIMAL = 1  # in both versions
_total = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)  # PuLP 4, 3.3


class Ending(StrEnum):
    """How a solve ended."""

    SOLVED = "solved"  # nothing better within the gap asked for, says the solver
    STOPPED = "stopped"  # a limit ended it with a choice in hand
    NOTHING = "nothing"  # no usable choice


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One level for each item; options of one item are adjacent, items count from 0.

    An option that hangs on another can only be taken with it.
    """

    item: Ints  # by option
    cost: Floats  # by option
    value: Floats  # options × promises
    required: Floats  # by promise, already less what rounding may cost
    under: Ints  # by option, the option of its parent it hangs on; −1: free

    def keeps(self, picked: Ints) -> bool:
        """Whether these options keep every promise and hang on options that are taken."""
        under = self.under[picked]
        hung = bool(np.all(np.isin(under[under >= 0], picked)))
        return hung and bool(np.all(self.value[picked].sum(axis=0) >= self.required))


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What the solver chose, verified, and the bound it claims."""

    ending: Ending
    picked: Ints  # options, one per item; empty for NOTHING
    bound: float  # −inf when none was claimed


@dataclass(slots=True)
class Draft:
    """A model under construction: what rules write on."""

    choice: Choice
    model: Any
    takes: list[Any]  # one binary per option

    def total(self, options: Iterable[int], factors: Iterable[float]) -> Any:
        """Σ factor · option."""
        return _total([(self.takes[at], by) for at, by in zip(options, factors, strict=True)])

    def add(self, condition: Any, name: str) -> None:
        """Write a condition into the model."""
        self.model += condition, name


def choose(
    choice: Choice,
    rules: Sequence[Callable[[Draft], None]],
    *,
    within: float,
    most_nodes: int,
    seconds: float = 120.0,
) -> Chosen:
    """The cheapest options that keep every rule, to within `within` money per day."""
    draft = _drafted(choice, rules)
    solver = pulp.HiGHS(
        msg=False,
        threads=1,
        timeLimit=seconds,
        gapRel=0.0,
        gapAbs=within,
        random_seed=1,
        mip_max_nodes=most_nodes,
        mip_feasibility_tolerance=1e-9,
        primal_feasibility_tolerance=1e-9,
    )
    finished, bound = _solved(draft.model, solver)
    picked = _picked(choice, draft.takes)
    if picked is None:
        return Chosen(Ending.NOTHING, np.empty(0, np.int64), -np.inf)
    if bound > choice.cost[picked].sum() + 1e-6 * (1 + abs(bound)):
        return Chosen(Ending.STOPPED, picked, -np.inf)  # a bound above a valid plan is a lie
    return Chosen(Ending.SOLVED if finished else Ending.STOPPED, picked, bound)


def _drafted(choice: Choice, rules: Sequence[Callable[[Draft], None]]) -> Draft:
    model = pulp.LpProblem("finish", pulp.LpMinimize)
    options = range(len(choice.item))
    draft = Draft(choice, model, [model.add_variable(f"x{at}", 0, 1, "Binary") for at in options])
    model += draft.total(options, choice.cost.tolist())
    for rule in rules:
        rule(draft)
    return draft


def _solved(model: Any, solver: Any) -> tuple[bool, float]:
    """Whether the solver says it finished, and its bound; the two PuLP versions differ."""
    try:
        answer = model.solve(solver)
    except KeyError:
        answer = None  # PuLP 3.3 has no word for counted nodes used up; what was found is written
    except (pulp.PulpError, IndexError, ValueError):
        return False, -np.inf
    if hasattr(answer, "best_bound"):
        bound, finished = answer.best_bound, int(answer.status) == OPTIMAL
    else:
        bound = model.solverModel.getInfo().mip_dual_bound
        finished = answer is not None and int(model.sol_status) == OPTIMAL
    usable = bound is not None and np.isfinite(bound)
    return finished, float(bound) if usable else -np.inf


def _picked(choice: Choice, takes: list[Any]) -> Ints | None:
    """The options taken, if they are one per item, whole, and keep every promise."""
    taken = np.array([np.nan if one.varValue is None else one.varValue for one in takes])
    if not np.all(np.abs(taken - np.round(taken)) < 1e-6):
        return None
    picked = np.flatnonzero(np.round(taken) == 1)
    items = np.unique(choice.item)
    whole = len(picked) == len(items) and bool(np.all(choice.item[picked] == items))
    return picked if whole and choice.keeps(picked) else None
