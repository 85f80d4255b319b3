"""A snapshot corrects what the ledger had wrong at its moment, and hides nothing."""

from datetime import timedelta

import polars as pl
import pytest

from data.store.engine import Store
from data.store.reconcile import reconcile
from inventory.ledger_commands import Count, Issue, Receive
from tests.data.store.shop import (
    MORNING,
    a_request,
    balance,
    done,
    hold,
    put,
    rows,
    violations,
)

EVENING = MORNING + timedelta(hours=12)


@pytest.fixture(autouse=True)
def _all_is_well_afterwards(store):
    yield
    assert violations(store) == []


def _snapshot(**on_hand: int) -> pl.DataFrame:
    """on_hand by part number, underscores for dashes, at L-1."""
    rows = [(name.replace("_", "-"), "L-1", pieces) for name, pieces in on_hand.items()]
    return pl.DataFrame(rows, schema=["part_id", "location_id", "on_hand"], orient="row")


def _reconcile(store: Store, snapshot: pl.DataFrame, *, counted_at=EVENING, **more) -> list[tuple]:
    request = a_request("erp", minutes=24 * 60)
    found = reconcile(store, snapshot, request, counted_at=counted_at, **more)
    return found.select("part_id", "booked", "counted", "applied", "lost_holds", "remark").rows()


def test_the_first_snapshot_fills_an_empty_ledger(store):
    parts = {f"P_{number:03}": number for number in range(100)}
    found = _reconcile(store, _snapshot(**parts), rows_per_turn=30)
    assert len(found) == 99  # nothing there is no difference
    assert balance(store, "P-042") == (42, 0)
    assert rows(store, "SELECT COUNT(*) FROM movements") == [(4,)]  # one per turn


def test_differences_are_shown_and_booked_and_silence_is_not_zero(store):
    for part, pieces in (("P-1", 5), ("P-2", 5), ("P-3", 5), ("P-4", 5)):
        put(store, pieces, part)
    found = _reconcile(store, _snapshot(P_1=5, P_2=7, P_3=1, P_9=2))
    assert found == [
        ("P-2", 5, 7, 2, 0, ""),
        ("P-3", 5, 1, -4, 0, ""),
        ("P-4", 5, None, 0, 0, "not in the snapshot"),
        ("P-9", 0, 2, 2, 0, ""),
    ]
    assert [balance(store, f"P-{n}")[0] for n in (1, 2, 3, 4, 9)] == [5, 7, 1, 5, 2]


def test_what_moved_after_the_snapshots_moment_stands(store):
    put(store, 10)
    done(store, Issue("P-1", "L-1", 4), minutes=13 * 60)  # after the evening
    done(store, Receive("P-1", "L-1", 1), minutes=14 * 60)
    assert _reconcile(store, _snapshot(P_1=10)) == []
    assert _reconcile(store, _snapshot(P_1=12)) == [("P-1", 10, 12, 2, 0, "")]
    assert balance(store) == (9, 0)


def test_the_same_snapshot_is_booked_once(store):
    put(store, 10)
    first, again = _reconcile(store, _snapshot(P_1=12)), _reconcile(store, _snapshot(P_1=12))
    assert first == again == [("P-1", 10, 12, 2, 0, "")]
    assert balance(store) == (12, 0)


def test_the_next_snapshot_knows_what_the_last_one_booked(store):
    put(store, 10)
    _reconcile(store, _snapshot(P_1=12))
    later = EVENING + timedelta(hours=1)  # after the first one's moment, before it was booked
    assert _reconcile(store, _snapshot(P_1=12), counted_at=later) == []


def test_whoever_counted_since_is_right(store):
    put(store, 10)
    done(store, Count("P-1", "L-1", 8), minutes=13 * 60)
    assert _reconcile(store, _snapshot(P_1=8)) == [("P-1", 10, 8, 0, 0, "counted or moved since")]
    assert balance(store) == (8, 0)


def test_a_snapshot_below_what_is_promised_puts_the_latest_promises_at_risk(store):
    put(store, 7)
    numbers = [done(store, hold(1)).body["reservation_id"] for _ in range(7)]
    assert _reconcile(store, _snapshot(P_1=4)) == [("P-1", 7, 4, -3, 3, "")]
    assert balance(store) == (4, 4)
    events = rows(store, "SELECT reservation_id, kind, pieces FROM reservation_events ORDER BY 1")
    assert events == [(number, "at_risk", 1) for number in numbers[4:]]
    later = EVENING + timedelta(hours=1)
    assert _reconcile(store, _snapshot(P_1=6), counted_at=later) == [("P-1", 4, 6, 2, 0, "")]
    assert balance(store) == (6, 6)


def test_pieces_that_are_gone_already_are_not_taken_off_twice(store):
    put(store, 5)
    done(store, Issue("P-1", "L-1", 4), minutes=13 * 60)
    assert _reconcile(store, _snapshot(P_1=2)) == [
        ("P-1", 5, 2, -1, 0, "fewer left than to take off")
    ]
    assert balance(store) == (0, 0)
    later = EVENING + timedelta(minutes=1)
    assert _reconcile(store, _snapshot(P_1=1), counted_at=later)[0][3] == 0


def test_a_reconciliation_that_was_cut_off_goes_on_where_it_stopped(store, monkeypatch):
    snapshot = _snapshot(**{f"P_{number:03}": 1 for number in range(40)})
    real, turns = store.transact, []

    def cut_off(work, **more):
        turns.append(work)
        if len(turns) == 7:
            raise KeyboardInterrupt
        return real(work, **more)

    monkeypatch.setattr(store, "transact", cut_off)
    with pytest.raises(KeyboardInterrupt):
        _reconcile(store, snapshot, rows_per_turn=10)
    assert 0 < rows(store, "SELECT COUNT(*) FROM stock_balances")[0][0] < 40
    _reconcile(store, snapshot, rows_per_turn=10)
    assert rows(store, "SELECT SUM(on_hand) FROM stock_balances") == [(40,)]
