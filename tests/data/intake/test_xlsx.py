"""Workbooks: guarded before they are read, and read as the sheet numbers its rows."""

import io
import shutil
import subprocess
import time
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

from data.intake import Intake, IntakeSettings, take_in
from tests.data.intake.folders import (
    AS_OF,
    DEMAND_HEADER,
    HEADER_CELLS,
    as_csv,
    baseline,
    sheet_xml,
    text_cells,
    workbook,
    write,
)


def company_with(folder: Path, table: str, content: bytes, **settings: Any) -> Intake:
    tables = baseline()
    tables.pop(table, None)
    write(folder, tables)
    (folder / f"{table}.xlsx").write_bytes(content)
    return take_in(folder, as_of=AS_OF, settings=IntakeSettings(**settings))


def codes(intake: Intake) -> set[str]:
    refused = {file.code for file in intake.refused_files}
    return refused | set(intake.rejected["code"]) | set(intake.warnings["code"])


def saved(
    *rows: tuple[object, ...], title: str = "demand", **others: list[tuple[object, ...]]
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    for name, more in others.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


GOOD = ("P-100", "FSL-1", date(2025, 6, 10), 2)


def test_figures_days_and_ids_come_as_they_are(tmp_path: Path):
    part_rows = [
        ("part_id", "description", "unit_cost", "active"),
        ("P-100", "a, b", 12.5, True),
        ("P-200", None, 480, "yes"),
        ("00123", "x", 0.1, False),
        (123000000017, "y", 3, None),
    ]
    intake = company_with(tmp_path, "parts", saved(*part_rows, title="parts"))
    assert codes(intake) == set()
    kept = intake.tables["parts"].select("part_id", "unit_cost", "active").rows()
    assert kept == [
        ("00123", 0.1, False),
        ("123000000017", 3.0, None),
        ("P-100", 12.5, True),
        ("P-200", 480.0, True),
    ]


def test_rows_are_named_as_the_sheet_numbers_them(tmp_path: Path):
    bad = ("P-100", "FSL-1", date(2025, 6, 11), "two")
    stamped = ("P-200", "FSL-2", datetime.fromisoformat("2025-06-11T14:30:00"), 1)
    empty: tuple[object, ...] = (None,) * 4
    content = saved(("Demand of June",), empty, DEMAND_HEADER, GOOD, empty, bad, stamped)
    intake = company_with(tmp_path, "demand", content)
    assert codes(intake) == {"header.below_title", "number.format"}
    assert intake.rejected["line"].to_list() == [6]
    assert " row 6" in intake.rejected["message"][0]
    assert intake.tables["demand"]["date"].to_list() == [date(2025, 6, 10), date(2025, 6, 11)]


def test_a_spreadsheet_with_commas_title_and_total_needs_one_correction(tmp_path: Path):
    """Comma decimals as text, as LibreOffice keeps them when a column was pasted as text."""
    rows = [
        ("Parts, exported 30.06.2025", None, None),
        ("part_id", "description", "unit_cost"),
        ("P-100", "Pump seal kit", "12,50"),
        ("P-200", "Pump", 480.25),
        ("Total", None, "492,75"),
    ]
    content = saved(*rows, title="parts")
    first = company_with(tmp_path, "parts", content)
    of_parts = first.rejected.filter(pl.col("table") == "parts")
    assert of_parts["code"].to_list() == ["number.locale_ambiguous", "row.total"]
    assert "csv_decimal" in of_parts["message"][0]
    second = company_with(tmp_path, "parts", content, csv_decimal=",")
    said = second.warnings.filter(pl.col("table") == "parts")["code"].to_list()
    lost = second.rejected.filter(pl.col("table") == "parts").select("line", "code").rows()
    assert (said, lost) == (["header.below_title"], [(5, "row.total")])
    prices = dict(second.tables["parts"].select("part_id", "unit_cost").iter_rows())
    assert prices == {"P-100": 12.5, "P-200": 480.25}


def test_the_sheet_that_fits_is_taken(tmp_path: Path):
    notes: list[tuple[object, ...]] = [("Please read",), ("these notes",)]
    content = saved(DEMAND_HEADER, GOOD, title="Export", Notes=notes)
    assert codes(company_with(tmp_path, "demand", content)) == set()
    two = saved(DEMAND_HEADER, GOOD, title="June", July=[DEMAND_HEADER, GOOD, GOOD])
    refused = company_with(tmp_path, "demand", two)
    assert codes(refused) == {"xlsx.sheet_unclear"}
    assert "“June”, “July”" in refused.refused_files[0].message
    stated = company_with(tmp_path, "demand", two, sheets={"demand": "July"})
    assert len(stated.tables["demand"]) == 2
    assert codes(company_with(tmp_path, "demand", two, sheets={"demand": "May"})) == {
        "xlsx.sheet_unclear"
    }


def test_a_hidden_sheet_is_read_only_if_it_is_stated(tmp_path: Path):
    figures = text_cells(2, "P-100", "FSL-1", "2025-06-10") + '<c r="D2"><v>2</v></c>'
    content = workbook(
        {"Notes": sheet_xml(text_cells(1, "notes")), "Export": sheet_xml(HEADER_CELLS, figures)},
        hidden=("Export",),
    )
    assert codes(company_with(tmp_path, "demand", content)) == {"xlsx.sheet_unclear"}
    stated = company_with(tmp_path, "demand", content, sheets={"demand": "Export"})
    assert stated.tables["demand"]["quantity"].to_list() == [2]


def test_a_formula_with_its_value_is_a_figure_and_one_without_is_none(tmp_path: Path):
    kept = text_cells(2, "P-100", "FSL-1", "2025-06-10") + '<c r="D2"><f>1+1</f><v>2</v></c>'
    lost = text_cells(3, "P-200", "FSL-2", "2025-06-10") + '<c r="D3"><f>1+1</f></c>'
    intake = company_with(tmp_path, "demand", workbook({"d": sheet_xml(HEADER_CELLS, kept, lost)}))
    assert intake.tables["demand"]["quantity"].to_list() == [2]
    rows = intake.rejected.select("line", "column", "code").rows()
    assert rows == [(3, "quantity", "xlsx.formula_no_value")]


def bomb(megabytes: int) -> bytes:
    buffer = io.BytesIO(workbook({"demand": sheet_xml(HEADER_CELLS)}))
    with (
        zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/sharedStrings.xml", "w") as member,
    ):
        for _ in range(megabytes):
            member.write(b"<si><t>aaaaaaaa</t></si>" * 43_690)
    return buffer.getvalue()


def test_a_bomb_is_refused_in_no_time(tmp_path: Path):
    content = bomb(60)
    assert len(content) < 500_000
    start = time.perf_counter()
    intake = company_with(tmp_path, "demand", content, largest_workbook_mb=50)
    assert codes(intake) == {"file.too_large"}
    assert time.perf_counter() - start < 5


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path):
    content = bytearray(bomb(60))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        true = archive.getinfo("xl/sharedStrings.xml").file_size
    small = (1000).to_bytes(4, "little")
    content = bytearray(bytes(content).replace(true.to_bytes(4, "little"), small))
    intake = company_with(tmp_path, "demand", bytes(content), largest_workbook_mb=50)
    assert codes(intake) <= {"file.too_large", "file.unreadable"}
    assert codes(intake)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"part_id,location_id\n", "file.type_mismatch"),
        (b"\xd0\xcf\x11\xe0 an old workbook", "file.type_mismatch"),
        (b"PK\x03\x04 damaged", "file.unreadable"),
        (workbook({"d": sheet_xml(HEADER_CELLS)})[:-200], "file.unreadable"),
        (
            workbook({"d": sheet_xml(HEADER_CELLS)}, extra={"xl/vbaProject.bin": b"x"}),
            "xlsx.macros",
        ),
        (workbook({"d": "<!DOCTYPE x>" + sheet_xml(HEADER_CELLS)}), "xlsx.dtd_forbidden"),
        (
            workbook(
                {"d": sheet_xml(HEADER_CELLS)}, extra={"xl/styles.xml": "<x/>".encode("utf-16")}
            ),
            "xlsx.dtd_forbidden",
        ),
        (workbook({"d": sheet_xml(HEADER_CELLS)}), "file.no_rows"),
        (workbook({"d": sheet_xml(text_cells(1, "part_id"))}), "header.missing_column"),
    ],
)
def test_a_workbook_that_harms_or_misleads_is_refused(content: bytes, code: str, tmp_path: Path):
    assert codes(company_with(tmp_path, "demand", content)) == {code}


