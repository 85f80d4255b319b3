"""CSV → cells: encoding, delimiter, quotes and field counts are proven before anything is parsed.

The clean file pays two counts and one parse; only a file that does not add up is walked row by row.
"""

import csv
from io import StringIO
from pathlib import Path

import polars as pl

from data.intake.csv_structure import Rows, walk
from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine, Refusal
from data.intake.settings import IntakeSettings
from data.intake.source import read_bytes
from data.intake.tables import Table

LONGEST_FIELD = 131_072  # characters; longer is a quote gone astray or no table at all
LOOKED_AT_FOR_A_HEADER = 20  # lines
OTHER_DELIMITERS = ",;\t|"
_MAGIC = {
    b"\x7fELF": "a program",
    b"MZ": "a program",
    b"PK\x03\x04": "a workbook or an archive",
    b"PAR1": "a Parquet file",
    b"\x1f\x8b": "a compressed file",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"SQLite format 3": "a database",
}


def read_csv(path: Path, table: Table, settings: IntakeSettings, quarantine: Quarantine) -> Draft:
    """The known columns of a CSV file, typed where every cell allowed it, as text elsewhere.

    Raises:
        Refusal: the file as a whole cannot be trusted.
    """
    content = _decoded(path, read_bytes(path, settings), settings)
    header = _Header.find(path, content, table, settings, quarantine)
    note_unknown(path.name, table, header.names, quarantine)
    rows = _rows(path, content, header, settings)
    frame = _parsed(path, rows.content, header, table, settings, rows.quoted)
    draft = Draft(table, path.name, frame, header.line + 1, rows.lines)
    _reject_ragged(draft, rows, header, quarantine)
    return draft


def _decoded(path: Path, content: bytes, settings: IntakeSettings) -> bytes:
    """The content as UTF-8 without byte order mark; binary files do not come past here."""
    if not content.strip():
        raise Refusal(path.name, "file.empty", f"{path.name} is empty. Export it anew.")
    for magic, kind in _MAGIC.items():
        if content.startswith(magic):
            text = f"{path.name} is {kind}, not CSV. Export it as CSV, Parquet or XLSX."
            raise Refusal(path.name, "file.type_mismatch", text)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = f"{path.name} is UTF-16 (Excel's “Unicode text”). Save it as “CSV UTF-8”."
        raise Refusal(path.name, "encoding.utf16", text)
    if b"\0" in content:
        text = f"{path.name} holds zero bytes, which no CSV does. Export it anew."
        raise Refusal(path.name, "file.type_mismatch", text)
    return _as_utf8(path, content.removeprefix(b"\xef\xbb\xbf"), settings.csv_encoding)


def _as_utf8(path: Path, content: bytes, encoding: str) -> bytes:
    if content.isascii():
        return content
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as trouble:
        line = content.count(b"\n", 0, trouble.start) + 1
        text = (
            f"{path.name} line {line} is not {encoding}: byte 0x{content[trouble.start]:02X}. "
            'Save it as UTF-8, or state its encoding, such as csv_encoding = "windows-1252".'
        )
        code = (
            "encoding.invalid_utf8" if encoding.lower() in ("utf-8", "utf8") else "encoding.wrong"
        )
        raise Refusal(path.name, code, text) from trouble
    except LookupError as trouble:
        text = f"csv_encoding {encoding!r} is unknown; utf-8 or windows-1252 are usual."
        raise Refusal(path.name, "encoding.wrong", text) from trouble
    return content if encoding.lower() in ("utf-8", "utf8") else text.encode("utf-8")


class _Header:
    """Where the header stands, its names, and where the rows begin."""

    def __init__(self, names: list[str], raw: bytes, line: int, end: int) -> None:
        self.names, self.raw, self.line, self.end = names, raw, line, end

    @classmethod
    def find(
        cls,
        path: Path,
        content: bytes,
        table: Table,
        settings: IntakeSettings,
        quarantine: Quarantine,
    ) -> "_Header":
        """The first line that holds every required column; a title above it is passed over."""
        needed = {column.name for column in table.columns if column.required}
        start, first = 0, None
        for line in range(1, LOOKED_AT_FOR_A_HEADER + 1):
            end = content.find(b"\n", start)
            end = len(content) if end < 0 else end
            raw = content[start:end].rstrip(b"\r")
            names = names_of(raw, settings.csv_delimiter)
            found = cls(names, raw, line, min(end + 1, len(content)))
            first = first or (found if raw.strip() else None)
            if needed <= set(names):
                no_name_twice(path.name, names)
                if line > 1 and first is not found:
                    text = f"The header of {path.name} stands in line {line}; what is above is left out."
                    quarantine.note("header.below_title", table.name, message=text)
                return found
            start = end + 1
            if start >= len(content):
                break
        raise _no_header(path, table, needed, first, settings)


def names_of(raw: bytes, delimiter: str) -> list[str]:
    """Column names of a header line."""
    text = raw.decode("utf-8", errors="replace")
    try:
        names = next(csv.reader(StringIO(text), delimiter=delimiter), [])
    except csv.Error:
        return []
    return [name.strip() for name in names]


