"""Run under strace: kill a reservation at its k-th system call, for every k, and look what is left.

strace kills each process at its hundredth call of a kind; a child that is to die at its k-th makes
the others in vain beforehand. So one strace and one interpreter serve every point.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import sqlalchemy as sa

from data.store.engine import Store
from data.store.invariants import check_invariants
from data.store.ledger import perform
from inventory.ledger import Request
from inventory.ledger_commands import Line, Reserve
from tests.data.store.shop import MORNING

FATAL_CALL = 100
COMMAND = Reserve((Line("P-1", "L-1", 1),), "RO-1")
REQUEST = Request("ada", "once", MORNING)


def _in_child(work) -> int:
    """Exit code of a child that does `work`; negative when a signal ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _waste(syscall: str, calls: int, folder: Path) -> None:
    handle = os.open(folder / "waste", os.O_RDWR | os.O_CREAT)
    for _ in range(calls):
        os.pwrite(handle, b"x", 0) if syscall == "pwrite64" else os.fdatasync(handle)


def _reserve(path: Path, told: Path, *, torn: bool) -> None:
    store = Store(path)
    if torn:  # every statement for itself: what a forgotten transaction does
        sa.event.listen(store.engine, "begin", lambda raw: raw.exec_driver_sql("COMMIT"))
    assert perform(store, REQUEST, COMMAND).ok
    told.touch()


def _look(path: Path, found: Path) -> None:
    store = Store(path)
    with store.read() as connection:
        reserved = connection.exec_driver_sql("SELECT reserved FROM stock_balances").scalar_one()
        broken = [each.invariant for each in check_invariants(connection)]
        broken += connection.exec_driver_sql("PRAGMA quick_check").scalars().all()[:1]
    answer = perform(store, REQUEST, COMMAND)
    again = {"ok": answer.ok, "replayed": answer.replayed}
    found.write_text(json.dumps({"reserved": reserved, "broken": broken, **again}))


def main(template: Path, folder: Path, syscall: str, variant: str) -> None:
    """One line of JSON per kill point; the last one's child lived to the end."""
    for point in range(1, FATAL_CALL):
        path, told, found = (folder / f"{point}{end}" for end in (".db", ".told", ".found"))
        shutil.copy(template, path)

        def victim(path=path, told=told, point=point):
            _waste(syscall, FATAL_CALL - point, folder)
            _reserve(path, told, torn=variant == "torn")

        code = _in_child(victim)
        looked = _in_child(lambda path=path, found=found: _look(path, found))
        facts = json.loads(found.read_text()) if looked == 0 else {"broken": ["unreadable"]}
        line = {"point": point, "code": code, "told": told.exists(), **facts}
        os.write(1, json.dumps(line).encode() + b"\n")
        if code == 0:
            break


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4])
