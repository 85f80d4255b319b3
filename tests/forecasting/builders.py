"""Histories that are valid by default; a test states only what matters."""

import numpy as np

from forecasting import History


def a_history(item=(), period=(), pieces=(), *, items=1, periods=12, part=None, **options):
    """Requests of `items` items over `periods` months of 30 days."""
    part = np.arange(items) if part is None else np.asarray(part)
    columns = (np.asarray(column, dtype=np.int64) for column in (item, period, pieces))
    where = np.zeros(items, dtype=np.int64)
    days = np.full(periods, 30.0)
    return History.of(*columns, part=part, location=where, days=days, **options)