def no_name_twice(file: str, names: list[str]) -> None:
    """Refuse a header that has one column twice."""
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        text = f"{file} has column {twice[0]} more than once. Keep one of them."
        raise Refusal(file, "header.duplicate_column", text)


def _no_header(
    path: Path, table: Table, needed: set[str], first: _Header | None, settings: IntakeSettings
) -> Refusal:
    raw, names = (first.raw, first.names) if first else (b"", [])
    for other in OTHER_DELIMITERS:
        known = sum(name in table for name in names_of(raw, other))
        if other != settings.csv_delimiter and known > sum(name in table for name in names):
            shown = "\\t" if other == "\t" else other
            text = (
                f"{path.name} is not separated by {settings.csv_delimiter!r} but, by its header, "
                f'by {shown!r}. State it: csv_delimiter = "{shown}" in sparewise.toml.'
            )
            return Refusal(path.name, "csv.delimiter", text)
    return missing_columns(path.name, needed, names)


def missing_columns(file: str, needed: set[str], names: list[str]) -> Refusal:
    """The refusal of a file that lacks required columns."""
    missing = ", ".join(sorted(needed - set(names)))
    has = ", ".join(name[:40] for name in names[:12]) or "nothing"
    text = f"{file} lacks {missing}; its header has {has}. Add or rename the columns."
    return Refusal(file, "header.missing_column", text)


def note_unknown(file: str, table: Table, names: list[str], quarantine: Quarantine) -> None:
    """Say which columns are kept out because nobody here knows them."""
    unknown = [name for name in names if name and name not in table]
    if unknown:
        text = f"{file} has columns that are not read: {', '.join(name[:40] for name in unknown[:12])}."
        quarantine.note("column.unknown", table.name, ", ".join(unknown)[:200], text)


def _rows(path: Path, content: bytes, header: _Header, settings: IntakeSettings) -> Rows:
    """The part below the header, proven to hold one row per line; ragged rows apart."""
    body = content[header.end :]
    if b"\n" not in body and b"\r" in body:
        body = body.replace(b"\r", b"\n")
    _not_twice(path, body, header)
    delimiter = settings.csv_delimiter.encode()
    if b'"' in body or len(delimiter) != 1:
        return walk(path.name, body, delimiter, len(header.names), header.line + 1)
    end = len(body)
    while end and body[end - 1] in b"\r\n":
        end -= 1
    lines = body.count(b"\n", 0, end) + (end > 0)
    exact = body.count(delimiter, 0, end) == lines * (len(header.names) - 1)
    blank = b"\n\n" in body[:end] or b"\n\r\n" in body[:end] or body[:1] in (b"\r", b"\n")
    if exact and not blank:
        whole = body[end:] in (b"", b"\n", b"\r\n")
        return Rows(body if whole else body[:end], None, False, [])
    return walk(path.name, body, delimiter, len(header.names), header.line + 1)


def _not_twice(path: Path, body: bytes, header: _Header) -> None:
    again = body.find(b"\n" + header.raw)
    end = again + 1 + len(header.raw)
    whole = again >= 0 and body[end : end + 1] in (b"", b"\r", b"\n")
    if whole or body.startswith(header.raw + b"\n"):
        line = header.line + 1 + body.count(b"\n", 0, again + 1)
        text = (
            f"{path.name} repeats its header in line {line}: two exports in one file, "
            "or the same one twice. Export it anew."
        )
        raise Refusal(path.name, "header.repeated", text)


def _parsed(
    path: Path, body: bytes, header: _Header, table: Table, settings: IntakeSettings, quoted: bool
) -> pl.DataFrame:
    """The known columns; whole numbers and figures are typed if all of them are clean."""
    if not body:
        return pl.DataFrame(schema={name: pl.String for name in header.names if name in table})
    names = [name or f"_{place}" for place, name in enumerate(header.names)]
    plain = dict.fromkeys(names, pl.String)
    typed = plain | {
        name: table[name].dtype
        for name in names
        if name in table and table[name].dtype in (pl.Int64, pl.Float64)
    }
    if settings.csv_decimal != ".":
        typed = plain
    for schema in (typed, plain):
        try:
            frame = pl.read_csv(
                body,
                has_header=False,
                schema=schema,
                separator=settings.csv_delimiter,
                quote_char='"' if quoted else None,
            )
        except pl.exceptions.PolarsError:
            continue
        return frame.select(name for name in names if name in table)
    raise Refusal(
        path.name, "csv.unreadable", f"{path.name} cannot be read as CSV. Export it anew."
    )


def _reject_ragged(draft: Draft, rows: Rows, header: _Header, quarantine: Quarantine) -> None:
    if not rows.ragged:
        return
    lines, fields, texts = zip(*rows.ragged, strict=True)
    ragged = pl.DataFrame({"value": texts, "fields": fields})
    apart = Draft(draft.table, draft.file, ragged, lines=pl.Series(lines, dtype=pl.Int64))
    apart.texts["row"] = ragged["value"]
    remedy = pl.format(
        "the row has {} fields, the header {}; is a text with the delimiter in it not quoted?",
        pl.col("fields"),
        pl.lit(len(header.names)),
    )
    every = pl.repeat(True, len(ragged), eager=True)
    quarantine.reject(apart, Finding("row.field_count", "row", every, remedy))
