"""CSV as people write it: what is read without a word, what is said, what is refused."""

from pathlib import Path

import polars as pl
import pytest

from data.intake import Intake, IntakeSettings, take_in
from tests.data.intake.folders import AS_OF, as_csv, baseline, write

HEADER = "part_id,location_id,date,quantity"
ROWS = ("P-100,FSL-1,2025-06-10,2", "P-200,FSL-2,2025-06-11,3")


def company_with(folder: Path, table: str, content: str | bytes, **settings: object) -> Intake:
    tables = baseline()
    tables.pop(table, None)
    write(folder, tables)
    raw = content if isinstance(content, bytes) else content.encode()
    (folder / f"{table}.csv").write_bytes(raw)
    return take_in(folder, as_of=AS_OF, settings=IntakeSettings(**settings))  # type: ignore[arg-type]


def codes(intake: Intake) -> set[str]:
    refused = {file.code for file in intake.refused_files}
    return refused | set(intake.rejected["code"]) | set(intake.warnings["code"])


def quantities(intake: Intake) -> list[int]:
    return sorted(intake.tables["demand"]["quantity"].to_list())


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + "\r\n".join((HEADER, *ROWS, "")) + "\r\n",
        "\n".join((HEADER, *ROWS)),
        "\n".join((HEADER, *ROWS)) + "\n\n\n",
        "\n".join((HEADER, ROWS[0], "", ROWS[1])),
        "\r".join((HEADER, *ROWS)),
        '"part_id","location_id","date","quantity"\n"P-100","FSL-1","2025-06-10","2"\n' + ROWS[1],
        HEADER.upper() + "\n" + "\n".join(ROWS),
        "quantity,date,location_id,part_id\n2,2025-06-10,FSL-1,P-100\n3,2025-06-11,FSL-2,P-200\n",
        HEADER + "\n P-100 ,FSL-1, 2025-06-10 , 2 \n" + ROWS[1],
    ],
    ids=lambda content: repr(content[:12]),
)
def test_the_same_rows_in_other_clothes(content: str, tmp_path: Path):
    intake = company_with(tmp_path, "demand", content)
    assert codes(intake) == set()
    assert quantities(intake) == [2, 3]


def test_an_unknown_column_is_kept_out_and_named(tmp_path: Path):
    content = f"{HEADER},comment\n{ROWS[0]},hello\n{ROWS[1]},\n"
    intake = company_with(tmp_path, "demand", content)
    assert codes(intake) == {"column.unknown"}
    assert "comment" in intake.warnings["message"][0]
    assert quantities(intake) == [2, 3]


def test_a_title_above_the_header_is_left_out_and_said(tmp_path: Path):
    content = f"Demand of June\n\n{HEADER}\n{ROWS[0]}\nP-100,FSL-1,2025-06-10,x\n"
    intake = company_with(tmp_path, "demand", content)
    assert codes(intake) == {"header.below_title", "number.format"}
    assert intake.rejected["line"].to_list() == [5]
    assert quantities(intake) == [2]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path):
    quoted = 'part_id,description,unit_cost\nP-100,"two\nlines",12.50\nP-200,"a ""b"", c",x\n'
    content = quoted + "P-300,plain,1\n"
    intake = company_with(tmp_path, "parts", content)
    assert intake.rejected.filter(pl.col("table") == "parts")["line"].to_list() == [4]
    kept = dict(intake.tables["parts"].select("part_id", "description").iter_rows())
    assert kept == {"P-100": "two\nlines", "P-300": "plain"}


def test_a_row_too_long_and_a_row_too_short_do_not_cancel_out(tmp_path: Path):
    content = "\n".join((HEADER, "P-100,FSL-1,2025-06-10,2,9", "P-100,FSL-1,2025-06-11", ROWS[1]))
    intake = company_with(tmp_path, "demand", content)
    assert intake.rejected["code"].to_list() == ["row.field_count"] * 2
    assert intake.rejected["line"].to_list() == [2, 3]
    assert quantities(intake) == [3]


