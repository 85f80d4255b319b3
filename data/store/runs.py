"""Runs: one night each, with its stages, the deliveries it is frozen at, and what is published."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from data.store.engine import Store
from data.store.leases import Lease, hold, name_run, release, take
from data.store.night_tables import PUBLISHED, RUN_INPUTS, RUNS, STAGES

NIGHT: Final = "night"
PLAN: Final = "plan"


@dataclass(frozen=True, slots=True)
class Ask:
    """What a night is to be made of."""

    as_of: date
    actor: str
    code_version: str
    input_hash: str  # of deliveries, settings and version
    batches: Mapping[str, str]  # table -> delivery
    owner: str  # token of this process
    now: datetime
    silence: timedelta  # a holder silent for longer is thought dead
    earlier: bool = False  # may put an earlier day in force than the plan there is


@dataclass(frozen=True, slots=True)
class Begun:
    """The run to go on with; without a lease there is nothing to do: it was finished before."""

    run_id: str
    lease: Lease | None
    resumed: bool


@dataclass(frozen=True, slots=True)
class StageDone:
    """What a finished stage left."""

    input_hash: str
    output_hash: str
    row_count: int
    seconds: float
    message: str


class EarlierDay(Exception):
    """A plan of a later day is in force; `day` and `in_force` say which."""

    def __init__(self, day: date, in_force: date) -> None:
        super().__init__(
            f"The plan in force is of {in_force}, which is later than {day}. It stays, unless you "
            "say that an earlier day shall take its place (--earlier)."
        )
        self.day, self.in_force = day, in_force


def begin(store: Store, ask: Ask) -> Begun:
    """Open a run, go on with one that was cut off, or find that it was finished before.

    Raises:
        LeaseTaken: another night runs.
        EarlierDay: it would put an earlier day in force.
    """
    return store.transact(lambda connection: begin_within(connection, ask))


def begin_within(connection: sa.Connection, ask: Ask) -> Begun:
    """The same inside a transaction of the caller's."""
    lease = take(connection, NIGHT, ask.owner, now=ask.now, silence=ask.silence)
    of_day = connection.execute(
        sa.select(RUNS).where(RUNS.c.as_of == ask.as_of).order_by(RUNS.c.started_at.desc())
    ).all()
    for row in of_day:
        if _is_finished(connection, row, ask):
            release(connection, lease)
            return Begun(row.run_id, None, resumed=True)
    _refuse_earlier(connection, ask)
    _interrupt_others(connection)
    for row in of_day[:1]:
        if _may_go_on(connection, row, ask):
            state = "published" if row.state == "published" else "running"
            _update(connection, row.run_id, {"state": state, "fencing": lease.fencing})
            name_run(connection, lease, row.run_id)
            return Begun(row.run_id, lease, resumed=True)
    run_id = f"{ask.as_of.isoformat()}.{len(of_day) + 1}"
    _open(connection, run_id, ask, lease)
    name_run(connection, lease, run_id)
    return Begun(run_id, lease, resumed=False)


def _refuse_earlier(connection: sa.Connection, ask: Ask) -> None:
    pointer = published(connection)
    if pointer is None or ask.earlier:
        return
    query = sa.select(RUNS.c.as_of).where(RUNS.c.run_id == pointer.run_id)
    in_force = connection.execute(query).scalar_one()
    if in_force > ask.as_of:
        raise EarlierDay(ask.as_of, in_force)


def start_stage(
    store: Store, lease: Lease, run_id: str, stage: str, *, input_hash: str, now: datetime
) -> None:
    """Write down that a stage began; what it left before is forgotten."""
    row = {
        "run_id": run_id,
        "stage": stage,
        "status": "running",
        "input_hash": input_hash,
        "started_at": now,
    }

    def work(connection: sa.Connection) -> None:
        hold(connection, lease)
        connection.execute(sa.delete(STAGES).where(_stage(run_id, stage)))
        connection.execute(sa.insert(STAGES), row)

    store.transact(work, repeatable=True)


def finish_stage(
    store: Store, lease: Lease, run_id: str, stage: str, done: StageDone, *, now: datetime
) -> None:
    """Write down what a stage left."""
    values = {
        "status": "done",
        "output_hash": done.output_hash,
        "finished_at": now,
        "seconds": done.seconds,
        "row_count": done.row_count,
        "message": done.message,
    }

    def work(connection: sa.Connection) -> None:
        hold(connection, lease)
        connection.execute(sa.update(STAGES).where(_stage(run_id, stage)).values(values))

    store.transact(work, repeatable=True)


def note_run(store: Store, lease: Lease, run_id: str, **values: Any) -> None:
    """Change columns of a run, as its holder."""

    def work(connection: sa.Connection) -> None:
        hold(connection, lease)
        _update(connection, run_id, values)

    store.transact(work, repeatable=True)


def leave(store: Store, lease: Lease, run_id: str, state: str, now: datetime) -> None:
    """End a run in `state` and give its lease back; a published run stays published."""

    def work(connection: sa.Connection) -> None:
        mine = sa.and_(RUNS.c.run_id == run_id, RUNS.c.fencing == lease.fencing)
        unfinished = sa.and_(mine, RUNS.c.state != "published")
        connection.execute(sa.update(RUNS).where(unfinished).values(state=state, finished_at=now))
        connection.execute(
            sa.update(STAGES)
            .where(STAGES.c.run_id == run_id, STAGES.c.status == "running")
            .values(status="failed", finished_at=now, message=state)
        )
        release(connection, lease)

    store.transact(work, repeatable=True)


