"""Is the database sound? One finding per question, each with what was seen."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import Final

import sqlalchemy as sa

from data.store import audit
from data.store.engine import Store
from data.store.invariants import check_invariants, invariants
from data.store.ledger_tables import AUDIT
from data.store.migrate import newest_revision, revision_of
from data.store.plans import LINES, lines_hash
from data.store.runs import published

_LARGEST_LOG_BYTES: Final = 64 * 2**20
_LEAST_FREE_BYTES: Final = 256 * 2**20
_SQLITE: Final = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
_POSTGRES: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
_MOUNTS: Final = Path("/proc/mounts")
_SHARED: Final = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "ceph", "glusterfs")
_UNFINISHED: Final = {
    "Every delivery of tables is complete": "SELECT COUNT(*) FROM batches WHERE state = 'loading'",
    "Every stock snapshot is booked": "SELECT COUNT(*) FROM reconciliations"
    " WHERE state <> 'applied'",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """A question, whether the answer is good, and what was seen."""

    question: str
    good: bool
    seen: str


def examine(store: Store, exported: audit.Head | None = None) -> list[Finding]:
    """Every finding; `exported` is a head of the audit that was kept elsewhere."""
    with store.read() as connection:
        revision = revision_of(connection)
        newest = newest_revision()
        current = Finding(
            "The schema is current", revision == newest, f"{revision}, newest {newest}"
        )
        if not current.good:
            return [current]
        return [
            current,
            *(_sqlite(connection, store) if store.is_sqlite else _postgres(connection)),
            *_invariants(connection),
            _audit(connection, exported),
            *_plan(connection),
            *_unfinished(connection),
        ]


def file_system_of(path: Path, mounts: str) -> str:
    """Kind of file system that `path` lies on, by a table like /proc/mounts; blank = unknown."""
    found = (line.split()[1:3] for line in mounts.splitlines())
    above = [
        (len(point), kind)
        for point, kind in found
        if path.resolve().is_relative_to(point.replace("\\040", " "))
    ]
    return max(above, default=(0, ""))[1]


def _sqlite(connection: sa.Connection, store: Store) -> Iterator[Finding]:
    def pragma(name: str) -> str:
        return str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())

    for name, wanted in _SQLITE.items():
        seen = pragma(name)
        yield Finding(f"{name} is {wanted}", seen == wanted, seen)
    seen = pragma("integrity_check")
    yield Finding("The file is whole", seen == "ok", seen)
    lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    yield Finding("Every reference has its row", not lost, f"{len(lost)} without")
    path = Path(str(store.url.database))
    kind = file_system_of(path, _MOUNTS.read_text() if _MOUNTS.exists() else "")
    yield Finding("The file lies on a disk of this machine", kind not in _SHARED, kind or "unknown")
    log = path.with_name(path.name + "-wal")
    size = log.stat().st_size if log.exists() else 0
    yield Finding("The write-ahead log is short", size <= _LARGEST_LOG_BYTES, f"{size} bytes")
    free = disk_usage(path.parent).free
    yield Finding("There is room on the disk", free >= _LEAST_FREE_BYTES, f"{free} bytes free")
    mode = path.stat().st_mode & 0o777
    yield Finding("Others may not write the file", mode & 0o022 == 0, f"mode {mode:o}")


def _postgres(connection: sa.Connection) -> Iterator[Finding]:
    for name, wanted in _POSTGRES.items():
        seen = str(connection.exec_driver_sql(f"SHOW {name}").scalar())
        yield Finding(f"{name} is {wanted}", seen == wanted, seen)


def _invariants(connection: sa.Connection) -> Iterator[Finding]:
    broken = {each.sentence: each for each in check_invariants(connection)}
    for number, sentence in invariants():
        found = broken.get(sentence)
        seen = f"{found.count} rows, such as {', '.join(found.examples)}" if found else "holds"
        yield Finding(f"{number}: {sentence}", found is None, seen)


def _audit(connection: sa.Connection, exported: audit.Head | None) -> Finding:
    broken, head = audit.verify(connection, exported), audit.head(connection)
    seen = broken.message if broken else f"{head.sequence} rows, head {head.hash[:16]}"
    return Finding("The audit is what it was", broken is None, seen)


def _plan(connection: sa.Connection) -> Iterator[Finding]:
    """The plan in force against the hash that was written down when it was published."""
    pointer = published(connection)
    if pointer is None:
        return
    told = sa.select(AUDIT.c.detail).where(
        AUDIT.c.action == "publish", AUDIT.c.subject == f"run {pointer.run_id}"
    )
    known = json.loads(connection.execute(told).scalar() or "{}").get(LINES)
    good = known is None or known == lines_hash(connection, pointer.run_id)
    age = f"{pointer.run_id}, published {pointer.published_at:%Y-%m-%d %H:%M} UTC"
    yield Finding("I10: The plan in force is the one that was published.", good, age)


def _unfinished(connection: sa.Connection) -> Iterator[Finding]:
    for question, query in _UNFINISHED.items():
        count = connection.exec_driver_sql(query).scalar_one()
        yield Finding(question, count == 0, f"{count} unfinished")
