"""The company written down: one function a table, named as in the design of the input folder."""

from collections.abc import Callable

import polars as pl

from data.demo.company import Company
from data.demo.tables import field, flow, master, promises

TABLES: dict[str, Callable[[Company], pl.DataFrame]] = {
    "parts": master.parts,
    "locations": master.locations,
    "lead_times": master.lead_times,
    "demand": flow.demand,
    "stock": flow.stock,
    "open_orders": flow.open_orders,
    "receipts": flow.receipts,
    "service_targets": promises.service_targets,
    "current_policies": flow.current_policies,
    "item_rules": promises.item_rules,
    "delay_costs": promises.delay_costs,
    "installed_base": field.installed_base,
    "substitutes": master.substitutes,
    "kits": field.kits,
    "customers": promises.customers,
    "contracts": promises.contracts,
    "demand_changes": promises.demand_changes,
    "exchange_rates": master.exchange_rates,
    "budgets": promises.budgets,
}
