import hashlib
import os
import subprocess
import sys

import polars as pl
import pytest

from data.demo import next_year_folder, write_company
from data.intake import take_in
from data.intake.tables import TABLES

SCRIPT = """
import sys
from pathlib import Path
from data.demo import write_company
write_company(Path(sys.argv[1]), parts=40, locations=5, seed=3)
"""


def hashes(folder):
    both = (*folder.iterdir(), *next_year_folder(folder).iterdir())
    return [(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in sorted(both)]


def test_the_same_seed_gives_the_same_bytes_whatever_the_cores(tmp_path):
    for threads in ("1", "4"):
        there = {**os.environ, "POLARS_MAX_THREADS": threads, "NUMBA_NUM_THREADS": threads}
        out = tmp_path / f"with_{threads}"
        subprocess.run([sys.executable, "-c", SCRIPT, str(out)], check=True, env=there)
    assert hashes(tmp_path / "with_1") == hashes(tmp_path / "with_4")


def test_another_seed_gives_another_company(tmp_path):
    for seed in (1, 2):
        write_company(tmp_path / str(seed), parts=40, locations=5, seed=seed)
    assert hashes(tmp_path / "1") != hashes(tmp_path / "2")


def test_every_table_but_forecasts_is_there_and_has_rows(report, tables):
    assert set(tables) == {*TABLES, "next_year"} - {"forecasts"}
    assert all(rows > 0 for rows in report.rows.values())
    assert report.rows == {name: len(table) for name, table in tables.items()}


def test_columns_are_those_of_the_door(tables):
    for name, table in tables.items():
        known = TABLES["demand" if name == "next_year" else name]
        assert set(table.columns) <= set(known.schema), name


@pytest.mark.parametrize(("parts", "locations"), [(150, 8), (1, 1), (3, 2), (30, 70), (2000, 4)])
def test_the_door_takes_everything_in_without_a_word(tmp_path, parts, locations):
    found = take_in(write_company(tmp_path / "input", parts=parts, locations=locations).folder)
    assert not len(found.rejected)
    assert not found.refused_files
    assert set(found.warnings["code"]) <= {"period.partial_first", "period.gap_all_parts"}


def test_the_default_company_gives_no_warning(report):
    assert not len(take_in(report.folder).warnings)


def test_the_next_year_lies_outside_the_folder_that_a_plan_reads(report):
    assert report.folder not in (report.next_year, *report.next_year.parents)


def test_a_table_in_the_other_form_does_not_stay_behind(tmp_path):
    for form in ("csv", "parquet"):
        write_company(tmp_path / "input", parts=20, locations=3, form=form)
    assert {path.suffix for path in (tmp_path / "input").iterdir()} == {".parquet"}
    assert pl.read_parquet(tmp_path / "input_next_year" / "demand.parquet").height


def test_progress_is_told_from_nothing_to_all_of_each_stage(tmp_path):
    heard = []
    watch = lambda stage, share: heard.append((stage, share))  # noqa: E731
    write_company(tmp_path / "input", parts=20, locations=3, progress=watch)
    for stage in ("invent", "write"):
        shares = [share for name, share in heard if name == stage]
        assert shares[0] == 0
        assert shares == sorted(shares)
        assert shares[-1] == 1


def test_the_report_says_what_was_written(report):
    assert report.summary["rows"]["parts"] == 150
    assert report.items == 1200
    assert "1,200 items" in report.text
