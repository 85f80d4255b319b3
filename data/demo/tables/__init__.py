"""The company written down: one function a table, named as in the design of the input folder."""

from collections.abc import Callable

import polars as pl

from data.demo.company import Company
from data.demo.tables import flow, master, promises

TABLES: dict[str, Callable[[Company], pl.DataFrame]] = {
    "parts": master.parts,
    "locations": master.locations,
    "lead_times": master.lead_times,
    "demand": flow.demand,
    "stock": flow.stock,
    "service_targets": promises.service_targets,
    "current_policies": flow.current_policies,
}
