"""Every rule of a row, planted alone: a row that breaks it, and its twin that keeps it."""

from pathlib import Path

import pytest

from data.intake import take_in
from data.intake.rules import RULES, Caution
from data.intake.tables import TABLES
from tests.data.intake.folders import AS_OF, Row, baseline, write

PART = {"part_id": "P-100"}
ITEM = {"part_id": "P-100", "location_id": "FSL-1"}
NEW = {"part_id": "P-9", "unit_cost": "5", "currency": "EUR", "unit_of_measure": "EA"}
LANE = {"part_id": "P-200", "location_id": "FSL-2", "lead_time_days": "4", "lead_time_sd_days": "1"}
TARGET = {"tier": "B", "measure": "ready_rate", "target": "0.95"}
RECEIPT = ITEM | {"quantity": "1", "ordered_on": "2025-05-01", "received_on": "2025-05-09"}
SPAN = {"valid_from": "2025-01-01", "valid_to": "2025-12-31"}
BACKWARDS = {"valid_to": "2024-12-31"}
CHANGE = ITEM | SPAN | {"factor": "1.1", "reason": "a fair", "author": "ann"}
MACHINES = ITEM | SPAN | {"machine_type": "M1", "machines": "4", "parts_per_machine": "1"}
CONTRACT = SPAN | {"contract_id": "C1", "customer_id": "K1", "tier": "A"}
RATE = {"currency": "USD", "date": "2025-06-01", "rate": "0.9"}

# (code, table, column): a row that every rule lets pass, and the cells that break this one alone
BROKEN: dict[tuple[str, str, str], tuple[Row, Row]] = {
    ("cost.zero", "parts", "unit_cost"): (NEW, {"unit_cost": "0"}),
    ("minimum_order_quantity.rounded_up", "parts", "minimum_order_quantity"): (
        NEW | {"order_multiple": "5", "minimum_order_quantity": "10"},
        {"minimum_order_quantity": "12"},
    ),
    ("lead_time.placeholder", "lead_times", "lead_time_days"): (LANE, {"lead_time_days": "3650"}),
    ("lead_time.zero", "lead_times", "lead_time_days"): (
        LANE,
        {"lead_time_days": "0", "lead_time_sd_days": "0"},
    ),
    ("lead_time.sd_large", "lead_times", "lead_time_sd_days"): (LANE, {"lead_time_sd_days": "13"}),
    ("lead_time.missing", "lead_times", "lead_time_days"): (LANE, {"lead_time_days": ""}),
    ("demand.return", "demand", "quantity"): (
        ITEM | {"date": "2025-06-10", "quantity": "2"},
        {"quantity": "-2"},
    ),
    ("stock.below_reserved", "stock", "on_hand"): (
        {"part_id": "P-200", "location_id": "FSL-1", "on_hand": "3", "reserved": "3"},
        {"on_hand": "2"},
    ),
    ("rate.looks_like_percent", "service_targets", "target"): (TARGET, {"target": "95"}),
    ("number.above_max", "service_targets", "target"): (TARGET, {"target": "101"}),
    ("value.missing", "service_targets", "within_days"): (
        TARGET | {"measure": "response_share", "within_days": "2"},
        {"within_days": ""},
    ),
    ("value.not_allowed", "service_targets", "within_days"): (TARGET, {"within_days": "2"}),
    ("date.range_reversed", "contracts", "valid_to"): (CONTRACT, BACKWARDS),
    ("date.range_reversed", "demand_changes", "valid_to"): (CHANGE, BACKWARDS),
    ("date.range_reversed", "installed_base", "valid_to"): (MACHINES, BACKWARDS),
    ("date.range_reversed", "receipts", "received_on"): (RECEIPT, {"received_on": "2025-04-30"}),
    ("value.not_allowed", "item_rules", "maximum_level"): (
        ITEM | {"minimum_level": "2", "maximum_level": "2"},
        {"maximum_level": "1"},
    ),
    ("value.missing", "demand_changes", "factor"): (CHANGE, {"factor": ""}),
    ("number.below_min", "exchange_rates", "rate"): (RATE, {"rate": "0"}),
    ("substitute.itself", "substitutes", "substitute_id"): (
        PART | {"substitute_id": "P-200"},
        {"substitute_id": "P-100"},
    ),
}


def test_every_rule_is_planted():
    assert sorted(BROKEN) == sorted((rule.code, rule.table, rule.column) for rule in RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.table}.{rule.code}")
def test_a_row_that_breaks_a_rule_is_found_and_its_twin_is_not(rule, tmp_path: Path):
    good, bad = BROKEN[rule.code, rule.table, rule.column]
    assert _said(tmp_path, rule.table, good) == ([], [])
    rejected, warned = _said(tmp_path, rule.table, good | bad)
    found = [(rule.code, rule.column)]
    assert (rejected, warned) == (([], found) if isinstance(rule, Caution) else (found, []))


def _said(folder: Path, table: str, row: Row) -> tuple[list[tuple], list[tuple]]:
    """(rejected, warned) of the baseline with one row more."""
    tables = baseline()
    tables["customers"] = [{"customer_id": "K1", "name": "Kay"}]
    tables[table] = [*(old for old in tables.get(table, []) if not _same(old, row, table)), row]
    intake = take_in(write(folder, tables), as_of=AS_OF)
    assert not intake.refused_files, intake.refused_files
    columns = ("code", "column")
    return intake.rejected.select(columns).rows(), intake.warnings.select(columns).rows()


def _same(one: Row, other: Row, table: str) -> bool:
    key = TABLES[table].key
    return bool(key) and all(one.get(name) == other.get(name) for name in key)
