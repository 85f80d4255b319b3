"""Parquet: typed columns are taken as they are, odd ones strictly."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from data.intake import Intake, IntakeSettings, take_in
from tests.data.intake.folders import AS_OF, baseline, write

ROWS = {"part_id": ["P-100", "P-200"], "location_id": ["FSL-1", "FSL-2"]}
DAYS = [date(2025, 6, 10), date(2025, 6, 11)]


def company_with(folder: Path, demand: pl.DataFrame | bytes) -> Intake:
    tables = baseline()
    del tables["demand"]
    write(folder, tables)
    file = folder / "demand.parquet"
    file.write_bytes(demand) if isinstance(demand, bytes) else demand.write_parquet(file)
    return take_in(folder, as_of=AS_OF)


def demand(**columns: object) -> pl.DataFrame:
    return pl.DataFrame(ROWS | {"date": DAYS, "quantity": [2, 3]} | columns)


@pytest.mark.parametrize(
    "frame",
    [
        demand(),
        demand(quantity=[2.0, 3.0]),
        demand(quantity=["2", "3"]),
        demand(quantity=pl.Series([2, 3], dtype=pl.UInt8)),
        demand(quantity=pl.Series([2, 3], dtype=pl.Decimal(10, 2))),
        demand(date=["2025-06-10", "2025-06-11"]),
        demand(date=pl.Series(DAYS).cast(pl.Datetime)),
        demand(part_id=pl.Series(["P-100", "P-200"], dtype=pl.Categorical)),
        demand(part_id=pl.Series(["P-100", "P-200"], dtype=pl.Enum(["P-200", "P-100"]))),
        demand(document_id=[None, None], unit_of_measure=[None, None]),
    ],
)
def test_a_column_may_be_stored_in_several_ways(frame: pl.DataFrame, tmp_path: Path):
    intake = company_with(tmp_path, frame)
    assert intake.rejected.is_empty()
    assert intake.refused_files == []
    assert intake.warnings.is_empty()
    kept = intake.tables["demand"].select("part_id", "date", "quantity").rows()
    assert kept == [("P-100", DAYS[0], 2), ("P-200", DAYS[1], 3)]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (demand(quantity=[2.5, 3.0]), "number.not_integer"),
        (demand(quantity=[float("nan"), 3.0]), "number.not_finite"),
        (demand(quantity=[None, 3]), "value.missing"),
        (demand(quantity=pl.Series([2**63, 3], dtype=pl.UInt64)), "number.above_max"),
        (demand(part_id=[None, "P-200"]), "id.missing"),
        (demand(part_id=["P-404", "P-200"]), "ref.unknown"),
        (
            demand(part_id=pl.Series(["P-404", "P-200"], dtype=pl.Enum(["P-200", "P-404"]))),
            "ref.unknown",
        ),
        (demand(date=[date(1899, 12, 30), DAYS[1]]), "date.out_of_range"),
    ],
)
def test_a_bad_cell_costs_its_row(frame: pl.DataFrame, code: str, tmp_path: Path):
    intake = company_with(tmp_path, frame)
    assert intake.rejected.select("line", "code").rows() == [(1, code)]
    assert " row 1" in intake.rejected["message"][0]
    assert intake.tables["demand"]["quantity"].to_list() == [3]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file.empty"),
        (b"part_id,location_id\n", "file.type_mismatch"),
        (b"PAR1" + b"x" * 100 + b"PAR1", "file.unreadable"),
        (demand().drop("date"), "header.missing_column"),
        (demand(date=[1, 2]), "column.type"),
        (demand(quantity=[[1], [2]]), "column.type"),
        (demand().clear(), "file.no_rows"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused(
    content: bytes | pl.DataFrame, code: str, tmp_path: Path
):
    intake = company_with(tmp_path, content)
    assert [file.code for file in intake.refused_files] == [code]


def test_ids_as_codes_of_some_list_are_what_they_say(tmp_path: Path):
    words = demand(part_id=[" P-100", "P-2OO"])
    listed = pl.Enum(["P-2OO", "FSL-2", "unused", "FSL-1", " P-100"])
    taken = []
    for name, kind in (("words", pl.String()), ("codes", listed)):
        (tmp_path / name).mkdir()
        frame = words.with_columns(pl.col("part_id", "location_id").cast(kind))
        taken.append(company_with(tmp_path / name, frame))
    plain, coded = taken
    assert coded.input_hash == plain.input_hash
    assert coded.rejected.rows() == plain.rejected.rows()
    assert coded.rejected["code"].to_list() == ["ref.unknown"]
    assert coded.tables["demand"]["part_id"].to_list() == ["P-100"]


def test_moments_become_days_of_the_site(tmp_path: Path):
    """01:30 UTC on the 11th is the evening of the 10th in Chicago, the same day in Berlin."""
    moments = pl.Series([datetime(2025, 6, 11, 1, 30, tzinfo=UTC)] * 2)
    intake = company_with(tmp_path, demand(date=moments))
    days = dict(intake.tables["demand"].select("location_id", "date").iter_rows())
    assert days == {"FSL-1": date(2025, 6, 11), "FSL-2": date(2025, 6, 10)}
    assert intake.warnings["code"].to_list() == ["date.converted_to_site_day"]
    assert "2025-06-10" in intake.warnings["message"][0]


def test_a_column_without_a_value_has_no_type_and_is_blank(tmp_path: Path):
    write(tmp_path, baseline())
    (tmp_path / "stock.csv").unlink()
    stock = pl.DataFrame({"part_id": ["P-100"] * 2, "location_id": ["FSL-1", "CW"]})
    blank = dict.fromkeys(("reserved", "on_order", "as_of"), pl.lit(None))
    stock.with_columns(on_hand=7, **blank).write_parquet(tmp_path / "stock.parquet")
    intake = take_in(tmp_path, as_of=AS_OF, settings=IntakeSettings(partial_stock=True))
    assert intake.refused_files == []
    assert (
        intake.tables["stock"].select("on_hand", "reserved", "as_of").rows()
        == [(7, None, None)] * 2
    )


def test_a_message_shows_no_control_signs(tmp_path: Path):
    intake = company_with(tmp_path, demand(part_id=["P\n\x1b[31m\u202e", "P-200"]))
    assert intake.rejected["value"].to_list() == ["P··[31m·"]
    assert intake.rejected["message"][0].isprintable()
