"""A night as a report sees it: its frozen tables, its plan, and what only the database knows."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple

import polars as pl

from data.store import plans, proposals, run_history, runs
from data.store.engine import Store

BEGINNING = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class OfNight:
    """What only the database knows of a night."""

    run_id: str = ""
    before: Path | None = None  # frozen folder of the night before
    attainment: pl.DataFrame | None = None
    overrides: pl.DataFrame | None = None
    moved: pl.DataFrame | None = None  # what the ledger recorded
    since: date | None = None  # the night before


class NoSuchNightError(Exception):
    """The run is not there, or not finished, or its files are gone; the message says which."""


class Place(NamedTuple):
    """Where a night's report finds everything."""

    frozen: Path
    plan: Path
    night: OfNight


def place_of(store: Store, nights: Path, run_id: str = "") -> Place:
    """The night `run_id`, else the one whose plan is in force.

    Raises:
        NoSuchNightError: there is no such night to report on.
    """
    run_id = run_id or runs.published_run(store)
    if not run_id:
        raise NoSuchNightError("No night has published a plan yet. Run `sparewise night` first.")
    found = runs.run(store, run_id)
    if not found:
        raise NoSuchNightError(f"There is no run {run_id!r}.")
    folder = nights / run_id
    frozen, plan = folder / "freeze", folder / "verify"
    if not (plan / "policies.parquet").is_file():
        raise NoSuchNightError(f"Run {run_id} is {found['state']}; its plan is not in {plan}.")
    attained = folder / "report" / "attainment.parquet"
    before = run_history.published_before(store, run_id)
    then = nights / before / "freeze" if before else None
    since = runs.run(store, before)["as_of"] if before else BEGINNING
    return Place(frozen, plan, OfNight(
        run_id=run_id,
        before=then if then is not None and then.is_dir() else None,
        attainment=pl.read_parquet(attained) if attained.is_file() else None,
        overrides=_overrides(store, run_id),
        moved=run_history.moved(store, since, found["as_of"]),
        since=since if before else None,
    ))  # fmt: skip


def _overrides(store: Store, run_id: str) -> pl.DataFrame:
    """Overrides, and what each cost or saved as the run saw it."""
    worth = plans.override_outcomes(store, run_id).drop("run_id")
    told = proposals.past_decisions(store).filter(pl.col("verdict") == "overridden")
    names = ("decision_id", "part_id", "location_id", "proposed_reorder_point", "reorder_point",
             "actor", "reason_code")  # fmt: skip
    return told.select(names).join(worth, on="decision_id", how="inner", maintain_order="left")