def test_another_delimiter_is_stated_not_guessed(tmp_path: Path):
    content = "\n".join((HEADER, *ROWS)).replace(",", ";")
    refused = company_with(tmp_path, "demand", content)
    assert codes(refused) == {"csv.delimiter"}
    assert 'csv_delimiter = ";"' in refused.refused_files[0].message
    one = tmp_path / "semicolons"
    one.mkdir()
    for name, rows in baseline().items():
        (one / f"{name}.csv").write_text(as_csv(rows, delimiter=";"))
    intake = take_in(one, as_of=AS_OF, settings=IntakeSettings(csv_delimiter=";"))
    assert codes(intake) == set()
    assert len(intake.tables["demand"]) == 1043


def test_decimal_commas_are_stated_and_then_points_are_unclear(tmp_path: Path):
    rows = ('P-1,"12,50"', 'P-2,"1250"', "P-3,12.50", 'P-4,"1.250,5"')
    content = "\n".join(("part_id,unit_cost", *rows))
    intake = company_with(tmp_path, "parts", content, csv_decimal=",")
    prices = dict(intake.tables["parts"].select("part_id", "unit_cost").iter_rows())
    assert prices == {"P-1": 12.5, "P-2": 1250.0}
    of_parts = intake.rejected.filter(pl.col("table") == "parts")
    assert of_parts["code"].to_list() == ["number.locale_ambiguous"] * 2


def test_an_encoding_is_stated_and_the_text_is_whole(tmp_path: Path):
    content = "part_id,description,unit_cost\nP-100,Kühler 10 µm,3\nP-200,x,1\n"
    refused = company_with(tmp_path, "parts", content.encode("cp1252"))
    assert "encoding.invalid_utf8" in codes(refused)
    assert "line 2" in refused.refused_files[0].message
    intake = company_with(tmp_path, "parts", content.encode("cp1252"), csv_encoding="windows-1252")
    assert intake.tables["parts"]["description"].to_list() == ["Kühler 10 µm", "x"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"\n\n  \n", "file.empty"),
        (b"PK\x03\x04 not a csv", "file.type_mismatch"),
        (b"PAR1 not a csv", "file.type_mismatch"),
        (HEADER.encode() + b"\nP-100,FSL-1,2025-06-10,\x002\n", "file.type_mismatch"),
        (b"part_id,location_id,date\nP-100,FSL-1,2025-06-10\n", "header.missing_column"),
        (HEADER.encode() + b",quantity\nP-100,FSL-1,2025-06-10,2,3\n", "header.duplicate_column"),
        (HEADER.encode() + b'\nP-100,FSL-1,2025-06-10,5" pipe\n', "csv.unclosed_quote"),
        (HEADER.encode() + b'\nP-100,5" a 6" b,2025-06-10,2\n', "csv.unclosed_quote"),
    ],
)
def test_a_file_that_would_mislead_is_refused(content: bytes, code: str, tmp_path: Path):
    intake = company_with(tmp_path, "demand", content)
    assert codes(intake) >= {code}
    assert [file.file for file in intake.refused_files] == ["demand.csv"]
    assert intake.tables["demand"].is_empty()


def test_days_in_another_form_are_stated(tmp_path: Path):
    content = f"{HEADER}\nP-100,FSL-1,10.06.2025,2\nP-200,FSL-2,2025-06-11,3\n"
    assert codes(company_with(tmp_path, "demand", content)) == {"date.ambiguous"}
    intake = company_with(tmp_path, "demand", content, date_format="%d.%m.%Y")
    assert codes(intake) == set()
    assert quantities(intake) == [2, 3]


def test_a_blank_is_missing_even_beside_cells_of_nonsense(tmp_path: Path):
    rows = ("P-100,FSL-1,,2", "P-100,FSL-1,soon,2", "P-100,FSL-1,2025-06-10,", ROWS[0])
    nonsense = "P-100,FSL-1,2025-06-10,many"
    intake = company_with(tmp_path, "demand", "\n".join((HEADER, *rows, nonsense)))
    assert intake.rejected.select("line", "code").rows() == [
        (2, "value.missing"),
        (3, "date.invalid"),
        (4, "value.missing"),
        (6, "number.format"),
    ]
    assert quantities(intake) == [2]
