"""A run's own folder: one folder per stage, put in place whole, with the hash of what it holds."""

import hashlib
import os
import shutil
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from data.intake.canonical import hash_of as rows_hash
from planning import outputs


class RunFolder:
    """Where a run keeps what its stages left."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def of(self, stage: str) -> Path:
        """The folder of a stage."""
        return self.path / stage.replace(" ", "_")

    def fresh(self, stage: str) -> Path:
        """An empty folder for a stage to work in; what was there before is gone."""
        part = self.of(stage).with_suffix(".part")
        for old in (part, self.of(stage)):
            if old.exists():
                shutil.rmtree(old)
        part.mkdir(parents=True)
        return part

    def keep(self, stage: str) -> str:
        """Put what a stage left in place; returns its hash."""
        part = self.of(stage).with_suffix(".part")
        hashed = hash_of_files(part)
        for written in sorted(part.iterdir()):
            with written.open("rb") as file:
                os.fsync(file.fileno())
        part.replace(self.of(stage))
        return hashed

    def holds(self, stage: str, output_hash: str) -> bool:
        """True when what the stage left is still there as it was."""
        return self.of(stage).is_dir() and hash_of_files(self.of(stage)) == output_hash

    def borrow(self, stage: str, other: "RunFolder") -> None:
        """Take over what the same stage left in another run."""
        part = self.fresh(stage)
        for file in sorted(other.of(stage).iterdir()):
            try:
                (part / file.name).hardlink_to(file)
            except OSError:
                shutil.copyfile(file, part / file.name)


def hash_of_files(folder: Path) -> str:
    """SHA-256 of the names and contents of the files in `folder`."""
    total = hashlib.sha256()
    for file in sorted(one for one in folder.iterdir() if one.is_file()):
        with file.open("rb") as content:
            hashed = hashlib.file_digest(content, "sha256").hexdigest()
        total.update(f"{file.name}\0{hashed}\n".encode())
    return total.hexdigest()


def hash_of(*values: Any) -> str:
    """SHA-256 of values that may be columns, frames, or objects that hold some."""
    total = hashlib.sha256()
    for value in values:
        _feed(total, value)
    return total.hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write a value as JSON."""
    path.write_text(outputs.to_json(value) + "\n", encoding="utf-8")


def _feed(total: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        total.update(f"{value.dtype} {value.shape}".encode())
        total.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, pl.DataFrame):
        listed = [one.categories.to_list() for one in value.dtypes if isinstance(one, pl.Enum)]
        _feed(total, [*listed, rows_hash({"": value})])  # codes are places in their lists
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            total.update(each.name.encode())
            _feed(total, getattr(value, each.name))
    elif isinstance(value, dict):
        for key in sorted(value):
            total.update(str(key).encode())
            _feed(total, value[key])
    elif isinstance(value, list | tuple):
        for each in value:
            _feed(total, each)
    else:
        total.update(f"{type(value).__name__} {value}\0".encode())