def stages_done(store: Store, run_id: str) -> dict[str, StageDone]:
    """The finished stages of a run."""
    query = sa.select(STAGES).where(STAGES.c.run_id == run_id, STAGES.c.status == "done")
    with store.read() as connection:
        return {
            row.stage: StageDone(
                row.input_hash, row.output_hash, row.row_count, row.seconds, row.message
            )
            for row in connection.execute(query)
        }


def batches_of(store: Store, run_id: str) -> dict[str, str]:
    """The delivery of each table that a run is frozen at."""
    query = sa.select(RUN_INPUTS).where(RUN_INPUTS.c.run_id == run_id)
    with store.read() as connection:
        return {row.table_name: row.batch_id for row in connection.execute(query)}


def run(store: Store, run_id: str) -> dict[str, Any]:
    """A run's row; empty when there is none."""
    with store.read() as connection:
        row = connection.execute(sa.select(RUNS).where(RUNS.c.run_id == run_id)).first()
    return row._asdict() if row else {}


def to_keep(store: Store, newest: int) -> set[str]:
    """The newest runs, and besides them the one in force and those at work."""
    query = sa.select(RUNS.c.run_id).order_by(RUNS.c.started_at.desc(), RUNS.c.run_id.desc())
    working = sa.select(RUNS.c.run_id).where(RUNS.c.state.in_(["running", "interrupted"]))
    with store.read() as connection:
        pointer = published(connection)
        found = [*connection.execute(query.limit(newest)), *connection.execute(working)]
    return {row.run_id for row in found} | ({pointer.run_id} if pointer else set())


def deliveries_of(store: Store, run_ids: set[str]) -> set[str]:
    """The deliveries that runs are frozen at."""
    query = sa.select(RUN_INPUTS.c.batch_id).where(RUN_INPUTS.c.run_id.in_(sorted(run_ids)))
    with store.read() as connection:
        return {row.batch_id for row in connection.execute(query)}


def published(connection: sa.Connection, *, lock: bool = False) -> Any:
    """The pointer to the plan in force (run_id, version, published_at); None before the first.

    With `lock` it stays where it is until the transaction ends.
    """
    query = sa.select(PUBLISHED).where(PUBLISHED.c.name == PLAN)
    return connection.execute(query.with_for_update() if lock else query).first()


def published_run(store: Store) -> str:
    """The run in force; blank before the first."""
    with store.read() as connection:
        row = published(connection)
    return row.run_id if row else ""


def move_pointer(connection: sa.Connection, run_id: str, now: datetime) -> None:
    """Put `run_id` in force."""
    moved = connection.execute(
        sa.update(PUBLISHED)
        .where(PUBLISHED.c.name == PLAN)
        .values(run_id=run_id, version=PUBLISHED.c.version + 1, published_at=now)
    )
    if moved.rowcount == 0:
        first = {"name": PLAN, "run_id": run_id, "version": 1, "published_at": now}
        connection.execute(sa.insert(PUBLISHED), first)
    _update(connection, run_id, {"state": "published", "finished_at": now})


def _open(connection: sa.Connection, run_id: str, ask: Ask, lease: Lease) -> None:
    connection.execute(
        sa.insert(RUNS),
        {
            "run_id": run_id,
            "as_of": ask.as_of,
            "state": "running",
            "actor": ask.actor,
            "fencing": lease.fencing,
            "started_at": ask.now,
            "code_version": ask.code_version,
            "input_hash": ask.input_hash,
        },
    )
    rows = [
        {"run_id": run_id, "table_name": name, "batch_id": batch}
        for name, batch in sorted(ask.batches.items())
    ]
    if rows:
        connection.execute(sa.insert(RUN_INPUTS), rows)


def _is_finished(connection: sa.Connection, row: Any, ask: Ask) -> bool:
    same = row.state == "published" and row.input_hash == ask.input_hash
    return same and _status(connection, row.run_id, "report") == "done"


def _may_go_on(connection: sa.Connection, row: Any, ask: Ask) -> bool:
    """A run that was cut off goes on with what it froze; one that failed, only with the same."""
    if row.code_version != ask.code_version or row.state == "finished":
        return False
    if row.state == "failed":
        return bool(row.input_hash == ask.input_hash)
    if _status(connection, row.run_id, "report") == "done":
        return False
    if _status(connection, row.run_id, "freeze") == "done":
        return True
    return bool(row.input_hash == ask.input_hash)


def _status(connection: sa.Connection, run_id: str, stage: str) -> str:
    query = sa.select(STAGES.c.status).where(_stage(run_id, stage))
    return str(connection.execute(query).scalar())


def _interrupt_others(connection: sa.Connection) -> None:
    """Whoever was running when the lease fell silent was cut off."""
    cut = sa.update(RUNS).where(RUNS.c.state == "running")
    connection.execute(cut.values(state="interrupted"))


def _update(connection: sa.Connection, run_id: str, values: Mapping[str, Any]) -> None:
    connection.execute(sa.update(RUNS).where(RUNS.c.run_id == run_id).values(**values))


def _stage(run_id: str, stage: str) -> sa.ColumnElement[bool]:
    return sa.and_(STAGES.c.run_id == run_id, STAGES.c.stage == stage)
