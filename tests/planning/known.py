"""Items of one echelon with known measures, from `tests/instances/judges.json`."""

import json
from pathlib import Path

import numpy as np

from inventory.demand import DemandForecast, SizeLaw
from inventory.lead_time import LeadTime
from inventory.policy import ReorderPolicy

KNOWN = json.loads((Path(__file__).parents[1] / "instances" / "judges.json").read_text())
LARGEST = 80  # pieces; what larger requests share falls below 1e-17


def item_of(case):
    """Demand, lead time and policy of one known case."""
    sizes = _sizes(**case["sizes"])
    rate = case.get("demand_per_day", case.get("requests_per_day", 0) * sizes.mean)
    lead_time = LeadTime(case["lead_time_days"], 0.0, case["review_period_days"])
    policy = ReorderPolicy(case["reorder_point"], case["order_quantity"])
    return DemandForecast(rate, sizes=sizes), lead_time, policy


def _sizes(family, parameter):
    size = np.arange(1, LARGEST + 1)
    share = {
        "single": (size == 1).astype(float),
        "geometric": (1 - parameter) * parameter ** (size - 1.0),
        "logarithmic": parameter**size / size,
    }[family]
    share = share / share.sum()
    return SizeLaw(tuple(size[share > 0].tolist()), tuple(share[share > 0].tolist()))
