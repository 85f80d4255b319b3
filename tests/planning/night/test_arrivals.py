"""The cases of the list of bad inputs that only a company with a past can notice."""

from datetime import date

import polars as pl
import pytest

from data.store.ledger import perform
from data.store.night_inputs import balances, in_force, tables
from inventory.ledger import Request
from inventory.ledger_commands import Line, Reserve
from planning.exits import Exit
from planning.night.use_case import deliver
from planning.settings import Settings
from tests.data.intake.folders import AS_OF, LIST, baseline, unfolded, write

LATER = {case["id"]: case for case in LIST["cases"] if case["id"] in LIST["with_the_database"]}
KEYS = {"parts": ["part_id"], "stock": ["part_id", "location_id"]}


@pytest.fixture
def take_in(store, tmp_path, clock):
    """Delivers the baseline with some rows of a table put in the place of others."""

    def deliver_with(table="parts", rows=(), *, dated=""):
        folder = tmp_path / str(clock.now.timestamp())
        folder.mkdir()
        every = baseline()
        for row in rows:
            same = [all(old[key] == row[key] for key in KEYS[table]) for old in every[table]]
            every[table] = [old for old, is_it in zip(every[table], same, strict=True) if not is_it]
            every[table].append(row)
        if dated:
            every[table] = [row | {"as_of": dated} for row in every[table]]
        write(folder, every)
        return deliver(store, folder, Settings(), actor="ada", as_of=AS_OF, clock=clock)

    return deliver_with


def told(answer, case):
    """Messages of the case's code; those of a refusal where its outcome is one."""
    code, outcome = case["expected"]["error_code"], case["expected"]["outcome"]
    if outcome == "reject-file":
        return [one["message"] for one in answer.summary["refused_files"] if one["code"] == code]
    warnings = answer.tables["warnings"]
    return warnings.filter(pl.col("code") == code)["message"].to_list()


def rows_of(case):
    return [unfolded(row) for row in case["rows"]]


def test_every_case_that_needs_a_past_is_here():
    assert set(LATER) == {"PA-009", "ST-005", "ST-009"}


def test_a_price_a_thousand_times_the_last_is_used_and_told(take_in):
    case = LATER["PA-009"]
    assert told(take_in(), case) == []
    answer = take_in("parts", rows_of(case))
    assert answer.exit is Exit.DONE
    (message,) = told(answer, case)
    for word in ("P-100", "unit_cost", "12500", "12.5", "is used"):
        assert word in message
    assert told(take_in("parts", rows_of(case)), case) == []  # it is the price now


def test_a_price_a_third_higher_is_taken_without_a_word(take_in):
    twin = rows_of(LATER["PA-009"])[0] | {"unit_cost": "16.60"}
    take_in()
    answer = take_in("parts", [twin])
    assert (answer.exit, answer.summary["warnings"]) == (Exit.DONE, 0)


def test_a_count_below_what_is_reserved_puts_the_latest_promises_at_risk(take_in, store, clock):
    case = LATER["ST-005"]
    take_in()
    for order, pieces in (("RO-1", 3), ("RO-2", 4)):
        line = (Line("P-100", "FSL-1", pieces),)
        assert perform(store, Request("t", order, clock()), Reserve(line, order)).ok
    answer = take_in("stock", rows_of(case))
    assert answer.exit is Exit.DONE
    (message,) = told(answer, case)
    for word in ("P-100", "FSL-1", "on_hand is 4", "7 pieces are reserved", "3 pieces"):
        assert word in message
    here = balances(store).filter(pl.col("part_id") == "P-100", pl.col("location_id") == "FSL-1")
    assert here.select("on_hand", "reserved").rows() == [(4, 4)]
    with store.read() as connection:
        lost = connection.exec_driver_sql(
            "SELECT r.repair_order_id, l.at_risk FROM reservation_lines l JOIN reservations r"
            " ON r.reservation_id = l.reservation_id WHERE l.at_risk > 0"
        ).fetchall()
    assert [tuple(row) for row in lost] == [("RO-2", 3)]


def test_a_count_of_all_that_is_reserved_is_taken_without_a_word(take_in, store, clock):
    twin = rows_of(LATER["ST-005"])[0] | {"on_hand": "7"}
    take_in()
    line = (Line("P-100", "FSL-1", 7),)
    assert perform(store, Request("t", "all", clock()), Reserve(line, "RO-1")).ok
    answer = take_in("stock", [twin])
    assert (answer.exit, answer.summary["warnings"]) == (Exit.DONE, 0)


def test_a_snapshot_older_than_the_one_in_force_is_refused_whole(take_in, store):
    case = LATER["ST-009"]
    take_in()
    before = in_force(store)
    answer = take_in("stock", rows_of(case), dated="2025-06-29")
    assert answer.exit is Exit.INPUT_REFUSED
    (message,) = told(answer, case)
    for word in ("stock", "2025-06-29", "2025-06-30", "out of order"):
        assert word in message
    assert in_force(store) == before
    assert tables(store, before)["stock"]["as_of"].max() == date(2025, 6, 30)


def test_a_snapshot_of_the_same_day_is_taken_again(take_in):
    twin = rows_of(LATER["ST-009"])[0] | {"as_of": "2025-06-30"}
    take_in()
    answer = take_in("stock", [twin])
    assert (answer.exit, answer.summary["warnings"]) == (Exit.DONE, 0)
