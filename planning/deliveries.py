"""One table that comes in by itself: checked beside those in force, then put in force with them.

From its arrival to its report a file is locked: one that nobody holds any more was cut off.
"""

import json
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from data.intake.tables import TABLES
from data.store import night_inputs
from data.store.engine import Store
from data.store.once import once
from data.store.stock_commands import Done
from inventory.ledger import Answer, Request
from planning.file_locks import is_held, locked
from planning.night.inputs import write
from planning.night.use_case import deliver
from planning.settings import Settings

KNOWN: Final = tuple(sorted(TABLES))
FORMS: Final = (".csv", ".parquet", ".xlsx")
REPORT: Final = "report.json"
LOCK: Final = "at.work"
_CUT_OFF: Final = {"state": "failed", "message": "It was cut off. Deliver it again."}
_AT_WORK: Final[dict[str, int]] = {}  # locks that this process holds, as open files, by import


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it lies in the upload folder, under a name of our own."""

    import_id: str
    table: str
    folder: Path


def keep(uploads: Path, table: str, form: str, content: Any) -> Upload:
    """Lay a file down under a generated name; nothing of the sender's name is used but its form."""
    import_id = uuid.uuid4().hex
    folder = uploads / import_id
    folder.mkdir(parents=True)
    lock = locked(folder / LOCK)
    assert lock is not None
    _AT_WORK[import_id] = lock
    with (folder / f"upload{form}").open("wb") as file:
        while piece := content.read(1 << 20):
            file.write(piece)
    return Upload(import_id, table, folder)


def queue(store: Store, request: Request, upload: Upload, content_hash: str) -> Answer:
    """Write down that a table is to be taken in, once."""
    asked = {"table": upload.table, "content_hash": content_hash}
    body = {"import_id": upload.import_id, "table": upload.table, "state": "queued"}
    subject = f"import {upload.import_id}"
    return once(store, request, "import", asked, lambda _: Done(subject, body))


def take_in(store: Store, settings: Settings, upload: Upload, actor: str) -> dict[str, Any]:
    """Check an uploaded table beside those in force and put it in force; leaves a report."""
    try:
        return _taken_in(store, settings, upload, actor)
    finally:
        _let_go(upload)


def _taken_in(store: Store, settings: Settings, upload: Upload, actor: str) -> dict[str, Any]:
    (file,) = upload.folder.glob("upload.*")
    folder = upload.folder / "input"
    folder.mkdir()
    others = night_inputs.tables(store, night_inputs.in_force(store))
    write(folder, {name: one for name, one in others.items() if name != upload.table}, settings)
    file.rename(folder / f"{upload.table}{file.suffix}")
    try:
        answer = deliver(store, folder, settings, actor=actor)
        refused = bool(answer.summary["refused_files"])
        report = {"state": "refused" if refused else "done", **answer.summary}
        told = answer.tables["rejected"].head(100).to_dicts()
        report["rejected"] = told
    except Exception as trouble:
        _leave(upload.folder, {"state": "failed", "message": type(trouble).__name__})
        raise
    finally:
        for one in sorted(folder.iterdir()):
            one.unlink()
        folder.rmdir()
    _leave(upload.folder, report)
    return report


def forget(upload: Upload) -> None:
    """Remove a file that was delivered before, or that nobody may deliver."""
    _let_go(upload)
    for one in upload.folder.iterdir():
        one.unlink()
    upload.folder.rmdir()


def report_of(uploads: Path, import_id: str) -> Mapping[str, Any] | None:
    """What became of an import; None when there is none."""
    if not (import_id.isalnum() and (uploads / import_id).is_dir()):
        return None
    file = uploads / import_id / REPORT
    if not file.is_file() and is_held(uploads / import_id / LOCK):
        return {"state": "running"}
    if not file.is_file():  # looked at once more: it may have been left just now
        return _CUT_OFF
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _let_go(upload: Upload) -> None:
    lock = _AT_WORK.pop(upload.import_id, None)
    if lock is not None:
        os.close(lock)


def _leave(folder: Path, report: Mapping[str, Any]) -> None:
    text = json.dumps(report, default=str)
    part = folder / f"{REPORT}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(folder / REPORT)
