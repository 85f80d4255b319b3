"""Tonight's plan against the second opinion, on the very figures that will be published."""

from dataclasses import replace

import numpy as np
import polars as pl

from inventory.service import Measure
from optimizer.evaluate import evaluated
from optimizer.plan import StockingPlan
from planning.pose import Question
from planning.verify import CHECKED, Claims, Disagreement, verify


def checked(
    question: Question, plan: StockingPlan, policies: pl.DataFrame, *, sample: int, seed: int
) -> tuple[Disagreement, ...]:
    """Where the published figures and the plain sums part; empty when the plan stands."""
    columns = {
        name: np.array(policies[name].cast(pl.Float64).fill_null(np.nan).to_numpy())
        for name in CHECKED
    }
    published = replace(
        plan,
        reorder_point=np.array(policies["reorder_point"].to_numpy()),
        order_quantity=np.array(policies["order_quantity"].to_numpy()),
    )
    claims = Claims(columns, _response_shares(question, published))
    return verify(question.items, published, claims, sample=sample, seed=seed)


def _response_shares(question: Question, plan: StockingPlan) -> dict[float, np.ndarray]:
    asked = {
        one.within_days or 0.0 for one in question.targets if one.measure is Measure.RESPONSE_SHARE
    }
    levels = plan.reorder_point, plan.order_quantity
    return {
        days: evaluated(question.items, *levels, sooner_days=days).measures.fill_rate
        for days in sorted(asked)
    }
