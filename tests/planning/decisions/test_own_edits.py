"""Whoever changes a proposal does not decide it, and what is changed is worth what it says."""

from datetime import date

import pytest
import sqlalchemy as sa

from data.store import proposals
from data.store.decisions import Verdict
from data.store.night_tables import PLAN_LINES
from data.store.plan_edits import LEVEL_KINDS
from inventory.ledger import Refusal, Request
from planning.decisions.use_case import Chosen, decide
from planning.decisions.whole_plan import decide_one, decide_plan, edit_line
from planning.settings import Settings
from tests.planning.decisions.conftest import MOMENT, a_proposal, publish

SETTINGS = Settings(four_eyes_value=1000.0)
YES = Verdict("approved")
ITEM = ("P-01", "HERE")


def asks(actor: str, key: str) -> Request:
    return Request(actor, key, MOMENT)


def priced(store, run_id: str, each: float) -> None:
    """The plan holds two pieces of the part at some other place."""
    line = {
        "run_id": run_id, "part_id": "P-01", "location_id": "THERE", "reorder_point": 1,
        "order_quantity": 1, "base_stock_level": 2, "expected_on_hand": 2.0,
        "stock_value": 2 * each,
    }  # fmt: skip
    with store.write() as connection:
        connection.execute(sa.insert(PLAN_LINES), line)


@pytest.fixture
def edited(store):
    """One small proposal, from 1 to 3, which ada makes 2 of."""
    run_id = publish(store, [a_proposal(1), a_proposal(2)])
    priced(store, run_id, 100.0)
    assert edit_line(store, asks("ada", "edit"), run_id, ITEM, 2, 1).ok
    return store, run_id


def test_nobody_decides_a_proposal_they_changed(edited):
    store, _ = edited
    for number, actor, code in ((1, "ada", Refusal.FOUR_EYES), (2, "ada", "ok"), (1, "bo", "ok")):
        version = 2 if number == 1 else 1
        answer = decide_one(store, SETTINGS, asks(actor, f"{number} {actor}"), number, version, YES)
        assert answer.code == code


def test_by_the_command_line_neither(edited):
    store, _ = edited
    told = decide(store, SETTINGS, Chosen([1]), YES, actor="ada", clock=lambda: MOMENT)
    assert [one["code"] for one in told["refused"]] == ["four_eyes"]


def test_what_is_changed_is_worth_what_it_moves(edited):
    store, run_id = edited
    assert edit_line(store, asks("ada", "more"), run_id, ITEM, 40, 2).ok
    row = proposals.open_proposals(store).row(0, named=True)
    assert row["value_change"] == pytest.approx(10.0 + 37 * 100.0)
    answer = decide_one(store, SETTINGS, asks("bo", "yes"), 1, row["version"], YES)
    assert answer.body["state"] == "waiting_for_second"


@pytest.mark.parametrize(("level", "left_alone"), [(-1, 1), (0, 0)])
def test_a_level_changed_to_nothing_is_a_last_piece(edited, level, left_alone):
    store, run_id = edited
    assert edit_line(store, asks("ada", "none"), run_id, ITEM, level, 2).ok
    assert proposals.open_proposals(store)["kind"][0] == LEVEL_KINDS[left_alone]
    answer = decide_plan(store, SETTINGS, asks("bo", "all"), run_id, 3, YES)
    assert (answer.body["decided"], answer.body["last_pieces_left_alone"]) == (
        2 - left_alone,
        left_alone,
    )


@pytest.mark.parametrize(("level", "quantity", "waits"), [(4, None, []), (14, None, [1]),
                                                          (3, 30, [1])])  # fmt: skip
def test_an_override_worth_more_than_its_proposal_waits_for_two(store, level, quantity, waits):
    run_id = publish(store, [a_proposal(1)])
    priced(store, run_id, 100.0)
    mine = Verdict("overridden", "demand", "", level, quantity, date(2027, 1, 1))
    told = decide(store, SETTINGS, Chosen([1]), mine, actor="ada", clock=lambda: MOMENT)
    assert told["waiting_for_second"] == waits


def test_another_comment_under_the_same_key_is_refused(store):
    run_id = publish(store, [a_proposal(1)])
    for comment, code in (("no room", "ok"), ("too dear", Refusal.OTHER_REQUEST)):
        no = Verdict("rejected", "other", comment)
        answer = decide_plan(store, SETTINGS, asks("bo", "all"), run_id, 1, no)
        assert answer.code == code
