"""Folders to take in: the baseline company, one case put into it, files in any dialect."""

import base64
import copy
import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

INSTANCES = Path(__file__).parents[2] / "instances" / "bad_inputs.json"
LIST: dict[str, Any] = json.loads(INSTANCES.read_text(encoding="utf-8"))
AS_OF = date.fromisoformat(LIST["run_as_of"])
DEMAND_HEADER = ("part_id", "location_id", "date", "quantity")
Row = dict[str, str]


def baseline() -> dict[str, list[Row]]:
    """The company of the list, with its generated demand."""
    company: dict[str, Any] = copy.deepcopy(LIST["baseline"])
    tables = {name: rows for name, rows in company.items() if name != "demand"}
    tables["demand"] = list(baseline_demand())
    return tables


def baseline_demand(*, without: tuple[date, date] | None = None) -> Iterator[Row]:
    """One P-100 a day at FSL-1, one P-200 a week at FSL-2, 2023-01-01 to 2025-06-30."""
    first = date(2023, 1, 1)
    for number in range((date(2025, 6, 30) - first).days + 1):
        day = first + timedelta(days=number)
        if without and without[0] <= day <= without[1]:
            continue
        yield demand_row("P-100", "FSL-1", day)
        if number % 7 == 0:
            yield demand_row("P-200", "FSL-2", day)


def demand_row(part: str, location: str, day: date, quantity: object = 1) -> Row:
    return dict(zip(DEMAND_HEADER, (part, location, str(day), str(quantity)), strict=True))


def write(folder: Path, tables: Mapping[str, list[Row]]) -> Path:
    """Each table as a plain CSV file."""
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_text(as_csv(rows), encoding="utf-8", newline="")
    return folder


def as_csv(rows: list[Row], **dialect: Any) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", **{"lineterminator": "\n", **dialect})
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def unfolded(row: Mapping[str, Any]) -> Row:
    """A row of the list with its $repeat values built."""
    return {
        name: value["$repeat"][0] * value["$repeat"][1] if isinstance(value, dict) else str(value)
        for name, value in row.items()
    }


def with_case(case: Mapping[str, Any], folder: Path, *, twin: bool = False) -> Path:
    """The baseline with one case, or its good twin, put into it."""
    tables = baseline()
    if "file" in case:
        del tables[case["table"]]
        write(folder, tables)
        put_file(case["file"], folder)
        return folder
    rows = [unfolded(row) for row in case.get("rows", case.get("input", []))]
    if twin:
        rows = [row | case["good_twin"] for row in rows[:1]]
    table = case.get("table", case["target"])
    tables[table] = tables.get(table, []) + rows
    return write(folder, tables)


def put_file(file: Mapping[str, Any], folder: Path) -> None:
    path = folder / file["name"]
    if "content_text" in file:
        path.write_bytes(file["content_text"].encode())
    elif "content_b64" in file:
        path.write_bytes(base64.b64decode(file["content_b64"]))
    else:
        path.write_bytes(GENERATORS[file["generator"]["kind"]](file["generator"]))


def _daily(generator: Mapping[str, Any]) -> bytes:
    first, last = (date.fromisoformat(generator[end]) for end in ("start", "end"))
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    part, location = generator["part"], generator["loc"]
    rows = [demand_row(part, location, day, generator["per_day"]) for day in days]
    return as_csv(rows).encode()


def _gap(generator: Mapping[str, Any]) -> bytes:
    first, last = map(date.fromisoformat, generator["gap"])
    return as_csv(list(baseline_demand(without=(first, last)))).encode()


def _long_field(generator: Mapping[str, Any]) -> bytes:
    header = ",".join((*DEMAND_HEADER, "document_id"))
    return f"{header}\nP-100,FSL-1,2025-06-10,2,{'x' * generator['chars']}\n".encode()


def sheet_xml(*rows: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + "".join(f'<row r="{line}">{cells}</row>' for line, cells in enumerate(rows, 1))
        + "</sheetData></worksheet>"
    )


def text_cells(line: int, *texts: str) -> str:
    return "".join(
        f'<c r="{letter}{line}" t="inlineStr"><is><t>{text}</t></is></c>'
        for letter, text in zip("ABCDEFGH", texts, strict=False)
    )


HEADER_CELLS = text_cells(1, *DEMAND_HEADER)


def workbook(
    sheets: Mapping[str, str],
    *,
    hidden: tuple[str, ...] = (),
    extra: Mapping[str, bytes] | None = None,
) -> bytes:
    """A minimal workbook of raw sheet XML; `extra` members are added as they are."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    listed = "".join(
        f'<sheet name="{name}" sheetId="{place}" r:id="rId{place}"'
        + (' state="hidden"/>' if name in hidden else "/>")
        for place, name in enumerate(sheets, 1)
    )
    links = "".join(
        f'<Relationship Id="rId{place}" Type="{office}/worksheet" '
        f'Target="worksheets/sheet{place}.xml"/>'
        for place in range(1, len(sheets) + 1)
    )
    parts = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    members = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{parts}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}">'
        f"<sheets>{listed}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">{links}'
        "</Relationships>",
    }
    for place, content in enumerate(sheets.values(), 1):
        members[f"xl/worksheets/sheet{place}.xml"] = content
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _formula(_: Mapping[str, Any]) -> bytes:
    good = text_cells(2, "P-100", "FSL-1", "2025-06-10") + '<c r="D2"><v>2</v></c>'
    bad = text_cells(3, "P-100", "FSL-1", "2025-06-11") + '<c r="D3"><f>D2*2</f></c>'
    other = text_cells(4, "P-200", "FSL-2", "2025-06-11") + '<c r="D4"><v>1</v></c>'
    return workbook({"demand": sheet_xml(HEADER_CELLS, good, bad, other)})


def _hidden(_: Mapping[str, Any]) -> bytes:
    data = sheet_xml(
        HEADER_CELLS, text_cells(2, "P-100", "FSL-1", "2025-06-10") + '<c r="D2"><v>2</v></c>'
    )
    notes = sheet_xml(text_cells(1, "Please read"), text_cells(2, "these notes"))
    return workbook({"Notes": notes, "Export": data}, hidden=("Export",))


def _entities(_: Mapping[str, Any]) -> bytes:
    nested = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    strings = (
        f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{nested}]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        "<si><t>&l9;</t></si></sst>"
    )
    return workbook(
        {"demand": sheet_xml(HEADER_CELLS)}, extra={"xl/sharedStrings.xml": strings.encode()}
    )


GENERATORS = {
    "daily_demand": _daily,
    "daily_demand_gap": _gap,
    "long_field": _long_field,
    "xlsx_formula": _formula,
    "xlsx_hidden_sheet": _hidden,
    "xlsx_entities": _entities,
}
