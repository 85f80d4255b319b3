"""What a plan claims of its items, and how a sample of it is counted out again."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTime
from inventory.policy import ReorderPolicy
from inventory.service import Measure
from optimizer.problem import Items
from planning.verify.items import recompute

COLUMNS = {
    Measure.FILL_RATE: "fill_rate",
    Measure.VALUE_FILL_RATE: "fill_rate",
    Measure.LINE_FILL_RATE: "line_fill_rate",
    Measure.READY_RATE: "ready_rate",
    Measure.WAITING_DAYS: "waiting_days",
}
CHECKED = (*dict.fromkeys(COLUMNS.values()), "expected_on_hand", "expected_backorders")


@dataclass(frozen=True, slots=True, eq=False)
class Claims:
    """Measures by name, one value per item; response shares by their days."""

    measures: Mapping[str, Floats]
    response_share: Mapping[float, Floats] = field(default_factory=dict)

    def of(self, measure: Measure, within_days: float | None) -> Floats:
        """The column behind a target's measure."""
        if measure is Measure.RESPONSE_SHARE:
            return self.response_share[within_days or 0.0]
        return self.measures[COLUMNS[measure]]


def recounted(
    items: Items, reorder_point: Ints, order_quantity: Ints, claims: Claims, rows: Ints
) -> Claims:
    """The claims with those of `rows` counted out again."""
    measures = {name: np.array(column) for name, column in claims.measures.items()}
    response = {days: np.array(column) for days, column in claims.response_share.items()}
    for row in rows.tolist():
        demand = items.demand.item(row)
        lead_time = LeadTime(
            float(items.lead_times.mean_days[row]),
            float(np.sqrt(items.lead_times.variance_days[row])),
            float(items.lead_times.review_period_days[row]),
        )
        policy = ReorderPolicy(int(reorder_point[row]), int(order_quantity[row]))
        answer = recompute(demand, lead_time, policy)
        for name, column in measures.items():
            value = getattr(answer, name)
            # A share of nothing is what you like: no target weighs it.
            if demand.demand_per_day > 0 or not np.isnan(value):
                column[row] = value
        for days, column in response.items():
            sooner = replace(lead_time, mean_days=max(lead_time.mean_days - days, 0.0))
            column[row] = recompute(demand, sooner, policy).fill_rate
    return Claims(measures, response)
