"""The linear programme over passes: the only module that speaks to HiGHS itself.

Dual simplex, one thread, a fixed seed; the clock is a safety net. HiGHS alone loads in a hundredth
of the time that SciPy's door to it takes. What comes back counts only if it is a mix that keeps
what was asked when summed again, at prices that are numbers.
"""

from functools import partial
from typing import Any, NamedTuple

import highspy
import numpy as np

from inventory.demand import Floats
from optimizer.patience import GRACE_SECONDS, patiently

MOST_SECONDS = 20.0
CLOSE = 1e-6  # of what a row allows, or of 1: ten times what the solver may leave open
OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "solver": "simplex",
    "simplex_strategy": 1,  # dual
    "time_limit": MOST_SECONDS,
}


class Mixture(NamedTuple):
    """A solution of `least`."""

    share: Floats  # by column
    cost: float
    marginal: Floats  # by row of `short`: what one unit more would change the cost by, 0 or less


def least(cost: Floats, short: Floats, allowed: Floats, groups: int) -> Mixture | None:
    """Shares ≥ 0 of least `cost` that sum to 1 in every group and keep short @ share ≤ allowed.

    Args:
        cost: by column; column c belongs to group c % groups.
        short: rows × columns.
        allowed: by row.
        groups: how many there are.

    Returns:
        None where the solver gave up, broke down or lied.

    Raises:
        NeverCameBack: asking again would be waiting again.
    """
    columns, rows = len(cost), len(allowed)
    together = np.tile(np.eye(groups), columns // groups)
    matrix = np.vstack([short.reshape(rows, columns), together])
    at, column = np.nonzero(matrix)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = columns, rows + groups
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = np.zeros(columns), np.full(columns, highspy.kHighsInf)
    one = np.ones(groups)
    model.row_lower_ = np.concatenate([np.full(rows, -highspy.kHighsInf), one])
    model.row_upper_ = np.concatenate([allowed, one])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = np.searchsorted(at, np.arange(rows + groups + 1))
    model.a_matrix_.index_ = column
    model.a_matrix_.value_ = matrix[at, column]
    found = patiently(partial(_solved, model, rows), MOST_SECONDS + GRACE_SECONDS)
    if found is None or not _is_mix(found.share, groups) or not np.all(np.isfinite(found.marginal)):
        return None
    over = short.reshape(rows, columns) @ found.share - allowed
    if np.any(over > CLOSE * np.maximum(np.abs(allowed), 1.0)):
        return None
    return found._replace(cost=float(cost @ found.share))


def _is_mix(share: Floats, groups: int) -> bool:
    """Whether shares are numbers, none below 0, that sum to 1 in every group."""
    if not np.all(np.isfinite(share)) or np.any(share < -CLOSE):
        return False
    return bool(np.all(np.abs(share.reshape(-1, groups).sum(axis=0) - 1.0) < CLOSE))


def _solved(model: highspy.HighsLp, rows: int) -> Mixture | None:
    try:
        return _optimum(model, rows)
    except Exception:  # whatever a solver dies of
        return None


def _optimum(model: highspy.HighsLp, rows: int) -> Mixture | None:
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for name, value in OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = solver.getSolution()
    marginal = np.array(found.row_dual, dtype=np.float64)[:rows]
    cost = float(solver.getInfo().objective_function_value)
    return Mixture(np.array(found.col_value, dtype=np.float64), cost, marginal)
