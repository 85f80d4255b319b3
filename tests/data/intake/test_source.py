"""Which files are read, and that a file is what it was when it was opened."""

import threading
from pathlib import Path

import pytest

from data.intake import IntakeSettings, take_in
from data.intake.quarantine import Refusal
from data.intake.source import fingerprint, read_bytes, unchanged
from tests.data.intake.folders import AS_OF, baseline, write

USUAL = IntakeSettings()


def refusals(folder: Path, **settings: object) -> dict[str, str]:
    intake = take_in(folder, as_of=AS_OF, settings=IntakeSettings(**settings))  # type: ignore[arg-type]
    return {file.file: file.code for file in intake.refused_files}


def test_a_link_is_refused_even_if_it_leads_to_a_good_file(tmp_path: Path):
    folder, elsewhere = tmp_path / "in", tmp_path / "else"
    folder.mkdir()
    elsewhere.mkdir()
    write(folder, baseline())
    (folder / "stock.csv").rename(elsewhere / "stock.csv")
    (folder / "stock.csv").symlink_to(elsewhere / "stock.csv")
    assert refusals(folder) == {"stock.csv": "file.not_ordinary"}


def test_a_file_that_changes_under_the_reader_is_refused(tmp_path: Path):
    file = tmp_path / "demand.csv"
    file.write_text("part_id\n")
    mark = fingerprint(file, USUAL)
    with file.open("a") as more:
        more.write("P-100\n")
    with pytest.raises(Refusal) as refusal:
        unchanged(file, mark, USUAL)
    assert refusal.value.refused.code == "file.changed_while_reading"


def test_a_file_still_being_written_is_refused_or_read_whole(tmp_path: Path):
    file = tmp_path / "demand.csv"
    line = b"P-100,FSL-1,2025-06-10,2\n" * 4096
    file.write_bytes(line * 400)
    done = threading.Event()

    def write_on() -> None:
        with file.open("ab") as growing:
            while not done.is_set():
                growing.write(line)
                growing.flush()

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        seen = []
        for _ in range(50):
            try:
                read_bytes(file, USUAL)
            except Refusal as refusal:
                seen.append(refusal.refused.code)
                break
    finally:
        done.set()
        writer.join()
    assert seen == ["file.changed_while_reading"]


def test_two_files_of_one_table_are_refused(tmp_path: Path):
    write(tmp_path, baseline())
    (tmp_path / "stock.parquet").write_bytes(b"PAR1")
    assert refusals(tmp_path) == {"stock.csv": "file.ambiguous"}


def test_a_directory_or_a_giant_is_refused(tmp_path: Path):
    write(tmp_path, baseline())
    (tmp_path / "stock.csv").unlink()
    (tmp_path / "stock.csv").mkdir()
    assert refusals(tmp_path)["stock.csv"] == "file.not_ordinary"
    assert refusals(tmp_path, largest_file_mb=0)["parts.csv"] == "file.too_large"


@pytest.mark.parametrize("table", ["parts", "locations", "lead_times", "service_targets"])
def test_a_plan_needs_its_tables(table: str, tmp_path: Path):
    write(tmp_path, baseline())
    (tmp_path / f"{table}.csv").unlink()
    assert refusals(tmp_path)[table] == "file.missing"


def test_demand_or_forecasts_one_of_them(tmp_path: Path):
    write(tmp_path, baseline())
    (tmp_path / "demand.csv").unlink()
    assert refusals(tmp_path) == {"demand": "file.missing"}
    assert refusals(tmp_path, demand_or_forecasts=False) == {}
    forecast = {"part_id": "P-100", "location_id": "FSL-1", "demand_per_day": "1"}
    write(tmp_path, {"forecasts": [forecast]})
    assert refusals(tmp_path) == {}


def test_strict_stops_at_the_first(tmp_path: Path):
    tables = baseline()
    wrong = tables["parts"][0] | {"part_id": "P-900", "unit_cost": "x", "holding_rate": "25"}
    tables["parts"].append(wrong)
    tables["stock"].append(tables["stock"][0] | {"on_hand": "x"})
    write(tmp_path, tables)
    assert len(take_in(tmp_path, as_of=AS_OF).rejected) == 3
    strict = take_in(tmp_path, as_of=AS_OF, strict=True).rejected
    assert set(strict["table"]) == {"parts"}
    assert set(strict["line"]) == {5}