@pytest.mark.soak
def test_what_libreoffice_saves_needs_one_correction(tmp_path: Path):
    """Comma decimals, a title row and a total, saved by LibreOffice itself."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed (libreoffice-calc-nogui)")
    written, saved_as, plain = (tmp_path / name for name in ("csv", "xlsx", "plain"))
    for folder in (written, saved_as, plain):
        folder.mkdir()
    for name, rows in baseline().items():
        text = as_csv(
            [{k: v.replace(".", ",") for k, v in row.items()} for row in rows], delimiter=";"
        )
        (written / f"{name}.csv").write_text(f"{name}, exported\n{text}Total\n")
    command = [office, "--headless", f"-env:UserInstallation=file://{tmp_path}/profile"]
    command += ["--convert-to", "xlsx", "--infilter=CSV:59,34,76,1,,1033", "--outdir"]
    subprocess.run([*command, saved_as, *written.iterdir()], check=True, capture_output=True)
    first = take_in(saved_as, as_of=AS_OF)
    assert set(first.rejected["code"]) == {"number.locale_ambiguous", "ref.rejected", "row.total"}
    second = take_in(saved_as, as_of=AS_OF, settings=IntakeSettings(csv_decimal=","))
    assert set(second.rejected["code"]) == {"row.total"}
    assert set(second.warnings["code"]) == {"header.below_title"}
    assert second.input_hash == take_in(write(plain, baseline()), as_of=AS_OF).input_hash
