"""An approved order counts as on its way until it came in, and not a day longer."""

from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from planning.actions import Shelf
from planning.night.inputs import arrived
from planning.night.standing import with_orders_under_way

COUNTED = date(2026, 1, 1)
SCHEMA = {"part_id": pl.String, "location_id": pl.String, "at": pl.Datetime("us", "UTC"),
          "date": pl.Date, "pieces": pl.Int64}  # fmt: skip


def on_day(day: int) -> datetime:
    return datetime(2026, 1, day, 12, tzinfo=UTC)


def receipts(*rows: tuple[int, int]) -> pl.DataFrame:
    """(day of January, pieces)"""
    told = [("P", "L", on_day(day), date(2026, 1, day), pieces) for day, pieces in rows]
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
    found = with_orders_under_way(
        a_shelf(1), approved((5, 5)), on_day(2), arrived(stock(on_order), receipts(*came))
    )
    assert found.position.tolist() == [1 + to_come]


def test_several_orders_come_in_one_after_the_other():
    came = arrived(stock(0), receipts((10, 5), (12, 2)))
    found = with_orders_under_way(a_shelf(1), approved((5, 5), (6, 4)), on_day(2), came)
    assert found.position.tolist() == [1 + 2]
