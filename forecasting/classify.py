"""Demand classes: how often an item is asked for, and how unequal the amounts are."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from forecasting.history import Totals
from forecasting.kernels import interval_and_size_spread
from inventory.demand import Floats, Ints

OFTEN, UNEQUAL = 1.32, 0.49  # cut-offs of Syntetos, Boylan & Croston 2005, strictly above


class DemandClass(StrEnum):
    """The four classes of the literature, and an item nobody has asked for yet."""

    SMOOTH = "smooth"
    ERRATIC = "erratic"
    INTERMITTENT = "intermittent"
    LUMPY = "lumpy"
    NONE = "none"


CLASSES = tuple(DemandClass)  # by code


@dataclass(frozen=True, slots=True, eq=False)
class DemandClasses:
    """By item: `code` in `CLASSES`, and the two figures it follows from."""

    code: Ints
    demand_interval: Floats  # ADI, periods; the first interval counts from before period 0
    size_cv2: Floats  # squared coefficient of variation of the totals, divisor n − 1


def classify(totals: Totals) -> DemandClasses:
    """Class of each item by ADI and CV² (Syntetos, Boylan & Croston 2005); nan without demand."""
    interval, cv2 = interval_and_size_spread(totals.start, totals.period, totals.pieces)
    code = 2 * (interval > OFTEN) + (cv2 > UNEQUAL)
    code = np.where(np.isnan(interval), CLASSES.index(DemandClass.NONE), code)
    return DemandClasses(code.astype(np.int64), interval, cv2)
