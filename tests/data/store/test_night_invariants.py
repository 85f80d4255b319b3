"""What must be true of nights and decisions can be broken, and then it is found."""

import pytest

from data.store.decisions import Verdict, decide, release
from data.store.doctor import examine
from inventory.ledger import Request
from tests.data.store.shop import done, hold, put, violations
from tests.data.store.test_doctor import EXPECTED
from tests.data.store.test_invariants import force
from tests.planning.decisions.conftest import MOMENT, a_proposal, publish

STAGE = "INSERT INTO run_stages (run_id, stage, status, input_hash, output_hash, started_at) VALUES"
DAMAGE = [
    ("I7", "INSERT INTO idempotency (actor,"
     " route, key, request_hash, code, body, at) VALUES ('nobody', 'reserve', 'lost', 'x',"
     " 'ok', '{}', '2025-07-01 06:00:00+00:00')"),
    ("I10", "UPDATE proposals SET state = 'open' WHERE proposal_id = 1"),
    ("I10", "UPDATE proposals SET state = 'approved' WHERE proposal_id = 4"),
    ("I10", "UPDATE decisions SET verdict = 'approved', version = 9 WHERE proposal_id = 3"),
    ("I11", "UPDATE runs SET state = 'failed'"),
    ("I11", "UPDATE published SET run_id = 'nowhere'"),
    ("I11", "INSERT INTO proposal_changes (run_id, proposal_id, seen_version, withdrawn)"
     " VALUES ('nowhere', 4, 1, (1 = 1))"),
    ("I11", "INSERT INTO runs (run_id, as_of, state, actor, fencing, started_at, code_version)"
     " SELECT 'r' || f, as_of, 'running', actor, f, started_at, code_version"
     " FROM runs CROSS JOIN (SELECT 7 AS f UNION ALL SELECT 8) numbers"),
    ("I12", "UPDATE proposals SET quantity = 13 WHERE kind = 'order'"),
    ("I12", "UPDATE proposals SET quantity = 5 WHERE kind = 'order'"),
    ("I12", "UPDATE releases SET row_count = row_count + 1"),
    ("I12", "INSERT INTO released_decisions SELECT decision_id, 1 FROM decisions"
     " WHERE verdict = 'rejected'"),
    ("I13", "UPDATE run_stages SET status = 'failed' WHERE stage = 'verify'"),
    ("I14", f"{STAGE} ('r', 'verify', 'done', 'in', 'another', '2025-07-01')"),
]  # fmt: skip


@pytest.fixture
def worked_with(store):
    """A published run with an order, decisions of two kinds, a release and a reservation."""
    put(store, 7)
    done(store, hold(3))
    rows = [a_proposal(number) for number in range(1, 5)]
    order = a_proposal(5, kind="order", quantity=10, proposed_reorder_point=None)
    run_id = publish(store, [*rows, order])
    for numbers, verdict in (([1, 2], Verdict("approved")), ([3], Verdict("rejected", "data"))):
        seen = [(number, 1) for number in numbers]
        decide(
            store, seen, verdict, Request("ada", f"{numbers}", MOMENT),
            run_id=run_id, four_eyes_value=1e9,
        )  # fmt: skip
    assert release(store, Request("erp", "release", MOMENT))[0] == 1
    force(
        store,
        "INSERT INTO batches (batch_id, table_name, content_hash, row_count, taken_in_at, state)"
        " VALUES ('b', 'parts', 'x', 1, '2025-07-01', 'complete')",
        "INSERT INTO parts (batch_id, row_number, part_id, unit_cost, minimum_order_quantity,"
        " order_multiple) VALUES ('b', 0, 'P-05', 1, 10, 5)",
        f"INSERT INTO run_inputs VALUES ('{run_id}', 'parts', 'b')",
        f"{STAGE} ('{run_id}', 'verify', 'done', 'in', 'out', '2025-07-01')",
        f"INSERT INTO plan_lines (run_id, part_id, location_id, reorder_point, order_quantity,"
        f" base_stock_level) VALUES ('{run_id}', 'P-01', 'HERE', 3, 1, 4)",
    )
    return store


def test_what_was_worked_with_breaks_nothing(worked_with):
    assert violations(worked_with) == []


@pytest.mark.parametrize(("invariant", "damage"), [(one, each) for one, *each in DAMAGE])
def test_damage_to_plans_and_decisions_is_found_and_named(worked_with, invariant, damage):
    force(worked_with, *damage)
    assert invariant in {each.invariant for each in violations(worked_with)}


def test_a_plan_that_was_changed_after_its_publication_is_found(store):
    run_id = publish(store, [a_proposal(1)])
    question = "I10: The plan in force is the one that was published."

    def trouble():
        return {each.question for each in examine(store) if not each.good} - EXPECTED

    assert question in {each.question for each in examine(store)}
    assert trouble() == set()
    force(
        store,
        "INSERT INTO plan_lines (run_id, part_id, location_id, reorder_point, order_quantity,"
        f" base_stock_level) VALUES ('{run_id}', 'P-01', 'HERE', 3, 1, 4)",
    )
    assert trouble() == {question}
