"""How much to order at a time: the cheapest quantity that minimum and multiple allow."""

import numpy as np

from inventory.demand import Demand, Ints
from optimizer.problem import Items
from optimizer.quantities.kernels import cheapest_quantities


def order_quantities(items: Items, demand: Demand | None = None) -> Ints:
    """Q by item for what is asked of it (`demand`, its customers' if not given).

    Least ordering cost + holding of Q/2, exact over all allowed quantities.

    Ordering costs `ordering_cost` × E[min(D, Q)] / (Q · T), D the demand of a review period of T
    days (T = 0: requests per day × E[min(Y, Q)] / Q). Ties go to the smaller quantity; where
    ordering or holding costs nothing there is nothing to weigh, and the smallest is taken.
    """
    demand = items.demand if demand is None else demand
    sizes = demand.sizes
    multiple = np.maximum(items.order_multiple, 1)
    least = np.maximum(items.minimum_order_quantity, 1)
    return cheapest_quantities(
        demand.demand_per_day,
        demand.demand_variance_per_day,
        demand.rate_variance,
        sizes.start,
        sizes.pieces,
        sizes.share,
        items.lead_times.review_period_days,
        items.ordering_cost,
        items.holding_cost_per_day,
        -(-least // multiple) * multiple,
        multiple,
    )
