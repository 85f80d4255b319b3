"""Every importer case of the project's list of bad inputs: outcome, code, message, and its twin."""

import random
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.intake import Intake, take_in
from tests.data.intake.folders import AS_OF, LIST, baseline, unfolded, with_case, write

LATER = LIST["with_the_database"]
GROWING = "DE-050"  # needs a writer beside the reader: see test_source.py
CASES = [case for case in LIST["cases"] if case["id"] not in {*LATER, GROWING}]
TWINS = [case for case in CASES if case.get("good_twin")]
CONTROLS = [control for control in LIST["controls"] if isinstance(control["input"], list)]
DAY_OF_CASE = {"DE-018": date(2025, 6, 12)}


def _day_of(case: dict[str, Any]) -> date:
    return DAY_OF_CASE.get(case["id"], AS_OF)


def _found(intake: Intake, case: dict[str, Any]) -> list[str]:
    """Messages of the case's code where its outcome says they belong."""
    outcome, code = case["expected"]["outcome"], case["expected"]["error_code"]
    if outcome == "reject-file":
        return [refused.message for refused in intake.refused_files if refused.code == code]
    table = intake.rejected if outcome == "reject-row" else intake.warnings
    return table.filter(pl.col("code") == code)["message"].to_list()


def test_the_list_is_whole():
    assert len(LIST["cases"]) == 88
    assert len(CASES) == 88 - 4
    assert len(LIST["controls"]) == 16
    assert len(TWINS) == 44


def test_the_baseline_alone_gives_no_warning(tmp_path: Path):
    intake = take_in(write(tmp_path, baseline()), as_of=AS_OF)
    assert not intake.refused_files
    assert intake.rejected.is_empty()
    assert intake.warnings.is_empty()
    assert {name: len(intake.tables[name]) for name in ("parts", "demand", "stock")} == {
        "parts": 3,
        "demand": 1043,
        "stock": 3,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_bad_input_has_its_outcome_and_its_code(case: dict[str, Any], tmp_path: Path):
    intake = take_in(with_case(case, tmp_path), as_of=_day_of(case))
    messages = _found(intake, case)
    assert messages, (case["why"], intake.refused_files, intake.rejected.rows())
    outcome = case["expected"]["outcome"]
    assert bool(intake.refused_files) is (outcome == "reject-file")
    for word in case["expected"].get("message_must_name", ()):
        assert _names(word, case, messages[0], intake), (word, messages[0])


def _names(word: str, case: dict[str, Any], message: str, intake: Intake) -> bool:
    code, table = case["expected"]["error_code"], case["table"]
    rows = pl.concat(
        [
            intake.rejected.select("code", "line", "column"),
            intake.warnings.select("code", "line", "column"),
        ]
    ).filter(pl.col("code") == code)
    match word:
        case "row":
            return rows["line"].is_null().all() or f" {rows['line'][0]}" in message
        case "column":
            return all(column in message for column in rows["column"])
        case "file":
            return table in message
        case _:
            return len(message) > 30


@pytest.mark.parametrize("case", TWINS, ids=lambda case: case["id"])
def test_its_good_twin_is_taken_in_without_a_word(case: dict[str, Any], tmp_path: Path):
    intake = take_in(with_case(case, tmp_path, twin=True), as_of=AS_OF)
    assert not intake.refused_files
    assert intake.rejected.is_empty(), intake.rejected.rows()
    assert intake.warnings.is_empty(), intake.warnings.rows()
    table = case.get("table", case["target"])
    assert len(intake.tables[table]) == len(baseline().get(table, ())) + 1


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control["id"])
def test_a_control_is_taken_in_as_it_stands(control: dict[str, Any], tmp_path: Path):
    intake = take_in(with_case(control, tmp_path), as_of=AS_OF)
    assert not intake.refused_files
    assert intake.rejected.is_empty(), intake.rejected.rows()
    assert intake.warnings.is_empty(), intake.warnings.rows()
    row = control["input"][0]
    taken = intake.tables[control["target"]].cast({pl.Date: pl.String})
    kept = taken.filter(
        pl.all_horizontal(
            pl.col(n) == v for n, v in row.items() if taken.schema[n] == pl.String and v
        )
    )
    assert len(kept) >= 1, taken


def test_all_row_cases_at_once_fare_alike_in_any_order_of_rows(tmp_path: Path):
    """Only line numbers follow the input: what is rejected, warned of and taken in does not."""
    tables = baseline()
    for case in CASES:
        if "rows" in case and case["expected"]["outcome"] != "reject-file":
            for row in case["rows"]:
                tables.setdefault(case["table"], []).append(unfolded(row))
    seen = []
    for seed in range(3):
        folder = tmp_path / str(seed)
        folder.mkdir()
        order = random.Random(seed)
        for rows in tables.values():
            order.shuffle(rows)
        seen.append(take_in(write(folder, tables), as_of=AS_OF))
    first, *others = seen
    assert first.rejected["code"].n_unique() >= 20
    for other in others:
        assert other.refused_files == first.refused_files
        assert other.input_hash == first.input_hash
        for told in ("rejected", "warnings"):
            one, two = (_without_lines(getattr(intake, told)) for intake in (first, other))
            assert one == two


def _without_lines(told: pl.DataFrame) -> list[tuple[Any, ...]]:
    plain = told.drop("line").with_columns(pl.col("message").str.replace_all(r" line \d+", ""))
    return sorted(plain.rows(), key=str)
