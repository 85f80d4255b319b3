"""A count speaks of the end of its day where it was made, whatever the clock says elsewhere."""

from datetime import UTC, date, datetime

import polars as pl
import pytest

from data.store.ledger import perform
from data.store.night_inputs import balances, ledger, served
from data.store.run_history import moved
from inventory.ledger import Request
from inventory.ledger_commands import Count, Issue, Line, Receive, Reserve, Scrap, Transfer
from planning.night.use_case import deliver
from planning.settings import Settings
from tests.data.intake.folders import AS_OF, baseline, write

BEFORE = datetime(2025, 6, 30, 8, tzinfo=UTC)
NEXT_NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)


def take_in(store, folder, at, on_hand):
    """The baseline, with some counts of its day put in the place of others."""
    every = baseline()
    for row in every["stock"]:
        row["as_of"] = str(AS_OF)
        row["on_hand"] = str(on_hand.get(row["location_id"], row["on_hand"]))
    folder.mkdir()
    write(folder, every)
    return deliver(store, folder, Settings(), actor="ada", as_of=AS_OF, clock=lambda: at)


@pytest.mark.parametrize(
    ("part", "site", "moved_at", "counted", "left"),
    [
        ("P-200", "FSL-2", datetime(2025, 7, 1, 0, 30, tzinfo=UTC), 3, 3),  # Chicago, 19:30
        ("P-100", "FSL-1", datetime(2025, 6, 30, 23, 0, tzinfo=UTC), 7, 6),  # Berlin, 1:00
    ],
)
def test_what_moved_after_the_day_stands_and_what_moved_on_it_was_counted(
    store, tmp_path, part, site, moved_at, counted, left
):
    take_in(store, tmp_path / "first", BEFORE, {})
    assert perform(store, Request("t", "1", moved_at), Issue(part, site, 1)).ok
    told = take_in(store, tmp_path / "second", NEXT_NOON, {site: counted})
    assert told.summary["stock_differences"] == 0
    here = balances(store).filter(pl.col("part_id") == part, pl.col("location_id") == site)
    assert here["on_hand"].to_list() == [left]


def test_what_came_in_belongs_to_the_day_there(store, tmp_path):
    take_in(store, tmp_path / "first", BEFORE, {})
    evening = datetime(2025, 7, 1, 0, 30, tzinfo=UTC)
    assert perform(store, Request("t", "1", evening), Receive("P-200", "FSL-2", 1)).ok
    assert ledger(store)["received"]["date"].to_list() == [AS_OF]


def test_who_asked_in_the_evening_asked_on_that_day(store, tmp_path):
    take_in(store, tmp_path / "first", BEFORE, {})
    evening = datetime(2025, 7, 1, 0, 30, tzinfo=UTC)
    for part, site in (("P-200", "FSL-2"), ("P-100", "FSL-1")):
        assert perform(store, Request("t", site, evening), Issue(part, site, 1)).ok
    days = dict(served(store).select("location_id", "date").rows())
    assert days == {"FSL-1": date(2025, 7, 1), "FSL-2": AS_OF}


def test_the_books_of_a_day_hold_its_counts_wherever_they_were_made(store, tmp_path):
    take_in(store, tmp_path / "first", NEXT_NOON, {})
    evening = datetime(2025, 7, 1, 0, 30, tzinfo=UTC)
    for part, site in (("P-200", "FSL-2"), ("P-100", "FSL-1")):
        assert perform(store, Request("t", site, evening), Issue(part, site, 1)).ok
    found = moved(store, date(1970, 1, 1), AS_OF).select("location_id", "kind", "when", "pieces")
    assert sorted(found.rows()) == [
        ("CW", "snapshot", "between", 40),
        ("FSL-1", "issue", "after", -1),
        ("FSL-1", "snapshot", "between", 7),
        ("FSL-2", "issue", "between", -1),
        ("FSL-2", "snapshot", "between", 4),
    ]


def test_the_ledger_says_what_came_from_where_and_what_left_without_being_asked_for(
    store, tmp_path
):
    take_in(store, tmp_path / "first", BEFORE, {})
    at = datetime(2025, 6, 30, 9, tzinfo=UTC)
    hold = Reserve((Line("P-100", "FSL-1", 2),), "RO-1")
    for number, command in enumerate([
        hold,
        Count("P-100", "FSL-1", 0),  # the two that are held are gone
        Receive("P-100", "FSL-1", 5),  # and covered again
        Transfer("P-100", "FSL-1", "FSL-2", 2),
        Scrap("P-100", "FSL-2", 1),
        Issue("P-100", "FSL-1", 1),
    ]):  # fmt: skip
        assert perform(store, Request("t", f"{number}", at), command).ok, command
    found = ledger(store)
    came = found["received"].filter(pl.col("part_id") == "P-100")
    assert came.select("location_id", "pieces", "source").rows() == [
        ("FSL-1", 5, None),
        ("FSL-2", 2, "FSL-1"),
    ]
    assert found["left"].select("location_id", "to", "pieces").rows() == [
        ("FSL-1", "FSL-2", 2),
        ("FSL-2", None, 1),
    ]
