"""Run under strace: kill a night's write and publish at its k-th system call, for many k, and look.

strace kills each thread at its so-and-so-manieth call of a kind; a child that is to die at its k-th
makes the others in vain beforehand. So one strace and one interpreter serve every point. The
parent touches no frame: threads of a pool do not survive a fork.

Each point starts from a copy of a company whose night has everything done but write, publish and
report. The child works through those and dies. Another one says what readers see, and goes on with
the night. One line of JSON tells it all.
"""

import json
import os
import shutil
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from data.store.engine import Store
from data.store.invariants import check_invariants
from planning.night.use_case import run_night
from tests.data.store.kill_points import _in_child
from tests.planning.night.conftest import DAY, SETTINGS

FATAL_CALL = 2000
RESUMED = datetime(2026, 10, 1, 3, tzinfo=UTC)
LATER = RESUMED + timedelta(hours=1)
CALLS = {
    "pwrite64": lambda handle, _folder: os.pwrite(handle, b"x", 0),
    "fdatasync": lambda handle, _folder: os.fdatasync(handle),
    "fsync": lambda handle, _folder: os.fsync(handle),
    "write": lambda handle, _folder: os.write(handle, b"x"),
    "rename": lambda _handle, folder: os.rename(folder / "waste", folder / "waste"),
}


def _waste(syscall: str, calls: int, folder: Path) -> None:
    handle = os.open(folder / "waste", os.O_RDWR | os.O_CREAT)
    for _ in range(calls):
        CALLS[syscall](handle, folder)


def _night(where: Path, moment: datetime) -> dict:
    store = Store(where / "own.db")
    answer = run_night(
        store, SETTINGS, where / "nights", actor="ada", as_of=DAY, clock=lambda: moment
    )
    store.close()
    return answer.summary


def _torn_publish() -> None:
    """A publication that moves the pointer before its proposals are written: it must be found."""
    from data.store import proposals

    real = proposals.stage
    waiting = []
    proposals.stage = lambda *told: waiting.append(told)
    publish = proposals.publish

    def pointer_first(store, lease, run_id, merge, request):
        counts = publish(store, lease, run_id, merge, request)
        for told in waiting:
            real(*told)
        return counts

    proposals.publish = pointer_first


def _victim(where: Path, syscall: str, point: int, variant: str) -> None:
    if variant == "torn":
        _torn_publish()
    _waste(syscall, FATAL_CALL - point, where)
    _night(where, RESUMED)
    (where / "told").touch()


def _seen(path: Path) -> dict:
    """What a reader of the plan in force sees: which plan, how many lines, how many proposals."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT run_id FROM published").fetchone()
        run_id = found[0] if found else ""
        one = (run_id,)
        lines = connection.execute("SELECT COUNT(*) FROM plan_lines WHERE run_id = ?", one)
        raised = connection.execute("SELECT COUNT(*) FROM proposals WHERE run_id = ?", one)
        news = connection.execute("SELECT COUNT(*) FROM outbox")
        seen = [query.fetchone()[0] for query in (lines, raised, news)]
    return {"in_force": run_id, "lines": seen[0], "proposals": seen[1], "news": seen[2]}


def _look(where: Path) -> None:
    store = Store(where / "own.db")
    with store.read() as connection:
        broken = [each.invariant for each in check_invariants(connection)]
        broken += connection.exec_driver_sql("PRAGMA quick_check").scalars().all()[:1]
    store.close()
    before = _seen(where / "own.db")
    plan_hash = _night(where, LATER)["plan_hash"]
    after = {f"then_{name}": value for name, value in _seen(where / "own.db").items()}
    found = {"broken": broken, "plan_hash": plan_hash, **before, **after}
    (where / "found").write_text(json.dumps(found))


def main(template: Path, folder: Path, syscall: str, stride: int, variant: str) -> None:
    """One line of JSON per kill point; the last one's child lived to the end."""
    for point in range(1, FATAL_CALL, stride):
        where = folder / str(point)
        shutil.copytree(template, where)
        code = _in_child(lambda: _victim(where, syscall, point, variant))  # noqa: B023
        looked = _in_child(lambda: _look(where))  # noqa: B023
        facts = json.loads((where / "found").read_text()) if looked == 0 else {"broken": ["dead"]}
        line = {"point": point, "code": code, "told": (where / "told").exists(), **facts}
        os.write(1, json.dumps(line).encode() + b"\n")
        shutil.rmtree(where)
        if code == 0:
            break


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]), sys.argv[5])
