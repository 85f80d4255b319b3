"""Guards of a workbook: nothing of it is unpacked for good before it is known to be harmless.

A workbook is a zip of XML. Its size as unpacked is counted while streaming, not believed; macros,
document types and entities are refused; only then is a reader let near it.
"""

import re
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO
from xml.etree import ElementTree as ET

from data.intake.quarantine import Refusal
from data.intake.settings import IntakeSettings

CHUNK = 1 << 20
MOST_MEMBERS = 10_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_LINK = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FORBIDDEN = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_NO_VALUE = re.compile(
    rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*>\s*<f\b[^>]*?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_TEXT_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*?\bt="(?:s|str|inlineStr)"')
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    KeyError,
    ET.ParseError,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A worksheet as the workbook lists it, and where its cells lie."""

    name: str
    visible: bool
    member: str


def guarded(file: str, content: bytes, settings: IntakeSettings) -> list[Sheet]:
    """The worksheets of a harmless workbook.

    Raises:
        Refusal: no workbook, too large as unpacked, macros, document types, or damaged.
    """
    if not content.startswith(b"PK\x03\x04"):
        text = f"{file} is no XLSX workbook. Save it as XLSX, CSV or Parquet."
        raise Refusal(file, "file.type_mismatch" if content else "file.empty", text)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_members(file, archive, settings)
            return _sheets(archive)
    except _BROKEN as trouble:
        text = f"{file} is damaged. Save it anew."
        raise Refusal(file, "file.unreadable", text) from trouble


def _check_members(file: str, archive: zipfile.ZipFile, settings: IntakeSettings) -> None:
    allowed = settings.largest_workbook_mb * 1_000_000
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > allowed:
        raise _too_large(file, settings)
    if any("vbaproject" in name.lower() for name in names):
        text = f"{file} holds macros. Save it as XLSX without macros."
        raise Refusal(file, "xlsx.macros", text)
    if len(names) != len(set(names)):
        raise Refusal(file, "file.unreadable", f"{file} is damaged. Save it anew.")
    for member in members:
        allowed -= _streamed(file, archive, member, allowed, settings)


def _streamed(
    file: str,
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    allowed: int,
    settings: IntakeSettings,
) -> int:
    """Read one member through without keeping it; its true size."""
    is_xml = member.filename.lower().endswith((".xml", ".rels"))
    size, tail = 0, b""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            first, size = size == 0, size + len(chunk)
            if size > allowed:
                raise _too_large(file, settings)
            if is_xml and _suspicious(tail + chunk, first):
                text = f"{file} declares a document type or entities, which no export needs."
                raise Refusal(file, "xlsx.dtd_forbidden", text)
            tail = chunk[-64:]
    return size


def _suspicious(chunk: bytes, first: bool) -> bool:
    wide = first and (chunk[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in chunk[:64])
    other = (
        first and b"encoding=" in chunk[:200] and not re.search(rb"(?i)utf-?8|ascii", chunk[:200])
    )
    return wide or other or _FORBIDDEN.search(chunk) is not None


def _too_large(file: str, settings: IntakeSettings) -> Refusal:
    text = (
        f"{file} unpacks to more than {settings.largest_workbook_mb} MB (largest_workbook_mb). "
        "Deliver tables of that size as CSV or Parquet."
    )
    return Refusal(file, "file.too_large", text)


def _sheets(archive: zipfile.ZipFile) -> list[Sheet]:
    links = {
        link.get("Id"): link.get("Target", "")
        for link in ET.fromstring(archive.read("xl/_rels/workbook.xml.rels")).iter(_LINK)
    }
    book = ET.fromstring(archive.read("xl/workbook.xml"))
    found = []
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = links[sheet.get(_RELATION)]
        member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if "worksheets/" in member:
            visible = sheet.get("state", "visible") == "visible"
            found.append(Sheet(sheet.get("name", ""), visible, member))
    return found


def formulas_without_value(content: bytes, sheet: Sheet) -> list[tuple[int, int]]:
    """Row (from 1) and column (from 0) of formulas that were never calculated."""
    cells = _member(content, sheet)
    return _places(_NO_VALUE, cells) if b"<f" in cells else []


def text_cells(content: bytes, sheet: Sheet) -> list[tuple[int, int]]:
    """Row (from 1) and column (from 0) of cells that hold text, not figures."""
    return _places(_TEXT_CELL, _member(content, sheet))


def _member(content: bytes, sheet: Sheet) -> bytes:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        return archive.read(sheet.member)


def _places(pattern: re.Pattern[bytes], cells: bytes) -> list[tuple[int, int]]:
    return [(int(row), _column(letters)) for letters, row in pattern.findall(cells)]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
