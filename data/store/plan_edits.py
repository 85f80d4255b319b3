"""A plan before it is approved: its version, and what planners changed in it."""

from typing import Any, Final

import sqlalchemy as sa

from data.store import audit, catalogue, changes
from data.store.night_tables import PLAN_LINES, PROPOSALS
from data.store.plan_edit_tables import PLAN_EDITS, PLAN_VERSIONS
from data.store.proposals import is_visible
from inventory.ledger import Refusal, Refused, Request

LEVEL_KINDS: Final = ("level", "last_piece")
_OPEN: Final = (
    sa.select(PROPOSALS)
    .where(PROPOSALS.c.state == "open", is_visible())
    .with_for_update(of=PROPOSALS)
)


def version_of(connection: sa.Connection, run_id: str) -> int:
    """The version of a plan; 1 when nobody touched it."""
    query = sa.select(PLAN_VERSIONS.c.version).where(PLAN_VERSIONS.c.run_id == run_id)
    return connection.execute(query).scalar() or 1


def next_version(connection: sa.Connection, run_id: str) -> int:
    """Count an edit or a decision."""
    mine = PLAN_VERSIONS.c.run_id == run_id
    counted = sa.update(PLAN_VERSIONS).where(mine).values(version=PLAN_VERSIONS.c.version + 1)
    if connection.execute(counted).rowcount == 0:
        connection.execute(sa.insert(PLAN_VERSIONS), {"run_id": run_id, "version": 2})
    return version_of(connection, run_id)


def editors(connection: sa.Connection, run_id: str) -> set[str]:
    """Who changed something in a plan."""
    query = sa.select(PLAN_EDITS.c.actor).where(PLAN_EDITS.c.run_id == run_id)
    return set(connection.execute(query).scalars())


def edited_by(connection: sa.Connection, run_id: str, proposal_id: int, actor: str) -> bool:
    """True when somebody changed this proposal of a plan."""
    edit = PLAN_EDITS.c
    query = sa.select(edit.actor).where(
        edit.run_id == run_id, edit.proposal_id == proposal_id, edit.actor == actor
    )
    return connection.execute(query.limit(1)).first() is not None


def piece_value(connection: sa.Connection, run_id: str, part_id: str) -> float:
    """Money per piece as the plan counts it; where it holds none of the part, as delivered."""
    line = PLAN_LINES.c
    per_piece = sa.func.max(line.stock_value / line.expected_on_hand)
    query = sa.select(per_piece).where(
        line.run_id == run_id, line.part_id == part_id, line.expected_on_hand > 0
    )
    found = connection.execute(query).scalar()
    if found is None:
        found = (catalogue.part(connection, part_id) or {}).get("unit_cost")
    return float(found or 0.0)


def open_ones(connection: sa.Connection) -> list[Any]:
    """The open proposals of the plan in force, kept from changing."""
    changes.settle(connection, changes.waiting(connection))
    return list(connection.execute(_OPEN.order_by(PROPOSALS.c.proposal_id)))


def edit(
    connection: sa.Connection, request: Request, run_id: str, row: Any, reorder_point: int
) -> None:
    """Propose another level for an item; `row` is its open proposal, kept from changing.

    Raises:
        Refused: when it was decided meanwhile.
    """
    same = sa.and_(
        PROPOSALS.c.proposal_id == row.proposal_id,
        PROPOSALS.c.state == "open",
        PROPOSALS.c.version == row.version,
    )
    changed = sa.update(PROPOSALS).where(same)
    more = reorder_point - row.proposed_reorder_point
    today = -1 if row.current_reorder_point is None else row.current_reorder_point
    values = {
        "proposed_reorder_point": reorder_point,
        "kind": "last_piece" if reorder_point < 0 <= today else "level",
        "value_change": row.value_change + more * piece_value(connection, run_id, row.part_id),
        "version": row.version + 1,
    }
    if connection.execute(changed.values(values)).rowcount != 1:
        raise Refused(Refusal.STALE, "It changed since it was read. Look again.")
    facts = {
        "run_id": run_id,
        "proposal_id": row.proposal_id,
        "at": request.at,
        "actor": request.actor,
        "old": row.proposed_reorder_point,
        "new": reorder_point,
    }
    connection.execute(sa.insert(PLAN_EDITS), facts)
    subject = f"proposal {row.proposal_id} version {row.version}"
    audit.append(connection, request, "edit", subject, {"old": facts["old"], "new": facts["new"]})
