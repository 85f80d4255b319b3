"""The files of a folder: which there are, and reading one whole, unchanged and no further."""

import os
import stat
from pathlib import Path

from data.intake.quarantine import Refusal
from data.intake.settings import IntakeSettings
from data.intake.tables import TABLES

SUFFIXES = (".csv", ".parquet", ".xlsx")


def files_of(folder: Path) -> dict[str, list[Path]]:
    """Files by table, in the order of their names."""
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in SUFFIXES and path.stem in TABLES:
            found.setdefault(path.stem, []).append(path)
    return found


def read_bytes(path: Path, settings: IntakeSettings) -> bytes:
    """The whole file, as it was when it was opened.

    Raises:
        Refusal: a link, no ordinary file, too large, or changed while it was read.
    """
    mark = fingerprint(path, settings)
    try:
        with path.open("rb") as file:
            content = file.read(mark[0] + 1)  # never chases a file that grows
    except OSError as trouble:
        text = f"{path.name} cannot be read ({trouble.strerror}). Check its permissions."
        raise Refusal(path.name, "file.unreadable", text) from trouble
    if len(content) != mark[0]:
        raise _changed(path)
    unchanged(path, mark, settings)
    return content


def fingerprint(path: Path, settings: IntakeSettings) -> tuple[int, int]:
    """Size in bytes and time of the last change of an ordinary file that is not too large."""
    try:
        seen = os.lstat(path)
    except OSError as trouble:
        text = f"{path.name} cannot be read ({trouble.strerror})."
        raise Refusal(path.name, "file.unreadable", text) from trouble
    if not stat.S_ISREG(seen.st_mode):
        text = f"{path.name} is a link or no ordinary file. Put the file itself into the folder."
        raise Refusal(path.name, "file.not_ordinary", text)
    if seen.st_size > settings.largest_file_mb * 1_000_000:
        text = f"{path.name} is larger than {settings.largest_file_mb} MB (largest_file_mb)."
        raise Refusal(path.name, "file.too_large", text)
    return seen.st_size, seen.st_mtime_ns


def unchanged(path: Path, mark: tuple[int, int], settings: IntakeSettings) -> None:
    """Refuse a file that is no longer what `fingerprint` saw."""
    if fingerprint(path, settings) != mark:
        raise _changed(path)


def _changed(path: Path) -> Refusal:
    text = f"{path.name} changed while it was read. Wait until its export has ended."
    return Refusal(path.name, "file.changed_while_reading", text)
