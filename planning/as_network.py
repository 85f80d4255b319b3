"""Levels that were chosen item by item, judged as the network they will live in.

A site planned by itself waits the whole way, a depot by itself shares its stock with nobody; what
customers get is what the network makes of both. Nothing promised may slip silently in between.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from inventory.demand import Ints
from inventory.service import ServiceTarget
from optimizer.assess import assess
from optimizer.plan import TargetResult
from planning import reasons
from planning.engines import Each
from planning.pose import Question, pose
from planning.prepare import Prepared

CODE = "promise.missed_as_network"
MOST_NAMED = 3
_NOT_STOCKED = -1


class Where(NamedTuple):
    """Which row of which promise."""

    target: ServiceTarget
    location_id: str
    machine_type: str


Judged = Mapping[Where, TargetResult]


def judged(
    ready: Prepared, question: Question, reorder_point: Ints, order_quantity: Ints, *, each: Each
) -> Judged:
    """What every promise reaches in the network; nothing where the question is the network's."""
    if ready.supply.together(ready.settings.echelons_together) is ready.supply:
        return {}
    demand, day = ready.expectation.demand, ready.intake.as_of
    whole = pose(ready.world, ready.intake.tables, demand, ready.supply, day)
    known = len(ready.supply.parent_item)
    point, quantity = np.full(known, _NOT_STOCKED), np.ones(known, dtype=np.int64)
    point[question.rows], quantity[question.rows] = reorder_point, order_quantity
    promised = question.reported or question.targets
    found = assess(whole.items, promised, point[whole.rows], quantity[whole.rows], each=each)
    return {where(one): one for one in found}


def where(result: TargetResult) -> Where:
    """The row of the promise that a result is about."""
    return Where(result.target, result.location_id, result.machine_type)


def warning(results: tuple[TargetResult, ...], network: Judged) -> pl.DataFrame:
    """One warning for all promises that are kept item by item and missed by the network."""
    missed = [one for one in results if one.met and where(one) in network]
    missed = [network[where(one)] for one in missed if not network[where(one)].met]
    if not missed:
        return pl.DataFrame(schema={"code": pl.String, "message": pl.String})
    named = "; ".join(_said(one) for one in missed[:MOST_NAMED])
    more = "; …" if len(missed) > MOST_NAMED else ""
    message = (
        f"Kept item by item, but missed by the network as a whole ({len(missed)}): {named}{more}. "
        "Depots were planned as if no site took their stock. Plan all levels of a part together: "
        "echelons_together = 3 in sparewise.toml."
    )
    return pl.DataFrame([{"code": CODE, "table": "service_targets", "message": message}])


def _said(one: TargetResult) -> str:
    """`fill rate 90 % in tier A reaches 70.5 %`."""
    if one.achieved is None:
        return f"{reasons.promise(one)} reaches nothing"
    share = one.target.measure.is_share
    reached = f"{100 * one.achieved:.3g} %" if share else f"{one.achieved:.3g} days"
    return f"{reasons.promise(one)} reaches {reached}"
