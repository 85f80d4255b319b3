"""What a desk asks while a customer waits: who they are, what is open, who waits before."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from data.store import repair_reading as reading
from data.store.job_reading import customer
from inventory.promise.queue import Rank
from inventory.promise.time_law import days_of
from planning.promises.inquiry import NotKnown
from planning.promises.outlook import Outlook
from planning.repairs.progress import Progress, expected_of, of

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class CustomerKnown:
    """A customer with their contracts and repair orders, the newest first."""

    customer_id: str
    name: str
    customer_class: str
    tier: str
    contracts: tuple[str, ...]
    open_orders: tuple[Progress, ...]
    earlier_orders: int


@dataclass(frozen=True, slots=True)
class InQueue:
    """A line that waits; the realistic wait is the moment promised for it today."""

    place: int
    repair_order_id: str
    line: int
    quantity: int
    tier: str
    criticality: str
    since: datetime
    expected_by: datetime | None
    likely_by: datetime | None


def recognise(
    connection: sa.Connection,
    outlook: Outlook,
    customer_id: str,
    now: datetime,
    *,
    owner: str | None = None,
    sites: Collection[str] = (),
) -> CustomerKnown:
    """A customer, from the tables or from earlier repairs; of those, what whoever asks may see.

    Args:
        connection: of the company's database.
        outlook: what is promised today.
        customer_id: who rings.
        now: this moment.
        owner: repairs of this person, and those at `sites`; None: everybody's.
        sites: see `owner`.

    Raises:
        NotKnown: when neither knows them.
    """
    outlook.refresh(connection, now)
    known = customer(connection, customer_id, now.date())
    found = reading.page(
        connection, before=now.replace(year=9000), before_id="", limit=MOST_SHOWN,
        customer_id=customer_id, owner=owner, sites=sites,
    )  # fmt: skip
    if known is None and not found:
        raise NotKnown("customer_id", customer_id)
    still = tuple(of(outlook, one, now) for one in found if one.head.state == "open")
    head = known or {}
    return CustomerKnown(
        customer_id, head.get("name") or "", head.get("customer_class") or "",
        head.get("tier") or "", tuple(head.get("contracts", ())), still, len(found) - len(still),
    )  # fmt: skip


def queue(connection: sa.Connection, part_id: str, location_id: str) -> list[InQueue]:
    """Who waits for a part at a place, first to be served first."""
    rows = reading.queue(connection, part_id, location_id)
    rows.sort(key=lambda r: Rank.of(r.tier, r.criticality, days_of(r.since), r.line))
    return [
        InQueue(
            place, row.repair_order_id, row.line, row.quantity, row.tier or "",
            row.criticality or "", row.since, expected_of(row),
            row.likely if row.event_id is not None else row.likely_by,
        )
        for place, row in enumerate(rows, 1)
    ]  # fmt: skip
