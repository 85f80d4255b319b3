"""Requests made ready: what the month that is still open brings moves no closed one."""

from datetime import date

import numpy as np
import polars as pl

from planning.recorded import recorded
from planning.settings import Settings
from planning.world import build
from tests.planning.builders import a_lane, a_location, a_part, a_stock, an_intake, tables

AS_OF = date(2026, 9, 20)
SMALL = [(date(2026, month, 3), pieces) for month in range(1, 8) for pieces in (1, 2, 1)]
HUGE = (date(2026, 8, 5), 90)


def pieces_of(rows):
    """What is left of the requests of one part at one place, closed months first."""
    given = tables(
        parts=[a_part("PUMP")], locations=[a_location("STORE")],
        lead_times=[a_lane("STORE", 10.0)], stock=[a_stock("PUMP", "STORE", as_of=AS_OF)],
        demand=[
            {"part_id": "PUMP", "location_id": "STORE", "date": day, "quantity": pieces,
             "document_id": None}
            for day, pieces in rows
        ],
    )  # fmt: skip
    intake = an_intake(given, AS_OF)
    asked = recorded(build(intake.tables, Settings()), intake, Settings()).asked
    closed = asked.filter(pl.col("date") < date(2026, 9, 1))
    return closed["pieces"].to_list(), asked.filter(pl.col("date") >= date(2026, 9, 1))


def test_another_large_request_in_the_open_month_leaves_the_cut_of_a_closed_one():
    before, _ = pieces_of([*SMALL, HUGE])
    assert max(before) < 90
    after, still_open = pieces_of([*SMALL, HUGE, (date(2026, 9, 10), 85)])
    assert after == before
    assert still_open.height == 1


def test_a_large_request_of_the_open_month_is_cut_by_what_was_asked_before():
    _, still_open = pieces_of([*SMALL, (date(2026, 9, 10), 90)])
    assert np.all(still_open["pieces"].to_numpy() < 90)
