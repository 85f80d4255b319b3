"""The integer programme: the only module that knows PuLP.

Works with PuLP 3.3 and 4. Every model is a minimisation, the solver is always HiGHS with one
thread and a fixed seed, and it stops after counted nodes; the clock is a safety net. What comes
back is our word and is checked here without the solver: a picked level per item, or nothing. A
solver that breaks down or never comes back is no answer, and no trouble either.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

import numpy as np
import pulp

from inventory.demand import Floats, Ints
from optimizer.patience import GRACE_SECONDS, NeverCameBack, patiently

OPTIMAL = 1  # in both versions
_TRIES = tuple(f"mip_heuristic_run_{one}" for one in ("rins", "rens", "root_reduced_cost"))
_total = getattr(pulp.LpAffineExpression, "from_list", pulp.LpAffineExpression)  # PuLP 4, 3.3


class Ending(StrEnum):
    """How a solve ended."""

    SOLVED = "solved"  # nothing better within the gap asked for, says the solver
    STOPPED = "stopped"  # a limit ended it with a choice in hand
    NOTHING = "nothing"  # no usable choice
    LOST = "lost"  # it never came back: asking again would be waiting again


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One level for each item; options of one item are adjacent, items count from 0.

    An option that hangs on another can only be taken with it. Where `others` are priced, what every
    promise lacks they make up for, at their price: a unit of cost gives a unit of each.
    """

    item: Ints  # by option
    cost: Floats  # by option
    value: Floats  # options × promises
    required: Floats  # by promise, already less what rounding may cost
    under: Ints  # by option, the option of its parent it hangs on; −1: free
    others: bool = False  # items that are no part of this are priced

    def keeps(self, picked: Ints) -> bool:
        """Whether these options keep every promise and hang on options that are taken."""
        under = self.under[picked]
        hung = bool(np.all(np.isin(under[under >= 0], picked)))
        return hung and (self.others or bool(np.all(self._short(picked) <= 0)))

    def costs(self, picked: Ints) -> float:
        """What these options cost, with what others have to add."""
        added = float(self._short(picked).max()) if self.others else 0.0
        return float(self.cost[picked].sum()) + added

    def _short(self, picked: Ints) -> Floats:
        return np.asarray(self.required - self.value[picked].sum(axis=0))


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What the solver chose, verified, and the bound it claims."""

    ending: Ending
    picked: Ints  # options, one per item; empty for NOTHING and LOST
    bound: float  # −inf when none was claimed


@dataclass(slots=True)
class Draft:
    """A model under construction: what rules write on."""

    choice: Choice
    model: Any
    takes: list[Any]  # one binary per option
    others: Any = 0.0  # what other items add, where they are priced

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
    tries: bool = True,
) -> Chosen:
    """The cheapest options that keep every rule, to within `within` money per day.

    Without `tries` the solver's costly searches for better choices are left out: a proof of a plan
    that is good already is had in about half the time.
    """
    nothing = np.empty(0, np.int64)
    if not all(np.all(np.isfinite(one)) for one in (choice.cost, choice.value, choice.required)):
        return Chosen(Ending.NOTHING, nothing, -np.inf)
    draft = _drafted(choice, rules)
    solver = partial(_solver, within=within, most_nodes=most_nodes, seconds=seconds, tries=tries)
    try:
        finished, bound = patiently(partial(_solved, draft.model, solver), seconds + GRACE_SECONDS)
    except NeverCameBack:
        return Chosen(Ending.LOST, nothing, -np.inf)
    picked = _picked(choice, draft.takes)
    if picked is None:
        return Chosen(Ending.NOTHING, nothing, -np.inf)
    if bound > choice.costs(picked) + 1e-6 * (1 + abs(bound)):
        return Chosen(Ending.STOPPED, picked, -np.inf)  # a bound above a valid plan is a lie
    return Chosen(Ending.SOLVED if finished else Ending.STOPPED, picked, bound)


def _solver(*, within: float, most_nodes: int, seconds: float, tries: bool) -> Any:
    return pulp.HiGHS(
        msg=False,
        threads=1,
        timeLimit=seconds,
        gapRel=0.0,
        gapAbs=within,
        random_seed=1,
        mip_max_nodes=most_nodes,
        mip_feasibility_tolerance=1e-9,
        primal_feasibility_tolerance=1e-9,
        **dict.fromkeys(() if tries else _TRIES, False),
    )


def _drafted(choice: Choice, rules: Sequence[Callable[[Draft], None]]) -> Draft:
    model = pulp.LpProblem("finish", pulp.LpMinimize)
    options = range(len(choice.item))
    draft = Draft(choice, model, [model.add_variable(f"x{at}", 0, 1, "Binary") for at in options])
    draft.others = model.add_variable("others", None, None) if choice.others else 0.0
    model += draft.total(options, choice.cost.tolist()) + draft.others
    for rule in rules:
        rule(draft)
    return draft


def _solved(model: Any, solver: Callable[[], Any]) -> tuple[bool, float]:
    """Whether the solver says it finished, and its bound."""
    try:
        finished, bound = _asked(model, solver)
    except Exception:  # whatever a solver dies of: memory, a missing library, an answer of garbage
        return False, -np.inf
    usable = bound is not None and np.isfinite(bound)
    return finished, float(bound) if usable else -np.inf


def _asked(model: Any, solver: Callable[[], Any]) -> tuple[bool, Any]:
    """The same, as the two versions of PuLP tell it."""
    try:
        answer = model.solve(solver())
    except KeyError:
        answer = None  # PuLP 3.3 has no word for counted nodes used up; what was found is written
    if hasattr(answer, "best_bound"):
        return int(answer.status) == OPTIMAL, answer.best_bound
    finished = answer is not None and int(model.sol_status) == OPTIMAL
    return finished, model.solverModel.getInfo().mip_dual_bound


def _picked(choice: Choice, takes: list[Any]) -> Ints | None:
    """The options taken, if they are one per item, whole, and keep every promise."""
    taken = np.array([np.nan if one.varValue is None else one.varValue for one in takes])
    if not np.all(np.isfinite(taken)) or np.any(np.abs(taken - np.round(taken)) >= 1e-6):
        return None
    picked = np.flatnonzero(np.round(taken) == 1)
    items = np.unique(choice.item)
    whole = len(picked) == len(items) and bool(np.all(choice.item[picked] == items))
    return picked if whole and choice.keeps(picked) else None
