"""Tables that were checked before: taken as they were left, where nothing they rest on has moved.

What the door makes of a table that no other one is held against follows from its own file, the
files of the master tables, the rates their prices are converted at, and the settings. Where it
took every row without a word, the table is kept under the hash of these, and the next time it comes
along none of its rows is checked again. A kept table that is not what its name says is checked like
any other.
"""

import hashlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO
from itertools import repeat
from pathlib import Path

import polars as pl

from data.intake.money import RATES
from data.intake.quarantine import Refusal
from data.intake.settings import IntakeSettings
from data.intake.source import read_bytes
from data.intake.tables import MASTERS

ALONE = (  # no other table is held against these, nor their amounts converted
    "lead_times",
    "forecasts",
    "open_orders",
    "receipts",
    "current_policies",
    "item_rules",
    "installed_base",
    "substitutes",
    "kits",
    "customers",
)
_HASH_LENGTH = 32


class Checked:
    """A folder of tables that were taken in without a word.

    Args:
        folder: where they are; it is made when there is something to keep.
        door: names the door that checked them; what another version left does not count.
    """

    def __init__(self, folder: Path, door: str) -> None:
        self._folder, self._door = folder, door
        self._names: dict[str, str] = {}

    def among(
        self, files: Mapping[str, list[Path]], as_of: date, settings: IntakeSettings
    ) -> dict[str, pl.DataFrame]:
        """Of the tables in `files`, those that need not be checked again on `as_of`."""
        self._names = self._named(files, settings)
        with ThreadPoolExecutor() as pool:  # hashes leave the other cores free
            found = list(pool.map(self._kept, self._names, repeat(as_of)))
        pairs = zip(self._names, found, strict=True)
        return {name: kept for name, kept in pairs if kept is not None}

    def keep(self, tables: Mapping[str, pl.DataFrame], as_of: date) -> None:
        """Keep tables that were taken in without a word on `as_of`, instead of older ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in sorted(self._names.keys() & tables.keys()):
            written = BytesIO()
            tables[name].write_ipc(written, compression="lz4")  # fewer bytes to hash
            content = written.getvalue()
            file = self._folder / f"{self._names[name]}.{as_of}.{_one([content])}.arrow"
            part = file.with_suffix(".part")
            part.write_bytes(content)
            for old in self._folder.glob(f"{name}.*"):
                if old != part:
                    old.unlink()
            part.replace(file)

    def _named(self, files: Mapping[str, list[Path]], settings: IntakeSettings) -> dict[str, str]:
        """By table, its name with the hash of all that its rows were checked against."""
        common = (*MASTERS, RATES) if RATES in files else MASTERS
        if any(len(files.get(name, ())) != 1 for name in common):
            return {}
        try:
            masters = [read_bytes(files[name][0], settings) for name in common]
            own = {
                name: read_bytes(files[name][0], settings)
                for name in ALONE
                if len(files.get(name, ())) == 1
            }
        except Refusal:
            return {}
        alike = [self._door.encode(), repr(settings).encode(), *masters]
        return {
            name: f"{name}.{_one([*alike, files[name][0].name.encode(), content])}"
            for name, content in own.items()
        }

    def _kept(self, name: str, as_of: date) -> pl.DataFrame | None:
        """The table as it was left, if it was checked on `as_of` or before."""
        for file in self._folder.glob(f"{self._names[name]}.*.arrow"):
            day, hashed = file.suffixes[-3][1:], file.suffixes[-2][1:]
            if date.fromisoformat(day) > as_of:
                continue  # what lies between the two days was none of the future then
            try:
                content = file.read_bytes()
            except OSError:
                continue
            if _one([content]) == hashed:
                return pl.read_ipc(BytesIO(content))
        return None


def _one(contents: Iterable[bytes]) -> str:
    """One hash of several contents."""
    total = hashlib.sha256()
    for content in contents:
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()[:_HASH_LENGTH]
