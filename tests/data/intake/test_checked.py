"""Tables that were checked before are not checked again, and the door's answer is the same."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from data.intake import Intake, IntakeSettings, take_in
from data.intake.checked import Checked
from tests.data.intake.folders import AS_OF, baseline, write

RECEIPTS = {
    "order_id": ["O-1", "O-2"],
    "part_id": ["P-100", "P-200"],
    "location_id": ["FSL-1", "FSL-2"],
    "quantity": [2, 3],
    "ordered_on": [AS_OF - timedelta(days=30)] * 2,
    "received_on": [AS_OF - timedelta(days=9), AS_OF - timedelta(days=2)],
}


@pytest.fixture
def company(tmp_path):
    folder = tmp_path / "input"
    folder.mkdir()
    write(folder, baseline())
    pl.DataFrame(RECEIPTS).write_parquet(folder / "receipts.parquet")
    return folder


def again(folder: Path, **changes) -> tuple[Intake, set[str]]:
    """What comes of the folder beside what was checked before, and the tables that were spared."""
    told = {"as_of": AS_OF, "settings": IntakeSettings(), **changes}
    door = told.pop("door", "v1")
    checked = Checked(folder.parent / "checked", door)
    spared: set[str] = set()
    among = checked.among

    def noticed(*arguments):
        found = among(*arguments)
        spared.update(found)
        return found

    checked.among = noticed  # type: ignore[method-assign]
    return take_in(folder, checked=checked, **told), spared


def is_the_same(one: Intake, other: Intake) -> bool:
    return (
        one.input_hash == other.input_hash
        and one.rejected.equals(other.rejected)
        and one.warnings.equals(other.warnings)
        and all(one.tables[name].equals(other.tables[name]) for name in other.tables)
    )


def test_what_was_taken_in_without_a_word_is_not_checked_again(company):
    plain = take_in(company, as_of=AS_OF)
    first, none = again(company)
    second, spared = again(company)
    assert none == set()
    assert {"receipts", "lead_times"} <= spared
    assert is_the_same(first, plain)
    assert is_the_same(second, plain)
    later, spared = again(company, as_of=AS_OF + timedelta(days=1))
    assert "receipts" in spared
    assert is_the_same(later, take_in(company, as_of=AS_OF + timedelta(days=1)))


@pytest.mark.parametrize(
    ("moved", "changes"),
    [
        (RECEIPTS | {"quantity": [2, 4]}, {}),
        (RECEIPTS, {"as_of": AS_OF - timedelta(days=5)}),
        (RECEIPTS, {"settings": IntakeSettings(partial_stock=True)}),
        (RECEIPTS, {"door": "v2"}),
    ],
    ids=["its rows", "an earlier day", "the settings", "the door"],
)
def test_what_moved_is_checked_again(company, moved, changes):
    again(company)
    pl.DataFrame(moved).write_parquet(company / "receipts.parquet")
    found, spared = again(company, **changes)
    assert "receipts" not in spared
    told = {name: value for name, value in changes.items() if name != "door"}
    assert is_the_same(found, take_in(company, **{"as_of": AS_OF, **told}))


def test_a_part_that_is_gone_takes_its_rows_along_though_they_did_not_move(company):
    again(company)
    parts = company / "parts.csv"
    lines = parts.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("P-200")]
    parts.write_text("\n".join(kept) + "\n", encoding="utf-8")
    found, spared = again(company)
    assert spared == set()
    assert "ref.unknown" in found.rejected.filter(table="receipts")["code"].to_list()


def test_a_table_with_a_bad_row_is_checked_every_time(company):
    bad = RECEIPTS | {"quantity": [2, -3]}
    pl.DataFrame(bad).write_parquet(company / "receipts.parquet")
    found = [again(company) for _ in range(2)]
    assert all("receipts" not in spared for _, spared in found)
    assert is_the_same(found[0][0], found[1][0])
    assert found[1][0].rejected["table"].to_list() == ["receipts"]


def test_a_kept_table_that_was_changed_is_not_trusted(company):
    plain, _ = again(company)
    (file,) = (company.parent / "checked").glob("receipts.*.arrow")
    frame = pl.read_ipc(file)
    frame.with_columns(quantity=pl.col("quantity") + 1).write_ipc(file)
    found, spared = again(company)
    assert "receipts" not in spared
    assert is_the_same(found, plain)


def test_a_part_whose_price_has_no_rate_any_more_takes_its_rows_along(company):
    tables = baseline()
    tables["parts"][1] |= {"currency": "USD"}
    tables["exchange_rates"] = [{"currency": "USD", "date": "2025-06-01", "rate": "0.9"}]
    write(company, tables)
    settings = IntakeSettings(currency="EUR")
    found, _ = again(company, settings=settings)
    assert "P-200" in set(found.tables["receipts"]["part_id"])
    (company / "exchange_rates.csv").unlink()
    found, spared = again(company, settings=settings)
    assert "receipts" not in spared
    assert is_the_same(found, take_in(company, as_of=AS_OF, settings=settings))
    naming = [
        one for one in ("demand", "stock", "receipts") if "P-200" in [*found.tables[one]["part_id"]]
    ]
    assert naming == []
    told = found.rejected.filter(pl.col("table") == "receipts")
    assert [*told["code"]] == ["ref.rejected"]
