"""A lease: what only one may do at a time, held by a sign of life, taken over after silence.

Its number goes up at every change of hands. Whoever writes under a lease first asks, in the same
transaction, whether the lease is still his: a night that was thought dead cannot write any more.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from data.store.engine import Store
from data.store.night_tables import LEASES


@dataclass(frozen=True, slots=True)
class Lease:
    """What somebody holds: its name, his token, and the number of this change of hands."""

    name: str
    owner: str
    fencing: int


class LeaseTaken(Exception):
    """Somebody else holds the lease and is alive."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"Another night runs: {run_id}.")
        self.run_id = run_id


class LeaseLost(Exception):
    """The lease went to somebody else: nothing more may be written under it."""

    def __init__(self, lease: Lease) -> None:
        super().__init__(f"The lease of this night ({lease.fencing}) went to another one.")


def take(
    connection: sa.Connection, name: str, owner: str, *, now: datetime, silence: timedelta
) -> Lease:
    """Take a lease that is free or whose holder was silent for longer than `silence`.

    Raises:
        LeaseTaken: when its holder is alive.
    """
    connection.execute(
        sa.text("INSERT INTO leases (name, fencing) VALUES (:name, 0) ON CONFLICT DO NOTHING"),
        {"name": name},
    )
    mine = LEASES.c.name == name
    free = sa.or_(
        LEASES.c.owner.is_(None),
        LEASES.c.heartbeat_at.is_(None),
        LEASES.c.heartbeat_at <= now - silence,
        LEASES.c.heartbeat_at > now + silence,  # a clock was put back: whoever lives beats anew
    )
    claim = sa.update(LEASES).where(mine, free)
    changed = connection.execute(
        claim.values(owner=owner, fencing=LEASES.c.fencing + 1, heartbeat_at=now, run_id=None)
    )
    row = connection.execute(sa.select(LEASES).where(mine)).one()
    if changed.rowcount != 1:
        raise LeaseTaken(row.run_id or "one that is about to begin")
    return Lease(name, owner, row.fencing)


def name_run(connection: sa.Connection, lease: Lease, run_id: str) -> None:
    """Say which run the lease is held for."""
    connection.execute(sa.update(LEASES).where(_held(lease)).values(run_id=run_id))


def hold(connection: sa.Connection, lease: Lease) -> None:
    """Make sure, until the transaction ends, that the lease is still ours.

    Raises:
        LeaseLost: when it is not.
    """
    query = sa.select(LEASES.c.name).where(_held(lease)).with_for_update()
    if connection.execute(query).first() is None:
        raise LeaseLost(lease)


def beat(store: Store, lease: Lease, now: datetime) -> None:
    """Give a sign of life.

    Raises:
        LeaseLost: when somebody else took the lease meanwhile.
    """
    alive = sa.update(LEASES).where(_held(lease)).values(heartbeat_at=now)
    if store.transact(lambda connection: connection.execute(alive).rowcount, repeatable=True) != 1:
        raise LeaseLost(lease)


def release(connection: sa.Connection, lease: Lease) -> None:
    """Give the lease back; nothing happens when it is not ours any more."""
    connection.execute(sa.update(LEASES).where(_held(lease)).values(owner=None, run_id=None))


def _held(lease: Lease) -> sa.ColumnElement[bool]:
    return sa.and_(
        LEASES.c.name == lease.name,
        LEASES.c.owner == lease.owner,
        LEASES.c.fencing == lease.fencing,
    )
