"""The company becomes a folder of tables, and the year after a folder beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from data.demo.calendar import HISTORY_DAYS
from data.demo.company import found
from data.demo.tables import TABLES
from data.demo.tables.flow import demand_of_the_next_year

MOST_ITEMS_AS_CSV = 100_000
Form = Literal["csv", "parquet"]


@dataclass(frozen=True, slots=True)
class CompanyReport:
    """What was written where."""

    folder: Path
    next_year: Path  # the folder with one further year of demand
    rows: dict[str, int]  # by table; `next_year` is the demand of that year
    items: int  # parts × locations
    asked_share: float  # of the items: had at least one request in the history
    machines: int


def write_company(
    out: Path,
    *,
    parts: int = 150,
    locations: int = 8,
    seed: int = 1,
    form: Form | None = None,
    progress: Callable[[str], None] | None = None,
) -> CompanyReport:
    """Invent a company and write its tables into `out`.

    The demand of one further year goes to `next_year_folder(out)`, outside of `out`, so that no
    plan made from `out` has seen it. Tables are CSV up to 100,000 items and Parquet above, or what
    `form` says. The same arguments give the same bytes. `progress` hears what is being done.
    """
    tell = progress or (lambda _stage: None)
    tell("inventing the company")
    company = found(parts, locations, seed)
    items = parts * locations
    form = form or ("csv" if items <= MOST_ITEMS_AS_CSV else "parquet")
    rows = {}
    for name, table in TABLES.items():
        tell(name)
        rows[name] = _write(table(company), out, name, form)
    tell("next_year")
    rows["next_year"] = _write(
        demand_of_the_next_year(company), next_year_folder(out), "demand", form
    )
    asked = company.requests.within(0, HISTORY_DAYS)
    pairs = pl.Series(asked.part * locations + asked.location).n_unique()
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
        table.write_parquet(folder / f"{name}.parquet", compression="zstd")
    return len(table)
