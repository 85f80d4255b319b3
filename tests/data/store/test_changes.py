"""A publication moves one pointer: what it changes is true at once, and carried over afterwards."""

import pytest
import sqlalchemy as sa

from data.store import changes, proposals, runs
from data.store.decisions import Verdict, decide
from inventory.ledger import Request
from tests.data.store.shop import violations
from tests.planning.decisions.conftest import MOMENT, a_proposal, publish

TOLD = ("proposal_id", "version", "state", "proposed_reorder_point", "last_run_id")


@pytest.fixture
def cut_off(store, monkeypatch):
    """Two nights of three proposals; the second changes one, withdraws one, and dies at once."""
    publish(store, [a_proposal(number) for number in (1, 2, 3)])
    with monkeypatch.context() as patch:
        patch.setattr(changes, "carry_over", lambda *_: None)
        publish(store, [a_proposal(1), a_proposal(2, proposed_reorder_point=7)], days=1)
    return store


def waiting(store):
    with store.read() as connection:
        return connection.exec_driver_sql("SELECT COUNT(*) FROM proposal_changes").scalar()


def seen(store):
    return proposals.open_proposals(store).select(TOLD).rows()


def say(store, number, version):
    request = Request("ada", f"{number} {version}", MOMENT)
    run_id = runs.published_run(store)
    verdict = Verdict("approved")
    (told,) = decide(
        store, [(number, version)], verdict, request, run_id=run_id, four_eyes_value=1e9
    )
    return told.code


def test_what_waits_is_seen_as_if_it_had_been_carried_over(cut_off):
    run_id = runs.published_run(cut_off)
    before = seen(cut_off)
    assert waiting(cut_off) == 2
    assert before == [(1, 1, "open", 3, run_id), (2, 2, "open", 7, run_id)]
    changes.carry_over(cut_off, run_id)
    assert waiting(cut_off) == 0
    assert seen(cut_off) == before
    assert violations(cut_off) == []
    states = proposals.proposals(cut_off, None).select("proposal_id", "state").rows()
    assert states == [(1, "open"), (2, "open"), (3, "superseded")]


def test_what_waits_is_decided_as_it_is_seen(cut_off):
    assert say(cut_off, 2, 1) == "proposal.changed"
    assert say(cut_off, 3, 1) == "proposal.decided"
    assert say(cut_off, 2, 2) == "decided"
    assert say(cut_off, 1, 1) == "decided"
    changes.carry_over(cut_off, runs.published_run(cut_off))
    told = proposals.proposals(cut_off, "approved").select("proposal_id", "proposed_reorder_point")
    assert told.rows() == [(1, 3), (2, 7)]
    assert violations(cut_off) == []


def test_the_next_night_first_carries_over_what_a_dead_one_left(cut_off):
    publish(cut_off, [a_proposal(2, proposed_reorder_point=8)], days=2)
    run_id = runs.published_run(cut_off)
    assert seen(cut_off) == [(2, 3, "open", 8, run_id)]
    assert waiting(cut_off) == 0
    assert violations(cut_off) == []


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_pointers_transaction_writes_as_much_for_many_changes_as_for_few(store):
    """Whoever reserves a part waits for these rows, not for the changed proposals."""
    written, mine = [], []

    def count(_connection, cursor, statement, *_):
        if statement.split()[0] in {"INSERT", "UPDATE", "DELETE"}:
            mine.append((statement.split()[2 if statement[0] != "U" else 1], cursor.rowcount))

    def commit(_connection):
        if any(table == "published" for table, _ in mine):
            written.append(sum(rows for _, rows in mine))
        mine.clear()

    def all_at(point, number):
        return [a_proposal(one, proposed_reorder_point=point) for one in range(number)]

    publish(store, all_at(3, 600))
    sa.event.listen(store.engine, "after_cursor_execute", count)
    sa.event.listen(store.engine, "commit", commit)
    publish(store, [*all_at(3, 599), a_proposal(599, proposed_reorder_point=4)], days=1)
    publish(store, all_at(5, 600), days=2)
    assert len(written) == 2
    assert written[0] == written[1] <= 6
    assert proposals.open_proposals(store)["proposed_reorder_point"].unique().to_list() == [5]
