"""What one row means for others: dependants, units, money, days, outliers, overlaps."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from data.intake import Intake, IntakeSettings, take_in
from tests.data.intake.folders import AS_OF, Row, baseline, demand_row, write


def taken(folder: Path, tables: dict[str, list[Row]], **settings: Any) -> Intake:
    return take_in(write(folder, tables), as_of=AS_OF, settings=IntakeSettings(**settings))


def rejected(intake: Intake) -> list[tuple[str, int, str]]:
    return intake.rejected.select("table", "line", "code").rows()


def warned(intake: Intake) -> list[str]:
    return intake.warnings["code"].to_list()


def test_a_rejected_part_takes_its_rows_along_with_a_reason_of_their_own(tmp_path: Path):
    tables = baseline()
    tables["parts"][0] = tables["parts"][0] | {"unit_cost": "free"}
    intake = taken(tmp_path, tables)
    assert rejected(intake)[-1] == ("stock", 4, "ref.rejected")
    counts = dict(
        intake.rejected.group_by("table", "code")
        .len()
        .select(pl.concat_str("table", pl.lit(" "), "code"), "len")
        .iter_rows()
    )
    assert counts == {
        "parts number.format": 1,
        "demand ref.rejected": 912,
        "stock ref.rejected": 2,
        "lead_times ref.rejected": 2,
    }
    assert set(intake.tables["demand"]["part_id"]) == {"P-200"}


def test_a_rejected_location_takes_its_children_along(tmp_path: Path):
    tables = baseline()
    chain = [("L1", "NOPE"), ("L2", "L1"), ("L3", "L2")]
    place = tables["locations"][1]
    tables["locations"] += [place | {"location_id": a, "parent_id": b} for a, b in chain]
    intake = taken(tmp_path, tables)
    codes = ["ref.unknown", "ref.rejected", "ref.rejected"]
    assert rejected(intake) == [
        ("locations", line, code) for line, code in zip((5, 6, 7), codes, strict=True)
    ]


def test_a_deep_chain_is_a_forest_and_a_long_circle_is_none(tmp_path: Path):
    tables = baseline()
    place = tables["locations"][1]
    chain = [(f"L{n}", f"L{n - 1}" if n else "CW") for n in range(2000)]
    tables["locations"] += [place | {"location_id": a, "parent_id": b} for a, b in chain]
    intake = taken(tmp_path, tables)
    assert len(intake.tables["locations"]) == 2003
    tables["locations"][3]["parent_id"] = "L1999"
    refused = taken(tmp_path, tables).refused_files
    assert [file.code for file in refused] == ["ref.cycle"]


def test_a_superseded_part_must_lead_somewhere(tmp_path: Path):
    tables = baseline()
    tables["parts"][0]["superseded_by"] = "P-200"
    assert not rejected(taken(tmp_path, tables))
    tables["parts"][1]["superseded_by"] = "P-100"
    assert [file.code for file in taken(tmp_path, tables).refused_files] == ["ref.cycle"]


def test_returns_are_kept_apart_from_demand(tmp_path: Path):
    tables = baseline()
    tables["demand"].append(demand_row("P-100", "FSL-1", date(2025, 6, 10), -2))
    intake = taken(tmp_path, tables)
    assert warned(intake) == ["demand.return"]
    assert intake.set_aside.select("quantity", "reason").rows() == [(-2, "return")]
    assert intake.tables["demand"]["quantity"].min() == 1
    assert len(intake.tables["demand"]) == 1043


def test_an_outlier_waits_for_a_word_and_comes_in_with_it(tmp_path: Path):
    tables = baseline()
    tables["demand"].append(demand_row("P-100", "FSL-1", date(2025, 6, 10), 10**9))
    tables["demand"].append(demand_row("P-300", "FSL-1", date(2025, 6, 10), 10**6))
    intake = taken(tmp_path, tables)
    assert sorted(warned(intake)) == ["demand.outlier", "demand.outlier", "part.inactive"]
    assert intake.set_aside["reason"].to_list() == ["outlier", "outlier"]
    assert intake.tables["demand"]["quantity"].max() == 1
    meant = taken(tmp_path, tables, confirmed_outliers=True)
    assert meant.tables["demand"]["quantity"].max() == 10**9


def test_a_part_that_always_sells_by_the_thousand_has_no_outlier(tmp_path: Path):
    tables = baseline()
    tables["demand"] += [
        demand_row("P-100", "CW", date(2025, month, 10), 2000 * month) for month in range(1, 7)
    ]
    tables["demand"] += [demand_row("P-100", "CW", date(2025, 6, 11), 5000)] * 200
    tables["demand"] = [row for row in tables["demand"] if row["location_id"] == "CW"]
    tables["demand"].append(demand_row("P-200", "FSL-2", date(2025, 6, 10), 1))
    assert "demand.outlier" not in warned(taken(tmp_path, tables))


def test_a_pack_is_counted_as_pieces_where_its_size_is_stated(tmp_path: Path):
    tables = baseline()
    box = {"unit_of_measure": "BOX", "on_hand": "4"}
    tables["stock"] = [row | (box if row["part_id"] == "P-200" else {}) for row in tables["stock"]]
    conflict = taken(tmp_path, tables)
    assert rejected(conflict) == [("stock", 3, "unit_of_measure.conflict")]
    intake = taken(tmp_path, tables, pack_sizes={"BOX": 10})
    stock = dict(intake.tables["stock"].select("part_id", "on_hand").rows())
    assert stock["P-200"] == 40
    assert warned(intake) == ["unit_of_measure.converted"]


def test_prices_are_converted_at_the_last_rate_before_the_day(tmp_path: Path):
    tables = baseline()
    tables["parts"][1] = tables["parts"][1] | {"currency": "USD"}
    rates = [("USD", "2025-05-01", "0.5"), ("USD", "2025-06-29", "0.9"), ("USD", "2025-07-02", "7")]
    tables["exchange_rates"] = [
        dict(zip(("currency", "date", "rate"), r, strict=True)) for r in rates
    ]
    intake = taken(tmp_path, tables, currency="EUR")
    prices = dict(intake.tables["parts"].select("part_id", "unit_cost").iter_rows())
    assert prices["P-200"] == pytest.approx(432)
    assert set(intake.tables["parts"]["currency"]) == {"EUR"}
    assert warned(intake) == ["currency.converted"]
    assert "currency.assumed" in warned(taken(tmp_path, tables))


def test_a_moment_is_a_day_of_its_site(tmp_path: Path):
    tables = baseline()
    for stamp in ("2025-06-10T23:30:00-05:00", "2025-06-11 04:30:00Z", "2025-06-10T23:30:00"):
        tables["demand"].append(demand_row("P-200", "FSL-2", AS_OF) | {"date": stamp})
        tables["demand"].append(demand_row("P-200", "FSL-1", AS_OF) | {"date": stamp})
    intake = taken(tmp_path, tables)
    added = intake.tables["demand"].filter(
        (pl.col("part_id") == "P-200")
        & (pl.col("date") >= date(2025, 6, 10))
        & (pl.col("date") < date(2025, 6, 12))
    )
    days = added.group_by("location_id", "date").len().sort("location_id", "date").rows()
    tenth, eleventh = date(2025, 6, 10), date(2025, 6, 11)
    assert days == [
        ("FSL-1", tenth, 1),
        ("FSL-1", eleventh, 2),
        ("FSL-2", tenth, 3),
    ]
    assert warned(intake) == ["date.converted_to_site_day"] * 2


def test_a_day_after_the_site_conversion_is_in_no_closed_period(tmp_path: Path):
    tables = baseline()
    tables["demand"].append(
        demand_row("P-100", "FSL-1", AS_OF) | {"date": "2025-06-30T23:30:00-05:00"}
    )
    intake = taken(tmp_path, tables)
    assert rejected(intake) == []
    assert intake.tables["demand"]["date"].max() == date(2025, 7, 1)
    message = intake.warnings["message"][0]
    assert "2025-06-30" in message
    assert "2025-07-01" in message


def test_a_past_night_may_leave_later_rows_out(tmp_path: Path):
    tables = baseline()
    day = date(2024, 12, 31)
    write(tmp_path, tables)
    strict = take_in(tmp_path, as_of=day, settings=IntakeSettings(partial_stock=True))
    assert set(strict.rejected["code"]) == {"date.future"}
    aside = IntakeSettings(later_rows="leave_out", partial_stock=True)
    quiet = take_in(tmp_path, as_of=day, settings=aside)
    assert quiet.rejected.is_empty()
    assert quiet.tables["demand"]["date"].max() == day
    assert quiet.tables["demand"].equals(strict.tables["demand"])


def test_as_of_is_the_latest_stock_else_the_last_demand(tmp_path: Path):
    tables = baseline()
    write(tmp_path, tables)
    assert take_in(tmp_path).as_of == date(2025, 6, 30)
    (tmp_path / "stock.csv").unlink()
    tables["demand"] = tables["demand"][:100]
    write(tmp_path, {"demand": tables["demand"]})
    assert take_in(tmp_path).as_of == date.fromisoformat(tables["demand"][-1]["date"])


@pytest.mark.parametrize("end", ["2025-06-30", "2025-06-28"])
def test_a_quiet_end_of_the_month_is_no_partial_period(end: str, tmp_path: Path):
    tables = baseline()
    tables["demand"] = [row for row in tables["demand"] if row["date"] <= end]
    assert warned(taken(tmp_path, tables)) == []


def test_a_history_that_stops_long_before_the_day_is_said(tmp_path: Path):
    tables = baseline()
    tables["demand"] = [row for row in tables["demand"] if row["date"] <= "2025-06-12"]
    intake = taken(tmp_path, tables)
    assert warned(intake) == ["period.partial_last"]
    assert "--as-of 2025-06-12" in intake.warnings["message"][0]


def test_contracts_overlap_only_if_they_disagree(tmp_path: Path):
    contract = {"contract_id": "K-1", "customer_id": "", "part_id": "P-100", "tier": "A"}
    contract |= {"valid_from": "2025-01-01", "valid_to": "2025-12-31"}
    other = contract | {"contract_id": "K-2"}
    for change, clash in (
        ({}, False),
        ({"tier": "B"}, True),
        ({"tier": "B", "part_id": "P-200"}, False),
        ({"tier": "B", "customer_id": "C-9"}, False),
        ({"tier": "B", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}, False),
    ):
        intake = taken(tmp_path, baseline() | {"contracts": [contract, other | change]})
        assert (set(intake.rejected["code"]) == {"contract.overlap"}) is clash, change


def test_stock_absent_where_parts_are_asked_for_is_refused_unless_it_is_meant(tmp_path: Path):
    tables = baseline()
    tables["stock"] = tables["stock"][:1]
    refused = taken(tmp_path, tables).refused_files
    assert [file.code for file in refused] == ["snapshot.incomplete"]
    assert "FSL-2" in refused[0].message
    assert taken(tmp_path, tables, partial_stock=True).refused_files == []


def test_an_unknown_id_is_told_which_one_it_resembles(tmp_path: Path):
    tables = baseline()
    tables["demand"].append(demand_row("p-100", "FSL-1", AS_OF))
    tables["demand"].append(demand_row("P-1000", "  ", AS_OF))
    intake = taken(tmp_path, tables)
    assert "did you mean P-100?" in " ".join(intake.rejected["message"])
    assert set(intake.rejected["code"]) == {"ref.unknown", "id.missing"}
