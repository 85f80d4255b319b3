"""The header: where it stands, which columns it names, and what it says of the delimiter."""

import csv
from io import StringIO
from typing import NamedTuple

from data.intake.columns import Table
from data.intake.quarantine import Quarantine, Refusal
from data.intake.settings import IntakeSettings

LOOKED_AT_FOR_A_HEADER = 20  # lines
OTHER_DELIMITERS = ",;\t|"
SHOWN_NAMES, SHOWN_CHARACTERS = 12, 40


class Header(NamedTuple):
    """Names of the columns, the line as it stands, its number, and where the rows begin."""

    names: list[str]
    raw: bytes
    line: int
    end: int


def find_header(
    file: str, content: bytes, table: Table, settings: IntakeSettings, quarantine: Quarantine
) -> Header:
    """The first line that holds every required column; a title above it is passed over.

    Raises:
        Refusal: no line does, or one names a column twice.
    """
    if len(settings.csv_delimiter.encode()) != 1:
        text = f"csv_delimiter {settings.csv_delimiter!r} is not one plain sign, such as ; or ,."
        raise Refusal(file, "csv.delimiter", text)
    needed = {column.name for column in table.columns if column.required}
    lines = _first_lines(content, table, settings.csv_delimiter)
    for header in lines:
        if needed <= set(header.names):
            no_name_twice(file, header.names)
            if header is not lines[0]:
                note_title(file, table, f"line {header.line}", quarantine)
            note_unknown(file, table, header.names, quarantine)
            return header
    raise _no_header(file, table, needed, lines, settings)


def _first_lines(content: bytes, table: Table, delimiter: str) -> list[Header]:
    """The first lines that are not blank, read as if each were the header."""
    found: list[Header] = []
    start = 0
    for line in range(1, LOOKED_AT_FOR_A_HEADER + 1):
        if start >= len(content):
            break
        end = content.find(b"\n", start)
        end = len(content) if end < 0 else end
        raw = content[start:end].rstrip(b"\r")
        start = end + 1
        if raw.strip():
            names = [known_as(name, table) for name in _fields(raw, delimiter)]
            found.append(Header(names, raw, line, min(start, len(content))))
    return found


def _fields(raw: bytes, delimiter: str) -> list[str]:
    text = raw.decode("utf-8", errors="replace")
    try:
        return next(csv.reader(StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        return []


def known_as(name: str, table: Table) -> str:
    """The column that a heading means: blanks around it and capitals do not count."""
    plain = name.strip().lower()
    return plain if plain in table else name.strip()


def no_name_twice(file: str, names: list[str]) -> None:
    """Refuse a header that has one column twice."""
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        text = f"{file} has column {twice[0][:SHOWN_CHARACTERS]} more than once. Keep one of them."
        raise Refusal(file, "header.duplicate_column", text)


def note_title(file: str, table: Table, place: str, quarantine: Quarantine) -> None:
    """Say that the header does not stand first."""
    text = f"The header of {file} stands in {place}; what is above it is left out."
    quarantine.note("header.below_title", table.name, message=text)


def note_unknown(file: str, table: Table, names: list[str], quarantine: Quarantine) -> None:
    """Say which columns are kept out because nobody here knows them."""
    unknown = ", ".join(_shown([name for name in names if name and name not in table]))
    if unknown:
        text = f"{file} has columns that are not read: {unknown}."
        quarantine.note("column.unknown", table.name, unknown, text)


def missing_columns(file: str, needed: set[str], names: list[str]) -> Refusal:
    """The refusal of a file that lacks required columns."""
    missing, has = ", ".join(sorted(needed - set(names))), ", ".join(_shown(names)) or "nothing"
    text = f"{file} lacks {missing}; its header has {has}. Add or rename the columns."
    return Refusal(file, "header.missing_column", text)


def _no_header(
    file: str, table: Table, needed: set[str], lines: list[Header], settings: IntakeSettings
) -> Refusal:
    stated = settings.csv_delimiter
    best = max(lines, key=lambda line: _known(line.names, table), default=None)
    for line in lines:
        for other in OTHER_DELIMITERS.replace(stated, ""):
            names = [known_as(name, table) for name in _fields(line.raw, other)]
            if _known(names, table) > _known(line.names, table) and needed & set(names):
                shown = "\\t" if other == "\t" else other
                text = (
                    f"{file} is not separated by {stated!r} but, by its header, by '{shown}'. "
                    f'State it: csv_delimiter = "{shown}" in sparewise.toml.'
                )
                return Refusal(file, "csv.delimiter", text)
    return missing_columns(file, needed, best.names if best else [])


def _known(names: list[str], table: Table) -> int:
    return sum(name in table for name in names)


def _shown(names: list[str]) -> list[str]:
    more = ["…"] if len(names) > SHOWN_NAMES else []
    return [name[:SHOWN_CHARACTERS] for name in names[:SHOWN_NAMES]] + more
