"""The door: a folder of files becomes tables that a plan may rest on."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from data.intake.accepted import Accepted, Tables
from data.intake.across import (
    check_inactive,
    check_overlaps,
    check_snapshot,
    check_tier_order,
    check_tiers,
)
from data.intake.aside import check_outliers, set_aside
from data.intake.canonical import hash_of, in_order
from data.intake.cells import parse
from data.intake.checked import Checked
from data.intake.csv_reader import read_csv
from data.intake.days import NO_DAY, check_future, check_zones, latest_day, to_site_days
from data.intake.draft import Draft
from data.intake.identifiers import check_texts, check_twins, reject_total
from data.intake.keys import agree
from data.intake.money import AMOUNTS, RATES, Money, money_of, to_one_currency, valued
from data.intake.parquet_reader import read_parquet
from data.intake.periods import check_periods
from data.intake.quarantine import Quarantine, Refusal, RefusedFile, StoppedEarly
from data.intake.references import KnownIds, look_up
from data.intake.rules import obey
from data.intake.settings import IntakeSettings
from data.intake.source import files_of
from data.intake.structure import check_locations, check_parts
from data.intake.tables import MASTERS, TABLES
from data.intake.units import QUANTITIES, check_units, to_part_units
from data.intake.xlsx_reader import read_xlsx

Drafts = dict[str, Draft]
DATED_BY_PLACE = {name for name, table in TABLES.items() if "location_id" in table}
READERS = {".csv": read_csv, ".parquet": read_parquet, ".xlsx": read_xlsx}
USUAL = IntakeSettings()
CORES = 2  # tables put in order side by side


@dataclass(frozen=True, slots=True, eq=False)
class Intake:
    """What came through the door, and what did not.

    `tables` holds every table of `TABLES`, typed, in canonical order, empty where there is no file;
    ids are words there, and codes where `accepted.coded` is asked.
    A file in `refused_files` means that no plan may be made. `set_aside` holds rows of demand that
    are right but are no demand yet: returns, outliers awaiting a word, days after `as_of`.
    """

    tables: Tables
    as_of: date
    rejected: pl.DataFrame
    warnings: pl.DataFrame
    refused_files: list[RefusedFile]
    input_hash: str
    set_aside: pl.DataFrame
    behind: pl.DataFrame  # pieces and value that rejected rows spoke of


def take_in(
    folder: Path,
    *,
    as_of: date | None = None,
    settings: IntakeSettings = USUAL,
    strict: bool = False,
    instead: Path | None = None,
    checked: Checked | None = None,
    hashed: bool = True,
) -> Intake:
    """Take in a folder of CSV, Parquet and XLSX files.

    Args:
        folder: holds one file per table, named after it.
        as_of: the day the plan speaks of; None: the latest `stock.as_of`, else the last demand.
        settings: how files are to be read, and what must be there.
        strict: stop at the first row or file that is wrong; no table is handed on then.
        instead: a folder whose files stand in for those of the same tables in `folder`.
        checked: tables that were taken in without a word before; they are not checked again where
            `as_of` is given.
        hashed: False leaves `input_hash` blank, for callers who know their files by other hashes.

    Returns:
        The accepted tables with everything that was rejected, odd or refused. It never raises for
        what the files hold.
    """
    quarantine = Quarantine(strict=strict)
    drafts: Drafts = {}
    day = as_of or NO_DAY
    files = _files(folder, instead)
    kept = checked.among(files, as_of, settings) if checked and as_of else {}
    try:
        _read(files, drafts, settings, quarantine, spared=kept.keys())
        known = KnownIds()
        _places(drafts, known, quarantine)
        for name in sorted(DATED_BY_PLACE & drafts.keys()) if "locations" in drafts else ():
            to_site_days(drafts[name], drafts["locations"], quarantine)
        day = as_of or latest_day(drafts)
        _check(RATES, drafts, known, day, settings, quarantine)
        money = _parts(drafts, known, day, settings, quarantine)
        for name in TABLES:
            if name not in (*MASTERS, RATES):
                _check(name, drafts, known, day, settings, quarantine)
        _together(drafts, day, money, settings, quarantine)
    except StoppedEarly:
        drafts.clear()
        kept = {}
    aside = set_aside(drafts.get("demand"))
    with ThreadPoolExecutor(CORES) as pool:
        accepted = pool.map(_accepted, map(drafts.get, TABLES), TABLES)
        coded = dict(zip(TABLES, accepted, strict=True)) | kept
        digest = hash_of({**coded, "set_aside": aside}, each=pool.map) if hashed else ""
    if checked and as_of:
        clean = _without_a_word(drafts, quarantine)
        checked.keep({name: coded[name] for name in clean}, as_of)
    return Intake(
        Accepted(coded),
        day,
        quarantine.rejected,
        quarantine.warnings,
        quarantine.refused,
        digest,
        aside.cast({pl.Enum: pl.String}),
        valued(quarantine.behind, drafts.get("parts")),
    )


def _without_a_word(drafts: Drafts, quarantine: Quarantine) -> list[str]:
    """The tables of which every row was taken in, and nothing had to be said."""
    told = {*quarantine.rejected["table"], *quarantine.warnings["table"]}
    whole = (name for name, draft in drafts.items() if draft.alive is None and not draft.ragged)
    return [name for name in whole if name not in told]


def _files(folder: Path, instead: Path | None) -> dict[str, list[Path]]:
    return files_of(folder) | (files_of(instead) if instead else {})


def _read(
    files: dict[str, list[Path]],
    drafts: Drafts,
    settings: IntakeSettings,
    quarantine: Quarantine,
    *,
    spared: Collection[str],
) -> None:
    """Every file but those that are spared as typed columns; what cannot be read is refused."""
    _all_there(files, settings, quarantine)
    for name in TABLES:
        try:
            if name not in spared and (paths := files.get(name)):
                drafts[name] = _draft(name, paths, settings, quarantine)
                reject_total(drafts[name], quarantine)
                parse(drafts[name], settings, quarantine)
        except Refusal as refusal:
            drafts.pop(name, None)
            quarantine.refuse(refusal)


def _draft(
    name: str, paths: Sequence[Path], settings: IntakeSettings, quarantine: Quarantine
) -> Draft:
    table, path = TABLES[name], paths[0]
    if len(paths) > 1:
        text = f"{' and '.join(path.name for path in paths)} are the same table. Keep one of them."
        raise Refusal(path.name, "file.ambiguous", text)
    draft = READERS[path.suffix.lower()](path, table, settings, quarantine)
    if table.needs_rows and not len(draft) and not draft.ragged:
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


def _places(drafts: Drafts, known: KnownIds, quarantine: Quarantine) -> None:
    with _refusing(drafts, "locations", quarantine) as locations:
        if locations is not None:
            check_texts(locations, quarantine)
            check_zones(locations, quarantine)
            check_twins(locations, quarantine)
            agree(locations, quarantine)
            check_locations(locations, quarantine)
            known.add(locations)


def _parts(
    drafts: Drafts,
    known: KnownIds,
    as_of: date,
    settings: IntakeSettings,
    quarantine: Quarantine,
) -> Money:
    """Parts with a price that can be compared; what is reported in follows from all of them."""
    with _refusing(drafts, "parts", quarantine) as parts:
        if parts is not None:
            check_texts(parts, quarantine)
            check_twins(parts, quarantine)
            obey(parts, quarantine)
            check_units(parts, settings, quarantine)
            agree(parts, quarantine)
    money = money_of(drafts, as_of, settings, quarantine)
    with _refusing(drafts, "parts", quarantine) as parts:
        if parts is not None:
            to_one_currency(parts, money, quarantine)
            check_parts(parts, quarantine)
            known.add(parts)
    return money


def _check(
    name: str,
    drafts: Drafts,
    known: KnownIds,
    as_of: date,
    settings: IntakeSettings,
    quarantine: Quarantine,
) -> None:
    """Each row of one table by itself, and against the master tables."""
    with _refusing(drafts, name, quarantine) as draft:
        if draft is not None:
            check_texts(draft, quarantine)
            check_future(draft, as_of, settings, quarantine)
            look_up(draft, known, quarantine)
            if name in QUANTITIES and "parts" in drafts:
                to_part_units(draft, drafts["parts"], settings, quarantine)
            obey(draft, quarantine)
            agree(draft, quarantine)


def _together(
    drafts: Drafts, as_of: date, money: Money, settings: IntakeSettings, quarantine: Quarantine
) -> None:
    """What only several tables, or a whole one, can show."""
    for name in AMOUNTS.keys() & drafts.keys() - {"parts"}:
        to_one_currency(drafts[name], money, quarantine)
    check_tiers(drafts, quarantine)
    with _refusing(drafts, "stock", quarantine) as stock:
        if stock is not None:
            check_snapshot(stock, drafts.get("demand"), settings)
    if (targets := drafts.get("service_targets")) is not None:
        check_tier_order(targets, quarantine)
    if (contracts := drafts.get("contracts")) is not None:
        check_overlaps(contracts, quarantine)
    if (demand := drafts.get("demand")) is not None:
        check_outliers(demand, settings, quarantine)
        check_periods(demand, as_of, settings, quarantine)
        if "parts" in drafts:
            check_inactive(demand, drafts["parts"], quarantine)


@contextmanager
def _refusing(drafts: Drafts, name: str, quarantine: Quarantine) -> Iterator[Draft | None]:
    """The draft of a table, if it is there; refused as a whole where the body says so."""
    try:
        yield drafts.get(name)
    except Refusal as refusal:
        drafts.pop(name, None)
        quarantine.refuse(refusal)


def _accepted(draft: Draft | None, name: str) -> pl.DataFrame:
    if draft is None:
        return TABLES[name].empty()
    return in_order(draft.frame, draft.alive, key=TABLES[name].key)
