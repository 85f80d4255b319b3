"""Only changes worth a person's time are raised, and never so few that a promise breaks."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import polars as pl
import pytest

from data.store.changes import CHANGING
from optimizer import solve
from planning.night import calm, raising
from planning.night.standing import levels_in_force
from planning.pose import Question
from planning.settings import Settings
from tests.planning.test_verify_plan import TARGETS, a_company

DAY = date(2026, 10, 1)
NEVER = Settings(proposal_value=1e9, proposal_service=1e9)
EVERYTHING = Settings(proposal_value=0.0, proposal_service=0.0)
DECISION = {
    "decision_id": pl.Int64, "proposal_id": pl.Int64, "verdict": pl.String,
    "at": pl.Datetime("us", "UTC"), "reorder_point": pl.Int64, "order_quantity": pl.Int64,
    "expires_on": pl.Date, "part_id": pl.String, "location_id": pl.String, "kind": pl.String,
    "current_reorder_point": pl.Int64, "proposed_reorder_point": pl.Int64,
    "proposed_order_quantity": pl.Int64, "released_at": pl.Datetime("us", "UTC"),
}  # fmt: skip
YESTERDAY = datetime(2026, 9, 30, 9, tzinfo=UTC)


def decisions(*rows):
    usual = {
        "decision_id": 1, "verdict": "approved", "at": YESTERDAY, "location_id": "L",
        "kind": "level", "proposed_order_quantity": 1, "current_reorder_point": 0,
    }  # fmt: skip
    return pl.DataFrame([usual | row for row in rows], schema=DECISION)


@pytest.fixture(scope="module")
def planned():
    items = a_company()
    plan = solve(items, TARGETS[:4])
    place = pl.DataFrame({"part_id": [f"P{k}" for k in range(len(items))], "location_id": "L"})
    return Question(np.arange(len(items)), items, TARGETS[:4]), plan, place


def levels(place, points, lots):
    return place.with_columns(reorder_point=pl.Series(points), order_quantity=pl.Series(lots))


def told(planned, today, settings, *rows, overridden=None):
    question, plan, place = planned
    changes = calm.compare(place, question, plan, levels(place, today, plan.order_quantity))
    past = decisions(*rows)
    stands = decisions() if overridden is None else overridden
    return changes, calm.raised(changes, question, plan, past, stands, settings, DAY)


def test_levels_as_planned_raise_nothing(planned):
    _, table = told(planned, planned[1].reorder_point, EVERYTHING)
    assert not table["raised"].any()


def test_noise_is_held_back_and_worth_is_raised(planned):
    today = planned[1].reorder_point + 1
    assert told(planned, today, EVERYTHING)[1]["raised"].all()
    _, table = told(planned, today, NEVER)
    assert not table["raised"].any()
    assert set(table["held"]) == {"noise"}


def test_the_fewest_changes_that_mend_a_broken_promise_are_raised(planned):
    question = planned[0]
    one = Question(question.rows, question.items, TARGETS[:1])
    least = solve(question.items, TARGETS[:1])
    best = replace(least, reorder_point=least.reorder_point + 1)  # with room to hold back
    today = np.full(len(question.items), -1)
    changes, table = told((one, best, planned[2]), today, NEVER)
    chosen = table["mends"].to_numpy()
    assert all(result.met for result in calm.promises_if_approved(changes, one, chosen))
    fewest = _fewest_by_trying(changes, one)
    assert int(chosen.sum()) == fewest < int(table["differs"].sum())
    assert table.filter("mends")["raised"].all()


def test_several_broken_promises_are_mended_by_the_fewest_changes_in_all(planned):
    question, plan, place = planned
    best = replace(plan, reorder_point=plan.reorder_point + 1)
    changes, table = told((question, best, place), np.full(len(question.items), -1), NEVER)
    chosen = table["mends"].to_numpy()
    broken = calm.promises_if_approved(changes, question, np.zeros(len(chosen), dtype=bool))
    assert sum(not one.met for one in broken) >= 2
    assert all(one.met for one in calm.promises_if_approved(changes, question, chosen))
    assert int(chosen.sum()) == _fewest_by_trying(changes, question)
    assert table["mends_at_least"].unique().to_list() == [int(chosen.sum())]


def _fewest_by_trying(changes, question):
    """Every combination of changes that differ, fewest first."""
    from itertools import combinations

    differing = np.flatnonzero(changes.table["differs"].to_numpy())
    for size in range(len(differing) + 1):
        for some in combinations(differing, size):
            chosen = np.zeros(len(changes.table), dtype=bool)
            chosen[list(some)] = True
            if all(one.met for one in calm.promises_if_approved(changes, question, chosen)):
                return size
    raise AssertionError("the plan itself does not keep its promise")


def test_what_was_approved_lately_is_undone_only_for_three_times_as_much(planned):
    today = planned[1].reorder_point + 1  # tonight wants every level one lower
    _, usual = told(planned, today, EVERYTHING)
    worth = float(usual["cost_per_year_change"].abs()[0])
    service = float(usual["service_change"].abs()[0])
    settings = Settings(proposal_value=worth / 2, proposal_service=service)
    up = {"part_id": "P0", "proposed_reorder_point": int(today[0]), "current_reorder_point": -1}
    assert told(planned, today, settings)[1]["held"][0] is None
    _, table = told(planned, today, settings, up)
    assert table["held"][0] == "undoing"
    long_ago = up | {"at": datetime(2026, 1, 1, tzinfo=UTC)}
    assert told(planned, today, settings, long_ago)[1]["held"][0] is None


def test_what_was_rejected_is_not_asked_again_and_overrides_stand(planned):
    plan = planned[1]
    today = plan.reorder_point + 1
    same = {
        "part_id": "P1", "verdict": "rejected",
        "proposed_reorder_point": int(plan.reorder_point[1]),
        "proposed_order_quantity": int(plan.order_quantity[1]),
    }  # fmt: skip
    stands = decisions({"part_id": "P2", "verdict": "overridden"})
    _, table = told(planned, today, EVERYTHING, same, overridden=stands)
    assert table["held"].to_list()[:3] == [None, "rejected", "override"]


def test_the_last_piece_is_a_kind_of_its_own(planned):
    _, table = told(planned, np.full(10, 3), EVERYTHING)
    rows = raising.of_levels(table, pl.Series(["why"] * 10))
    gone = set(table.filter(pl.col("proposed_reorder_point") < 0)["part_id"])
    assert set(rows.filter(pl.col("kind") == "last_piece")["part_id"]) == gone


def test_decisions_stand_until_the_erp_delivers_them_and_overrides_until_they_expire():
    delivered = pl.DataFrame(
        {
            "part_id": ["A", "B", "C"], "location_id": "L",
            "reorder_point": [0, 0, 0], "order_quantity": [1, 1, 1],
        }
    )  # fmt: skip
    past = decisions(
        {"part_id": "A", "proposed_reorder_point": 5},
        {"part_id": "B", "proposed_reorder_point": 6, "released_at": YESTERDAY},
        {"part_id": "C", "verdict": "overridden", "reorder_point": 2, "expires_on": DAY},
    )

    def points(delivered_at, day):
        return levels_in_force(delivered, past, delivered_at, day)["reorder_point"].to_list()

    assert points(datetime(2026, 9, 1, tzinfo=UTC), DAY) == [5, 6, 2]
    assert points(datetime(2026, 10, 1, tzinfo=UTC), DAY) == [5, 0, 2]
    assert points(datetime(2026, 10, 1, tzinfo=UTC), date(2026, 10, 2)) == [5, 0, 0]


def row(part):
    return {"part_id": part, "location_id": "L", "cause": "level", "kind": "level"}


def test_yesterdays_proposals_go_on_change_or_are_withdrawn():
    rows = [
        {"part_id": name, "location_id": "L", "cause": "level", "kind": "level"} for name in "ABC"
    ]
    tonight = pl.DataFrame(rows, schema=raising.SCHEMA)
    before = pl.DataFrame(
        [
            {**rows[0], "proposal_id": 1},
            {**rows[1], "proposal_id": 2, "proposed_reorder_point": 9},
            {**rows[0], "proposal_id": 3, "cause": "order", "kind": "order"},
        ],
        schema={"proposal_id": pl.Int64, "version": pl.Int64, **raising.SCHEMA},
    ).with_columns(visible=pl.lit(True), run_id=pl.lit("before"))
    merged = raising.merge(tonight, before, "tonight")
    assert merged.raised["part_id"].to_list() == ["C"]
    assert merged.changed["proposal_id"].to_list() == [2]
    assert list(merged.superseded) == [3]
    assert set(CHANGING) <= set(merged.changed.columns)


def test_what_a_night_prepared_that_never_was_published_is_taken_over():
    rows = [row("A"), row("B")]
    tonight = pl.DataFrame(rows, schema=raising.SCHEMA)
    prepared = tonight.with_columns(
        proposal_id=pl.Series([1, 2]),
        version=pl.lit(1, pl.Int64),
        visible=pl.lit(False),
        run_id=pl.Series(["tonight", "given up"]),
    )
    merged = raising.merge(tonight, prepared, "tonight")
    assert merged.raised.is_empty()
    assert merged.changed["proposal_id"].to_list() == [2]
    assert list(merged.superseded) == []
