"""CSV → cells: encoding, delimiter, quotes and field counts are proven before anything is parsed.

The clean file pays two counts and one parse; only a file that does not add up is walked row by row.
"""

from pathlib import Path

import numpy as np
import polars as pl
from polars.datatypes import DataTypeClass

from data.intake.columns import Table
from data.intake.csv_header import Header, find_header
from data.intake.csv_structure import Rows, walk
from data.intake.draft import Draft
from data.intake.quarantine import Finding, Quarantine, Refusal
from data.intake.settings import IntakeSettings
from data.intake.source import read_bytes

COUNTED_TOGETHER = 1 << 20  # bytes; the signs found among them fit beside them into a cache

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
    header = find_header(path.name, content, table, settings, quarantine)
    rows = _rows(path, content, header, settings)
    frame = _parsed(rows, header, table, settings)
    if frame is None and rows.skip:
        rows = _walked(path, content, header, settings)
        frame = _parsed(rows, header, table, settings)
    if frame is None:
        text = f"{path.name} cannot be read as CSV. Export it anew."
        raise Refusal(path.name, "csv.unreadable", text)
    draft = Draft(table, path.name, frame, header.line + 1, rows.lines)
    _reject_ragged(draft, rows, header, quarantine)
    return draft


def _decoded(path: Path, content: bytes, settings: IntakeSettings) -> bytes:
    """The content as UTF-8 without byte order mark; binary files do not come past here."""
    if not content or content.isspace():
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
    if b"\n" not in content:
        content = content.replace(b"\r", b"\n")
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


def _rows(path: Path, content: bytes, header: Header, settings: IntakeSettings) -> Rows:
    """The part below the header, proven to hold one row per line; ragged rows apart.

    Where the delimiters are as many as there must be, a row too short implies one too long, and
    that the parser refuses; so two counts prove the file, or `walk` does.
    """
    start, end = header.end, len(content)
    _not_twice(path, content, header)
    while end > start and content[end - 1] in b"\r\n":
        end -= 1
    delimiter = settings.csv_delimiter.encode()
    lines = _count(content, b"\n", start, end) + (end > start)
    exact = _count(content, delimiter, start, end) == lines * (len(header.names) - 1)
    if exact and len(header.names) > 1 and content.find(b'"', start) < 0:
        whole = content[end : end + 3] in (b"", b"\n", b"\r\n")
        return Rows(content if whole else content[:end], header.line, None, False, [])
    return _walked(path, content, header, settings)


def _count(content: bytes, sign: bytes, start: int, end: int) -> int:
    """How often a sign occurs; `bytes.count` stops at each, which takes three times as long."""
    signs = np.frombuffer(content, np.uint8)
    blocks = range(start, end, COUNTED_TOGETHER)
    ends = (min(begin + COUNTED_TOGETHER, end) for begin in blocks)
    whole = zip(blocks, ends, strict=True)
    return sum(int(np.count_nonzero(signs[low:high] == sign[0])) for low, high in whole)


def _walked(path: Path, content: bytes, header: Header, settings: IntakeSettings) -> Rows:
    delimiter = settings.csv_delimiter.encode()
    return walk(path.name, content[header.end :], delimiter, len(header.names), header.line + 1)


def _not_twice(path: Path, content: bytes, header: Header) -> None:
    again = content.find(b"\n" + header.raw, header.end - 1)
    end = again + 1 + len(header.raw)
    if again >= 0 and content[end : end + 1] in (b"", b"\r", b"\n"):
        line = content.count(b"\n", 0, again + 1) + 1
        text = (
            f"{path.name} repeats its header in line {line}: two exports in one file, "
            "or the same one twice. Export it anew."
        )
        raise Refusal(path.name, "header.repeated", text)


def _parsed(
    rows: Rows, header: Header, table: Table, settings: IntakeSettings
) -> pl.DataFrame | None:
    """The known columns, figures typed if all of them are clean; None if the rows do not fit."""
    if not rows.content or (rows.skip and header.end >= len(rows.content)):
        return pl.DataFrame(schema={name: pl.String for name in header.names if name in table})
    names = [name or f"_{place}" for place, name in enumerate(header.names)]
    plain: dict[str, DataTypeClass] = dict.fromkeys(names, pl.String)
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
                rows.content,
                has_header=False,
                skip_lines=rows.skip,
                schema=schema,
                separator=settings.csv_delimiter,
                quote_char='"' if rows.quoted else None,
            )
        except pl.exceptions.PolarsError:
            continue
        return frame.select(name for name in names if name in table)
    return None


def _reject_ragged(draft: Draft, rows: Rows, header: Header, quarantine: Quarantine) -> None:
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
    draft.ragged = True
    quarantine.reject(apart, Finding("row.field_count", "row", every, remedy))
