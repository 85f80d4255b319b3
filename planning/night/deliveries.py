"""Deliveries as files beside the runs: what was read from the database once is not read again.

A file is named after its delivery and the hash of its own bytes; one that is not what its name says
is read from the database anew.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from data.store import night_inputs
from data.store.engine import Store

FOLDER = "deliveries"
_HASH_LENGTH = 16


def tables(store: Store, batches: Mapping[str, str], nights: Path) -> dict[str, pl.DataFrame]:
    """Every table that comes in, at the given deliveries; empty where there is none.

    Args:
        store: the company's database.
        batches: delivery by table.
        nights: folder of the runs, where the files are kept until other deliveries are in force.
    """
    folder = nights / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    known = {name: _kept(folder, batch) for name, batch in batches.items()}
    wanted = {name: batch for name, batch in batches.items() if known[name] is None}
    found = night_inputs.tables(store, wanted)
    kept = set()
    for name, batch in batches.items():
        file = known[name]
        if file is None:
            file = _keep(folder, batch, found[name])
        else:
            found[name] = pl.read_parquet(file)
        kept.add(file)
    for file in set(folder.iterdir()) - kept:
        file.unlink()
    return found


def _kept(folder: Path, batch: str) -> Path | None:
    """The delivery's file, if it is what its name says."""
    for file in folder.glob(f"{_stem(batch)}.*.parquet"):
        if _named(folder, batch, file.read_bytes()) == file:
            return file
    return None


def _keep(folder: Path, batch: str, table: pl.DataFrame) -> Path:
    part = folder / f"{_stem(batch)}.part"
    table.write_parquet(part)
    return part.replace(_named(folder, batch, part.read_bytes()))


def _named(folder: Path, batch: str, content: bytes) -> Path:
    hashed = hashlib.sha256(content).hexdigest()[:_HASH_LENGTH]
    return folder / f"{_stem(batch)}.{hashed}.parquet"


def _stem(batch: str) -> str:
    return batch.replace(" ", "-")
