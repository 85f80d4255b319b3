"""An approved order counts as on its way until it came in, and not a day longer."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from planning.actions import Shelf
from planning.night.inputs import arrived
from planning.night.standing import rejected_lately, with_orders_under_way

COUNTED = date(2026, 1, 1)
SCHEMA = {"part_id": pl.String, "location_id": pl.String, "at": pl.Datetime("us", "UTC"),
          "date": pl.Date, "pieces": pl.Int64, "source": pl.String}  # fmt: skip
PARENTS = pl.DataFrame({"location_id": ["L", "M", "D"], "parent_id": ["D", "D", None]})
LEFT = {"part_id": pl.String, "location_id": pl.String, "to": pl.String,
        "at": pl.Datetime("us", "UTC"), "pieces": pl.Int64}  # fmt: skip


def on_day(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


def receipts(*rows: tuple[int, int], source: str | None = None) -> pl.DataFrame:
    """(day of January, pieces)"""
    told = [("P", "L", on_day(day), date(2026, 1, day), pieces, source) for day, pieces in rows]
    return pl.DataFrame(told, schema=SCHEMA, orient="row")


def stock(on_order: int | None) -> pl.DataFrame:
    return pl.DataFrame(
        {"part_id": ["P"], "location_id": ["L"], "as_of": [COUNTED], "on_order": [on_order]},
        schema_overrides={"on_order": pl.Int64},
    )


def approved(*orders: tuple[int, int]) -> pl.DataFrame:
    """(day it was approved and handed over, pieces)"""
    rows = [("P", "L", "order", "approved", None, on_day(day), on_day(day), n) for day, n in orders]
    names = ("part_id", "location_id", "kind", "verdict", "source", "at", "released_at", "quantity")
    return pl.DataFrame(rows, schema=dict.fromkeys(names[:5], pl.String) | {
        "at": pl.Datetime("us", "UTC"), "released_at": pl.Datetime("us", "UTC"),
        "quantity": pl.Int64}, orient="row")  # fmt: skip


def a_shelf(pieces: int) -> Shelf:
    one = np.array([pieces], dtype=np.int64)
    nothing, true = np.zeros(1), np.array([True])
    words = pl.Series(["P"]), pl.Series(["L"]), pl.Series(["ACME"])
    return Shelf(
        np.zeros(1, np.int64), *words, nothing, nothing, nothing, one, one, one, one,
        pl.Series([1]), true,
    )  # fmt: skip


def left(*rows: tuple[str, str | None, int, int]) -> pl.DataFrame:
    """(from, to, day of January, pieces)"""
    told = [("P", giver, to, on_day(day), pieces) for giver, to, day, pieces in rows]
    return pl.DataFrame(told, schema=LEFT, orient="row")


def under_way(decisions: pl.DataFrame, came: pl.DataFrame, *gone: tuple) -> Shelf:
    return with_orders_under_way(
        a_shelf(1), decisions, on_day(2), PARENTS, arrived=came, left=left(*gone)
    )


@pytest.mark.parametrize(
    ("came", "on_order", "to_come"),
    [
        ([], 0, 5),
        ([(10, 5)], 0, 0),  # all of it
        ([(10, 2)], None, 3),  # some of it
        ([(10, 5)], 5, 5),  # what was on order before goes first
        ([(10, 5), (11, 5)], 5, 0),
        ([(3, 5)], 0, 5),  # before anybody had ordered
        ([(1, 5)], 0, 5),  # counted already
        ([(10, 9)], 0, 0),
    ],
)
def test_what_came_in_is_no_longer_on_its_way(came, on_order, to_come):
    found = under_way(approved((5, 5)), arrived(stock(on_order), receipts(*came), PARENTS))
    assert found.position.tolist() == [1 + to_come]


def test_several_orders_come_in_one_after_the_other():
    came = arrived(stock(0), receipts((10, 5), (12, 2)), PARENTS)
    found = under_way(approved((5, 5), (6, 4)), came)
    assert found.position.tolist() == [1 + 2]


NOTHING = arrived(stock(0), receipts(), PARENTS)


def decided(kind: str, source: str | None) -> pl.DataFrame:
    """Two pieces of that kind, at L, approved on the fifth."""
    return approved((5, 2)).with_columns(kind=pl.lit(kind), source=pl.lit(source, dtype=pl.String))


@pytest.mark.parametrize(
    ("gone", "to_come"),
    [
        ([], 2),
        ([("M", "L", 10, 2)], 0),
        ([("M", "L", 10, 1)], 1),
        ([("M", "L", 3, 2)], 2),  # before anybody had decided it
        ([("M", "D", 10, 2)], 2),  # somewhere else
        ([("M", None, 10, 2)], 2),  # scrapped: nothing comes of it
        ([("M", "L", 10, 7)], 0),
    ],
)
def test_a_move_that_the_ledger_has_seen_is_on_its_way_no_more(gone, to_come):
    found = under_way(decided("move", "M"), NOTHING, *gone)
    assert found.position.tolist() == [1 + to_come]


def at(place: str, pieces: int) -> Shelf:
    return replace(a_shelf(pieces), location_id=pl.Series([place]))


@pytest.mark.parametrize(("moved", "left_here"), [(0, 5), (1, 6), (2, 7)])
def test_who_gave_its_pieces_away_does_not_give_them_twice(moved, left_here):
    gone = left(("M", "L", 10, moved)) if moved else left()
    found = with_orders_under_way(
        at("M", 7), decided("move", "M"), on_day(2), PARENTS, arrived=NOTHING, left=gone
    )
    assert (found.on_hand.tolist(), found.position.tolist()) == ([left_here], [left_here])


@pytest.mark.parametrize("to", ["D", None])
def test_a_return_that_went_back_or_was_scrapped_is_done(to):
    found = under_way(decided("return", "D"), NOTHING, ("L", to, 10, 2))
    assert found.on_hand.tolist() == [1]
    elsewhere = under_way(decided("return", "D"), NOTHING, ("L", "M", 10, 2))
    assert elsewhere.on_hand.tolist() == [-1]


@pytest.mark.parametrize(("source", "on_order", "more"), [("D", 0, 2), ("D", 2, 0), ("M", 0, 0)])
def test_pieces_from_the_parent_are_what_was_on_order(source, on_order, more):
    came = arrived(stock(on_order), receipts((10, 2), source=source), PARENTS)
    assert came["pieces"].sum() == more


def test_a_move_from_the_parent_comes_in_like_an_order():
    came = arrived(stock(0), receipts((10, 2), source="D"), PARENTS)
    found = under_way(decided("move", "D"), came, ("D", "L", 10, 2))
    assert found.position.tolist() == [1]


def test_the_newest_word_on_a_move_counts_for_a_while():
    no = decided("move", "M").with_columns(verdict=pl.lit("rejected"), decision_id=pl.lit(1))
    found = rejected_lately(no, date(2026, 1, 9), calm_days=30)
    assert found.select("action", "source", "quantity").rows() == [("move", "M", 2)]
    assert rejected_lately(no, date(2026, 3, 9), calm_days=30).is_empty()
    yes = no.with_columns(verdict=pl.lit("approved"), decision_id=pl.lit(2))
    assert rejected_lately(pl.concat([no, yes]), date(2026, 1, 9), calm_days=30).is_empty()
