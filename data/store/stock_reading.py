"""Shelves and what moved on them, page by page, as plain rows."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from data.store.ledger_tables import AUDIT, BALANCES, JOURNAL, LOCKS, MOVEMENTS

Rows = list[dict[str, Any]]


def shelves(
    connection: sa.Connection,
    after: tuple[str, str],
    limit: int,
    *,
    part_id: str | None = None,
    location_id: str | None = None,
    places: Collection[str] | None = None,
) -> Rows:
    """Balances by part and location, from after `after`, at `places` only where given."""
    at = BALANCES.c
    item, place = sa.tuple_(at.part_id, at.location_id), sa.tuple_(*map(sa.literal, after))
    free = (at.on_hand - at.reserved).label("available")
    query = sa.select(BALANCES, free).where(item > place)
    if part_id is not None:
        query = query.where(at.part_id == part_id)
    if location_id is not None:
        query = query.where(at.location_id == location_id)
    if places is not None:
        query = query.where(at.location_id.in_(sorted(places)))
    rows = connection.execute(query.order_by(at.part_id, at.location_id).limit(limit))
    return [row._asdict() for row in rows]


def movements(
    connection: sa.Connection,
    before: int,
    limit: int,
    *,
    part_id: str | None = None,
    location_id: str | None = None,
    places: Collection[str] | None = None,
) -> Rows:
    """Movements, the newest first, each with its sides."""
    side = JOURNAL.c
    query = sa.select(MOVEMENTS).where(MOVEMENTS.c.movement_id < before)
    tests = []
    if part_id is not None:
        tests.append(side.part_id == part_id)
    if location_id is not None:
        tests.append(side.location_id == location_id)
    if places is not None:
        tests.append(side.location_id.in_(sorted(places)))
    if tests:
        query = query.where(sa.exists().where(side.movement_id == MOVEMENTS.c.movement_id, *tests))
    query = query.order_by(MOVEMENTS.c.movement_id.desc()).limit(limit)
    heads = [row._asdict() for row in connection.execute(query)]
    wanted = [head["movement_id"] for head in heads]
    sides: dict[int, Rows] = {}
    every = sa.select(JOURNAL).where(side.movement_id.in_(wanted)).order_by(side.entry_id)
    for row in connection.execute(every):
        facts = row._asdict()
        del facts["entry_id"]
        sides.setdefault(facts.pop("movement_id"), []).append(facts)
    return [{**head, "sides": sides.get(head["movement_id"], [])} for head in heads]


def closed(connection: sa.Connection) -> dict[str, str]:
    """Locations that are closed, and why."""
    return {row.location_id: row.reason for row in connection.execute(sa.select(LOCKS))}


def audit_rows(connection: sa.Connection, before: int, limit: int) -> Rows:
    """The audit trail, the newest first."""
    query = sa.select(AUDIT).where(AUDIT.c.sequence < before)
    rows = connection.execute(query.order_by(AUDIT.c.sequence.desc()).limit(limit))
    return [row._asdict() for row in rows]
