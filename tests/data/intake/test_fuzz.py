"""Whatever is fed to the door: nothing but its own refusal comes out, and what comes in holds.

Hypothesis writes files in any dialect with any cells; contracts said by other means judge what
was taken in, and the rows are counted: in, out, or set aside, none lost.
"""

import csv
import io
import os
import resource
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.intake import TABLES, IntakeSettings, take_in
from data.intake.codes import CODES
from tests.data.intake.contracts import hold
from tests.data.intake.folders import AS_OF, baseline, write

ROOT = Path(__file__).parents[3]
ODD = ["", " ", "NaN", "inf", "-inf", "1e400", "12,50", "1.250,00", "25", "-1", "0", "2.5", "0x10"]
ODD += ["9223372036854775808", "1_000", "١٢", "P-100", "p-100 ", "FSL-1", "CW", "Ä-1", "A\u0308-1"]
ODD += ["2025-06-10", "2025-6-1", "03/04/2025", "2025-06-30T23:30:00-05:00", "1899-12-30"]
ODD += [
    "9999-12-31",
    "2025-02-30",
    "true",
    "maybe",
    "EA",
    "BOX",
    "EUR",
    "=1+1",
    "<b>",
    "../..",
    "A",
]
ODD += ['"', "a,b", 'x"y', "a;b", "line\nbreak", "\u202e", "\ufffd", "x" * 300, "total", "1.23E+11"]
cells = st.sampled_from(ODD) | st.text(max_size=6) | st.integers(-3, 10**13).map(str)
LOADED = ("parts", "locations", "lead_times", "demand", "stock", "service_targets", "contracts")
SEEN: Counter[str] = Counter()


@st.composite
def changed_tables(draw: Any) -> dict[str, list[dict[str, str]]]:
    """The baseline, short, with a few cells of a few tables replaced."""
    tables = baseline()
    tables["demand"] = tables["demand"][:20]
    for name in draw(st.lists(st.sampled_from(LOADED), min_size=1, max_size=3)):
        row = dict.fromkeys((column.name for column in TABLES[name].columns), "")
        rows = tables.setdefault(name, [row])
        for _ in range(draw(st.integers(1, 4))):
            row = dict(rows[draw(st.integers(0, len(rows) - 1))])
            row[draw(st.sampled_from(TABLES[name].columns)).name] = draw(cells)
            rows.append(row)
    return tables


def check(folder: Path, **said: Any) -> set[str]:
    """Take the folder in; what comes through holds and every row is accounted for."""
    intake = take_in(folder, as_of=AS_OF, settings=IntakeSettings(**said))
    found = {file.code for file in intake.refused_files}
    found |= set(intake.rejected["code"]) | set(intake.warnings["code"])
    assert found <= set(CODES)
    assert intake.rejected["message"].null_count() == 0
    assert intake.warnings["message"].null_count() == 0
    hold(intake.tables, {Path(file.file).stem for file in intake.refused_files})
    SEEN.update(found)
    SEEN["folders"] += 1
    SEEN["tables"] += sum(not table.is_empty() for table in intake.tables.values())
    return found


@given(changed_tables())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_odd_cells_cost_a_row_or_a_file_and_no_row_is_lost(tables: dict[str, list[dict[str, str]]]):
    with tempfile.TemporaryDirectory() as where:
        folder = write(Path(where), tables)
        intake = take_in(folder, as_of=AS_OF)
        check(folder)
        refused = {Path(file.file).stem for file in intake.refused_files}
        twice = intake.warnings.filter(intake.warnings["code"] == "key.duplicate_identical")
        for name in set(tables) - refused:
            lost = intake.rejected.filter(intake.rejected["table"] == name)["line"].n_unique()
            again = twice.filter(twice["table"] == name).height
            aside = intake.set_aside.height if name == "demand" else 0
            blank = sum(
                not any(cell.strip("\r\n") for cell in row.values()) for row in tables[name]
            )
            taken = len(intake.tables[name]) + lost + again + aside
            assert len(tables[name]) - blank <= taken <= len(tables[name]), name


@given(
    changed_tables(),
    st.sampled_from(",;\t|"),
    st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
    st.sampled_from(("\n", "\r\n")),
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "latin-1")),
    st.sampled_from((".", ",")),
    st.booleans(),
)
@settings(max_examples=45, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_dialect_is_read_or_refused(
    tables: dict[str, list[dict[str, str]]],
    delimiter: str,
    quoting: Any,
    newline: str,
    encoding: str,
    decimal: str,
    stated: bool,
):
    with tempfile.TemporaryDirectory() as where:
        for name, rows in tables.items():
            text = io.StringIO()
            names = list(dict.fromkeys(column for row in rows for column in row))
            writer = csv.DictWriter(
                text, names, "", delimiter=delimiter, quoting=quoting, lineterminator=newline
            )
            writer.writeheader()
            writer.writerows(rows)
            content = text.getvalue().encode(encoding, errors="replace")
            (Path(where) / f"{name}.csv").write_bytes(content)
        said = {"csv_delimiter": delimiter, "csv_decimal": decimal} if stated else {}
        if stated and encoding == "latin-1":
            said["csv_encoding"] = "latin-1"
        check(Path(where), **said)


@given(st.sampled_from(("demand", "parts")), st.binary(max_size=400), st.integers(0, 3))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_bytes_are_refused_or_read(table: str, noise: bytes, form: int):
    tables = baseline()
    tables["demand"] = tables["demand"][:5]
    with tempfile.TemporaryDirectory() as where:
        folder = write(Path(where), tables)
        good = (folder / f"{table}.csv").read_bytes()
        content = (noise, good + noise, good[: len(noise)] + noise + good[len(noise) :])
        if form == 3:
            (folder / f"{table}.csv").unlink()
            (folder / f"{table}.parquet").write_bytes(b"PAR1" + noise + b"PAR1")
        else:
            (folder / f"{table}.csv").write_bytes(content[form])
        check(folder)


def test_the_fuzzers_met_enough_of_both_sides():
    if SEEN["folders"] < 160:
        pytest.skip("counts only after the fuzzers of this file")
    assert len(SEEN) >= 25
    assert SEEN["tables"] >= 500


@pytest.mark.soak
def test_ten_minutes_of_atheris_find_nothing_but_refusals():
    pytest.importorskip("atheris", reason="atheris is not installed (pip install '.[soak]')")
    seconds = os.environ.get("SPAREWISE_FUZZ_SECONDS", "600")
    command = [sys.executable, "-m", "tests.data.intake.fuzz_readers", f"-max_total_time={seconds}"]
    command += ["-rss_limit_mb=1500", "-timeout=20", "-max_len=4096"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert "DONE" in done.stderr


@pytest.mark.soak
def test_memory_stays_bounded_over_thousands_of_folders(tmp_path: Path):
    write(tmp_path, baseline())
    for _ in range(50):
        check(tmp_path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(1000):
        check(tmp_path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < before + 100_000
