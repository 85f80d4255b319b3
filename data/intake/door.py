"""The door: a folder of files becomes tables that a plan may rest on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from data.intake.canonical import hash_of, in_order
from data.intake.cells import parse
from data.intake.csv_reader import read_csv
from data.intake.draft import Draft
from data.intake.keys import agree
from data.intake.parquet_reader import read_parquet
from data.intake.quarantine import Quarantine, RefusedFile, Refusal, StoppedEarly
from data.intake.references import KnownIds, look_up
from data.intake.rules import obey
from data.intake.settings import IntakeSettings
from data.intake.source import files_of
from data.intake.structure import check_locations, check_parts
from data.intake.tables import TABLES
from data.intake.aside import set_aside
from data.intake.days import latest_day, reject_future


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """What came through the door, and what did not.

    `tables` holds every table of `TABLES`, typed, in canonical order, empty where there is no file.
    A file in `refused_files` means that no plan may be made. `set_aside` holds rows of demand that
    are right but are no demand yet: returns, outliers awaiting a word, days after `as_of`.
    """

    tables: dict[str, pl.DataFrame]
    as_of: date
    rejected: pl.DataFrame
    warnings: pl.DataFrame
    refused_files: list[RefusedFile]
    input_hash: str
    set_aside: pl.DataFrame


def take_in(
    folder: Path,
    *,
    as_of: date | None = None,
    settings: IntakeSettings = IntakeSettings(),
    strict: bool = False,
    instead: Path | None = None,
) -> Intake:
    """Take in a folder of CSV, Parquet and XLSX files.

    Args:
        folder: holds one file per table, named after it.
        as_of: the day the plan speaks of; None: the latest `stock.as_of`, else the last demand.
        settings: how files are to be read, and what must be there.
        strict: stop at the first row or file that is wrong.
        instead: a folder whose files stand in for those of the same tables in `folder`.

    Returns:
        The accepted tables with everything that was rejected, odd or refused. It never raises for
        what the files hold.
    """
    quarantine = Quarantine(strict=strict)
    drafts: dict[str, Draft] = {}
    try:
        drafts = _read(_files(folder, instead), settings, quarantine)
        day = as_of or latest_day(drafts)
        _check(drafts, day, settings, quarantine)
    except StoppedEarly:
        day = as_of or latest_day(drafts)
    aside = set_aside(drafts.get("demand"))
    coded = {name: _accepted(drafts.get(name), name) for name in TABLES}
    digest = hash_of({**coded, "set_aside": aside}, day.isoformat())
    tables = {name: frame.cast({pl.Enum: pl.String}) for name, frame in coded.items()}
    return Intake(
        tables,
        day,
        quarantine.rejected,
        quarantine.warnings,
        quarantine.refused,
        digest,
        aside.cast({pl.Enum: pl.String}),
    )


def _files(folder: Path, instead: Path | None) -> dict[str, list[Path]]:
    return files_of(folder) | (files_of(instead) if instead else {})


def _read(
    files: dict[str, list[Path]], settings: IntakeSettings, quarantine: Quarantine
) -> dict[str, Draft]:
    """Every file as typed columns; what cannot be read is refused."""
    _all_there(files, settings, quarantine)
    drafts: dict[str, Draft] = {}
    for name in TABLES:
        try:
            if paths := files.get(name):
                drafts[name] = _draft(name, paths, settings, quarantine)
                parse(drafts[name], settings, quarantine)
        except Refusal as refusal:
            drafts.pop(name, None)
            quarantine.refuse(refusal)
    return drafts


def _draft(
    name: str, paths: Sequence[Path], settings: IntakeSettings, quarantine: Quarantine
) -> Draft:
    table, path = TABLES[name], paths[0]
    if len(paths) > 1:
        text = f"{' and '.join(path.name for path in paths)} are the same table. Keep one of them."
        raise Refusal(path.name, "file.ambiguous", text)
    if path.suffix.lower() == ".parquet":
        draft = read_parquet(path, table, settings, quarantine)
    else:
        draft = read_csv(path, table, settings, quarantine)
    if table.needs_rows and not len(draft):
        text = (
            f"{path.name} has a header and no rows. Taken at its word it would erase what is known."
        )
        raise Refusal(path.name, "file.no_rows", text)
    return draft


def _all_there(
    files: dict[str, list[Path]], settings: IntakeSettings, quarantine: Quarantine
) -> None:
    for name in settings.required:
        if name not in files:
            text = f"There is no {name}.csv, .parquet or .xlsx in the folder; the plan needs it."
            quarantine.refuse(Refusal(name, "file.missing", text))
    if settings.demand_or_forecasts and not {"demand", "forecasts"} & files.keys():
        text = "There is neither demand nor forecasts in the folder; the plan needs one of them."
        quarantine.refuse(Refusal("demand", "file.missing", text))


def _check(
    drafts: dict[str, Draft], day: date, settings: IntakeSettings, quarantine: Quarantine
) -> None:
    """Hold rows against their rules, their keys and each other; masters first."""
    known = KnownIds()
    order = ("locations", "parts", *(name for name in TABLES if name not in ("locations", "parts")))
    for name in order:
        if (draft := drafts.get(name)) is None:
            continue
        try:
            reject_future(draft, day, settings, quarantine)
            obey(draft, quarantine)
            agree(draft, quarantine)
            if name == "locations":
                check_locations(draft, quarantine)
            if name == "parts":
                check_parts(draft, quarantine)
            if name in ("parts", "locations"):
                known.add(draft)
            else:
                look_up(draft, known, quarantine)
        except Refusal as refusal:
            drafts.pop(name)
            quarantine.refuse(refusal)


def _accepted(draft: Draft | None, name: str) -> pl.DataFrame:
    if draft is None:
        return TABLES[name].empty()
    return in_order(draft.accepted())
