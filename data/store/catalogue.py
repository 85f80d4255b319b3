"""Parts and locations in force, read one by one or page by page."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from data.store.master_tables import CURRENT_BATCHES, INCOMING

_PARTS, _PLACES, _OTHERS = (INCOMING[name].c for name in ("parts", "locations", "substitutes"))
_LONGEST_CHAIN: Final = 20
SHOWN: Final = (
    "part_id", "description", "unit_cost", "currency", "unit_of_measure", "holding_rate",
    "criticality", "order_multiple", "minimum_order_quantity", "ordering_cost", "supplier_id",
    "active", "superseded_by",
)  # fmt: skip


def batch_of(table: str) -> sa.ScalarSelect[Any]:
    """The delivery of `table` in force, as part of a query."""
    pointer = CURRENT_BATCHES.c
    return sa.select(pointer.batch_id).where(pointer.table_name == table).scalar_subquery()


_IN_FORCE: Final = _PARTS.batch_id == batch_of("parts")
_FIND: Final = sa.select(*(_PARTS[name] for name in SHOWN)).where(_IN_FORCE)
_ONE: Final = _FIND.where(_PARTS.part_id == sa.bindparam("part"))
_SOME: Final = _FIND.where(_PARTS.part_id.in_(sa.bindparam("some", expanding=True)))
_NEXT: Final = (
    _FIND.where(_PARTS.part_id > sa.bindparam("after"))
    .order_by(_PARTS.part_id)
    .limit(sa.bindparam("most"))
)
_BEFORE: Final = (
    _FIND.where(_PARTS.part_id < sa.bindparam("after"))
    .order_by(_PARTS.part_id.desc())
    .limit(sa.bindparam("most"))
)
_REPLACED_BY: Final = sa.select(_PARTS.superseded_by).where(
    _IN_FORCE, _PARTS.part_id == sa.bindparam("part")
)
_REPLACES: Final = sa.select(_PARTS.part_id).where(
    _IN_FORCE, _PARTS.superseded_by == sa.bindparam("part")
)
_INSTEAD: Final = sa.select(_OTHERS.part_id, _OTHERS.substitute_id, _OTHERS.both_ways).where(
    _OTHERS.batch_id == batch_of("substitutes"),
    sa.or_(
        _OTHERS.part_id == sa.bindparam("part"),
        sa.and_(_OTHERS.substitute_id == sa.bindparam("part"), _OTHERS.both_ways),
    ),
)
_LOCATIONS: Final = sa.select(
    _PLACES.location_id, _PLACES.name, _PLACES.parent_id, _PLACES.timezone, _PLACES.tier
).where(_PLACES.batch_id == batch_of("locations"))


def part(connection: sa.Connection, part_id: str) -> dict[str, Any] | None:
    """A part, or None."""
    row = connection.execute(_ONE, {"part": part_id}).first()
    return row._asdict() if row else None


def parts(connection: sa.Connection, part_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Those of `part_ids` there are."""
    rows = connection.execute(_SOME, {"some": list(part_ids)})
    return {row.part_id: row._asdict() for row in rows}


def page_of_parts(
    connection: sa.Connection, after: str, limit: int, *, backwards: bool = False
) -> list[dict[str, Any]]:
    """Parts by number, from after `after`; backwards from the end where it is blank."""
    start = after or ("\U0010ffff" if backwards else "")
    rows = connection.execute(_BEFORE if backwards else _NEXT, {"after": start, "most": limit})
    return [row._asdict() for row in rows]


def successors(connection: sa.Connection, part_id: str) -> list[str]:
    """The numbers that replaced a part, the newest last."""
    chain: list[str] = []
    while len(chain) < _LONGEST_CHAIN:
        last = chain[-1] if chain else part_id
        newer = connection.execute(_REPLACED_BY, {"part": last}).scalar()
        if not newer or newer in chain or newer == part_id:
            break
        chain.append(newer)
    return chain


def predecessors(connection: sa.Connection, part_id: str) -> list[str]:
    """The numbers a part replaced at once."""
    return sorted(connection.execute(_REPLACES, {"part": part_id}).scalars())


def alternates(connection: sa.Connection, part_id: str) -> list[str]:
    """Parts that may be used instead."""
    rows = connection.execute(_INSTEAD, {"part": part_id})
    found = {row.substitute_id if row.part_id == part_id else row.part_id for row in rows}
    return sorted(found - {part_id})


def locations(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every location, by its code."""
    rows = connection.execute(_LOCATIONS.order_by(_PLACES.location_id))
    return [row._asdict() for row in rows]


def parents(connection: sa.Connection) -> Mapping[str, str]:
    """The location that replenishes each; blank: a supplier does."""
    return {row.location_id: row.parent_id or "" for row in connection.execute(_LOCATIONS)}


def location_batch(connection: sa.Connection) -> str:
    """The delivery of locations in force; blank before the first."""
    return connection.execute(sa.select(batch_of("locations"))).scalar() or ""


def targets(connection: sa.Connection) -> list[dict[str, Any]]:
    """Every promise in force, as it was taken in."""
    rows = INCOMING["service_targets"].c
    chosen = [column for column in rows if column.name not in ("batch_id", "row_number")]
    query = sa.select(*chosen).where(rows.batch_id == batch_of("service_targets"))
    return [row._asdict() for row in connection.execute(query.order_by(rows.row_number))]
