"""Kits, customers and contracts in force."""

from datetime import date
from typing import Any, Final

import sqlalchemy as sa

from data.store.catalogue import batch_of
from data.store.master_tables import INCOMING

_KITS, _CUSTOMERS, _CONTRACTS = (INCOMING[name].c for name in ("kits", "customers", "contracts"))
_KIT: Final = (
    sa.select(_KITS.part_id, _KITS.quantity)
    .where(_KITS.batch_id == batch_of("kits"), _KITS.job_type == sa.bindparam("job"))
    .order_by(_KITS.part_id)
)
_CUSTOMER: Final = sa.select(
    _CUSTOMERS.customer_id, _CUSTOMERS.name, _CUSTOMERS.customer_class
).where(
    _CUSTOMERS.batch_id == batch_of("customers"), _CUSTOMERS.customer_id == sa.bindparam("customer")
)
_SOLD: Final = sa.select(_CONTRACTS.contract_id, _CONTRACTS.tier, _CONTRACTS.part_id).where(
    _CONTRACTS.batch_id == batch_of("contracts"),
    _CONTRACTS.customer_id == sa.bindparam("customer"),
    _CONTRACTS.valid_from <= sa.bindparam("day"),
    _CONTRACTS.valid_to >= sa.bindparam("day"),
)


def kit(connection: sa.Connection, job_type: str) -> list[tuple[str, int]]:
    """Parts and pieces of a kind of job; none where it is not known."""
    return [(row.part_id, row.quantity) for row in connection.execute(_KIT, {"job": job_type})]


def customer(connection: sa.Connection, customer_id: str, day: date) -> dict[str, Any] | None:
    """A customer with the best tier sold to them on `day`; None where nobody knows them."""
    row = connection.execute(_CUSTOMER, {"customer": customer_id}).first()
    if row is None:
        return None
    contracts = connection.execute(_SOLD, {"customer": customer_id, "day": day}).all()
    tiers = sorted(one.tier for one in contracts if one.part_id is None)
    return {
        "customer_id": row.customer_id,
        "name": row.name,
        "customer_class": row.customer_class,
        "tier": tiers[0] if tiers else None,
        "contracts": sorted(one.contract_id for one in contracts),
    }
