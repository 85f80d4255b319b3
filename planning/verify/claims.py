"""What a plan claims of its items, and how a sample of it is counted out again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from inventory.demand import Floats, Ints
from inventory.lead_time import LeadTime
from inventory.policy import ReorderPolicy
from inventory.service import Measure
from optimizer.problem import Items
from planning.verify.flows import Stop
from planning.verify.network import recompute_part

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
    for own, stops, wanted in _parts(items, reorder_point, order_quantity, rows):
        for at, answer in recompute_part(stops, wanted).items():
            for name, column in measures.items():
                value = getattr(answer, name)
                # A share of nothing is what you like: no target weighs it.
                if stops[at].customers.demand_per_day > 0 or not np.isnan(value):
                    column[own[at]] = value
        for days, column in response.items():
            for at, answer in recompute_part(stops, wanted, days).items():
                column[own[at]] = answer.fill_rate
    return Claims(measures, response)


def _parts(
    items: Items, reorder_point: Ints, order_quantity: Ints, rows: Ints
) -> Iterator[tuple[Ints, list[Stop], list[int]]]:
    """The parts that some rows belong to: their rows, their stops, and which are asked about."""
    for part in np.unique(items.part[rows]).tolist():
        own = np.flatnonzero(items.part == part)
        place = {int(items.location[row]): at for at, row in enumerate(own.tolist())}
        policies = [
            ReorderPolicy(int(reorder_point[row]), int(order_quantity[row])) for row in own.tolist()
        ]
        stops = [
            _stop(items, row, policy, place)
            for row, policy in zip(own.tolist(), policies, strict=True)
        ]
        yield own, stops, np.flatnonzero(np.isin(own, rows)).tolist()


def _stop(items: Items, row: int, policy: ReorderPolicy, place: Mapping[int, int]) -> Stop:
    lead, back = items.lead_times, items.repairs
    lane = LeadTime(
        float(lead.mean_days[row]),
        float(np.sqrt(lead.variance_days[row])),
        float(lead.review_period_days[row]),
    )
    above = -1 if items.parent is None else int(items.parent[row])
    repair = (0.0, 0.0, 0.0)
    if back is not None:
        repair = (
            float(back.repairable_share[row]),
            float(back.local_repair_share[row]),
            float(back.repair_time_days[row]),
        )
    return Stop(items.demand.item(row), lane, policy, place.get(above, -1), *repair)
