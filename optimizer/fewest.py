"""The fewest changes that together reach several sums: a covering problem, solved to its bound.

Where changes are few the integer programme is solved. Where they are many its linear relaxation is:
at a corner at most as many changes are half made as there are sums, and making those whole gives a
set at most that much larger than the bound. Work is counted, not timed.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

MOST_CHANGES, MOST_NODES = 300, 2000  # of the integer programme
PREFERENCE = 1e-5  # of a change: of sets equally small, the one that brings most
ROOM = 1e-9  # of the largest figure of a row, for rounding

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Fewest:
    """Chosen changes, and how many it takes at least."""

    chosen: Flags
    at_least: int

    @property
    def proven(self) -> bool:
        """True when no smaller set would do."""
        return int(self.chosen.sum()) == self.at_least


def fewest(adds: NDArray[np.float64], needed: NDArray[np.float64]) -> Fewest | None:
    """The fewest columns of `adds` whose sums reach `needed`; None when all that help do not.

    Args:
        adds: sums × changes: what each change adds to each sum; may be negative.
        needed: what each sum must reach; negative where something may be lost.
    """
    scale = np.maximum(np.abs(adds).max(axis=1, initial=0.0), np.abs(needed))
    scale = np.where(scale > 0, scale, 1.0)
    rows, wanted = adds / scale[:, None], needed / scale
    if np.all(wanted <= 0):
        return Fewest(np.zeros(adds.shape[1], dtype=np.bool_), 0)
    if np.any(np.maximum(rows, 0).sum(axis=1) < wanted):
        return None
    helps = np.clip(rows[wanted > 0], 0, 1).sum(axis=0)
    price = 1 - PREFERENCE * helps / max(float(helps.max(initial=0.0)), 1e-300)
    solved = _whole if adds.shape[1] <= MOST_CHANGES else _relaxed
    found = solved(price, rows, wanted + ROOM)
    if found is None or np.any(rows[:, found[0]].sum(axis=1) < wanted):
        return None  # whoever solved it is not believed
    chosen, bound = found
    return Fewest(chosen, min(max(int(np.ceil(bound - 1e-6)), 1), int(chosen.sum())))


def _whole(
    price: NDArray[np.float64], rows: NDArray[np.float64], wanted: NDArray[np.float64]
) -> tuple[Flags, float] | None:
    """By branch and bound: chosen, and the bound of the price."""
    found = milp(
        price,
        integrality=np.ones(len(price)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(rows, wanted, np.inf),
        options={"node_limit": MOST_NODES, "mip_rel_gap": 0.0},
    )
    return None if found.x is None else (found.x > 0.5, float(found.mip_dual_bound))


def _relaxed(
    price: NDArray[np.float64], rows: NDArray[np.float64], wanted: NDArray[np.float64]
) -> tuple[Flags, float] | None:
    """By the linear relaxation, every change made whole that is made at all."""
    found = linprog(price, A_ub=-rows, b_ub=-wanted, bounds=(0, 1), method="highs-ds")
    return None if found.x is None else (found.x > 1e-9, float(found.fun))
