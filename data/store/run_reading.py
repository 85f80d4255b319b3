"""Runs, plans, proposals, decisions and exceptions, page by page, as plain rows."""

from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from data.store import changes
from data.store.bulk import read_rows
from data.store.night_tables import (
    DECISIONS,
    EXCEPTIONS,
    PLAN_LINES,
    PROPOSALS,
    PUBLISHED,
    RUNS,
    STAGES,
)
from data.store.proposals import is_visible

Rows = Sequence[dict[str, Any]]
_RUN_COLUMNS: Final = (
    RUNS.c.run_id, RUNS.c.as_of, RUNS.c.state, RUNS.c.actor, RUNS.c.started_at, RUNS.c.finished_at,
    RUNS.c.code_version, RUNS.c.outcome, RUNS.c.plan_hash,
)  # fmt: skip
_IN_FORCE: Final = sa.select(PUBLISHED.c.run_id).where(PUBLISHED.c.name == "plan")


def in_force(connection: sa.Connection) -> str:
    """The plan in force; blank before the first."""
    return connection.execute(_IN_FORCE).scalar() or ""


def was_published(connection: sa.Connection, run_id: str) -> bool:
    """True for a plan that is or was in force."""
    query = sa.select(RUNS.c.run_id).where(RUNS.c.run_id == run_id, RUNS.c.state == "published")
    return connection.execute(query).first() is not None


def runs(connection: sa.Connection, before: str, limit: int, *, published: bool = False) -> Rows:
    """Runs, the newest first, from before the one that began at `before` (moment and number)."""
    query = sa.select(*_RUN_COLUMNS).order_by(RUNS.c.started_at.desc(), RUNS.c.run_id.desc())
    if before:
        last = sa.select(RUNS.c.started_at).where(RUNS.c.run_id == before).scalar_subquery()
        same = sa.and_(RUNS.c.started_at == last, RUNS.c.run_id < before)
        query = query.where(sa.or_(RUNS.c.started_at < last, same))
    if published:
        query = query.where(RUNS.c.state == "published")
    return _rows(connection, query.limit(limit))


def run(connection: sa.Connection, run_id: str) -> dict[str, Any] | None:
    """A run with its summary as text."""
    query = sa.select(*_RUN_COLUMNS, RUNS.c.summary).where(RUNS.c.run_id == run_id)
    row = connection.execute(query).first()
    return row._asdict() if row else None


def stages(connection: sa.Connection, run_id: str) -> Rows:
    """What became of each stage of a run, in order."""
    chosen = [STAGES.c[name] for name in (
        "stage", "status", "started_at", "finished_at", "seconds", "row_count", "message"
    )]  # fmt: skip
    query = sa.select(*chosen).where(STAGES.c.run_id == run_id)
    return _rows(connection, query.order_by(STAGES.c.started_at, STAGES.c.stage))


def plan_lines(connection: sa.Connection, run_id: str, after: tuple[str, str], limit: int) -> Rows:
    """Lines of a plan by part and location, from after `after`."""
    item = sa.tuple_(PLAN_LINES.c.part_id, PLAN_LINES.c.location_id)
    place = sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
    query = sa.select(PLAN_LINES).where(PLAN_LINES.c.run_id == run_id, item > place)
    return _rows(
        connection, query.order_by(PLAN_LINES.c.part_id, PLAN_LINES.c.location_id).limit(limit)
    )


def proposals(connection: sa.Connection, after: int, limit: int, **equal: str | None) -> Rows:
    """Proposals by number, from after `after`, whose columns are as `equal` says."""
    query = sa.select(PROPOSALS).where(PROPOSALS.c.proposal_id > after, is_visible())
    for name, value in equal.items():
        if value is not None:
            query = query.where(PROPOSALS.c[name] == value)
    return _as_published(connection, query.order_by(PROPOSALS.c.proposal_id).limit(limit))


def proposal(connection: sa.Connection, number: int) -> dict[str, Any] | None:
    """One proposal of a published plan."""
    query = sa.select(PROPOSALS).where(PROPOSALS.c.proposal_id == number, is_visible())
    rows = _as_published(connection, query)
    return rows[0] if rows else None


def decisions(connection: sa.Connection, before: int, limit: int) -> Rows:
    """Decisions, the newest first."""
    told = [PROPOSALS.c[name] for name in ("part_id", "location_id", "kind")]
    query = (
        sa.select(DECISIONS, *told)
        .join(PROPOSALS, PROPOSALS.c.proposal_id == DECISIONS.c.proposal_id)
        .where(DECISIONS.c.decision_id < before)
    )
    return _rows(connection, query.order_by(DECISIONS.c.decision_id.desc()).limit(limit))


def exceptions(connection: sa.Connection, after: int, limit: int, kind: str | None = None) -> Rows:
    """Open exceptions of the plan in force and of the door, by number."""
    mine = sa.or_(EXCEPTIONS.c.run_id == _IN_FORCE.scalar_subquery(), EXCEPTIONS.c.run_id.is_(None))
    query = sa.select(EXCEPTIONS).where(
        mine, EXCEPTIONS.c.state == "open", EXCEPTIONS.c.exception_id > after
    )
    if kind is not None:
        query = query.where(EXCEPTIONS.c.kind == kind)
    return _rows(connection, query.order_by(EXCEPTIONS.c.exception_id).limit(limit))


def close_exception(connection: sa.Connection, number: int) -> str | None:
    """Close an exception; the state it had, None when there is none."""
    mine = EXCEPTIONS.c.exception_id == number
    state = connection.execute(sa.select(EXCEPTIONS.c.state).where(mine)).scalar()
    if state is not None:
        connection.execute(sa.update(EXCEPTIONS).where(mine).values(state="closed"))
    return state


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> Rows:
    return [row._asdict() for row in connection.execute(query)]


def _as_published(connection: sa.Connection, query: sa.Select[Any]) -> Rows:
    """Proposals as they are once everything is carried over that the plan in force changes."""
    if changes.waiting(connection):
        return changes.as_published(connection, read_rows(connection, query)).to_dicts()
    return _rows(connection, query)
