"""The linear programme over passes: the only module that speaks to HiGHS itself.

Dual simplex, one thread, a fixed seed. HiGHS alone loads in a hundredth of the time that SciPy's
door to it takes.
"""

from typing import Any, NamedTuple

import highspy
import numpy as np

from inventory.demand import Floats

OPTIONS: dict[str, Any] = {
    "output_flag": False,
    "threads": 1,
    "random_seed": 0,
    "solver": "simplex",
    "simplex_strategy": 1,  # dual
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
        None where the solver gave up.
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
    return _solved(model, rows)


def _solved(model: highspy.HighsLp, rows: int) -> Mixture | None:
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
