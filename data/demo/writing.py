"""The company becomes a folder of tables, and the year after a folder beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from data.demo.calendar import HISTORY_DAYS
from data.demo.company import found
from data.demo.tables import TABLES
from data.demo.tables.flow import demand_of_the_next_year

FEWEST_ITEMS_AS_PARQUET = 100_000
Form = Literal["csv", "parquet"]
Watch = Callable[[str, float], None]  # stage, share done of it


@dataclass(frozen=True, slots=True)
class CompanyReport:
    """What was written where."""

    folder: Path
    next_year: Path  # the folder with one further year of demand
    rows: dict[str, int]  # by table; `next_year` is the demand of that year
    items: int  # parts × locations
    asked_share: float  # of the items: had at least one request in the history
    machines: int

    @property
    def summary(self) -> dict[str, Any]:
        """The report for machines."""
        return {
            "folder": str(self.folder),
            "next_year": str(self.next_year),
            "items": self.items,
            "asked_share": round(self.asked_share, 4),
            "machines": self.machines,
            "rows": self.rows,
        }

    @property
    def text(self) -> str:
        """The report for a person."""
        tables = ", ".join(f"{rows:,} {name}" for name, rows in self.rows.items() if rows)
        return (
            f"A demo company with {self.machines:,} machines in the field and {self.items:,} items "
            f"(parts × locations), {self.asked_share:.0%} of them asked for in three years.\n"
            f"Rows: {tables}.\n"
            f"Tables in {self.folder}; the year that nobody has seen yet in {self.next_year}."
        )


def write_company(
    out: Path,
    *,
    parts: int = 150,
    locations: int = 8,
    seed: int = 1,
    form: Form | None = None,
    progress: Watch | None = None,
) -> CompanyReport:
    """Invent a company and write its tables into `out`.

    The demand of one further year goes to `next_year_folder(out)`, outside of `out`, so that no
    plan made from `out` has seen it. Tables are CSV, from 100,000 items on Parquet, or what
    `form` says. The same arguments give the same bytes. `progress` hears what is being done.
    """
    watch = progress or (lambda _stage, _share: None)
    watch("invent", 0.0)
    company = found(parts, locations, seed)
    watch("invent", 1.0)
    items = parts * locations
    form = form or ("parquet" if items >= FEWEST_ITEMS_AS_PARQUET else "csv")
    rows = {}
    for written, (name, table) in enumerate(TABLES.items()):
        watch("write", written / (len(TABLES) + 1))
        rows[name] = _write(table(company), out, name, form)
    rows["next_year"] = _write(
        demand_of_the_next_year(company), next_year_folder(out), "demand", form
    )
    watch("write", 1.0)
    asked = company.requests.within(0, HISTORY_DAYS)
    pairs = int(np.count_nonzero(np.bincount(asked.part * locations + asked.location)))
    return CompanyReport(
        out, next_year_folder(out), rows, items, pairs / items, len(company.machines.kind)
    )


def next_year_folder(out: Path) -> Path:
    """Where the further year of a company in `out` lies: build/demo/input_next_year."""
    return out.with_name(out.name + "_next_year")


def _write(table: pl.DataFrame, folder: Path, name: str, form: Form) -> int:
    """Write one table; an older one in the other form would be a second truth and goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in ("csv", "parquet"):
        (folder / f"{name}.{other}").unlink(missing_ok=True)
    if form == "csv":
        table.write_csv(folder / f"{name}.csv")
    else:
        table.write_parquet(folder / f"{name}.parquet")
    return len(table)
